package boosting

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
)

func TestBadInput(t *testing.T) {
	numbers := func(n int) []Column { return []Column{{Numbers: make([]float64, n)}} }
	change := func(set func(o *Options)) Options {
		o := Defaults()
		set(&o)
		return o
	}
	ok := Defaults()
	for _, test := range []struct {
		x       []Column
		y       []int32
		classes int
		o       Options
		want    string
	}{
		{nil, []int32{0, 1}, 2, ok, "2 rows of 0 columns"},
		{numbers(0), nil, 2, ok, "0 rows of 1 columns"},
		{numbers(3), []int32{0, 1}, 2, ok, "column 0 has 3 rows, want 2"},
		{[]Column{{Numbers: []float64{1, 2}, Codes: []int32{1, 2}}}, []int32{0, 1}, 2, ok, "column 0 has both numbers and codes"},
		{[]Column{{Codes: []int32{1, -2}}}, []int32{0, 1}, 2, ok, "column 0, row 1: code -2 is neither a category nor -1"},
		{numbers(2), []int32{0, 2}, 2, ok, "row 1 has class 2, want one of 0 … 1"},
		{numbers(2), []int32{0, -1}, 2, ok, "row 1 has class -1"},
		{numbers(2), []int32{0, 1}, -5, ok, "row 0 has class 0"},
		{numbers(2), []int32{1, 1}, 2, ok, "all 2 rows have class 1"},
		{numbers(2), []int32{0, 1}, 2, Options{}, "Iterations must be at least 1, got 0"},
		{numbers(2), []int32{0, 1}, 2, change(func(o *Options) { o.Bins = 256 }), "Bins must be from 2 to 255, got 256"},
		{numbers(2), []int32{0, 1}, 2, change(func(o *Options) { o.LearningRate = math.NaN() }), "LearningRate must be"},
		{numbers(2), []int32{0, 1}, 2, change(func(o *Options) { o.HeldOut = 1 }), "HeldOut must be between 0 and 1, got 1"},
		{numbers(3), []int32{0, 1, 0}, 2, change(func(o *Options) { o.Held = []int32{3} }), "0 … 2: it names row 3"},
		{numbers(3), []int32{0, 1, 0}, 2, change(func(o *Options) { o.Held = []int32{0, 0} }), "it names row 0"},
		{numbers(3), []int32{0, 1, 0}, 2, change(func(o *Options) { o.Held = []int32{1} }), "all rows of the class of row 1"},
	} {
		_, err := TrainClassifier(t.Context(), test.x, test.y, test.classes, test.o)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "boosting: ") {
			t.Errorf("%v, want %q", err, test.want)
		}
	}
	for _, y := range []float64{math.NaN(), math.Inf(-1), 1e39} {
		if _, err := TrainRegressor(t.Context(), numbers(2), []float64{0, y}, ok); err == nil || !strings.Contains(err.Error(), "row 1") {
			t.Errorf("target %v: %v", y, err)
		}
	}
}

func TestBadPredictionInput(t *testing.T) {
	x := []Column{{Numbers: []float64{1, 2, 3}}, {Codes: []int32{0, 1, 0}}}
	c := must(TrainClassifier(t.Context(), x, []int32{0, 1, 0}, 2, Defaults()))(t)
	r := must(TrainRegressor(t.Context(), x, []float64{0, 1, 0}, Defaults()))(t)
	for _, test := range []struct {
		x    []Column
		want string
	}{
		{x[:1], "1 columns, want 2"},
		{[]Column{x[1], x[0]}, "column 0 must hold codes or numbers as it did in training"},
		{[]Column{x[0], {Codes: []int32{1}}}, "column 1 has 1 rows, want 3"},
	} {
		for _, err := range []error{c.Probabilities(make([]float64, 6), test.x), r.Predict(make([]float64, 3), test.x)} {
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		}
	}
	if err := c.Probabilities(make([]float64, 5), x); err == nil {
		t.Error("5 numbers hold 3 rows of 2 classes")
	}
}

func TestContextEndsTraining(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := TrainClassifier(ctx, []Column{{Numbers: []float64{1, 2}}}, []int32{0, 1}, 2, Defaults())
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// One row per class, one column, one distinct value: nothing can be learned, and the shares of the classes are predicted.
func TestSmallestTables(t *testing.T) {
	p := probabilities(t, []Column{{Numbers: []float64{1, 2}}}, []int32{0, 1}, 2, Defaults(), []Column{{Numbers: []float64{5}}})
	near(t, "probability", p[1], 0.5, 0)
	o := Defaults()
	o.LeafRows, o.StopAbove, o.HeldOut = 1, 1, 0.1
	p = probabilities(t, []Column{{Codes: []int32{0, 0, 0}}}, []int32{0, 1, 2}, 3, o, []Column{{Codes: []int32{0}}})
	near(t, "probability", p[1], 1.0/3, 1e-12)
	r := must(TrainRegressor(t.Context(), []Column{{Numbers: []float64{1}}}, []float64{-7}, o))(t)
	got := []float64{0}
	if err := r.Predict(got, []Column{{Numbers: []float64{math.NaN()}}}); err != nil || got[0] != -7 {
		t.Error(got, err)
	}
}

func benchmarkTable() ([]Column, []int32) {
	x, y := alternate(newGems(1, 6_667, 0).columns(), newGems(2, 6_667, 0.16).columns())
	return append(x, x[:4]...), y
}

// 13,334 rows of 10 columns, 100 iterations.
func BenchmarkTrainClassifier(b *testing.B) {
	x, y := benchmarkTable()
	o := Defaults()
	o.StopAbove = len(y)
	for b.Loop() {
		if _, err := TrainClassifier(b.Context(), x, y, 2, o); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkProbabilities(b *testing.B) {
	x, y := benchmarkTable()
	c, err := TrainClassifier(b.Context(), x, y, 2, Defaults())
	if err != nil {
		b.Fatal(err)
	}
	p := make([]float64, 2*len(y))
	for b.Loop() {
		if err := c.Probabilities(p, x); err != nil {
			b.Fatal(err)
		}
	}
}
