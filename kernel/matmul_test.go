package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// form is one of the three products, with the shapes of its factors.
type form struct {
	name   string
	call   func(ws *Workspace, dst, a, b Matrix, e *Epilogue)
	ta, tb bool
}

var forms = []form{
	{"MatMul", MatMul, false, false},
	{"MatMulTA", MatMulTA, true, false},
	{"MatMulTB", MatMulTB, false, true},
}

// factors returns random a and b for dst [m, n]; extra widens the strides.
func (f form) factors(r *rand.Rand, m, n, k, extra int) (a, b Matrix) {
	if f.ta {
		a = randomMatrix(r, k, m, m+extra)
	} else {
		a = randomMatrix(r, m, k, k+extra)
	}
	if f.tb {
		b = randomMatrix(r, n, k, k+extra)
	} else {
		b = randomMatrix(r, k, n, n+extra)
	}
	return a, b
}

// term is a(i, x)·b(x, j) in float64.
func (f form) term(a, b Matrix, i, j, x int) float64 {
	u, v := i*a.Stride+x, x*b.Stride+j
	if f.ta {
		u = x*a.Stride + i
	}
	if f.tb {
		v = j*b.Stride + x
	}
	return float64(a.Data[u]) * float64(b.Data[v])
}

// epilogueFor returns an epilogue with the parts whose bits are set in parts.
func epilogueFor(r *rand.Rand, parts, m, n, extra int) *Epilogue {
	e := &Epilogue{ReLU: parts&4 != 0, Accumulate: parts&16 != 0}
	if parts&1 != 0 {
		e.Bias = random(r, n)
	}
	if parts&2 != 0 {
		e.Table = randomMatrix(r, 5, n, n+extra)
		e.Index = make([]int32, m)
		for i := range e.Index {
			e.Index[i] = r.Int32N(5)
		}
	}
	if parts&8 != 0 {
		e.Mask = randomMatrix(r, m, n, n+extra)
		for i := range e.Mask.Data {
			if r.IntN(3) == 0 { // a ReLU gives zeros, of either sign
				e.Mask.Data[i] = float32(math.Copysign(0, r.Float64()-0.5))
			}
		}
	}
	if parts&32 != 0 {
		e.Scale = randomMatrix(r, m, n, n+extra)
	}
	if parts&64 != 0 {
		e.Add = randomMatrix(r, m, n, n+extra)
	}
	return e
}

// checkAgainstFloat64 compares a product with the sum in float64. The bound allows for 2k+6 roundings.
func checkAgainstFloat64(t testing.TB, f form, got, before, a, b Matrix, e *Epilogue, k int) {
	t.Helper()
	for i := range got.Rows {
		for j := range got.Cols {
			var sum, size float64
			add := func(v float64) { sum, size = sum+v, size+math.Abs(v) }
			for x := range k {
				add(f.term(a, b, i, j, x))
			}
			if e.Accumulate {
				add(float64(before.row(i)[j]))
			}
			if e.Bias != nil {
				add(float64(e.Bias[j]))
			}
			if e.Table.Data != nil {
				add(float64(e.Table.row(int(e.Index[i]))[j]))
			}
			if e.Add.Data != nil {
				add(float64(e.Add.row(i)[j]))
			}
			if e.ReLU {
				sum = max(sum, 0)
			}
			if e.Mask.Data != nil && e.Mask.row(i)[j] <= 0 {
				sum, size = 0, 0
			}
			if e.Scale.Data != nil {
				scale := float64(e.Scale.row(i)[j])
				sum, size = sum*scale, size*math.Abs(scale)
			}
			bound := float64(2*k+6) * 0x1p-24 * size
			if v := float64(got.row(i)[j]); !(math.Abs(v-sum) <= bound) {
				t.Fatalf("element (%d, %d) is %v, want %v ± %v", i, j, v, sum, bound)
			}
		}
	}
}

func checkShape(t testing.TB, ws *Workspace, f form, m, n, k, extra, parts int) {
	t.Helper()
	r := newRand(uint64(m*1000003 + n*1009 + k*31 + parts))
	a, b := f.factors(r, m, n, k, extra)
	e := epilogueFor(r, parts, m, n, extra)
	dst, intact := guardedMatrix(t, m, n, n+extra, extra)
	before := NewMatrix(m, n)
	if e.Accumulate {
		before = randomMatrix(r, m, n, n)
		for i := range m {
			copy(dst.row(i), before.row(i))
		}
	}
	f.call(ws, dst, a, b, e)
	intact()
	checkAgainstFloat64(t, f, dst, before, a, b, e, k)
}

