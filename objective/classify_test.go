package objective

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestClassifyFill(t *testing.T) {
	const rows, classes = 7, 3
	p := process(t, "ddpm")
	o := mustNew(t, defaultClassify(), p, 2, classes)
	if o.Outputs() != classes {
		t.Errorf("%d outputs, want one per class", o.Outputs())
	}
	b := someBatch(p, rows, 2, classes)
	m := newMemory(rows, 2)
	o.Fill(m, b, 0, 0, rows)
	if !slices.Equal(m.Index("class"), b.Classes) {
		t.Errorf("classes %v, want %v", m.Index("class"), b.Classes)
	}
	for r, got := range m.Float("weight") {
		near(t, "weight", float64(got), float64(b.Importance[r])/rows, 1e-6)
	}
	if _, ok := o.(Denoising); ok {
		t.Error("a classifier draws samples")
	}
}

// logProbability is ln p(class | x, t) of an echo, in float64.
func logProbability(classes int, x []float32, t float64, class int) float64 {
	logit := func(k int) float64 {
		sum := float64(k+1) * t
		for _, v := range x {
			sum += math.Pow(float64(v), float64(k+1)) / float64(k+1)
		}
		return sum
	}
	sum := 0.0
	for k := range classes {
		sum += math.Exp(logit(k) - logit(class))
	}
	return -math.Log(sum)
}

// Probabilities and their gradients are those of the softmax, by its formula and by finite differences.
func TestClassifierGradient(t *testing.T) {
	const dim, rows, classes, at = 2, 8, 3, 0.3
	o := mustNew(t, defaultClassify(), process(t, "ddpm"), dim, classes).(Classifying)
	c := o.Classifier(echo{classes, dim})
	x := normal(rand.New(rand.NewPCG(3, 4)), rows*dim)
	logs := make([]float32, rows*classes)
	c.LogProbabilities(logs, x, at)
	for r := range rows {
		sum := 0.0
		for k := range classes {
			near(t, "ln p", float64(logs[r*classes+k]), logProbability(classes, x[r*dim:(r+1)*dim], at, k), 1e-6)
			sum += math.Exp(float64(logs[r*classes+k]))
		}
		near(t, "sum of the probabilities", sum, 1, 1e-6)
	}
	gradient := make([]float32, rows*dim)
	for class := range classes {
		c.Gradient(gradient, x, at, class)
		for i := range gradient {
			r, h := i/dim, float32(1.0/1024)
			row := slices.Clone(x[r*dim : (r+1)*dim])
			row[i%dim] = x[i] + h
			above, up := logProbability(classes, row, at, class), row[i%dim]
			row[i%dim] = x[i] - h
			below, down := logProbability(classes, row, at, class), row[i%dim]
			near(t, "gradient", float64(gradient[i]), (above-below)/(float64(up)-float64(down)), 2e-5)
		}
	}
	if n := testing.AllocsPerRun(20, func() { c.cotangent(0, logs, logs) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Where a class is nearly sure, what is left of its probability keeps the digits that a float64 of the logits has, and
// nothing overflows.
func TestClassifierIsExactAtTheEnds(t *testing.T) {
	c := classify{classes: 2}.Classifier(nil)
	for _, gap := range []float32{0, 1, 20, 80, 500} {
		c.label = 0
		v := make([]float32, 2)
		c.onehotLessSoftmax(0, v, []float32{gap, 0})
		left := 1 / (1 + math.Exp(float64(gap))) // 1 − p
		for k, want := range []float64{left, -left} {
			if got := float64(v[k]); math.Abs(got-want) > 1e-6*math.Abs(want)+1e-13 {
				t.Errorf("logits %v apart: %v, want %v", gap, got, want)
			}
		}
		c.label = 1
		c.onehotLessSoftmax(0, v, []float32{gap, 0})
		near(t, "the class that is not", float64(v[1]), 1-left, 1e-7)
	}
}
