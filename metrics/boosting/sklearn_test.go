package boosting

import (
	"math"
	"testing"

	"euryale/metrics/score"
)

// near fails unless got is within tolerance of want.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s %.6f, want %.6f ± %g", what, got, want, tolerance)
	}
}

func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// column returns column k of rows of so many.
func column(rows []float64, k, width int) []float64 {
	var c []float64
	for i := k; i < len(rows); i += width {
		c = append(c, rows[i])
	}
	return c
}

func trainAndScore(t *testing.T, x []Column, y []int32, classes, rows int, o Options) (*Classifier, []float64) {
	t.Helper()
	c := must(TrainClassifier(t.Context(), part(x, 0, rows), y[:rows], classes, o))(t)
	p := make([]float64, (len(y)-rows)*classes)
	if err := c.Probabilities(p, part(x, rows, len(y))); err != nil {
		t.Fatal(err)
	}
	return c, p
}

// Two samples of 6,000 rows each to train on, enough for early stopping. It holds out other rows than scikit-learn,
// whose own AUC depends on its seed, so means over five seeds are compared; with its rows, and without early stopping,
// the models are the same.
func TestTwoSamplesAsScikitLearn(t *testing.T) {
	for name, noise := range map[string]float64{"equal": 0, "near": 0.09, "far": 0.16} {
		t.Run(name, func(t *testing.T) {
			e, o := expect(t, name), Defaults()
			x, y := alternate(newGems(1, 8_000, 0).columns(), newGems(2, 8_000, noise).columns())
			auc := func(o Options) (float64, int) {
				c, p := trainAndScore(t, x, y, 2, 12_000, o)
				return must(score.AUC(column(p, 1, 2), y[12_000:], 1))(t), c.Iterations()
			}
			mean, iterations := 0.0, []int{}
			for o.Seed = range 5 {
				a, n := auc(o)
				mean, iterations = mean+a/5, append(iterations, n)
			}
			near(t, "AUC", mean, e.AUC, 0.01)
			t.Logf("%v iterations, scikit-learn %v; AUC %.4f, scikit-learn %.4f ± %.4f", iterations, e.Iterations, mean, e.AUC, e.Spread)
			o.Held = e.Held // by scikit-learn with the last seed
			last, n := auc(o)
			near(t, "AUC of the last seed", last, e.Last, 2e-3)
			if want := e.Iterations[4]; n != want {
				t.Errorf("%d iterations with scikit-learn's held-out rows, want %d", n, want)
			}
			o.Held, o.StopAbove = nil, len(y)
			all, _ := auc(o)
			near(t, "AUC of all trees", all, e.AllTrees, 1e-3)
		})
	}
}

func TestBinaryAsScikitLearn(t *testing.T) {
	e := expect(t, "binary")
	g, r := newGems(3, 4_000, 0), random(4)
	y := make([]int32, 4_000)
	for i := range y {
		if g.price[i]/(g.size[i]*g.size[i]) > 1000+300*r.normal() {
			y[i] = 1
		}
	}
	x := []Column{{Numbers: g.size}, {Numbers: g.width}, {Numbers: g.depth}, {Codes: g.cut}, {Codes: g.color}}
	_, p := trainAndScore(t, x, y, 2, 3_000, Defaults())
	p = column(p, 1, 2)
	near(t, "AUC", must(score.AUC(p, y[3_000:], 1))(t), e.AUC, 1e-3)
	for i, want := range e.First {
		near(t, "probability", p[i], want, 1e-6)
	}
}

func TestClassesAsScikitLearn(t *testing.T) {
	e := expect(t, "classes")
	g := newGems(5, 4_000, 0)
	x := []Column{{Numbers: g.size}, {Numbers: g.width}, {Numbers: g.depth}, {Numbers: g.price}, {Codes: g.color}}
	_, p := trainAndScore(t, x, g.cut, 5, 3_000, Defaults())
	y, sum := g.cut[3_000:], 0.0
	for k := range 5 {
		sum += must(score.AUC(column(p, k, 5), y, int32(k)))(t)
	}
	near(t, "mean AUC", sum/5, e.AUC, 1e-3)
	best := make([]int32, len(y))
	if err := score.Best(best, p, 5); err != nil {
		t.Fatal(err)
	}
	near(t, "accuracy", must(score.Accuracy(best, y))(t), e.Accuracy, 5e-3)
	near(t, "macro F1", must(score.MacroF1(best, y))(t), e.F1, 5e-3)
	for i, want := range e.First {
		near(t, "probability", p[i], want, 1e-6)
	}
}

func TestRegressionAsScikitLearn(t *testing.T) {
	regressAsScikitLearn(t, "regression", 6, 3_000, 1_000, Defaults())
}

func TestOptionsAsScikitLearn(t *testing.T) {
	o := Defaults()
	o.Iterations, o.LearningRate, o.Leaves, o.LeafRows, o.L2, o.Bins = 15, 0.3, 8, 7, 5, 16
	regressAsScikitLearn(t, "options", 7, 1_500, 500, o)
}

// regressAsScikitLearn predicts the price of the rest of the rows.
func regressAsScikitLearn(t *testing.T, name string, seed random, rows, rest int, o Options) {
	e, g := expect(t, name), newGems(seed, rows+rest, 0)
	x := []Column{{Numbers: g.size}, {Numbers: g.width}, {Numbers: g.depth}, {Codes: g.cut}, {Codes: g.color}}
	r := must(TrainRegressor(t.Context(), part(x, 0, rows), g.price[:rows], o))(t)
	p := make([]float64, rest)
	if err := r.Predict(p, part(x, rows, rows+rest)); err != nil {
		t.Fatal(err)
	}
	near(t, "R²", must(score.R2(p, g.price[rows:]))(t), e.R2, 1e-4)
	for i, want := range e.First {
		near(t, "prediction", p[i], want, 1e-6*math.Abs(want))
	}
}
