package boosting

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// probabilities trains on x and y and returns the probabilities of the rows of z, [rows, classes].
func probabilities(t *testing.T, x []Column, y []int32, classes int, o Options, z []Column) []float64 {
	t.Helper()
	c := must(TrainClassifier(t.Context(), x, y, classes, o))(t)
	p := make([]float64, z[0].rows()*classes)
	if err := c.Probabilities(p, z); err != nil {
		t.Fatal(err)
	}
	return p
}

// few are options for small tables.
func few() Options {
	o := Defaults()
	o.Iterations, o.LeafRows = 20, 5
	return o
}

// dear is 1 for the gems above a price, about half of them.
func dear(g gems) []int32 {
	y := make([]int32, len(g.price))
	for i, price := range g.price {
		if price > 1_000 {
			y[i] = 1
		}
	}
	return y
}

// Only the order of numbers counts: a number may be replaced by its rank.
func TestMonotoneTransformsChangeNothing(t *testing.T) {
	g := newGems(7, 2_000, 0)
	y := dear(g)
	x := g.columns()
	x[3] = Column{Numbers: x[1].Numbers} // not the price
	z := slices.Clone(x)
	for j, c := range x {
		if c.Numbers == nil {
			continue
		}
		sorted := slices.Sorted(slices.Values(c.Numbers)) // NaN first
		z[j].Numbers = make([]float64, len(c.Numbers))
		for i, v := range c.Numbers {
			rank, _ := slices.BinarySearch(sorted, v)
			z[j].Numbers[i] = math.Sqrt(float64(rank))
			if math.IsNaN(v) {
				z[j].Numbers[i] = v
			}
		}
	}
	want, got := probabilities(t, x, y, 2, few(), x), probabilities(t, z, y, 2, few(), z)
	if !slices.Equal(got, want) {
		t.Error("probabilities differ after a monotone transform")
	}
}

// Codes are names. New ones in the same order change nothing, not even by a rounding.
func TestCodesAreNames(t *testing.T) {
	g := newGems(8, 1_000, 0)
	x := []Column{{Codes: g.cut}, {Codes: g.color}}
	z := []Column{{}, {}}
	for j := range x {
		for _, code := range x[j].Codes {
			if code >= 0 {
				code = 1_000_000_000 + 7*code
			}
			z[j].Codes = append(z[j].Codes, code)
		}
	}
	want, got := probabilities(t, x, dear(g), 2, few(), x), probabilities(t, z, dear(g), 2, few(), z)
	if !slices.Equal(got, want) {
		t.Error("probabilities differ after renaming the categories")
	}
}

func TestConstantColumnsChangeNothing(t *testing.T) {
	g := newGems(9, 1_000, 0)
	constant, missing, code := make([]float64, 1_000), make([]float64, 1_000), make([]int32, 1_000)
	for i := range missing {
		missing[i] = math.NaN()
		code[i] = -1
	}
	x := []Column{{Numbers: g.size}, {Codes: g.cut}}
	z := []Column{{Numbers: constant}, x[0], {Numbers: missing}, {Codes: code}, x[1], {Codes: make([]int32, 1_000)}}
	want, got := probabilities(t, x, dear(g), 2, few(), x), probabilities(t, z, dear(g), 2, few(), z)
	if !slices.Equal(got, want) {
		t.Error("probabilities differ with constant columns")
	}
	for i, p := range probabilities(t, z[2:4], dear(g), 2, few(), z[2:4]) {
		if share := 0.0; i%2 == 1 {
			for _, y := range dear(g) {
				share += float64(y) / 1_000
			}
			near(t, "probability without information", p, share, 1e-12)
		}
	}
}

func TestWorkersChangeNothing(t *testing.T) {
	x, y := alternate(newGems(1, 2_000, 0).columns(), newGems(2, 2_000, 0.2).columns())
	for _, classes := range []int{2, 5} {
		if classes == 5 {
			x, y = x[:4], newGems(1, 4_000, 0).cut
		}
		o := few()
		o.StopAbove = 3_000
		want := probabilities(t, x, y, classes, o, x)
		for _, o.Workers = range []int{2, 3, 7} {
			if !slices.Equal(probabilities(t, x, y, classes, o, x), want) {
				t.Errorf("%d classes: probabilities differ on %d workers", classes, o.Workers)
			}
		}
	}
}

// Missing cells go to the side that fits them: low numbers and missing ones against the rest, or high ones and missing ones.
func TestMissingSideIsLearned(t *testing.T) {
	for _, sign := range []float64{1, -1} {
		numbers, y := make([]float64, 300), make([]float64, 300)
		for i := range numbers {
			numbers[i] = sign * float64(i%3)
			if i%3 == 2 {
				numbers[i] = math.NaN()
			}
			if i%3 != 0 {
				y[i] = 1
			}
		}
		o := few()
		o.Iterations, o.LearningRate, o.Leaves = 1, 1, 2
		x := []Column{{Numbers: numbers}}
		p := make([]float64, 300)
		if err := must(TrainRegressor(t.Context(), x, y, o))(t).Predict(p, x); err != nil {
			t.Fatal(err)
		}
		for i := range p {
			near(t, "prediction", p[i], y[i], 1e-6)
		}
	}
}

