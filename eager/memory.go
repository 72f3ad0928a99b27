package eager

import "euryale/kernel"

// memory holds the rows of a chunk. The first call of a method allocates its part.
type memory struct {
	rows     slots // of values and tangents
	adjoints slots

	values, tangents, adjointRows [][]float32 // by slot
	all                           [][]float32 // the value of each node: the gradient needs all of them
	cotangent                     []float32
}

// slots assigns memory to nodes, which share it if their lifetimes do not overlap.
type slots struct {
	of       []int // slot of each node; none: the node is elsewhere
	released []bool
	sizes    []int // of each slot, in numbers per row
	idle     []int
}

const none = -1

func newSlots(nodes int) slots {
	s := slots{of: make([]int, nodes), released: make([]bool, nodes)}
	for i := range s.of {
		s.of[i] = none
	}
	return s
}

// take gives node i the slot that became idle last, or a new one.
func (s *slots) take(i, size int) {
	slot := len(s.sizes)
	if n := len(s.idle); n > 0 {
		slot, s.idle = s.idle[n-1], s.idle[:n-1]
		s.sizes[slot] = max(s.sizes[slot], size)
	} else {
		s.sizes = append(s.sizes, size)
	}
	s.of[i] = slot
}

// inherit gives node i the slot of node j, which no later node reads.
func (s *slots) inherit(i, j int) { s.of[i], s.released[j] = s.of[j], true }

// release makes the slot of node i idle.
func (s *slots) release(i int) {
	if s.of[i] != none && !s.released[i] {
		s.idle, s.released[i] = append(s.idle, s.of[i]), true
	}
}

// make allocates the memory of the slots for a chunk of rows.
func (s *slots) make() [][]float32 {
	rows := make([][]float32, len(s.sizes))
	for i, size := range s.sizes {
		rows[i] = make([]float32, chunk*size)
	}
	return rows
}

// view points the views of nodes with a slot to n rows of it.
func (m *Machine) view(views []kernel.Matrix, s *slots, rows [][]float32, n int) {
	for i, slot := range s.of {
		if slot != none {
			views[i] = kernel.View(rows[slot], n, m.nodes[i].size)
		}
	}
}

// set points the view of a node to n rows of data, unless all rows share the node.
func (m *Machine) set(views []kernel.Matrix, i int, data []float32, n int) {
	if i != none && !m.nodes[i].shared {
		views[i] = kernel.View(data, n, m.nodes[i].size)
	}
}

func (m *Machine) placeValues(n int, x, dst []float32) {
	if m.memory.values == nil {
		m.memory.values = m.memory.rows.make()
	}
	m.view(m.value, &m.memory.rows, m.memory.values, n)
	m.set(m.value, m.output, dst, n)
	m.set(m.value, m.input, x, n)
}

func (m *Machine) placeTangents(n int, v, tangent []float32) {
	if m.memory.tangents == nil {
		m.memory.tangents, m.tangent = m.memory.rows.make(), make([]kernel.Matrix, len(m.nodes))
	}
	m.view(m.tangent, &m.memory.rows, m.memory.tangents, n)
	m.set(m.tangent, m.output, tangent, n)
	m.set(m.tangent, m.input, v, n)
}

func (m *Machine) placeAdjoints(n int, x, dst []float32) {
	if m.memory.all == nil {
		m.memory.all, m.memory.adjointRows = make([][]float32, len(m.nodes)), m.memory.adjoints.make()
		for i, node := range m.nodes {
			if i == m.output || i != m.input && !node.shared {
				m.memory.all[i] = make([]float32, chunk*node.size)
			}
		}
		m.memory.cotangent, m.adjoint = make([]float32, chunk*m.outputs), make([]kernel.Matrix, len(m.nodes))
	}
	for i := range m.nodes {
		if i != m.input {
			m.set(m.value, i, m.memory.all[i], n)
		}
	}
	m.set(m.value, m.input, x, n)
	m.view(m.adjoint, &m.memory.adjoints, m.memory.adjointRows, n)
	m.set(m.adjoint, m.output, m.memory.cotangent, n)
	m.set(m.adjoint, m.input, dst, n)
}

// kept returns the memory of the output and of the cotangent of n rows, for the gradient.
func (m *Machine) kept(n int) (output, cotangent []float32) {
	return m.memory.all[m.output][:n*m.outputs], m.memory.cotangent[:n*m.outputs]
}
