package kernel

import (
	"fmt"
	"math"
	"testing"
	"unsafe"
)

// pathsAgree checks that a function of matrices gives the same bits on every path.
func pathsAgree(t *testing.T, compute func(t *testing.T) map[string]Matrix) {
	t.Helper()
	var want map[string]Matrix
	onEveryPath(t, func(t *testing.T) {
		got := compute(t)
		if want == nil {
			want = got
		}
		for name, m := range want {
			sameNumbers(t, name, got[name].flat(), m.flat())
		}
	})
}

func copied(m Matrix) Matrix {
	m.Data = append([]float32(nil), m.Data...)
	return m
}

// The shapes reach every end of a row of 16 or 8 lanes, one and several blocks of channels, and odd and even numbers of pixels.
func TestGroupNormPathsAgree(t *testing.T) {
	var cases []normCase
	for channels := 1; channels < 70; channels++ {
		cases = append(cases, normCase{2, channels % 6 * 3 / 2, channels, channels})
	}
	for _, c := range append(cases, normCases...) {
		if c.pixels == 0 {
			continue
		}
		for _, silu := range []bool{false, true} {
			t.Run(fmt.Sprint(c, silu), func(t *testing.T) {
				pathsAgree(t, func(t *testing.T) map[string]Matrix {
					g, r, rows := newGroupNorm(1, c.pixels, c.channels, c.groups, silu), newRand(2), c.images*c.pixels
					x, v := randomMatrix(r, rows, c.channels, c.channels+1), randomMatrix(r, rows, c.channels, c.channels+2)
					d := randomMatrix(r, rows, c.channels, c.channels)
					results := map[string]Matrix{"d": d}
					add := func(name string, rows, cols int) Matrix {
						m, intact := guardedMatrix(t, rows, cols, cols+c.channels%3, c.channels%5)
						for i := range rows {
							clear(m.row(i))
						}
						t.Cleanup(intact)
						results[name] = m
						return m
					}
					stats, whole := guarded(t, c.images*g.Statistics(), c.channels%3)
					sums, intact := guarded(t, 2*c.images*c.channels, c.channels%2)
					results["statistics"], results["sums"] = View(stats, 1, len(stats)), View(sums, 1, len(sums))
					g.Forward(add("y", rows, c.channels), x, stats)
					g.Tangent(add("tangent", rows, c.channels), x, v, stats)
					dx := add("dx", rows, c.channels)
					g.Gradient(dx, x, d, stats, sums, false)
					whole()
					intact()

					inPlace, again := copied(x), make([]float32, len(stats))
					g.Forward(inPlace, inPlace, again)
					sameMatrix(t, "forward in place", inPlace, results["y"])
					inPlace = copied(v)
					g.Tangent(inPlace, x, inPlace, stats)
					sameMatrix(t, "tangent in place", inPlace, results["tangent"])
					other := randomMatrix(newRand(2), rows, c.channels, c.channels+1) // x again: d has been overwritten
					inPlace = randomMatrix(newRand(5), rows, c.channels, c.channels)
					apart, part := NewMatrix(rows, c.channels), make([]float32, len(sums))
					g.Gradient(apart, other, copied(inPlace), stats, part, false)
					total := copied(apart)
					g.Gradient(total, other, copied(inPlace), stats, part, true)
					g.Gradient(inPlace, other, inPlace, stats, part, false)
					sameMatrix(t, "gradient in place", inPlace, apart)
					for i, y := range apart.Data {
						apart.Data[i] = y + y
					}
					sameMatrix(t, "gradient twice", total, apart)
					for i := range c.images { // an image alone
						one, s := NewMatrix(c.pixels, c.channels), stats[i*g.Statistics():][:g.Statistics()]
						g.Forward(one, x.image(i, c.pixels), make([]float32, len(s)))
						sameMatrix(t, "an image alone", one, results["y"].image(i, c.pixels))
					}
					return results
				})
			})
		}
	}
}

func TestSoftmaxRowsPathsAgree(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for cols := 1; cols < 100; cols++ {
		pathsAgree(t, func(t *testing.T) map[string]Matrix {
			r := newRand(uint64(cols))
			p, intactP := guardedMatrix(t, 9, cols, cols+cols%4, cols%3)
			d, intactD := guardedMatrix(t, 9, cols, cols+cols%3, cols%5)
			for i := range 9 {
				copy(p.row(i), random(r, cols))
				copy(d.row(i), random(r, cols))
			}
			p.row(3)[cols/2], p.row(4)[cols/3], p.row(5)[cols-1], p.row(6)[0] = nan, inf, -inf, 300
			softmaxRows(p, 0.7)
			softmaxSlope(d, p, 0.3)
			intactP()
			intactD()
			for i, row := range []int{0, 8} {
				sum := 0.0
				for _, v := range p.row(row) {
					sum += float64(v)
				}
				if math.Abs(sum-1) > 1e-6 {
					t.Errorf("%d columns: row %d has the sum %v", cols, i, sum)
				}
			}
			return map[string]Matrix{"softmax": p, "slope": d}
		})
	}
}

func TestFieldsOfNormTables(t *testing.T) {
	var table normTable
	for i, at := range []uintptr{
		unsafe.Offsetof(table.mean), unsafe.Offsetof(table.scale), unsafe.Offsetof(table.offset), unsafe.Offsetof(table.inverse),
		unsafe.Offsetof(table.rest), unsafe.Offsetof(table.factor), unsafe.Offsetof(table.center), unsafe.Offsetof(table.slope),
	} {
		if at != uintptr(1024*i) {
			t.Errorf("field %d of normTable is at %d; the assembly expects 1024 bytes per field, in order", i, at)
		}
	}
	var m normMoments
	if unsafe.Offsetof(m.squares)-unsafe.Offsetof(m.sums) != 2048 {
		t.Error("the assembly expects squares 2048 bytes behind sums")
	}
}
