package eager

import (
	"euryale/kernel"
	"euryale/ops"
)

// concat puts the channels of images beside each other. Most parts are computed in their columns.
type concat struct {
	out   int
	parts []columns
}

// columns are the columns of a part.
type columns struct {
	x, first, end int
	pullX         *pull
}

func (p *planner) concat(i int, op ops.Concat) *concat {
	o := &concat{out: i}
	first := 0
	for _, n := range op.Parts {
		j := p.position[n]
		end := first + p.nodes[j].cols
		if p.hosts[j].concat == none {
			p.hosts[j] = host{i, first}
		}
		o.parts = append(o.parts, columns{j, first, end, p.pullPart(i, n, part, first)})
		first = end
	}
	return o
}

func (*concat) prepare(*Machine) {}

func (o *concat) run(m *Machine) { o.collect(m.value) }

func (o *concat) runTangent(m *Machine) {
	o.collect(m.value)
	o.collect(m.tangent)
}

// collect copies the parts that are elsewhere.
func (o *concat) collect(views []kernel.Matrix) {
	for _, c := range o.parts {
		move(views[o.out].ColRange(c.first, c.end), views[c.x])
	}
}

func (o *concat) pull(m *Machine) {
	for _, c := range o.parts {
		c.pullX.pass(m, m.adjoint[o.out].ColRange(c.first, c.end))
	}
}

// meanPool is the mean over the pixels of an image.
type meanPool struct {
	x, out int
	pullX  *pull
}

func (p *planner) meanPool(i int, op ops.MeanPool) *meanPool {
	return &meanPool{p.position[op.X], i, p.pull(i, op.X, computed)}
}

func (*meanPool) prepare(*Machine) {}

func (o *meanPool) run(m *Machine) { o.mean(m, m.value) }

func (o *meanPool) runTangent(m *Machine) {
	o.mean(m, m.value)
	o.mean(m, m.tangent)
}

func (o *meanPool) mean(m *Machine, views []kernel.Matrix) {
	pixels := m.nodes[o.x].pixels
	kernel.SumPixels(views[o.out], views[o.x], pixels, 1/float32(pixels))
}

func (o *meanPool) pull(m *Machine) {
	pixels := m.nodes[o.x].pixels
	kernel.SpreadPixels(m.adjoint[o.x], m.adjoint[o.out], pixels, 1/float32(pixels), o.pullX.accumulate)
}

// split puts equal shares of the channels after each other.
type split struct {
	x, out, parts int
	pullX         *pull
}

func (p *planner) split(i int, op ops.Split) *split {
	return &split{p.position[op.X], i, op.Parts, p.pull(i, op.X, computed)}
}

func (*split) prepare(*Machine) {}

func (o *split) run(m *Machine) { o.each(m, m.value, kernel.CopyRows) }

func (o *split) runTangent(m *Machine) {
	o.run(m)
	o.each(m, m.tangent, kernel.CopyRows)
}

func (o *split) pull(m *Machine) {
	if o.pullX.accumulate {
		o.each(m, m.adjoint, func(share, channels kernel.Matrix) { kernel.AddRows(channels, share) })
	} else {
		o.each(m, m.adjoint, func(share, channels kernel.Matrix) { kernel.CopyRows(channels, share) })
	}
}

// each calls f for each share of each row, and the channels of the image that it comes from.
func (o *split) each(m *Machine, views []kernel.Matrix, f func(share, channels kernel.Matrix)) {
	y, x, pixels, channels := views[o.out], views[o.x], m.nodes[o.x].pixels, m.nodes[o.x].cols/o.parts
	for r := range y.Rows {
		shares, image := kernel.View(y.RowRange(r, r+1).Data, o.parts*pixels, channels), x.RowRange(r*pixels, (r+1)*pixels)
		for k := range o.parts {
			f(shares.RowRange(k*pixels, (k+1)*pixels), image.ColRange(k*channels, (k+1)*channels))
		}
	}
}
