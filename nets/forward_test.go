package nets

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"euryale/kernel"
)

// some is a time that the net knows and that is no other's.
func some(m *MLP) float64 {
	if m.Time == "embedding" {
		return 4
	}
	return 4.3
}

// A row's numbers do not depend on its neighbours, on its place, or on how many rows there are, whatever is asked.
func TestRowsAreIndependent(t *testing.T) {
	for _, width := range []int{1, 31, 128} {
		everyNet(t, width, 2, 3, func(t *testing.T, m *MLP) {
			f := m.NewForward(m.Init(9))
			const rows = 3*chunk + 17
			r := rand.New(rand.NewPCG(3, 4))
			x, v := normal(r, rows*m.Input), normal(r, rows*m.Input)
			methods := map[string]func(dst, x, v []float32){ // dst is [rows, wide]
				"output": func(dst, x, _ []float32) { copy(dst, output(t, f, x, some(m), 2)) },
			}
			wide := map[string]int{"output": m.Output}
			if m.Name == "classifier" {
				wide["gradient"] = m.Input
				methods["gradient"] = func(dst, x, _ []float32) { f.LogProbabilityGradient(dst, x, some(m), 1) }
			} else {
				wide["tangent"] = m.Input
				methods["tangent"] = func(dst, x, v []float32) { f.PredictTangent(make([]float32, len(x)), dst, x, v, some(m)) }
			}
			for name, method := range methods {
				whole := make([]float32, rows*wide[name])
				method(whole, x, v)
				for _, n := range []int{1, 7, chunk - 1, chunk, chunk + 1} {
					parts := make([]float32, len(whole))
					for lo := 0; lo < rows; lo += n {
						hi := min(lo+n, rows)
						method(parts[lo*wide[name]:hi*wide[name]], x[lo*m.Input:hi*m.Input], v[lo*m.Input:hi*m.Input])
					}
					if !slices.Equal(bits(parts), bits(whole)) {
						t.Errorf("width %d, %s: %d rows at a time give other numbers than all at once", width, name, n)
					}
				}
			}
		})
	}
}

// Forward reads weights, time and label anew at each call, and writes nothing but dst.
func TestForwardFollowsTheWeights(t *testing.T) {
	everyNet(t, 5, 2, 3, func(t *testing.T, m *MLP) {
		flat := m.Init(1)
		f := m.NewForward(flat)
		x := normal(rand.New(rand.NewPCG(5, 6)), 4*m.Input)
		input := slices.Clone(x)
		first := output(t, f, x, 0, 0)
		if slices.Equal(output(t, f, x, some(m), 0), first) {
			t.Error("the time has no influence")
		}
		if m.Labels && slices.Equal(output(t, f, x, 0, -1), first) {
			t.Error("the label has no influence")
		}
		copy(flat, m.Init(2))
		if slices.Equal(output(t, f, x, 0, 0), first) {
			t.Error("other weights have no influence")
		}
		copy(flat, m.Init(1))
		if !slices.Equal(output(t, f, x, 0, 0), first) || !slices.Equal(x, input) || !slices.Equal(flat, m.Init(1)) {
			t.Error("predicting changed the rows, the weights or the net's state")
		}
		output(t, f, nil, 0, 0) // no rows
	})
}

// Of a net that also predicts variances Predict gives the first half.
func TestPredictIsTheMean(t *testing.T) {
	everyNet(t, 17, 2, 3, func(t *testing.T, m *MLP) {
		if m.Output != 2*m.Input {
			return
		}
		f := m.NewForward(m.Init(1))
		x := normal(rand.New(rand.NewPCG(5, 6)), 70*m.Input)
		dst, mean, fraction := make([]float32, len(x)), make([]float32, len(x)), make([]float32, len(x))
		f.Predict(dst, x, some(m))
		f.PredictVariance(mean, fraction, x, some(m))
		if !slices.Equal(bits(dst), bits(mean)) || slices.Equal(mean, fraction) {
			t.Error("Predict and PredictVariance differ in the mean, or mean and variance do not differ")
		}
	})
}

