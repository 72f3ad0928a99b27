package eager

// slots assigns memory to nodes, which share it if their lifetimes do not overlap, if one is computed in the memory of the
// other, or if one is a part of the other.
type slots struct {
	nodes []node
	of    []place // of each node
	sizes []int   // of each slot, in numbers per row
	users []int   // of each slot: nodes there that are still read
	idle  []int
}

// place is where a node is: in columns of a slot, whose rows are those of the node, one per pixel of an image.
type place struct {
	slot     int // none: the node is elsewhere
	column   int // the first
	stride   int // from one row to the next
	released bool
}

const none = -1

func newSlots(nodes []node) slots {
	s := slots{nodes: nodes, of: make([]place, len(nodes))}
	for i := range s.of {
		s.of[i].slot = none
	}
	return s
}

func (s *slots) placed(i int) bool { return s.of[i].slot != none }

// take gives node i the slot that became idle last, or a new one.
func (s *slots) take(i int) {
	slot, size := len(s.sizes), s.nodes[i].size
	if n := len(s.idle); n > 0 {
		slot, s.idle = s.idle[n-1], s.idle[:n-1]
		s.sizes[slot] = max(s.sizes[slot], size)
	} else {
		s.sizes, s.users = append(s.sizes, size), append(s.users, 0)
	}
	s.users[slot]++
	s.of[i] = place{slot: slot, stride: s.nodes[i].cols}
}

// share puts node i into the columns of node j from a given one on.
func (s *slots) share(i, j, column int) {
	to := s.of[j]
	if s.whole(j) && s.nodes[i].size == s.nodes[j].size {
		to.stride = s.nodes[i].cols // all of it
	}
	s.users[to.slot]++
	s.of[i] = place{slot: to.slot, column: to.column + column, stride: to.stride}
}

// alone reports whether no other node needs the slot of node i.
func (s *slots) alone(i int) bool { return s.placed(i) && s.users[s.of[i].slot] == 1 }

// whole reports whether the rows of node i follow each other without gaps.
func (s *slots) whole(i int) bool { return s.of[i].stride == s.nodes[i].cols }

// release ends the use of node i.
func (s *slots) release(i int) {
	if p := &s.of[i]; p.slot != none && !p.released {
		p.released = true
		if s.users[p.slot]--; s.users[p.slot] == 0 {
			s.idle = append(s.idle, p.slot)
		}
	}
}

// host is the Concat of which a node is a part, and the columns from which on it is there.
type host struct{ concat, column int }

// free reports whether node j can be computed in the columns of its Concat, which copies it otherwise.
func (p *planner) free(j int) bool {
	h := p.hosts[j]
	return h.concat != none && j != p.input && j != p.output && h.concat != p.output && !p.flat[j]
}

// placeValues assigns memory to values in the order of the run. Memory becomes idle after the last node that reads it, unless
// it is kept. The input and the output are elsewhere.
func (p *planner) placeValues(keep []bool) slots {
	last := make([]int, len(p.nodes)) // reader
	for i, operands := range p.operands {
		for _, o := range operands {
			last[o.how.to] = i
		}
	}
	s := newSlots(p.nodes)
	var place func(i int)
	place = func(i int) {
		switch {
		case s.placed(i):
			return
		case p.free(i):
			h := p.hosts[i]
			place(h.concat)
			s.share(i, h.concat, h.column)
			return
		}
		for _, j := range p.reusable[i] {
			if last[j] == i && !keep[j] && s.alone(j) && s.whole(j) {
				s.share(i, j, 0)
				return
			}
		}
		s.take(i)
	}
	for i, n := range p.nodes {
		if !n.shared && i != p.input && i != p.output {
			place(i)
		}
		for _, o := range p.operands[i] {
			if j := o.how.to; last[j] == i && !keep[j] {
				s.release(j)
			}
		}
	}
	return s
}

// placeAdjoints assigns memory to adjoints in the order of the pulls, and decides what each pull adds to. An adjoint that is
// passed on unchanged stays where it is. Those of input and output are elsewhere.
func (p *planner) placeAdjoints() slots {
	s := newSlots(p.nodes)
	latest := make([]pulled, len(p.nodes))
	for i := len(p.nodes) - 1; i >= 0; i-- {
		passed := false
		for _, o := range p.operands[i] {
			j := o.how.to
			o.how.accumulate = latest[j].how != nil
			if latest[j] = o; j == p.input || s.placed(j) {
				continue
			}
			fits := s.placed(i) && (!p.flat[j] || o.route == passes && s.whole(i))
			switch {
			case fits && o.route == part:
				s.share(j, i, o.column)
			case fits && o.route == passes && !passed:
				s.share(j, i, 0)
				passed = true
			default:
				s.take(j)
			}
		}
		s.release(i)
	}
	for j, o := range latest {
		if o.route == product && p.nodes[j].relu {
			o.how.mask, p.nodes[j].relu = true, false
		}
	}
	return s
}
