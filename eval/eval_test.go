package eval

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"euryale/data"
	"euryale/metrics"
	"euryale/model"
)

// opened is one of the small runs that the tests of package euryale keep.
func opened(t *testing.T) func(m *model.Model, err error) *model.Model {
	t.Helper()
	return func(m *model.Model, err error) *model.Model {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
}

func scurve(t *testing.T) *model.Model {
	t.Helper()
	return opened(t)(model.Open("../testdata/version1/scurve_ddim"))
}

func moons(t *testing.T) *model.Model {
	t.Helper()
	return opened(t)(model.Open("../testdata/version1/moons_cfg"))
}

// distribution is that of a model's data.
func distribution(t *testing.T, m *model.Model) data.Distribution {
	t.Helper()
	source, _, err := m.Source(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return source.(data.Distribution)
}

// fresh are the fresh rows of a seed.
func fresh(t *testing.T, m *model.Model, seed uint64, n, class int) []float32 {
	t.Helper()
	source, err := data.Fresh(distribution(t, m), seed, n, class)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := points(context.Background(), source)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func distance(t *testing.T, a, b []float32, seed uint64) float64 {
	t.Helper()
	w, err := metrics.SlicedWasserstein(a, b, 2, metrics.DefaultDirections, seed, 2)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// An evaluation is the distance of the samples to fresh rows, with the mean distance of four pairs of fresh sets as its
// floor.
func TestEvaluate(t *testing.T) {
	m := scurve(t)
	r := m.Request(500)
	r.Seed, r.Workers = 7, 2
	e, err := Evaluate(context.Background(), m, r)
	if err != nil {
		t.Fatal(err)
	}
	samples, nfe, err := m.Points(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	rows := fresh(t, m, 7, 8*500, data.AnyClass)
	set := func(i int) []float32 { return rows[i*1000 : (i+1)*1000] }
	floor := 0.0
	for i := 0; i < 8; i += 2 {
		floor += distance(t, set(i), set(i+1), 7) / 4
	}
	of, _ := metrics.Summarize(samples, 2)
	data, _ := metrics.Summarize(set(0), 2)
	want := &Evaluation{
		Step: 4, Samples: 500, NFE: nfe, Loss: m.TrainingLoss, Reference: FreshRows,
		SlicedW1: distance(t, samples, set(0), 7), Floor: floor,
		Mean: of.Mean, Std: of.Std, FreshMean: data.Mean, FreshStd: data.Std,
	}
	nearest := e.Nearest // which TestEvaluateNearest checks
	e.Nearest = nil
	if diff := cmp.Diff(want, e); diff != "" || nfe != 10 || nearest == nil {
		t.Errorf("NFE %v, nearest %v\n%s", nfe, nearest, diff)
	}
	e.Nearest = nearest
	r.Workers = 3
	if again, err := Evaluate(context.Background(), m, r); err != nil || !cmp.Equal(e, again) {
		t.Errorf("another number of workers: %+v, %v", again, err)
	}
	r.Seed = 8
	if other, err := Evaluate(context.Background(), m, r); err != nil || other.SlicedW1 == e.SlicedW1 || other.Floor == e.Floor {
		t.Errorf("another seed: %+v, %v", other, err)
	}
}

// Samples of a label are compared with rows of that class, and by the class that the distribution takes them for.
func TestEvaluateALabel(t *testing.T) {
	m := moons(t)
	r := m.Request(300)
	for label := range 2 {
		r.Sampling.Guidance.Label = label
		e, err := Evaluate(context.Background(), m, r)
		if err != nil {
			t.Fatal(err)
		}
		samples, _, err := m.Points(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		share := 0.0
		for i := range 300 {
			if distribution(t, m).NearestClass([]float64{float64(samples[2*i]), float64(samples[2*i+1])}) == label {
				share += 1.0 / 300
			}
		}
		rows := fresh(t, m, r.Seed, 8*300, label)
		if e.Label == nil || *e.Label != label || math.Abs(*e.ClassAccuracy-share) > 1e-12 ||
			e.SlicedW1 != distance(t, samples, rows[:600], r.Seed) {
			t.Errorf("label %d: %+v, want a share of %v", label, e, share)
		}
	}
}

func TestEvaluateErrors(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	m, c := scurve(t), opened(t)(model.Open("../testdata/version1/moons_classifier"))
	for what, err := range map[string]error{
		"holds a classifier, which draws no samples": errorOf(Evaluate(context.Background(), c, c.Request(3))),
		"at least 1, got 0":                          errorOf(Evaluate(context.Background(), m, m.Request(0))),
		"draws no samples; a denoiser's samples":     errorOf(CompareSolvers(context.Background(), c, c.Request(3), []int{5}, 1)),
		"samples must be at least 1, got -4":         errorOf(CompareSolvers(context.Background(), m, m.Request(-4), []int{5}, 1)),
		"a guided model has no likelihood": func() error {
			r := moons(t).Request(3)
			r.Sampling.Guidance.Label, r.Sampling.Guidance.Weight = 0, 1
			return errorOf(Likelihood(context.Background(), moons(t), r))
		}(),
		"the number of rounds must be at least 1, got 0": errorOf(CompareSolvers(context.Background(), m, m.Request(3), []int{5}, 0)),
	} {
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("error %v, want %s", err, what)
		}
	}
	for what, err := range map[string]error{
		"Evaluate": errorOf(Evaluate(ctx, m, m.Request(30))), "Likelihood": errorOf(Likelihood(ctx, m, m.Request(30))),
		"CompareSolvers": errorOf(CompareSolvers(ctx, m, m.Request(30), []int{5}, 1)),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v, want a cancellation", what, err)
		}
	}
}

func errorOf[T any](_ T, err error) error { return err }

// The likelihood is that of as many fresh rows, in their order.
func TestLikelihood(t *testing.T) {
	m := scurve(t)
	r := m.Request(40)
	got, err := Likelihood(context.Background(), m, r)
	if err != nil {
		t.Fatal(err)
	}
	want, err := m.Likelihood(context.Background(), r, fresh(t, m, r.Seed, 40, data.AnyClass))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.Likelihood); diff != "" || got.Points != 40 || got.Reference != FreshRows {
		t.Errorf("%v\n%s", got.Reference, diff)
	}
	two := moons(t)
	r = two.Request(20)
	r.Sampling.Guidance.Label = 1
	if got, err = Likelihood(context.Background(), two, r); err != nil {
		t.Fatal(err)
	}
	if want, err = two.Likelihood(context.Background(), r, fresh(t, two, r.Seed, 20, 1)); err != nil || !cmp.Equal(want, got.Likelihood) {
		t.Errorf("label 1: %+v, %v; want %+v", got, err, want)
	}
}

// A solver gets the most steps that each budget allows; rounds are means over seeds that follow each other.
func TestCompareSolvers(t *testing.T) {
	m := scurve(t)
	r := m.Request(100)
	budgets := []int{4, 9}
	rounds := make([]*Comparison, 3)
	for i, n := range []int{1, 1, 2} {
		r.Seed = uint64(5 + i%2)
		c, err := CompareSolvers(context.Background(), m, r, budgets, n)
		if err != nil {
			t.Fatal(err)
		}
		rounds[i] = c
		r.Seed = 5
	}
	first, second, both := rounds[0], rounds[1], rounds[2]
	if math.Abs(both.Floor-(first.Floor+second.Floor)/2) > 1e-12 {
		t.Errorf("floor %v, want the mean of %v and %v", both.Floor, first.Floor, second.Floor)
	}
	if !slices.Contains(both.Solvers, "dpm++_2m") || len(both.Solvers) != 23 || len(both.Results) != 23 {
		t.Errorf("solvers %v", both.Solvers)
	}
	ran := 0
	for _, name := range both.Solvers {
		results := both.Results[name]
		if len(results) != len(budgets)+1 {
			t.Fatalf("%s: %d results", name, len(results))
		}
		for i, result := range results {
			a, b := first.Results[name][i], second.Results[name][i]
			if (result == nil) != (a == nil) || (result == nil) != (b == nil) {
				t.Errorf("%s: some rounds have a result and others none", name)
			}
			if result == nil || result.Error != "" {
				continue
			}
			ran++
			if i < len(budgets) && result.NFE > float64(budgets[i]) || result.Solver != name || result.Steps < 1 {
				t.Errorf("%s within an NFE of %d: %+v", name, append(budgets, 0)[i], result)
			}
			if math.Abs(result.SlicedW1-(a.SlicedW1+b.SlicedW1)/2) > 1e-12 {
				t.Errorf("%s: distance %v, want the mean of %v and %v", name, result.SlicedW1, a.SlicedW1, b.SlicedW1)
			}
		}
	}
	if ran < 20 {
		t.Errorf("%d results", ran)
	}
	if r := both.Results["ddim"][0]; r == nil || r.Steps != 4 || r.NFE != 4 {
		t.Errorf("ddim within an NFE of 4: %+v", r)
	}
	if r := both.Results["heun"][1]; r == nil || r.Steps != 5 || r.NFE != 9 {
		t.Errorf("heun within an NFE of 9: %+v", r)
	}
}
