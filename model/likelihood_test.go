package model

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/data"
)

// Each row has its log-density, the same alone and among others, in the data's units; their mean is Exact and their scatter
// the error, which one row does not show.
func TestLogDensities(t *testing.T) {
	ctx := context.Background()
	m := smallModel(t, "data.standardize=true")
	const n = likelihoodRows + 3
	fresh, err := m.Fresh(ctx, 5, n, data.AnyClass)
	if err != nil {
		t.Fatal(err)
	}
	rows, r := rowsOf(t, fresh), m.Request(1)
	var seen []int
	r.Progress, r.Workers = func(done, total int) { seen = append(seen, done, total) }, 2
	all, err := m.Likelihood(ctx, r, rows)
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) != 4 || !slices.Contains(seen[:1], seen[0]) || seen[0]+seen[1] == 0 || seen[2] != n || seen[1] != n || seen[3] != n {
		t.Errorf("progress %v of %d rows", seen, n)
	}
	mean, square := 0.0, 0.0
	for _, v := range all.LogDensity {
		mean += v / n
	}
	for _, v := range all.LogDensity {
		square += (v - mean) * (v - mean) / (n - 1)
	}
	if len(all.LogDensity) != n || math.Abs(mean+all.Exact) > 1e-9 || math.Abs(*all.ExactError-math.Sqrt(square/n)) > 1e-12 {
		t.Errorf("%d densities, mean %v and %v, error %v", len(all.LogDensity), mean, all.Exact, *all.ExactError)
	}
	for _, i := range []int{0, likelihoodRows - 1, likelihoodRows} {
		one, err := m.Likelihood(ctx, m.Request(1), rows[2*i:2*i+2])
		if err != nil {
			t.Fatal(err)
		}
		if one.LogDensity[0] != all.LogDensity[i] || one.ExactError != nil || one.Points != 1 {
			t.Errorf("row %d alone: %+v, among others %v", i, one, all.LogDensity[i])
		}
	}
}

// The density of standardized rows, brought to the data's units, integrates to 1 over the plane of the data.
func TestDensityIntegrates(t *testing.T) {
	rows, err := data.Rows([][]float64{{100, 0.001}, {140, 0.002}, {120, 0.004}, {80, 0.001}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	config := smallConfig(t, "data={name: program, standardize: true}")
	config.Data.Source.Kind.(*data.Program).Source = rows
	m := open(t, untrained(t, config, nil, nil))
	const cells, reach = 20, 6. // to either side of the mean, in deviations of the encoded rows
	var grid []float32
	for i := range cells {
		for j := range cells {
			at := func(k int) float32 { return float32(reach * (2*(float64(k)+0.5)/cells - 1)) }
			grid = append(grid, at(i), at(j))
		}
	}
	if err := m.decode(grid); err != nil {
		t.Fatal(err)
	}
	l, err := m.Likelihood(context.Background(), m.Request(1), grid)
	if err != nil {
		t.Fatal(err)
	}
	area := float64(grid[2*cells]-grid[0]) * float64(grid[3]-grid[1])
	sum := 0.0
	for _, v := range l.LogDensity {
		sum += math.Exp(v) * area
	}
	if math.Abs(sum-1) > 0.05 {
		t.Errorf("the density adds up to %v", sum)
	}
}

// Each row is measured by its label.
func TestLikelihoodOfLabels(t *testing.T) {
	ctx := context.Background()
	m := smallModel(t, "data.name=moons", "net.labels=true", "train.label_dropout=0.3")
	rows := draw(t, m, m.Request(6))
	var of [2]*Likelihood
	for label := range of {
		r := m.Request(1)
		r.Sampling.Guidance.Label = label
		var err error
		if of[label], err = m.Likelihood(ctx, r, rows); err != nil {
			t.Fatal(err)
		}
	}
	r := m.Request(1)
	r.Labels = []int32{0, 0, 1, 1, 1, 0}
	mixed, err := m.Likelihood(ctx, r, rows)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range mixed.LogDensity {
		if want, other := of[r.Labels[i]].LogDensity[i], of[1-r.Labels[i]].LogDensity[i]; v != want || v == other {
			t.Errorf("row %d of label %d: %v, want %v and not %v", i, r.Labels[i], v, want, other)
		}
	}
	if prior := mixed.Bound.Prior; math.Abs(prior-of[0].Bound.Prior) > 1e-12 {
		t.Errorf("L_T %v, which has no labels, want %v", prior, of[0].Bound.Prior)
	}
	r.Labels = []int32{0, 2}
	if _, err := m.Likelihood(ctx, r, rows); err == nil || !strings.Contains(err.Error(), "from 0 to 1, got 2") {
		t.Errorf("a label that is not there: %v", err)
	}
}

// A row that has no density is named by its number among all, and an interruption counts the rows that are done.
func TestLikelihoodErrors(t *testing.T) {
	m := smallModel(t)
	rows := draw(t, m, m.Request(likelihoodRows+3))
	broken := slices.Clone(rows)
	broken[2*likelihoodRows+1] = float32(math.NaN())
	_, err := m.Likelihood(context.Background(), m.Request(1), broken)
	if err == nil || !strings.Contains(err.Error(), "row 64, column x1") {
		t.Errorf("not a number: %v", err)
	}
	broken[2*likelihoodRows+1] = 3e38
	if _, err := m.Likelihood(context.Background(), m.Request(1), broken); err == nil || !strings.Contains(err.Error(), "row 64: ") {
		t.Errorf("too large for a density: %v", err)
	}
	r := m.Request(1)
	for what, change := range map[string]func(){
		"Invert": func() { r.Invert = true }, "From": func() { r.From = rows }, "Rows": func() { r.Rows = m.Batch(rows) },
		"Known": func() { r.Known = map[int]float64{0: 1} },
	} {
		r = m.Request(1)
		change()
		_, err := m.Likelihood(context.Background(), r, rows)
		if err == nil || !strings.Contains(err.Error(), "likelihood is of whole rows") {
			t.Errorf("%s: %v", what, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	r = m.Request(1)
	r.Workers, r.Progress = 1, func(int, int) { cancel() }
	var ended *InterruptedError
	if _, err := m.Likelihood(ctx, r, rows); !errors.As(err, &ended) || ended.Done != likelihoodRows || ended.Total != likelihoodRows+3 {
		t.Errorf("interrupted: %v", err)
	}
}
