package eval

import (
	"context"
	"math"
	"testing"

	"euryale/data"
	"euryale/metrics"
	"euryale/model"
)

// trained are the training rows of a model, in the data's units.
func trained(t *testing.T, m *model.Model) []float32 {
	t.Helper()
	source, _, err := m.Source(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	rows, err := points(context.Background(), source)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// Samples that repeat the training rows are told from honest ones, and the distances are those to these rows.
func TestNearest(t *testing.T) {
	m := scurve(t)
	training := trained(t, m)
	honest, other := fresh(t, m, 5, 500, data.AnyClass), fresh(t, m, 6, 500, data.AnyClass)
	n, err := nearest(m, honest, training, other, 2)
	if err != nil {
		t.Fatal(err)
	}
	rows := len(training) / 2
	if n.Memorizing || n.Points != 500 || n.TrainingRows != rows || n.FreshRows != max(rows, leastFresh) ||
		n.Expected != float64(rows)/float64(rows+n.FreshRows) || math.Abs(n.Copied) > 0.3 {
		t.Errorf("honest samples: %+v", n)
	}
	for i, want := range []float64{n.Samples, n.Fresh} {
		of, err := metrics.Nearest([][]float32{honest, other}[i], training, 2, 1)
		if err != nil || metrics.MedianDistance(of) != want {
			t.Errorf("set %d: median distance %v, want %v, %v", i, metrics.MedianDistance(of), want, err)
		}
	}
	copies := make([]float32, len(honest))
	for i := range copies {
		copies[i] = training[i%len(training)] + 1e-5*honest[i]
	}
	if n, err = nearest(m, copies, training, other, 2); err != nil || !n.Memorizing || n.Copied != 1 || n.NearerToTraining != 1 {
		t.Errorf("copies: %+v, %v", n, err)
	}
	if n, err = nearest(m, copies, nil, other, 2); n != nil || err != nil {
		t.Errorf("without training rows: %+v, %v", n, err)
	}
}

// Evaluate hands the samples over; of a label, with the training rows and fresh rows of that class alone.
func TestEvaluateNearest(t *testing.T) {
	m := moons(t)
	source, _, err := m.Source(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var rows data.Batch
	if err := source.Read(context.Background(), &rows, 0, source.Rows()); err != nil {
		t.Fatal(err)
	}
	r := m.Request(100)
	r.Sampling.Guidance.Label = 1
	e, err := Evaluate(context.Background(), m, r)
	if err != nil {
		t.Fatal(err)
	}
	samples, _, err := m.Points(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	var training []float32
	for i, label := range rows.Labels {
		if label == 1 {
			training = append(training, float32(rows.Real[2*i]), float32(rows.Real[2*i+1]))
		}
	}
	want, err := nearest(m, samples, training, fresh(t, m, r.Seed, 1000, 1), 1)
	if err != nil || *e.Nearest != *want || want.TrainingRows == 0 || want.TrainingRows == len(rows.Labels) {
		t.Errorf("%+v, want %+v, %v", e.Nearest, want, err)
	}
}

// Of very many rows a part is compared: the bounds hold what it costs, and every part of the rows is in it.
func TestNearestIsBounded(t *testing.T) {
	const dim = 3
	rows := make([]float32, 10*dim)
	for i := range rows {
		rows[i] = float32(i / dim)
	}
	thin := thinned(rows, dim, 4)
	for i, want := range []float32{0, 2, 5, 7} {
		if thin[i*dim] != want || thin[i*dim+2] != want {
			t.Errorf("row %d is %v, want %v", i, thin[i*dim:], want)
		}
	}
	if len(thin) != 4*dim || len(thinned(rows, dim, 10)) != 10*dim {
		t.Errorf("%d numbers", len(thin))
	}
	for _, wide := range []int{1, 2, 3072, 1 << 24} {
		most := mostRows(wide)
		if cost := 3 * float64(leastPoints) * float64(most) * float64(wide); most < 1 || most > 1 && cost > nearestWork {
			t.Errorf("%d numbers per row: at most %d rows, which costs %v", wide, most, cost)
		}
	}
}