func TestProductsOfEveryShortShape(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		var ws Workspace
		count := 0
		for _, f := range forms {
			for m := range 19 {
				for n := range 70 {
					k := (m*7 + n*3) % 23
					checkShape(t, &ws, f, m, n, k, count%3, count%128)
					count += 5
				}
			}
		}
	})
}

func TestProductsOfLargerShapes(t *testing.T) {
	shapes := [][3]int{{128, 128, 128}, {64, 128, 2}, {64, 2, 128}, {16, 128, 128}, {1, 300, 70}, {131, 67, 33}, {33, 40, 1100},
		{1, 1, 1500}, {300, 17, 5}, {40, 1100, 9}, {257, 129, 515}}
	onEveryPath(t, func(t *testing.T) {
		var ws Workspace
		for i, s := range shapes {
			for _, f := range forms {
				for _, parts := range []int{0, 80, 47, 127}[i%3:][:2] {
					t.Run(fmt.Sprintf("%s/%v/parts=%d", f.name, s, parts), func(t *testing.T) {
						checkShape(t, &ws, f, s[0], s[1], s[2], i%2*3, parts)
					})
				}
			}
		}
	})
}

// The epilogue is float32 arithmetic on the bits of the plain product, in the order that Epilogue gives.
func TestEpilogueOrder(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		var ws Workspace
		for parts := range 128 {
			for i, f := range forms {
				m, n, k := 15, (16*i+parts)%80+1, []int{7, 500}[parts%2]
				r := newRand(uint64(parts))
				a, b := f.factors(r, m, n, k, 0)
				e := epilogueFor(r, parts, m, n, 1)
				got, want := NewMatrix(m, n), NewMatrix(m, n)
				f.call(&ws, want, a, b, nil)
				before := randomMatrix(r, m, n, n)
				for i := range m {
					copy(got.row(i), before.row(i))
					for j, v := range want.row(i) {
						want.row(i)[j] = e.apply(v, before.row(i)[j], i, j)
					}
				}
				f.call(&ws, got, a, b, e)
				sameMatrix(t, fmt.Sprintf("%s, parts %07b", f.name, parts), got, want)
			}
		}
	})
}

// apply is the epilogue of the sum v of element (i, j), which held dst before.
func (e *Epilogue) apply(v, dst float32, i, j int) float32 {
	if e.Accumulate {
		v += dst
	}
	switch {
	case e.Bias != nil && e.Table.Data != nil:
		v += e.Bias[j] + e.Table.row(int(e.Index[i]))[j]
	case e.Bias != nil:
		v += e.Bias[j]
	case e.Table.Data != nil:
		v += e.Table.row(int(e.Index[i]))[j]
	}
	if e.Add.Data != nil {
		v += e.Add.row(i)[j]
	}
	if e.ReLU && v < 0 {
		v = 0
	}
	if e.Mask.Data != nil && e.Mask.row(i)[j] <= 0 {
		v = 0
	}
	if e.Scale.Data != nil {
		v *= e.Scale.row(i)[j]
	}
	return v
}

func TestProductsKeepNaNAndInf(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	onEveryPath(t, func(t *testing.T) {
		var ws Workspace
		for _, n := range []int{1, 5, 16, 33, 64} {
			a, b, dst := NewMatrix(3, 2), NewMatrix(2, n), NewMatrix(3, n)
			copy(a.Data, []float32{0, 1, inf, 1, 1, 1})
			for j := range n {
				b.row(0)[j], b.row(1)[j] = 0, -2
			}
			b.row(0)[n-1] = nan
			mask := NewMatrix(3, n)
			for i := range mask.Data {
				mask.Data[i] = nan
			}
			MatMul(&ws, dst, a, b, &Epilogue{ReLU: true, Mask: mask})
			for j := range n {
				// Row 0: 0·NaN is NaN in the last column; ReLU(-2) = 0 elsewhere. Row 1: Inf·0 is NaN.
				// A NaN mask has no effect.
				last := j == n-1
				if got := dst.row(0)[j]; last != (got != got) || !last && got != 0 {
					t.Errorf("n=%d: element (0, %d) is %v", n, j, got)
				}
				if got := dst.row(1)[j]; got == got {
					t.Errorf("n=%d: element (1, %d) is %v, want NaN", n, j, got)
				}
			}
			MatMul(&ws, dst, a, b, nil)
			if got := dst.row(2)[0]; n > 1 && got != -2 {
				t.Errorf("n=%d: element (2, 0) is %v, want -2", n, got)
			}
		}
	})
}

