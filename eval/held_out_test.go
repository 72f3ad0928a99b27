package eval

import (
	"context"
	"math"
	"slices"
	"testing"

	"euryale/data"
	"euryale/model"
)

// heldOut is a model of 40 rows, of which 10 are held out.
func heldOut(t *testing.T) *model.Model {
	t.Helper()
	m := scurve(t)
	points := fresh(t, m, 9, 40, data.AnyClass)
	wide := make([]float64, len(points))
	for i, v := range points {
		wide[i] = float64(v)
	}
	rows, err := data.Flat(wide, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	m.Config.Data.Source.Kind = &data.Program{Source: rows}
	m.Config.Data.HeldOut = 0.25
	return m
}

// With fewer held-out rows than samples in the request, everything is measured of as many samples as there are rows.
func TestFewHeldOutRows(t *testing.T) {
	ctx, m := context.Background(), heldOut(t)
	_, held, err := m.Source(ctx)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := points(ctx, held)
	if err != nil {
		t.Fatal(err)
	}
	r := m.Request(10_000)
	e, err := Evaluate(ctx, m, r)
	if err != nil {
		t.Fatal(err)
	}
	halves := distance(t, rows[:10], rows[10:], r.Seed)
	if e.Samples != 10 || e.Reference != HeldOutRows || e.Floor != halves || e.Nearest.TrainingRows != 30 || e.Nearest.FreshRows != 10 ||
		e.Nearest.Expected != 0.75 {
		t.Errorf("%+v, nearest %+v, want the floor %v", e, e.Nearest, halves)
	}
	l, err := Likelihood(ctx, m, r)
	if err != nil || l.Points != 10 || l.Reference != HeldOutRows || len(l.LogDensity) != 10 {
		t.Errorf("likelihood %+v, %v", l, err)
	}
	c, err := CompareSolvers(ctx, m, r, []int{3}, 2)
	if err != nil {
		t.Fatal(err)
	}
	second := distance(t, rows[:10], rows[10:], r.Seed+1)
	if c.Samples != 10 || c.Reference != HeldOutRows || math.Abs(c.Floor-(halves+second)/2) > 1e-12 {
		t.Errorf("comparison of %d samples with %s rows, floor %v", c.Samples, c.Reference, c.Floor)
	}
	few := m.Request(4)
	if e, err = Evaluate(ctx, m, few); err != nil || e.Samples != 4 || e.Nearest.FreshRows != 10 {
		t.Errorf("%+v, %v", e, err)
	}
}

// A comparison counts evaluations of the net, from few to about all of the total.
func TestProgressOfComparison(t *testing.T) {
	m := scurve(t)
	r := m.Request(300)
	r.Workers = 1
	var seen, totals []int
	r.Progress = func(done, total int) { seen, totals = append(seen, done), append(totals, total) }
	c, err := CompareSolvers(context.Background(), m, r, []int{2, 5}, 2)
	if err != nil {
		t.Fatal(err)
	}
	want := 0.0
	for _, results := range c.Results {
		for _, result := range results {
			if result != nil && result.Error == "" {
				want += 2 * 300 * result.NFE
			}
		}
	}
	last := len(seen) - 1
	if !slices.IsSorted(seen) || seen[last] > totals[last] || float64(seen[last]) < 0.99*float64(totals[last]) ||
		math.Abs(float64(totals[0])-want) > 0.1*want {
		t.Errorf("%d of %d evaluations at the end, %d … in steps, want about %v", seen[last], totals[last], seen[0], want)
	}
}
