package metrics

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The search finds what looking at every row finds, with ties broken by the row's number, for any number of workers.
func TestNearestAgainstAllPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dim := rapid.IntRange(1, 4).Draw(t, "dim")
		draw := func(name string) []float32 {
			n := rapid.IntRange(1, 90).Draw(t, name+" rows") * dim
			// Few values, so that distances tie.
			whole := rapid.SliceOfN(rapid.IntRange(-4, 4), n, n).Draw(t, name)
			x := make([]float32, n)
			for i, v := range whole {
				x[i] = float32(v) / 4
			}
			return x
		}
		points, set := draw("points"), draw("set")
		got, err := Nearest(points, set, dim, rapid.IntRange(1, 3).Draw(t, "workers"))
		if err != nil {
			t.Fatal(err)
		}
		for i, n := range got {
			want := Neighbor{Distance: math.Inf(1)}
			for row := range len(set) / dim {
				square := 0.0
				for j := range dim {
					square += math.Pow(float64(points[i*dim+j])-float64(set[row*dim+j]), 2)
				}
				if d := math.Sqrt(square); d < want.Distance {
					want = Neighbor{row, d}
				}
			}
			if n != want {
				t.Fatalf("point %d: %+v, want %+v", i, n, want)
			}
		}
	})
}

func TestNearestErrors(t *testing.T) {
	nan := float32(math.NaN())
	for _, test := range []struct {
		points, set []float32
		want        string
	}{
		{nil, []float32{1, 2}, "the set of points is empty"},
		{[]float32{1, 2}, nil, "the set is empty"},
		{[]float32{1, nan}, []float32{1, 2}, "the set of points: 1 of 1 points are not finite"},
		{[]float32{1, 2}, []float32{1, 2, 3}, "the set: 3 numbers are not whole points of 2"},
	} {
		if _, err := Nearest(test.points, test.set, 2, 1); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
}

// blurred are n rows of a set in turn, each with noise of a deviation.
func blurred(set []float32, n, dim int, deviation float32, seed uint64) []float32 {
	z := normals(seed, n, dim)
	for i := range z {
		z[i] = set[i%len(set)] + deviation*z[i]
	}
	return z
}

// Copies of 20 rows are distinguished from honest points, also where these are fewer, shifted, or all in one place.
func TestCopying(t *testing.T) {
	const rows, dim = 20, 2
	training, fresh := normals(1, rows, dim), normals(2, rows, dim)
	honest := normals(3, 1000, dim)
	shifted, narrow := slices.Clone(honest), slices.Clone(honest)
	for i := range honest {
		shifted[i] += 1
		narrow[i] *= 0.1
	}
	for what, test := range map[string]struct {
		points []float32
		copied [2]float64 // between
		is     bool
	}{
		"copies":        {blurred(training, 1000, dim, 0.001, 4), [2]float64{1, 1}, true},
		"nearly copies": {blurred(training, 1000, dim, 0.1, 4), [2]float64{0.6, 1}, true},
		"half copies":   {append(blurred(training, 1000, dim, 0.001, 4), honest...), [2]float64{0.3, 0.7}, true},
		"honest":        {honest, [2]float64{-0.5, 0.5}, false},
		"shifted":       {shifted, [2]float64{-1, 1}, false},
		"narrow":        {narrow, [2]float64{-1, 1}, false},
		"one copy":      {training[:2], [2]float64{1, 1}, false}, // chance would do it at every second row
	} {
		c, err := MeasureCopying(test.points, training, fresh, dim, 2)
		if err != nil {
			t.Fatal(err)
		}
		if c.Expected != 0.5 || c.Memorizing() != test.is || c.Copied() < test.copied[0] || c.Copied() > test.copied[1] {
			t.Errorf("%s: %+v, copied %.3f, memorizing %v", what, c, c.Copied(), c.Memorizing())
		}
	}
}

// Over many honest draws of unequal sets the share is what is expected, and scatters as its standard error predicts, which
// points in one place make large.
func TestCopyingOfHonestPoints(t *testing.T) {
	const trained, others, n, dim, draws = 30, 60, 100, 2, 400
	for _, width := range []float32{1, 0.05} {
		sum, square, flags := 0.0, 0.0, 0
		for seed := range uint64(draws) {
			points := normals(3*seed, n, dim)
			for i := range points {
				points[i] = 0.5 + width*points[i]
			}
			c, err := MeasureCopying(points, normals(3*seed+1, trained, dim), normals(3*seed+2, others, dim), dim, 1)
			if err != nil {
				t.Fatal(err)
			}
			z := (c.Nearer - c.Expected) / c.StandardError
			sum += z / draws
			square += z * z / draws
			if c.Memorizing() {
				flags++
			}
		}
		if math.Abs(sum) > 0.2 || math.Abs(square-1) > 0.25 || flags > 4 {
			t.Errorf("width %v: mean %.3f and square %.3f in standard errors, %d flags", width, sum, square, flags)
		}
	}
}

// Points as near to a row of one set as to one of the other are no sign of anything.
func TestCopyingOfTies(t *testing.T) {
	c, err := MeasureCopying([]float32{0, 1, 2, 0}, []float32{0, 1}, []float32{0, 1, 5}, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	// Three ties count 2/5 each, and the point 2 is nearest to the 1 of both sets: a tie, too.
	if math.Abs(c.Nearer-0.4) > 1e-15 || c.Expected != 0.4 || c.StandardError != 0 || c.Memorizing() {
		t.Errorf("%+v", c)
	}
	for _, test := range []struct {
		training, fresh []float32
		want            string
	}{{nil, []float32{1}, "the training set is empty"}, {[]float32{1}, nil, "the fresh set is empty"}} {
		if _, err := MeasureCopying([]float32{0}, test.training, test.fresh, 1, 1); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
}
