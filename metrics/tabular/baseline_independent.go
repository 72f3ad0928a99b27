package tabular

import (
	"math"

	"euryale/rng"
)

// The steps of rng.Fresh from which the numbers of baselines come.
const (
	independentStep = 1 << 41
	copulaStep      = 1 << 42
	smoteStep       = 1 << 43
)

// Independent makes a table whose columns are resampled from those of train with replacement, each on its own. Its columns
// have the right shapes and no relation to each other. The seed decides all.
func Independent(train *Table, rows int, seed uint64) (*Table, error) {
	if err := train.check("training"); err != nil {
		return nil, err
	}
	stream := rng.NewStream(seed, rng.Fresh)
	out := &Table{Rows: rows, Columns: make([]Column, len(train.Columns))}
	picked := make([]int32, rows)
	for j := range train.Columns {
		for i := range picked {
			picked[i] = int32(stream.IntN(independentStep+uint64(j), uint64(i), train.Rows))
		}
		one := Table{Columns: train.Columns[j : j+1]}
		out.Columns[j] = one.take(picked).Columns[0]
	}
	keepMissing(out, train)
	return out, nil
}

// keepMissing gives columns of neither kind the share of missing cells that they have in train.
func keepMissing(out, train *Table) {
	for j := range train.Columns {
		if c := &train.Columns[j]; c.kind() == other {
			out.Columns[j].Missing = int(math.Round(float64(c.Missing) / float64(train.Rows) * float64(out.Rows)))
		}
	}
}
