package eager

import (
	"math"

	"euryale/kernel"
	"euryale/ops"
)

// moment is the Condition of a call: the time, and the row of the label in a table.
type moment struct {
	time  float64
	label int
}

// lookup is a lookup in a table; all rows share the result.
type lookup struct {
	table   kernel.Matrix
	label   bool      // the index is the label; otherwise the timestep
	between []float32 // memory for the mean of two rows
}

func (p *planner) lookup(l ops.Lookup) *lookup {
	_, label := l.Index.Op.(ops.Label)
	table := p.parameter(l.Table)
	return &lookup{table: table, label: label, between: make([]float32, table.Cols)}
}

// of returns the row. Between two timesteps it is the weighted mean of their rows.
func (l *lookup) of(m *Machine) []float32 {
	if l.label {
		return l.table.RowRange(m.moment.label, m.moment.label+1).Data
	}
	low, share := position(m.moment.time, l.table.Rows)
	row := l.table.RowRange(low, low+1).Data
	if share > 0 {
		kernel.Combine2(l.between, float32(1-share), row, float32(share), l.table.RowRange(low+1, low+2).Data)
		row = l.between
	}
	return row
}

// position returns the row of a table at or before time t, and the weight of the next row.
func position(t float64, rows int) (low int, share float64) {
	if math.IsNaN(t) {
		panic("eager: expected a number for the time, got NaN")
	}
	t = max(0, min(t, float64(rows-1)))
	low = int(t)
	return low, t - float64(low)
}

// embedding is bias + Σ table[index]; all rows share it.
type embedding struct {
	out  int
	bias []float32 // nil: absent
	rows []*lookup
}

func (p *planner) embedding(i int, op ops.Embedding) *embedding {
	e := &embedding{out: i}
	if op.Bias != nil {
		e.bias = p.parameter(op.Bias).Data
	}
	for _, l := range op.Lookups {
		e.rows = append(e.rows, p.lookup(l))
	}
	return e
}

func (e *embedding) prepare(m *Machine) {
	y, sum := m.value[e.out].Data, e.bias
	for _, l := range e.rows {
		if row := l.of(m); sum == nil {
			copy(y, row)
		} else {
			kernel.Combine2(y, 1, sum, 1, row)
		}
		sum = y
	}
}

func (*embedding) run(*Machine)        {}
func (*embedding) runTangent(*Machine) {}
func (*embedding) pull(*Machine)       {}