func TestForwardDoesNotAllocate(t *testing.T) {
	for _, depth := range []int{1, 3} {
		everyNet(t, 40, depth, 2, func(t *testing.T, m *MLP) {
			f := m.NewForward(m.Init(1))
			const rows = 200
			x, v, dst, other := make([]float32, rows*m.Input), make([]float32, rows*m.Input), make([]float32, rows*m.Output), make([]float32, rows*m.Input)
			n := testing.AllocsPerRun(5, func() {
				for _, rows := range []int{rows, 1, 80} {
					x, v := x[:rows*m.Input], v[:rows*m.Input]
					switch {
					case m.Name == "classifier":
						f.LogProbabilities(dst, x, 3.5)
						f.LogProbabilityGradient(other, x, 3.5, 1)
						continue
					case m.Labels:
						if f.SetLabel(rows%2) != nil {
							t.Error("the label is refused")
						}
					}
					f.Predict(dst, x, 3)
					f.PredictTangent(dst, other, x, v, 3.5)
					if m.Output > m.Input {
						f.PredictVariance(dst, other, x, 3.5)
					}
				}
			})
			if n != 0 {
				t.Errorf("%v allocations", n)
			}
		})
	}
}

// Between two rows of an embedding Forward takes their mean, weighted; beyond the ends, the ends; at a row, that row: the
// same bits as a net that has the row in its table.
func TestTimesBetweenAndBeyondTheSteps(t *testing.T) {
	for _, labels := range []bool{false, true} {
		c := DefaultConfig()
		c.Width, c.Labels = 21, labels
		m := newMLP(t, c, Shape{Input: 2, Output: 2, Steps: 6, Classes: 2})
		flat, mixed := m.Init(1), m.Init(1)
		for _, p := range m.layout {
			if strings.HasPrefix(p.Name, "step_embeddings") {
				rows := kernel.View(mixed[p.Offset:], 6, c.Width)
				kernel.Combine2(rows.RowRange(0, 1).Data, 0.75, rows.RowRange(2, 3).Data, 0.25, rows.RowRange(3, 4).Data)
			}
		}
		x := normal(rand.New(rand.NewPCG(5, 6)), 5*m.Input)
		f, g := m.NewForward(flat), m.NewForward(mixed)
		for _, test := range []struct {
			time, same float64
			as         *Forward
		}{
			{2.25, 0, g}, {3, 3, g}, {5, 5, g}, {-1, 0, f}, {math.Inf(-1), 0, f}, {5.5, 5, f}, {1e300, 5, f}, {math.Inf(1), 5, f},
		} {
			got, want := output(t, f, x, test.time, 1), output(t, test.as, x, test.same, 1)
			if !slices.Equal(bits(got), bits(want)) {
				t.Errorf("labels %v: the prediction at t = %v is not the one expected", labels, test.time)
			}
		}
		if message := panics(func() { output(t, f, x, math.NaN(), 1) }); !strings.Contains(message, "not a number") {
			t.Errorf("NaN: panic %q", message)
		}
	}
}

func TestSetLabel(t *testing.T) {
	everyNet(t, 4, 1, 2, func(t *testing.T, m *MLP) {
		f := m.NewForward(m.Init(1))
		for label := -2; label <= testClasses; label++ {
			fits := label == -1 || m.Labels && label >= 0 && label < testClasses
			if err := f.SetLabel(label); (err == nil) != fits {
				t.Errorf("label %d: %v", label, err)
			}
		}
		if !m.Labels {
			return
		}
		// A label that is refused changes nothing; a fresh Forward has none.
		x := []float32{1, 2}
		if got, want := output(t, f, x, 0, 3), output(t, m.NewForward(m.Init(1)), x, 0, 3); !slices.Equal(got, want) {
			t.Errorf("prediction %v, want %v", got, want)
		}
		fresh := make([]float32, 2)
		m.NewForward(m.Init(1)).Predict(fresh, x, 0)
		if want := output(t, f, x, 0, -1)[:2]; !slices.Equal(fresh, want) {
			t.Errorf("a new Forward predicts %v, without label %v", fresh, want)
		}
	})
}