// Cells that are missing only at prediction, and categories that training did not see, go where most rows went.
func TestUnseenCells(t *testing.T) {
	for _, most := range []int{0, 1} {
		var number []float64
		var code []int32
		var y []float64
		for i := range 300 {
			v := most
			if i%3 == 0 {
				v = 1 - most
			}
			number, code, y = append(number, float64(v)), append(code, int32(v)), append(y, float64(v))
		}
		o := few()
		o.Iterations, o.LearningRate = 1, 1
		for _, test := range [][2]Column{
			{{Numbers: number}, {Numbers: []float64{math.NaN()}}},
			{{Codes: code}, {Codes: []int32{-1}}},
			{{Codes: code}, {Codes: []int32{17}}},
		} {
			p := []float64{0}
			if err := must(TrainRegressor(t.Context(), test[:1], y, o))(t).Predict(p, test[1:]); err != nil {
				t.Fatal(err)
			}
			near(t, "prediction", p[0], float64(most), 1e-6)
		}
	}
}

func TestInfinitiesAreOrdered(t *testing.T) {
	inf := math.Inf(1)
	values := []float64{-inf, -math.MaxFloat64, 0, math.MaxFloat64, inf}
	var x, y []float64
	for i := range 100 {
		x, y = append(x, values[i%5]), append(y, float64(i%5))
	}
	o := few()
	o.Iterations, o.LearningRate = 1, 1
	p := make([]float64, 100)
	if err := must(TrainRegressor(t.Context(), []Column{{Numbers: x}}, y, o))(t).Predict(p, []Column{{Numbers: x}}); err != nil {
		t.Fatal(err)
	}
	for i := range p {
		near(t, "prediction", p[i], y[i], 1e-6)
	}
}

// 1,000 categories: the 254 most frequent are told apart, the others share a bin.
func TestManyCategories(t *testing.T) {
	var code []int32
	for c := range int32(1_000) {
		for range 1 + max(0, 254-c) {
			code = append(code, 999-c)
		}
	}
	bins, count := binCodes(code, 255)
	seen := map[uint8]int{}
	for _, bin := range bins {
		seen[bin]++
	}
	if count != 255 || len(seen) != 255 || seen[254] != 1_000-254 {
		t.Errorf("%d bins, %d in use, %d categories in the last", count, len(seen), seen[254])
	}
}

func TestAbsentClassHasProbability0(t *testing.T) {
	g := newGems(10, 1_000, 0)
	x := []Column{{Numbers: g.price}, {Numbers: g.size}}
	for _, keep := range [][]int32{{1, 3}, {0, 2, 3}} {
		y := make([]int32, 1_000)
		for i := range y {
			y[i] = keep[int(g.cut[i])%len(keep)]
		}
		p := probabilities(t, x, y, 5, few(), x)
		for i := range y {
			sum := 0.0
			for class, v := range p[5*i:][:5] {
				sum += v
				if (v != 0) != slices.Contains(keep, int32(class)) {
					t.Fatalf("row %d has probability %v of class %d, classes with rows are %v", i, v, class, keep)
				}
			}
			near(t, "sum of probabilities", sum, 1, 1e-12)
		}
	}
}

// A tree of two leaves at learning rate 1 gives the means of both sides of the best cut.
func TestTwoLeavesAreMeans(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		y := rapid.SliceOfN(rapid.Float64Range(-100, 100), 2, 40).Draw(r, "y")
		x, best := make([]float64, len(y)), math.Inf(1) // the least squared error of a cut
		for i := range x {
			x[i] = float64(i)
		}
		for cut := 1; cut < len(y); cut++ {
			a, b := mean(y[:cut]), mean(y[cut:])
			squares := 0.0
			for i, v := range y {
				m := a
				if i >= cut {
					m = b
				}
				squares += (v - m) * (v - m)
			}
			best = min(best, squares)
		}
		o := Defaults()
		o.Iterations, o.LearningRate, o.Leaves, o.LeafRows = 1, 1, 2, 1
		m, err := TrainRegressor(t.Context(), []Column{{Numbers: x}}, y, o)
		if err != nil {
			r.Fatal(err)
		}
		p, squares, scale := make([]float64, len(y)), 0.0, 0.0
		if err := m.Predict(p, []Column{{Numbers: x}}); err != nil {
			r.Fatal(err)
		}
		for i, v := range y {
			squares += (v - p[i]) * (v - p[i])
			scale += v * v
		}
		if squares > best+1e-3+1e-6*scale { // derivatives are float32
			r.Errorf("squared error %v, the best cut has %v: %v for %v", squares, best, p, y)
		}
	})
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
