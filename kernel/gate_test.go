package kernel

import (
	"fmt"
	"testing"
)

func TestGate(t *testing.T) {
	const images = 2
	for cols := 1; cols < 70; cols++ {
		for _, pixels := range []int{1, 3, 4, 9} {
			pathsAgree(t, func(t *testing.T) map[string]Matrix {
				r, rows := newRand(uint64(cols)), images*pixels
				x, add, gate := randomMatrix(r, rows, cols, cols+1), randomMatrix(r, rows, cols, cols+cols%3), randomMatrix(r, images, cols, cols+2)
				y, intactY := guardedMatrix(t, rows, cols, cols+cols%4, cols%3)
				sums, intactSums := guardedMatrix(t, images, cols, cols+1, cols%5)
				Gate(y, add, x, gate, pixels)
				GateGradient(sums, add, x, pixels)
				plain := NewMatrix(rows, cols)
				Gate(plain, Matrix{}, x, gate, pixels)
				intactY()
				intactSums()
				for i := range images {
					for j := range cols {
						var s [4]float32
						for p := range pixels {
							a, b := x.image(i, pixels).row(p)[j], add.image(i, pixels).row(p)[j]
							s[p%4] += float32(a * b)
							got := []float32{plain.image(i, pixels).row(p)[j], y.image(i, pixels).row(p)[j]}
							sameBits(t, fmt.Sprint("Gate of ", cols), got, []float32{gate.row(i)[j] * a, b + float32(gate.row(i)[j]*a)})
						}
						sameBits(t, "GateGradient", sums.row(i)[j:j+1], []float32{(s[0] + s[1]) + (s[2] + s[3])})
					}
				}
				Gate(add, add, x, gate, pixels)
				sameMatrix(t, "in place", add, y)
				return map[string]Matrix{"y": y, "sums": sums}
			})
		}
	}
}
