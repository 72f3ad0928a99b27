package graph

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
)

// step is one entry of a schedule: the computation of a node, or of a parameter's gradient.
type step struct {
	node *node // the result; nil for a parameter's gradient
	// operation is the node whose operation the step runs. It is the result, or an operand of a sum that is added to base, the
	// other operand, without a pass over memory of its own.
	operation, base *node
	side            *node // a second result, or nil
	reads           []*node
	readers         []*node // whose operation reads each of them
	parameter       int     // whose gradient it is
	terms           []*node // the reductions that add up to the gradient
}

// schedule puts the computations of a block in order.
//
// Operations on images come in the order of a depth-first search from the loss, then from the gradients. All others, and the
// reductions to parameters' gradients, come as soon as their operands exist: they are small and their operands are large, or
// they only name a part of an operand.
type schedule struct {
	*compiler
	into    map[int64]*node // the sum that an operation is part of
	visited map[int64]bool
	found   []*step // in depth-first order
	steps   []*step
}

// schedule returns the steps of the row losses and of the parameters' gradients.
func (c *compiler) schedule(losses *node, gradients gorgonia.Nodes) ([]*step, error) {
	s := &schedule{compiler: c, into: map[int64]*node{}, visited: map[int64]bool{}}
	s.fuse(map[int64]bool{}, append(gorgonia.Nodes{losses}, gradients...)...)
	if err := s.visit(losses); err != nil {
		return nil, fmt.Errorf("graph: %w", err)
	}
	for i, g := range gradients {
		if err := s.reduce(i, g); err != nil {
			return nil, fmt.Errorf("graph: the gradient of %q: %w", c.builder.layout[i].Name, err)
		}
	}
	s.order()
	return s.steps, nil
}

// fuse decides which operations are added to the other operand of a sum: those that can, and that nothing else reads. One that
// needs no memory anyway, since it can overwrite its operand, is rather the other operand.
func (s *schedule) fuse(seen map[int64]bool, nodes ...*node) {
	for _, n := range nodes {
		if seen[n.ID()] {
			continue
		}
		seen[n.ID()] = true
		children := s.children(n)
		if isSum(n) && pixels(n.Shape()) > 0 {
			var added *node
			for _, child := range slices.Backward(children) {
				t := traitsOf(child)
				if s.uses[child.ID()] == 1 && t.accumulates && (added == nil || traitsOf(added).overwrites > 0 && t.overwrites == 0) {
					added = child
				}
			}
			if added != nil {
				s.into[added.ID()] = n
			}
		}
		s.fuse(seen, children...)
	}
}

// reduce appends the step of a parameter's gradient.
func (s *schedule) reduce(parameter int, gradient *node) error {
	found := &step{parameter: parameter}
	for terms := []*node{gradient}; len(terms) > 0; terms = terms[1:] {
		t := terms[0]
		if isSum(t) {
			terms = append(terms[:1:1], append(s.children(t), terms[1:]...)...)
			continue
		}
		if _, ok := t.Op().(chainOp); !ok {
			return fmt.Errorf("%v is not a reduction over the batch", t)
		}
		found.terms = append(found.terms, t)
		for _, operand := range s.children(t) {
			found.read(operand, t)
		}
	}
	if err := s.visit(found.reads...); err != nil {
		return err
	}
	s.found = append(s.found, found)
	return nil
}

// visit appends the steps that compute nodes with one row per row of the batch, operands first.
func (s *schedule) visit(nodes ...*node) error {
	for _, n := range nodes {
		for { // the node that a step computes
			if o, ok := n.Op().(sideOp); ok {
				n = o.primary()
			} else if sum := s.into[n.ID()]; sum != nil {
				n = sum
			} else {
				break
			}
		}
		if given(n) || s.visited[n.ID()] {
			continue
		}
		s.visited[n.ID()] = true
		if n.Dims() < 1 || n.Shape()[0] != s.builder.batch {
			return fmt.Errorf("%v has shape %v, expected %d rows, one per row of the batch", n, n.Shape(), s.builder.batch)
		}
		found := s.step(n)
		if err := s.visit(found.reads...); err != nil {
			return err
		}
		s.found = append(s.found, found)
	}
	return nil
}

// step returns the step that computes a node.
func (s *schedule) step(n *node) *step {
	found := &step{node: n, operation: n}
	for i, child := range s.children(n) {
		if s.into[child.ID()] == n {
			found.operation, found.base = child, s.children(n)[1-i]
			found.read(found.base, n)
			break
		}
	}
	for _, operand := range s.children(found.operation) {
		found.read(operand, found.operation)
	}
	if o, ok := found.operation.Op().(pairedOp); ok && o.side() != nil && s.uses[o.side().ID()] > 0 {
		found.side = o.side()
	}
	return found
}

func (st *step) read(operand, reader *node) {
	st.reads, st.readers = append(st.reads, operand), append(st.readers, reader)
}

// operands are the operands of the step's operation.
func (st *step) operands() []*node {
	if st.base != nil {
		return st.reads[1:]
	}
	return st.reads
}

// given reports whether a node's memory is not computed by a step: a variable, or the 1 that Grad starts from.
func given(n *node) bool { return n.IsVar() || n.Op() == nil || n.IsScalar() && n.Value() != nil }

// early reports whether a step comes as soon as its operands exist.
func (st *step) early() bool {
	if st.node == nil || pixels(st.node.Shape()) == 0 {
		return true
	}
	switch st.operation.Op().(type) {
	case *concatOp, *channelsOp:
		return true
	}
	return false
}

// again reports whether a step comes just before its first reader.
func (st *step) again() bool {
	if st.node == nil {
		return false
	}
	_, again := st.operation.Op().(againOp)
	return again
}

// order puts the steps that were found in their final order.
func (s *schedule) order() {
	missing := map[*step]int{}     // operands that do not exist yet
	waiting := map[int64][]*step{} // by operand
	computes := map[int64]*step{}  // what is computed again
	var ready []*step
	for _, st := range s.found {
		for _, n := range st.reads {
			if _, again := n.Op().(againOp); !again && !given(n) {
				missing[st]++
				waiting[n.ID()] = append(waiting[n.ID()], st)
			}
		}
		if st.again() {
			computes[st.node.ID()] = st
			continue
		}
		if st.early() && missing[st] == 0 {
			ready = append(ready, st)
		}
	}
	var emit func(st *step)
	emit = func(st *step) {
		for _, n := range st.reads {
			if again := computes[n.ID()]; again != nil {
				delete(computes, n.ID())
				emit(again)
			}
		}
		s.steps = append(s.steps, st)
		for _, n := range []*node{st.node, st.side} {
			if n == nil {
				continue
			}
			for _, reader := range waiting[n.ID()] {
				if missing[reader]--; missing[reader] == 0 && reader.early() {
					emit(reader)
				}
			}
		}
	}
	for _, st := range ready {
		emit(st)
	}
	for _, st := range s.found {
		if !st.early() && !st.again() {
			emit(st)
		}
	}
}
