package kernel

import (
	"testing"

	"pgregory.net/rapid"
)

// Any partition of the rows and columns of dst, at any stride and offset, gives the same bits.
func TestPartitionsGiveTheSameBits(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		var ws, other Workspace
		rapid.Check(t, func(rt *rapid.T) {
			f := rapid.SampledFrom(forms).Draw(rt, "form")
			size := rapid.SampledFrom([]int{8, 40, 150}).Draw(rt, "size")
			m := rapid.IntRange(1, size).Draw(rt, "m")
			n := rapid.IntRange(1, size).Draw(rt, "n")
			k := rapid.OneOf(rapid.IntRange(0, size), rapid.IntRange(250, 900)).Draw(rt, "k")
			extra := rapid.IntRange(0, 20).Draw(rt, "extra")
			parts := rapid.IntRange(0, 127).Draw(rt, "parts")
			r := newRand(rapid.Uint64().Draw(rt, "seed"))
			a, b := f.factors(r, m, n, k, 0)
			e := epilogueFor(r, parts, m, n, 0)
			start := random(r, m*n)
			whole := View(append([]float32(nil), start...), m, n)
			f.call(&ws, whole, a, b, e)

			// The same product, block by block, from factors with different strides.
			a2, b2 := restride(a, extra), restride(b, extra*2)
			dst := restride(View(start, m, n), extra)
			for _, rows := range cuts(rt, "rows", m) {
				for _, cols := range cuts(rt, "cols", n) {
					pa, pb := a2.RowRange, b2.ColRange
					if f.ta {
						pa = a2.ColRange
					}
					if f.tb {
						pb = b2.RowRange
					}
					part := *e
					if e.Bias != nil {
						part.Bias = e.Bias[cols[0]:cols[1]]
					}
					if e.Table.Data != nil {
						part.Table = e.Table.ColRange(cols[0], cols[1])
						part.Index = e.Index[rows[0]:rows[1]]
					}
					if e.Mask.Data != nil {
						part.Mask = e.Mask.RowRange(rows[0], rows[1]).ColRange(cols[0], cols[1])
					}
					if e.Add.Data != nil {
						part.Add = e.Add.RowRange(rows[0], rows[1]).ColRange(cols[0], cols[1])
					}
					if e.Scale.Data != nil {
						part.Scale = e.Scale.RowRange(rows[0], rows[1]).ColRange(cols[0], cols[1])
					}
					f.call(&other, dst.RowRange(rows[0], rows[1]).ColRange(cols[0], cols[1]),
						pa(rows[0], rows[1]), pb(cols[0], cols[1]), &part)
				}
			}
			sameMatrix(t, f.name, dst, whole)
		})
	})
}

// cuts divides 0 ... n-1 into up to four ranges.
func cuts(rt *rapid.T, name string, n int) [][2]int {
	var ranges [][2]int
	for from := 0; from < n; {
		to := n
		if len(ranges) < 3 {
			to = rapid.IntRange(from+1, n).Draw(rt, name)
		}
		ranges = append(ranges, [2]int{from, to})
		from = to
	}
	return ranges
}

// restride copies m into memory with extra words between rows, which also moves its start off any alignment.
func restride(m Matrix, extra int) Matrix {
	c := Matrix{Data: make([]float32, m.Rows*(m.Cols+extra)+extra+1)[extra:], Rows: m.Rows, Cols: m.Cols, Stride: m.Cols + extra}
	for i := range m.Rows {
		copy(c.row(i), m.row(i))
	}
	return c
}

// A product large enough to be cut into blocks of k, rows and columns, with both factors packed, has the same bits as parts
// of it that have a single block of rows and columns.
func TestBlocksGiveTheSameBits(t *testing.T) {
	const m, n, k = 275, 530, 600
	onEveryPath(t, func(t *testing.T) {
		r := newRand(5)
		var ws Workspace
		for _, f := range forms {
			a, b := f.factors(r, m, n, k, 0)
			whole := NewMatrix(m, n)
			f.call(&ws, whole, a, b, nil)
			for _, at := range [][2]int{{0, 0}, {91, 505}, {m - 13, n - 37}} {
				rows, cols := at[0]+13, at[1]+25
				pa, pb := a.RowRange, b.ColRange
				if f.ta {
					pa = a.ColRange
				}
				if f.tb {
					pb = b.RowRange
				}
				part := NewMatrix(13, 25)
				f.call(&ws, part, pa(at[0], rows), pb(at[1], cols), nil)
				sameMatrix(t, f.name, whole.RowRange(at[0], rows).ColRange(at[1], cols), part)
			}
		}
	})
}

// The two assembly paths compute the same chain of fused multiply-adds, hence the same bits.
func TestAssemblyPathsAgree(t *testing.T) {
	if best < levelAVX512 {
		t.Skip("this machine has no AVX-512 path")
	}
	defer func(l level) { active = l }(active)
	r := newRand(3)
	var ws Workspace
	for _, f := range forms {
		for _, s := range [][3]int{{33, 70, 129}, {128, 128, 128}, {64, 2, 600}} {
			a, b := f.factors(r, s[0], s[1], s[2], 1)
			e := epilogueFor(r, 111, s[0], s[1], 0)
			x, y := NewMatrix(s[0], s[1]), NewMatrix(s[0], s[1])
			active = levelAVX2
			f.call(&ws, x, a, b, e)
			active = levelAVX512
			f.call(&ws, y, a, b, e)
			sameMatrix(t, f.name, y, x)
		}
	}
}