func TestProductsDoNotAllocate(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		r := newRand(1)
		var ws Workspace
		for _, f := range forms {
			a, b := f.factors(r, 65, 129, 300, 0)
			e := epilogueFor(r, 127, 65, 129, 0)
			dst := NewMatrix(65, 129)
			call := map[string]func(){ // direct calls, so that the epilogue can stay on the stack
				"MatMul":   func() { MatMul(&ws, dst, a, b, &Epilogue{Bias: e.Bias, Accumulate: true}) },
				"MatMulTA": func() { MatMulTA(&ws, dst, a, b, &Epilogue{Table: e.Table, Index: e.Index, ReLU: true}) },
				"MatMulTB": func() { MatMulTB(&ws, dst, a, b, &Epilogue{Mask: e.Mask, Scale: e.Scale, Add: e.Add}) },
			}[f.name]
			if n := testing.AllocsPerRun(10, call); n != 0 {
				t.Errorf("%s: %v allocations per call", f.name, n)
			}
		}
	})
}

func TestProductMisusePanics(t *testing.T) {
	var ws Workspace
	m := func(rows, cols int) Matrix { return NewMatrix(rows, cols) }
	mustPanic(t, "MatMul: dst [2, 3], a [2, 4], b [5, 3]", func() { MatMul(&ws, m(2, 3), m(2, 4), m(5, 3), nil) })
	mustPanic(t, "MatMulTA: dst [2, 3], a [2, 4], b [2, 3]", func() { MatMulTA(&ws, m(2, 3), m(2, 4), m(2, 3), nil) })
	mustPanic(t, "MatMulTB: dst [2, 3], a [2, 4], b [4, 3]", func() { MatMulTB(&ws, m(2, 3), m(2, 4), m(4, 3), nil) })
	mustPanic(t, "MatMul: 4 biases", func() { MatMul(&ws, m(2, 3), m(2, 2), m(2, 3), &Epilogue{Bias: make([]float32, 4)}) })
	mustPanic(t, "MatMul: Table [9, 3] with 1 indices", func() {
		MatMul(&ws, m(2, 3), m(2, 2), m(2, 3), &Epilogue{Table: m(9, 3), Index: make([]int32, 1)})
	})
	for _, bad := range []int32{-1, 9, math.MaxInt32, math.MinInt32} {
		mustPanic(t, fmt.Sprintf("MatMul: index[1] = %d, table has 9 rows", bad), func() {
			MatMul(&ws, m(2, 3), m(2, 2), m(2, 3), &Epilogue{Table: m(9, 3), Index: []int32{0, bad}})
		})
	}
	mustPanic(t, "MatMul: Mask [3, 2]", func() { MatMul(&ws, m(2, 3), m(2, 2), m(2, 3), &Epilogue{Mask: m(3, 2)}) })
	mustPanic(t, "MatMul: Add [2, 2]", func() { MatMul(&ws, m(2, 3), m(2, 2), m(2, 3), &Epilogue{Add: m(2, 2)}) })
	mustPanic(t, "MatMul: Scale [2, 2]", func() { MatMul(&ws, m(2, 3), m(2, 2), m(2, 3), &Epilogue{Scale: m(2, 2)}) })
	short := m(2, 3)
	short.Data = short.Data[:5]
	mustPanic(t, "MatMul: b [2, 3] with stride 3 does not fit its 5 elements", func() { MatMul(&ws, m(2, 3), m(2, 2), short, nil) })
	mustPanic(t, "RowRange(1, 4) of 2 rows", func() { m(2, 3).RowRange(1, 4) })
	mustPanic(t, "ColRange(2, 1) of 3 columns", func() { m(2, 3).ColRange(2, 1) })
	mustPanic(t, "5 elements do not hold [2, 3]", func() { View(make([]float32, 5), 2, 3) })
}
