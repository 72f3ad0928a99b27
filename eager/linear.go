package eager

import (
	"euryale/kernel"
	"euryale/ops"
)

// linear is max(0, x·weight + add + (bias + table[index])).
type linear struct {
	x, add, out int // nodes; add may be none
	weight      kernel.Matrix
	bias        []float32 // nil: absent
	row         *lookup   // nil: absent
	relu        bool
	pullX       *pull // nil: all rows share it
	pullAdd     *pull

	condition []float32     // bias + table[index], or nil
	sum       []float32     // memory for condition
	product   kernel.Matrix // x·weight, [1, out], if all rows share x but not the result
}

func (p *planner) linear(i int, op ops.Linear) *linear {
	l := &linear{x: p.position[op.X], add: none, out: i, weight: p.parameter(op.Weight), relu: op.ReLU}
	p.nodes[i].relu, p.keep[i] = op.ReLU, op.ReLU
	p.flat[l.x] = true
	if op.Bias != nil {
		l.bias = p.parameter(op.Bias).Data
	}
	if op.Table != nil {
		l.row, l.sum = p.lookup(ops.Lookup{Table: op.Table, Index: op.Index}), make([]float32, l.weight.Cols)
	}
	l.pullX = p.pull(i, op.X, product)
	if op.Add != nil {
		l.add, l.pullAdd = p.position[op.Add], p.pull(i, op.Add, passes)
		p.flat[l.add] = true
		if op.Add != op.X {
			p.reuse(i, op.Add)
		}
	}
	if p.nodes[l.x].shared && !p.nodes[i].shared {
		l.product = kernel.NewMatrix(1, l.weight.Cols)
	}
	return l
}

func (l *linear) prepare(m *Machine) {
	l.condition = l.bias
	if l.row != nil {
		l.condition = l.row.of(m)
		if l.bias != nil {
			kernel.Combine2(l.sum, 1, l.bias, 1, l.condition)
			l.condition = l.sum
		}
	}
	if l.product.Data != nil {
		kernel.MatMul(m.ws, l.product, m.value[l.x], l.weight, nil)
	}
	if m.nodes[l.out].shared {
		l.run(m)
	}
}

func (l *linear) run(m *Machine) {
	out := m.value[l.out]
	e := kernel.Epilogue{Bias: l.condition, ReLU: l.relu}
	if l.add != none {
		add := m.flat(m.value, l.add)
		switch {
		case m.nodes[l.add].shared == m.nodes[l.out].shared:
			if &add.Data[0] != &out.Data[0] {
				copy(out.Data, add.Data)
			}
			e.Accumulate = true
		case e.Bias == nil: // all rows add the same row
			e.Bias = add.Data
		default:
			for r := range out.Rows {
				copy(out.RowRange(r, r+1).Data, add.Data)
			}
			e.Accumulate = true
		}
	}
	if l.product.Data == nil {
		kernel.MatMul(m.ws, out, m.flat(m.value, l.x), l.weight, &e)
		return
	}
	for r := range out.Rows { // all rows share the product, but not the operand to add
		y := out.RowRange(r, r+1).Data
		kernel.Combine2(y, 1, l.product.Data, 1, y)
		if e.Bias != nil {
			kernel.Combine2(y, 1, y, 1, e.Bias)
		}
	}
	if e.ReLU {
		kernel.ReLU(out.Data, out.Data)
	}
}

func (l *linear) runTangent(m *Machine) {
	l.run(m)
	out := m.tangent[l.out]
	var e kernel.Epilogue
	if l.relu {
		e.Mask = m.value[l.out]
	}
	if l.pullAdd != nil {
		if add := m.tangent[l.add]; &add.Data[0] != &out.Data[0] {
			copy(out.Data, add.Data)
		}
		e.Accumulate = true
	}
	if l.pullX != nil {
		kernel.MatMul(m.ws, out, m.flat(m.tangent, l.x), l.weight, &e)
	} else if l.relu {
		kernel.ReLUMask(out.Data, out.Data, e.Mask.Data)
	}
}

func (l *linear) pull(m *Machine) {
	d := m.adjoint[l.out]
	if m.nodes[l.out].relu {
		kernel.ReLUMask(d.Data, d.Data, m.value[l.out].Data)
	}
	if to := l.pullX; to != nil {
		e := kernel.Epilogue{Accumulate: to.accumulate}
		if to.mask {
			e.Mask = m.flat(m.value, l.x)
		}
		kernel.MatMulTB(m.ws, m.flat(m.adjoint, l.x), d, l.weight, &e)
	}
	l.pullAdd.pass(m, d)
}