// The tangent against central differences of the net in float64, in any direction; along the axes it makes up the
// Jacobian, which is linear.
func TestTangent(t *testing.T) {
	everyNet(t, 19, 3, 3, func(t *testing.T, m *MLP) {
		if m.Name == "classifier" {
			return
		}
		flat := m.Init(3)
		f, exact := m.NewForward(flat), float64s(flat)
		const rows, h = 9, 1e-6
		r := rand.New(rand.NewPCG(1, 2))
		x, v := normal(r, rows*m.Input), normal(r, rows*m.Input)
		label := int32(-1)
		if m.Labels {
			label = 2
		}
		if err := f.SetLabel(int(label)); err != nil {
			t.Fatal(err)
		}
		dst, tangent, predicted := make([]float32, len(x)), make([]float32, len(x)), make([]float32, len(x))
		f.PredictTangent(dst, tangent, x, v, some(m))
		f.Predict(predicted, x, some(m))
		if !slices.Equal(bits(dst), bits(predicted)) {
			t.Error("PredictTangent predicts other bits than Predict")
		}

		jacobian := make([][]float32, m.Input) // by column
		for j := range jacobian {
			axis := make([]float32, len(x))
			for i := j; i < len(axis); i += m.Input {
				axis[i] = 1
			}
			jacobian[j] = make([]float32, len(x))
			f.PredictTangent(dst, jacobian[j], x, axis, some(m))
		}
		for row := range rows {
			at := row * m.Input
			shifted := func(step float64) []float64 {
				y := float64s(x[at : at+m.Input])
				for j := range y {
					y[j] += step * float64(v[at+j])
				}
				output, margin := reference(m, exact, y, some(m), label)
				if margin < 1e-5 {
					t.Fatal("a sum is near the ReLU's corner: draw other numbers")
				}
				return output
			}
			above, below := shifted(h), shifted(-h)
			for i := range m.Input {
				got, want, sum := float64(tangent[at+i]), (above[i]-below[i])/(2*h), 0.0
				for j := range m.Input {
					sum += float64(jacobian[j][at+i]) * float64(v[at+j])
				}
				if math.Abs(got-want) > 1e-5*(1+math.Abs(want)) {
					t.Errorf("row %d: the tangent [%d] is %v, by differences %v", row, i, got, want)
				}
				if math.Abs(got-sum) > 1e-5*(1+math.Abs(sum)) {
					t.Errorf("row %d: the tangent [%d] is %v, by the Jacobian %v", row, i, got, sum)
				}
			}
		}
	})
}

// At its corner the ReLU lets no derivative pass, as in training.
func TestTangentAtTheCorner(t *testing.T) {
	m := odd(t)
	flat := make([]float32, m.size)
	for _, p := range m.layout {
		if strings.HasSuffix(p.Name, "weight") && strings.HasPrefix(p.Name, "linears") {
			for i := range part32(flat, p) {
				part32(flat, p)[i] = 1
			}
		}
	}
	dst, tangent, x, v := make([]float32, 6), make([]float32, 6), []float32{0, 0, 0, 1, 0, 0}, []float32{1, 1, 1, 1, 1, 1}
	m.NewForward(flat).PredictTangent(dst, tangent, x, v, 0)
	if want := []float32{0, 0, 0, 75, 75, 75}; !slices.Equal(tangent, want) {
		t.Errorf("tangents at a corner and beside it: %v, want %v", tangent, want)
	}
}

func TestMethodsOfOtherArchitectures(t *testing.T) {
	x, dst := make([]float32, 2), make([]float32, testClasses)
	everyNet(t, 4, 1, 2, func(t *testing.T, m *MLP) {
		f := m.NewForward(m.Init(1))
		for name, call := range map[string]struct {
			fits bool
			call func()
		}{
			"Predict":                {m.Name == "mlp", func() { f.Predict(dst, x, 0) }},
			"PredictTangent":         {m.Name == "mlp", func() { f.PredictTangent(dst, dst, x, x, 0) }},
			"PredictVariance":        {m.Name == "mlp" && m.Output == 4, func() { f.PredictVariance(dst, dst, x, 0) }},
			"LogProbabilities":       {m.Name == "classifier", func() { f.LogProbabilities(dst, x, 0) }},
			"LogProbabilityGradient": {m.Name == "classifier", func() { f.LogProbabilityGradient(dst, x, 0, 0) }},
		} {
			if message := panics(call.call); strings.Contains(message, name+" does not fit a "+m.Name) == call.fits {
				t.Errorf("%s: panic %q", name, message)
			}
		}
	})
}

func BenchmarkForward(b *testing.B) {
	m := tutorial(b)
	f := m.NewForward(m.Init(1))
	const rows = 10000
	x, dst := normal(rand.New(rand.NewPCG(1, 1)), rows*m.Input), make([]float32, rows*m.Input)
	f.Predict(dst, x, 50) // the workspace grows once
	b.ReportAllocs()
	for b.Loop() {
		f.Predict(dst, x, 50)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
}
