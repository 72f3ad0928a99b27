package model

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"euryale/data"
	"euryale/diffusion/solver"
)

// twoDigits are the first two rows of the data, a 0 and a 1.
func twoDigits(t testing.TB, m *Model) *data.Batch {
	t.Helper()
	source, _, err := m.Source(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	rows := new(data.Batch)
	if err := source.Read(context.Background(), rows, 0, 2); err != nil {
		t.Fatal(err)
	}
	return rows
}

// The ends of an interpolation reproduce the images, and its middle is neither.
func TestBetween(t *testing.T) {
	m := smallModel(t, "data=digits", "net.time=sinusoidal",
		"sample.solver={name: rk45, tolerance: {relative: 1e-6, absolute: 1e-8}}", "process=vp", "sample.steps=4", "sample.clip_x0=0")
	r := m.Request(5)
	r.Between = twoDigits(t, m)
	x := pictures(t, m, r)
	far := func(a, b []float64) (most float64) {
		for i := range a {
			most = max(most, math.Abs(a[i]-b[i]))
		}
		return most
	}
	first, last := r.Between.Real[:64], r.Between.Real[64:]
	if a, b := far(x[:64], first), far(x[4*64:], last); a > 2 || b > 2 { // of 255; the data's end is t = 1e-3
		t.Errorf("the ends differ from the images by %v and %v", a, b)
	}
	if a, b := far(x[2*64:3*64], first), far(x[2*64:3*64], last); a < 20 || b < 20 {
		t.Errorf("the middle differs from the images by %v and %v", a, b)
	}
	for _, workers := range []int{1, 3} {
		if r.Workers = workers; !slices.Equal(pictures(t, m, r), x) {
			t.Errorf("%d workers draw something else", workers)
		}
	}
	r.Seed++
	if !slices.Equal(pictures(t, m, r), x) {
		t.Error("it depends on the seed")
	}
}

// From a time, samples start from the mixture of the rows with the same noise: at an early time they stay near it.
func TestBetweenFrom(t *testing.T) {
	m := digits(t)
	r := m.Request(3)
	r.Between = twoDigits(t, m)
	at := 4.5
	r.BetweenFrom = &at
	s, err := m.newSampling(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	defer s.team.Close()
	if want := []float64{4, 3, 2, 1, 0, -1}; !slices.Equal(s.times, want) {
		t.Errorf("times %v, want %v", s.times, want)
	}
	x := make([]float32, 3*64)
	s.start(&s.workers[0], x, 0, 0)
	encoded, err := m.encodeRows(r.Between)
	if err != nil {
		t.Fatal(err)
	}
	alpha, sigma := m.process.Marginal(4)
	sum := 0.0
	for i := range 64 {
		a, b := float64(encoded[i]), float64(encoded[64+i])
		z := (float64(x[i]) - alpha*a) / sigma // the noise of the first
		sum += z * z
		for k, mean := range []float64{a, (a + b) / 2, b} {
			if want := alpha*mean + sigma*z; math.Abs(float64(x[k*64+i])-want) > 1e-5 {
				t.Fatalf("start %d, number %d: %v, want %v", k, i, x[k*64+i], want)
			}
		}
	}
	if sum < 30 || sum > 110 { // χ² of 64: 64 ± 4·11.3
		t.Errorf("the noise has a sum of squares of %v", sum)
	}
}

// The spherical interpolation keeps the length of vectors of equal length, and its ends are the vectors.
func TestSlerp(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		u := rapid.SliceOfN(rapid.Float32Range(-3, 3), 4, 4).Draw(r, "u")
		v := rapid.SliceOfN(rapid.Float32Range(-3, 3), 4, 4).Draw(r, "v")
		share := rapid.Float64Range(0, 1).Draw(r, "share")
		length := func(x []float32) (sum float64) {
			for _, c := range x {
				sum += float64(c) * float64(c)
			}
			return math.Sqrt(sum)
		}
		if length(u) < 0.1 || length(v) < 0.1 {
			r.Skip("too short for a direction")
		}
		scale := float32(length(u) / length(v))
		for i := range v {
			v[i] *= scale
		}
		between := func(share float64) []float32 {
			a, b := slerp(u, v, share)
			x := make([]float32, 4)
			combine(x, append(slices.Clone(u), v...), a, b)
			return x
		}
		dot := 0.0
		for i := range u {
			dot += float64(u[i]) * float64(v[i])
		}
		if cos := dot / (length(u) * length(v)); cos > -0.999 { // opposite vectors have no great circle
			if got := length(between(share)); math.Abs(got-length(u)) > 1e-3*length(u) {
				r.Fatalf("length %v, want %v", got, length(u))
			}
		}
		for i := range u {
			if math.Abs(float64(between(0)[i]-u[i])) > 1e-4 || math.Abs(float64(between(1)[i]-v[i])) > 1e-4 {
				r.Fatalf("the ends are %v and %v, want %v and %v", between(0), between(1), u, v)
			}
		}
	})
}

func TestBetweenErrors(t *testing.T) {
	m := digits(t, "sample.solver=ddim", "net.labels=true", "train.label_dropout=0.2")
	time := func(t float64) *float64 { return &t }
	for _, test := range []struct {
		change func(*Request)
		want   string
	}{
		{func(r *Request) { r.N = 1 }, "are at least 2, got 1"},
		{func(r *Request) { r.Between.Rows = 3 }, "want 2 rows of 64 numbers, got 3 rows"},
		{func(r *Request) { r.Between.Real = r.Between.Real[:64] }, "want 2 rows of 64 numbers"},
		{func(r *Request) { r.Invert = true }, "start between these rows"},
		{func(r *Request) { r.From = make([]float32, 3*64) }, "start between these rows"},
		{func(r *Request) { r.Known = map[int]float64{0: 1} }, "no known coordinates"},
		{func(r *Request) { r.Labels = []int32{0, 1} }, "one label, or none"},
		{func(r *Request) { r.Between = nil; r.BetweenFrom = time(4) }, "needs rows to interpolate between"},
		{func(r *Request) { r.BetweenFrom = time(-1) }, "above -1, got -1"},
		{func(r *Request) { r.BetweenFrom = time(math.NaN()) }, "got NaN"},
		{func(r *Request) { r.BetweenFrom = time(1000) }, "must be at most the last of the process, "},
		{func(r *Request) { r.Sampling.Solver = solver.Solvers().Choose("ancestral") }, "sample.solver must be ddim or rk45"},
		{func(r *Request) { r.Between.Real[3] = 1000 }, "must be a number from 0 to 255, got 1000"},
	} {
		r := m.Request(3)
		r.Between = twoDigits(t, m)
		test.change(&r)
		if err := m.Sample(context.Background(), r, new(batches)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want one with %q", err, test.want)
		}
	}
}
