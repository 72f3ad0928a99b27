package model

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/data"
)

// From data to its noise, and from that noise back to the data: also where the data's units are not the net's.
func TestRoundTrip(t *testing.T) {
	source, _, _ := gaussian(t, 300)
	scaled := exact(t, source, "data.standardize=true", "sample.solver=rk45", "sample.steps=5")
	rows := rowsOf(t, source)
	r := scaled.Request(len(rows) / 2)
	r.Invert, r.Rows, r.Workers = true, scaled.Batch(rows), 2
	noise, _, err := scaled.Points(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(noise, draw(t, scaled, r)) {
		t.Error("the noise is not as the net sees it")
	}
	square := 0.0
	for _, v := range noise {
		square += float64(v) * float64(v) / float64(len(noise))
	}
	if deviation := math.Sqrt(square); math.Abs(deviation/80-1) > 0.05 { // sigma_max of the edm process
		t.Errorf("the noise has deviation %v, want 80", deviation)
	}
	back := scaled.Request(r.N)
	back.Sampling, back.From = r.Sampling, noise
	points, _, err := scaled.Points(context.Background(), back)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range points { // the last step, from the noise 0.002 to the data, is not undone
		if want := rows[i]; math.Abs(float64(v-want)) > 2e-3*[2]float64{20, 0.01}[i%2]*5 {
			t.Fatalf("row %d came back as %v, want %v", i/2, v, want)
		}
	}
	// Each row by itself.
	back.N, back.From = 3, noise[2*7:2*10]
	alone, _, err := scaled.Points(context.Background(), back)
	if err != nil || !slices.Equal(alone, points[2*7:2*10]) {
		t.Errorf("rows 7 to 9 come back as %v alone, want %v; %v", alone, points[2*7:2*10], err)
	}
}

// The noise that samples are drawn from gives the same samples when it is given.
func TestStartFromNoise(t *testing.T) {
	m := smallModel(t)
	r := request(t, m, sampleRows+9, 5)
	frames, err := m.Trajectory(context.Background(), r, 2)
	if err != nil {
		t.Fatal(err)
	}
	want := draw(t, m, r)
	r.From = frames[0].X // the data's units are those of the net
	if !slices.Equal(draw(t, m, r), want) {
		t.Error("the samples differ from those of the same noise")
	}
}

// A start from the marginal adds noise to given rows as it does to those of the data.
func TestStartFromRows(t *testing.T) {
	m := smallModel(t)
	r := request(t, m, 20, 5, "sample.start=marginal", "sample.times=[4, 0]")
	want := draw(t, m, r)
	s, err := m.newSampling(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	s.team.Close()
	var rows []float32
	for i := range r.N {
		rows = append(rows, s.noised(i)[:2]...)
	}
	r.Rows = m.Batch(rows)
	if !slices.Equal(draw(t, m, r), want) {
		t.Error("the samples differ from those of the same rows")
	}
	for i := range r.Rows.Real {
		r.Rows.Real[i] += 0.5
	}
	if slices.Equal(draw(t, m, r), want) {
		t.Error("the rows do not matter")
	}
}

func TestStartErrors(t *testing.T) {
	m := smallModel(t, "sample.solver=ddim")
	for want, change := range map[string]func(r *Request){
		"give Rows, not From": func(r *Request) { r.Invert, r.From = true, make([]float32, 6) },
		"not from both":       func(r *Request) { r.From, r.Rows = make([]float32, 6), m.Batch(make([]float32, 6)) },
		"for an inversion or for a start from the marginal":       func(r *Request) { r.Rows = m.Batch(make([]float32, 6)) },
		"3 samples start from 3 rows of 2 numbers, got 4":         func(r *Request) { r.From = make([]float32, 4) },
		"3 samples start from 3 rows of 2 numbers, got 5":         func(r *Request) { r.Invert, r.Rows = true, m.Batch(make([]float32, 5)) },
		"jump_length must be below the number of steps, 4, or no": func(r *Request) { r.Known = map[int]float64{0: 1}; repainted(t, m, r) },
	} {
		r := m.Request(3)
		change(&r)
		if err := m.Check(r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// repainted makes a request one for RePaint whose jumps are as long as the whole way.
func repainted(t *testing.T, m *Model, r *Request) {
	r.Sampling = request(t, m, 1, 1, "sample.solver=ancestral", "sample.steps=4", "sample.repaint={resample: 2, jump_length: 4}").Sampling
}

// labelsOf are the labels of a source.
func labelsOf(t *testing.T, s data.Source) []int32 {
	t.Helper()
	var rows data.Batch
	if err := s.Read(context.Background(), &rows, 0, s.Rows()); err != nil {
		t.Fatal(err)
	}
	return rows.Labels
}
