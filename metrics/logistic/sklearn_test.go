package logistic

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"euryale/metrics/score"
)

// random is Knuth's linear congruential generator of MMIX, as in testdata/generate.py.
type random uint64

func (r *random) uniform() float64 {
	*r = *r*6364136223846793005 + 1442695040888963407
	return float64(*r>>11) * 0x1p-53
}

func (r *random) normal() float64 {
	sum := 0.0
	for range 12 {
		sum += r.uniform()
	}
	return sum - 6
}

// newTable is the table of testdata/generate.py.
func newTable(seed random, rows, dim int, missing, pull float64) (x []float64, positive []bool) {
	r := &seed
	for range rows {
		row := make([]float64, dim)
		for j := range row {
			row[j] = float64(j+1) * r.normal()
		}
		last := row[dim-1]
		if row[dim-1] = 0; last > 0 {
			row[dim-1] = 1
		}
		second := row[min(1, dim-1)]
		positive = append(positive, pull*(row[0]+second/2)+r.normal() > 0)
		for j := range row {
			if r.uniform()*missing < 1 {
				row[j] = math.NaN()
			}
		}
		x = append(x, row...)
	}
	return x, positive
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s %.8g, want %.8g ± %g", what, got, want, tolerance)
	}
}

// The weights are those of LogisticRegression with a tolerance of 1e-12, the AUC is that with its defaults.
func TestAsScikitLearn(t *testing.T) {
	text, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name          string
		seed          random
		rows, dim     int
		missing, pull float64
	}{
		{"narrow", 1, 900, 5, 10, 0.5}, {"one", 2, 300, 1, 1e9, 1}, {"separable", 3, 300, 4, 1e9, 1e3},
		{"wide", 4, 150, 120, 20, 1}, {"none", 5, 3000, 8, 10, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			var want struct {
				Weights, Mean, Median, Range []float64
				Intercept, AUC               float64
			}
			if err := json.Unmarshal(all[test.name], &want); err != nil {
				t.Fatal(err)
			}
			x, positive := newTable(test.seed, test.rows, test.dim, test.missing, test.pull)
			rows := test.rows * 2 / 3
			train, rest := x[:rows*test.dim], x[rows*test.dim:]
			s, err := FitScaling(train, test.dim)
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range [][]float64{train, rest} {
				if err := s.Apply(part); err != nil {
					t.Fatal(err)
				}
			}
			m, err := Fit(t.Context(), train, test.dim, positive[:rows], Defaults())
			if err != nil {
				t.Fatal(err)
			}
			for j, w := range want.Weights {
				near(t, "weight", m.Weights[j], w, 1e-4)
				near(t, "mean", s.Mean[j], want.Mean[j], 1e-12)
				near(t, "median", s.Median[j], want.Median[j], 1e-12)
				near(t, "range", s.Range[j], want.Range[j], 1e-12)
			}
			near(t, "intercept", m.Intercept, want.Intercept, 1e-4)
			p, labels := make([]float64, test.rows-rows), make([]int32, test.rows-rows)
			if err := m.Probabilities(p, rest); err != nil {
				t.Fatal(err)
			}
			for i := range labels {
				if positive[rows+i] {
					labels[i] = 1
				}
			}
			auc, err := score.AUC(p, labels, 1)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "AUC", auc, want.AUC, 1e-3)
		})
	}
}
