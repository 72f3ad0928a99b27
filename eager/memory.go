package eager

import "euryale/kernel"

// memory holds the rows of a chunk. The first call of a method takes its part.
type memory struct {
	rows     slots // of values and tangents
	kept     slots // of values whose gradient is wanted: those that the gradient reads stay
	adjoints slots

	values, tangents, keptRows, adjointRows [][]float32 // by slot
	output, cotangent                       []float32
}

// make returns the memory of the slots for a chunk of rows.
func (m *Machine) make(s *slots) [][]float32 {
	rows := make([][]float32, len(s.sizes))
	for i, size := range s.sizes {
		rows[i] = m.scratch.Take(m.chunk * size)
	}
	return rows
}

// view points the views of nodes with a slot to n rows of it.
func (m *Machine) view(views []kernel.Matrix, s *slots, rows [][]float32, n int) {
	for i, at := range s.of {
		if at.slot != none {
			node := &m.nodes[i]
			lines := n * node.pixels
			end := at.column + (lines-1)*at.stride + node.cols
			views[i] = kernel.Matrix{Data: rows[at.slot][at.column:end:end], Rows: lines, Cols: node.cols, Stride: at.stride}
		}
	}
}

// set points the view of a node to n rows of data, unless all rows share the node.
func (m *Machine) set(views []kernel.Matrix, i int, data []float32, n int) {
	if node := &m.nodes[i]; !node.shared {
		views[i] = kernel.View(data, n*node.pixels, node.cols)
	}
}

// setInput points the view of the input, if the net has one, to n rows of data.
func (m *Machine) setInput(views []kernel.Matrix, data []float32, n int) {
	if m.input != none {
		m.set(views, m.input, data, n)
	}
}

func (m *Machine) placeValues(n int, x, dst []float32) {
	if m.memory.values == nil {
		m.memory.values = m.make(&m.memory.rows)
	}
	m.view(m.value, &m.memory.rows, m.memory.values, n)
	m.set(m.value, m.output, dst, n)
	m.setInput(m.value, x, n)
}

func (m *Machine) placeTangents(n int, v, tangent []float32) {
	if m.memory.tangents == nil {
		m.memory.tangents, m.tangent = m.make(&m.memory.rows), make([]kernel.Matrix, len(m.nodes))
	}
	m.view(m.tangent, &m.memory.rows, m.memory.tangents, n)
	m.set(m.tangent, m.output, tangent, n)
	m.setInput(m.tangent, v, n)
}

func (m *Machine) placeAdjoints(n int, x, dst []float32) {
	k := &m.memory
	if k.output == nil {
		k.keptRows, k.adjointRows = m.make(&k.kept), m.make(&k.adjoints)
		k.output, k.cotangent = make([]float32, m.chunk*m.outputs), make([]float32, m.chunk*m.outputs)
		m.adjoint = make([]kernel.Matrix, len(m.nodes))
		m.Update() // packs weights for the gradient
	}
	m.view(m.value, &k.kept, k.keptRows, n)
	m.set(m.value, m.output, k.output, n)
	m.setInput(m.value, x, n)
	m.view(m.adjoint, &k.adjoints, k.adjointRows, n)
	m.set(m.adjoint, m.output, k.cotangent, n)
	m.setInput(m.adjoint, dst, n)
}

// flat is a view with a row of all numbers of a node per row of the batch. The node's rows have no gaps.
func (m *Machine) flat(views []kernel.Matrix, i int) kernel.Matrix {
	v, node := views[i], &m.nodes[i]
	if node.pixels == 1 {
		return v
	}
	return kernel.View(v.Data, v.Rows/node.pixels, node.size)
}
