package tabular

import (
	"context"
	"math"

	"euryale/rng"
)

const (
	smoteNeighbors = 5
	smoteWork      = 2e10 // bound of rows² × coordinates; beyond, fewer rows are read
)

// SMOTE makes a table by interpolation (Chawla et al. 2002): each row lies between a random row of train and one of its 5
// nearest, at a uniform place. Distances are Euclidean between standardized numbers and one-hot categories. A category and a
// missing number come from the nearer of the two rows; numbers are rounded to the column's decimals. Where the target is a
// column of categories, neighbors are of the same class; target "" means none. The seed decides all.
func SMOTE(ctx context.Context, train *Table, target string, rows int, seed uint64, workers int) (*Table, error) {
	if err := train.check("training"); err != nil {
		return nil, err
	}
	read := train.take(subsample(train.Rows, max(100, int(math.Sqrt(smoteWork/float64(mostWidth(train))))), seed))
	encoded, dim := oneHot(read)
	if dim == 0 {
		return Independent(train, rows, seed) // nothing is near anything
	}
	x := standardized(encoded, dim, read.Rows)
	groups, group := classGroups(read, target)
	searches := make([]*kSearch, len(groups))
	for g, members := range groups {
		searches[g] = newKSearch(x, dim, members)
	}
	stream := rng.NewStream(seed, rng.Fresh)
	first, second := make([]int32, rows), make([]int32, rows)
	weights := make([]float64, rows)
	err := inPieces(ctx, workers, rows, func() *nearestList { return &nearestList{} }, func(list *nearestList, start, end int) {
		for i := start; i < end; i++ {
			row := int32(stream.IntN(smoteStep, uint64(i), read.Rows))
			searches[group[row]].nearest(list, row)
			first[i], second[i] = row, row
			if len(list.rows) > 0 {
				second[i] = list.rows[stream.IntN(smoteStep+1, uint64(i), len(list.rows))]
			}
			weights[i] = stream.Float64(smoteStep+2, uint64(i))
		}
	})
	if err != nil {
		return nil, err
	}
	out := between(read, first, second, weights)
	keepMissing(out, train)
	return out, nil
}

// classGroups lists the rows of each class of the target, and the group of each row; all rows are one group without classes.
func classGroups(t *Table, target string) (groups [][]int32, group []int32) {
	c := t.column(target)
	group = make([]int32, t.Rows)
	if c == nil || c.kind() != category {
		groups = make([][]int32, 1)
	} else {
		groups = make([][]int32, len(c.Categories)+1)
		for row, code := range c.Codes {
			group[row] = code + 1
		}
	}
	for row, g := range group {
		groups[g] = append(groups[g], int32(row))
	}
	return groups, group
}

// between interpolates rows from first to second of a table.
func between(t *Table, first, second []int32, weights []float64) *Table {
	nearer := make([]int32, len(first))
	for i, w := range weights {
		nearer[i] = first[i]
		if w >= 0.5 {
			nearer[i] = second[i]
		}
	}
	out := t.take(nearer)
	for j := range t.Columns {
		c := &t.Columns[j]
		if c.kind() != number {
			continue
		}
		grid := decimals(c.Numbers)
		for i, w := range weights {
			a, b := c.Numbers[first[i]], c.Numbers[second[i]]
			if finite(a) && finite(b) {
				out.Columns[j].Numbers[i] = toGrid(a+float64(w*(b-a)), grid)
			}
		}
	}
	return out
}
