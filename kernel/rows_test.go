package kernel

import (
	"math"
	"testing"
)

func TestRowLoops(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for cols := range 140 {
			rows, tableRows, extra := cols*3%11, 6, cols%4
			r := newRand(uint64(cols))
			index := make([]int32, rows)
			for i := range index {
				index[i] = r.Int32N(int32(tableRows))
			}
			src := randomMatrix(r, rows, cols, cols+extra)
			table := randomMatrix(r, tableRows, cols, cols+extra)

			want := NewMatrix(tableRows, cols)
			for i := range tableRows {
				copy(want.row(i), table.row(i))
			}
			for i, x := range index {
				for j, v := range src.row(i) {
					want.row(int(x))[j] += v
				}
			}
			for first := range tableRows {
				for last := first; last <= tableRows; last++ {
					slab, intact := guardedMatrix(t, last-first, cols, cols+extra+1, extra)
					for i := range slab.Rows {
						copy(slab.row(i), table.row(first+i))
					}
					ScatterAddRowsWithin(slab, src, index, first)
					intact()
					if cols > 0 {
						sameMatrix(t, "ScatterAddRowsWithin", slab, want.RowRange(first, last))
					}
				}
			}

			total, intact := guarded(t, cols, extra)
			SumRows(total, src)
			intact()
			wantTotal := make([]float32, cols)
			for i := range rows {
				for j, v := range src.row(i) {
					wantTotal[j] += v
				}
			}
			sameBits(t, "SumRows", total, wantTotal)
		}
	})
}

func TestScatterAddRowsWithinSkipsOtherRows(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		dst := View([]float32{1, 2, 3, 4}, 2, 2)
		src := View([]float32{10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140}, 7, 2)
		ScatterAddRowsWithin(dst, src, []int32{4, 7, 5, 6, math.MinInt32, 6, math.MaxInt32}, 5)
		sameBits(t, "dst", dst.Data, []float32{1 + 50, 2 + 60, 3 + 70 + 110, 4 + 80 + 120})
	})
}

func TestRowMisusePanics(t *testing.T) {
	m := NewMatrix
	mustPanic(t, "ScatterAddRowsWithin: rows [2, 3], table [4, 5] from row 1 on, 2 indices",
		func() { ScatterAddRowsWithin(m(4, 5), m(2, 3), []int32{0, 0}, 1) })
	mustPanic(t, "ScatterAddRowsWithin: rows [2, 3], table [4, 3] from row 1 on, 1 indices",
		func() { ScatterAddRowsWithin(m(4, 3), m(2, 3), []int32{0}, 1) })
	mustPanic(t, "from row -1 on", func() { ScatterAddRowsWithin(m(4, 3), m(1, 3), []int32{0}, -1) })
	mustPanic(t, "SumRows: dst [2], src [4, 3]", func() { SumRows(make([]float32, 2), m(4, 3)) })
}

func TestLoopsDoNotAllocate(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		r := newRand(1)
		u, v := randomMatrix(r, 40, 33, 33), randomMatrix(r, 40, 33, 34)
		x, y, index := random(r, 40), random(r, 40), make([]int32, 40)
		groups := []Group{{3, 5}, {8, 7}}
		if n := testing.AllocsPerRun(10, func() {
			ReLU(x, y)
			ReLUMask(x, x, y)
			Combine2(x, 0.5, x, 0.5, y)
			Combine3(x, 0.5, x, 0.5, y, 1, y)
			Lerp(x, y, 0.5)
			Multiply(x, x, y)
			Exp(x, y)
			SiLU(x, y)
			SiLUSlope(x, y, y)
			SiLUGradient(x, y, x)
			y[0] += float32(SquaredNorm(x))
			Adam(x, y, x, y, adamStep(3))
			ScatterAddRowsWithin(u, v, index, 3)
			FillNormal(x, [2]uint32{}, 0, 0, 2)
			FillNormal(x, [2]uint32{}, 0, 0, 5)
			FillNormal(x, [2]uint32{}, 0, 0, 40)
			SumRows(x[:33], u)
			Softmax(u, u, v.ColRange(0, 2), groups)
		}); n != 0 {
			t.Errorf("%v allocations", n)
		}
	})
}
