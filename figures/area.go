package figures

import (
	"math"
	"slices"

	"euryale/report"
)

// area is a rectangle of the plane, as the net sees it.
type area struct{ low, high [2]float64 }

// areaOf is where α x_0 + noise is: almost all of the rows, and so much around them.
func areaOf(x0 []float32, alpha, around float64) area {
	const cut = 0.002 // rows that are far out would leave little room for the others
	var a area
	values := make([]float64, len(x0)/2)
	for j := range 2 {
		for i := range values {
			values[i] = alpha * float64(x0[2*i+j])
		}
		slices.Sort(values)
		n := len(values)
		low, high := values[int(cut*float64(n))], values[n-1-int(cut*float64(n))]
		pad := max(around, 0.06*(high-low), 1e-6)
		a.low[j], a.high[j] = low-pad, high+pad
	}
	return a
}

// center is the center of cell i of n along an axis.
func (a area) center(axis, i, n int) float64 {
	return a.low[axis] + (float64(i)+0.5)*(a.high[axis]-a.low[axis])/float64(n)
}

// cells are the centers of n×n cells, row by row from the lowest.
func (a area) cells(n int) []float32 {
	x := make([]float32, 0, 2*n*n)
	for row := range n {
		for column := range n {
			x = append(x, float32(a.center(0, column, n)), float32(a.center(1, row, n)))
		}
	}
	return x
}

// decoded is the area in the data's units, as a grid without values.
func (a area) decoded(scale affine, n int) report.Grid {
	return report.Grid{
		X0: scale.decode(0, a.low[0]), X1: scale.decode(0, a.high[0]),
		Y0: scale.decode(1, a.low[1]), Y1: scale.decode(1, a.high[1]), Columns: n, Rows: n,
	}
}

// mixture is the density of rows α x_0 + σ ε at the centers of n×n cells: the mean of N(α x_0, σ² I) over the rows. It is
// the product of the densities of the coordinates, row by row, so that the exponentials are n per row and axis. A σ below a
// cell's size is taken as that, or the grid would miss what is between its centers.
func mixture(x0 []float32, alpha, sigma float64, a area, n int) []float64 {
	values := make([]float64, n*n)
	rows := len(x0) / 2
	var along [2][]float64
	for j := range along {
		along[j] = make([]float64, n)
	}
	for r := range rows {
		for j := range along {
			deviation := max(sigma, (a.high[j]-a.low[j])/float64(n))
			for i := range n {
				d := (a.center(j, i, n) - alpha*float64(x0[2*r+j])) / deviation
				along[j][i] = math.Exp(-d*d/2) / (deviation * math.Sqrt(2*math.Pi))
			}
		}
		for row, q := range along[1] {
			if q < 1e-12 {
				continue
			}
			for column, p := range along[0] {
				values[row*n+column] += p * q / float64(rows)
			}
		}
	}
	return values
}
