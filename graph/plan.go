package graph

import (
	"math"
	"slices"
)

// plan decides where the results of a schedule are in memory.
type plan struct {
	steps    []*step
	separate bool
	places   map[int64]*place
	copies   map[*step]*place // a copy of the operand that a step destroys
	buffers  []*buffer
	readers  map[int64][]*node // operations
	last     map[int64]int     // the last step that reads a node, or that computes it
}

// buffer is memory that nodes share. It is in use from the step birth to the step death.
type buffer struct {
	size, birth, death int // size in numbers
	offset             int // in the Program's memory; see arena.go
	tenants            []*place
}

// place is a node's part of a buffer: columns first … first+width−1 of its pixels, or of its rows.
type place struct {
	*buffer
	node                 *node // the tenant; nil for a copy
	first, width, stride int
	last                 int // the last step that reads it
}

// whole reports whether a place has no other columns beside it.
func (p *place) whole() bool { return p.width == p.stride }

func (p *place) overlaps(q *place) bool {
	return p.buffer == q.buffer && p.first < q.first+q.width && q.first < p.first+p.width
}

// newPlan places the results of the steps. The node keep is never overwritten. If separate is set, no results share memory,
// which only a test wants.
func newPlan(steps []*step, keep *node, separate bool) *plan {
	p := &plan{
		steps: steps, separate: separate, places: map[int64]*place{}, copies: map[*step]*place{},
		readers: map[int64][]*node{}, last: map[int64]int{},
	}
	for at, st := range steps {
		for _, n := range []*node{st.node, st.side} {
			if n != nil {
				p.last[n.ID()] = at
			}
		}
		for i, n := range st.reads {
			p.last[n.ID()] = at
			p.readers[n.ID()] = append(p.readers[n.ID()], st.readers[i])
		}
	}
	p.last[keep.ID()] = math.MaxInt
	for _, st := range slices.Backward(steps) {
		if !separate {
			p.concatenate(st)
		}
	}
	for at, st := range steps {
		p.place(at, st)
	}
	for _, b := range p.buffers {
		for _, t := range b.tenants {
			b.death = max(b.death, t.last)
		}
		b.death = min(b.death, len(steps))
		if separate {
			b.birth, b.death = 0, len(steps)
		}
	}
	return p
}

// apart reports whether the pixels of a node may be apart in memory: what writes and what reads it can do so.
func (p *plan) apart(writer, n *node) bool {
	return traitsOf(writer).pixelwise && p.readApart(n)
}

func (p *plan) readApart(n *node) bool {
	for _, reader := range p.readers[n.ID()] {
		if !traitsOf(reader).pixelwise {
			return false
		}
	}
	return true
}

// concatenate places the parts of a concatenation in its memory where it can, so that nothing has to be copied.
func (p *plan) concatenate(st *step) {
	if st.node == nil {
		return
	}
	if _, ok := st.node.Op().(*concatOp); !ok {
		return
	}
	whole := p.places[st.node.ID()]
	if whole == nil {
		whole = p.settle(st.node, p.room(st.node, math.MaxInt))
	}
	first := whole.first
	for _, part := range st.reads {
		channels := part.Shape()[2]
		if !given(part) && p.places[part.ID()] == nil && p.apart(part, part) {
			p.settle(part, &place{buffer: whole.buffer, first: first, width: channels, stride: whole.stride})
		}
		first += channels
	}
}

// room returns a new buffer for a value of a node's shape.
func (p *plan) room(n *node, birth int) *place {
	width := 1
	if n.Dims() > 1 {
		width = n.Shape()[n.Dims()-1]
	}
	b := &buffer{size: n.Shape().TotalSize(), birth: birth}
	p.buffers = append(p.buffers, b)
	return &place{buffer: b, width: width, stride: width}
}

// settle makes a node a tenant of a place.
func (p *plan) settle(n *node, at *place) *place {
	at.node, at.last = n, p.last[n.ID()]
	at.tenants = append(at.tenants, at)
	p.places[n.ID()] = at
	return at
}

// place places the results of a step.
func (p *plan) place(at int, st *step) {
	if st.node == nil {
		return
	}
	if st.side != nil {
		p.settle(st.side, p.room(st.side, at))
	}
	to := p.places[st.node.ID()]
	if to == nil && !p.separate {
		to = p.share(at, st)
	}
	if to == nil {
		to = p.room(st.node, at)
	}
	if to.node == nil {
		p.settle(st.node, to)
	}
	to.birth = min(to.birth, at)
	if k := traitsOf(st.operation).destroys; k > 0 {
		if victim := st.operands()[k-1]; p.places[victim.ID()] == nil || !p.free(at, st, victim) {
			p.copies[st] = p.room(victim, at)
			p.copies[st].death = at
		}
	}
}

// share returns a place for the result in the memory of an operand, or nil.
func (p *plan) share(at int, st *step) *place {
	if o, ok := st.operation.Op().(*channelsOp); ok {
		whole := p.places[st.reads[0].ID()]
		if whole == nil || !p.readApart(st.node) {
			return nil
		}
		return &place{buffer: whole.buffer, first: whole.first + o.first, width: o.shape[2], stride: whole.stride}
	}
	var candidates []*node
	if k := traitsOf(st.operation).overwrites; st.base != nil {
		candidates = st.reads[:1]
	} else if isSum(st.node) {
		candidates = st.reads
	} else if k > 0 {
		candidates = st.reads[k-1 : k]
	}
	for _, contiguous := range []bool{true, false} { // contiguous memory first
		for _, n := range candidates {
			from := p.places[n.ID()]
			if from == nil || from.whole() != contiguous || !contiguous && !p.apart(st.operation, st.node) || !p.free(at, st, n) {
				continue
			}
			return &place{buffer: from.buffer, first: from.first, width: from.width, stride: from.stride}
		}
	}
	return nil
}

// free reports whether a step may overwrite one of its operands: neither a later step nor the same step, for another operand,
// reads its memory.
func (p *plan) free(at int, st *step, operand *node) bool {
	mine := p.places[operand.ID()]
	for _, t := range mine.tenants {
		if t.overlaps(mine) && t.last > at && t.node != st.node {
			return false
		}
	}
	occurrences := 0
	for _, n := range st.reads {
		if n == operand {
			occurrences++
		} else if other := p.places[n.ID()]; other != nil && other.overlaps(mine) {
			return false
		}
	}
	return occurrences == 1
}
