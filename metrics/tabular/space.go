package tabular

import (
	"context"
	"math"

	"euryale/metrics"
)

// Space compares two tables as clouds of points: numbers and one-hot categories, each coordinate standardized by the real
// rows.
type Space struct {
	Rows int // of each table
	Manifold
	AlphaBeta
	Discrepancy
	SlicedW1 float64 // sliced Wasserstein-1 distance along 200 random directions, see metrics.SlicedWasserstein
}

const (
	spaceRows       = 3_000
	spaceNeighbors  = 5
	spaceDirections = 200
	spaceWork       = 1e9 // operations of one comparison of all points with all; beyond, fewer rows
)

// spaceSize is the number of rows of each table that are compared, 3,000 or fewer where rows are wide.
func spaceSize(tables ...*Table) int {
	n := spaceRows
	for _, t := range tables {
		n = min(n, t.Rows)
	}
	return min(n, max(100, int(math.Sqrt(spaceWork/float64(mostWidth(tables[0]))))))
}

// mostWidth is an upper bound of the coordinates of a row.
func mostWidth(t *Table) int {
	numbers, categories := t.inOrder()
	width := 2 * len(numbers)
	for _, j := range categories {
		width += min(topCategories, len(t.Columns[j].Categories)+1)
	}
	return max(1, width)
}

// measureSpace compares synthetic rows with held-out ones. The training rows only choose the coordinates.
func measureSpace(ctx context.Context, held, synthetic, train *Table, workers int) (Space, error) {
	n := held.Rows
	s := Space{Rows: n}
	encoded, dim := oneHot(held, synthetic, train)
	x := standardized(encoded, dim, n)
	real, points := x[:n*dim], x[n*dim:(n+synthetic.Rows)*dim]
	var err error
	if s.Manifold, err = PRDC(ctx, real, points, dim, min(spaceNeighbors, n-1), workers); err != nil {
		return s, err
	}
	if s.AlphaBeta, err = MeasureAlphaBeta(ctx, real, points, dim, workers); err != nil {
		return s, err
	}
	if s.Discrepancy, err = MeasureDiscrepancy(ctx, real, points, dim, workers); err != nil {
		return s, err
	}
	s.SlicedW1, err = metrics.SlicedWassersteinAlong(real, points, dim, directions(dim, spaceDirections, 0), workers)
	return s, err
}
