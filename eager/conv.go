package eager

import (
	"euryale/kernel"
	"euryale/ops"
)

// conv is a convolution of images, with a bias, a row per image and an image to add.
type conv struct {
	x, perImage, add, out int // nodes; perImage and add may be none
	shape                 *kernel.Convolution
	weights               kernel.Matrix
	packed                kernel.ConvolutionWeights
	bias                  []float32 // nil: absent
	pullX                 *pull
	pullImage             *pull // nil: all rows share it
	pullAdd               *pull

	condition []float32 // bias + perImage if all rows share perImage; otherwise bias
	sum       []float32 // memory for condition
	index     []int32   // of each pixel of a chunk, its image
	images    []float32 // memory for an adjoint of perImage
}

func (p *planner) conv(i int, op ops.Conv) *conv {
	c := &conv{x: p.position[op.X], perImage: none, add: none, out: i, weights: p.parameter(op.Weight)}
	x, out := op.X.Shape(), c.weights.Cols
	c.shape = p.shapes.New(x[0], x[1], x[2], out, op.Kernel, op.Stride, op.Padding, op.Upsample)
	if op.Bias != nil {
		c.bias = p.parameter(op.Bias).Data
	}
	c.pullX = p.pull(i, op.X, computed)
	if op.PerImage != nil {
		c.perImage, c.pullImage = p.position[op.PerImage], p.pull(i, op.PerImage, computed)
		if c.pullImage == nil {
			c.sum = make([]float32, out)
		}
	}
	if op.Add != nil {
		c.add, c.pullAdd = p.position[op.Add], p.pull(i, op.Add, passes)
	}
	p.convolutions = append(p.convolutions, c)
	return c
}

// allocate makes the memory that depends on the number of images of a chunk.
func (c *conv) allocate(m *Machine) {
	if c.pullImage == nil {
		return
	}
	pixels := m.nodes[c.out].pixels
	c.index, c.images = make([]int32, m.chunk*pixels), make([]float32, m.chunk*m.nodes[c.out].cols)
	for i := range c.index {
		c.index[i] = int32(i / pixels)
	}
}

// pack packs the weights, also for the gradient if it was asked for.
func (c *conv) pack(gradient bool) { c.packed.Pack(c.shape, c.weights, gradient) }

// prepare sums up what is added to all pixels in the order of the kernel's epilogue.
func (c *conv) prepare(m *Machine) {
	c.condition = c.bias
	if c.perImage == none || c.pullImage != nil {
		return
	}
	c.condition = m.value[c.perImage].Data
	if c.bias != nil {
		sum(c.sum, c.bias, c.condition)
		c.condition = c.sum
	}
}

func (c *conv) run(m *Machine) {
	e := kernel.Epilogue{Bias: c.condition}
	c.operands(&e, m.value)
	c.shape.Forward(m.ws, m.value[c.out], m.value[c.x], &c.packed, &e)
}

// operands adds the operands that each row has of its own to an epilogue.
func (c *conv) operands(e *kernel.Epilogue, views []kernel.Matrix) {
	if c.pullImage != nil {
		e.Table, e.Index = views[c.perImage], c.index[:views[c.out].Rows]
	}
	if c.add != none {
		e.Add = views[c.add]
	}
}

func (c *conv) runTangent(m *Machine) {
	c.run(m)
	var e kernel.Epilogue
	c.operands(&e, m.tangent)
	c.shape.Forward(m.ws, m.tangent[c.out], m.tangent[c.x], &c.packed, &e)
}

func (c *conv) pull(m *Machine) {
	d := m.adjoint[c.out]
	c.shape.InputGradient(m.ws, m.adjoint[c.x], d, &c.packed, c.pullX.accumulate)
	if to := c.pullImage; to != nil {
		pixels := m.nodes[c.out].pixels
		images := kernel.View(c.images, d.Rows/pixels, d.Cols)
		kernel.SumPixels(images, d, pixels, 1)
		to.pass(m, images)
	}
	c.pullAdd.pass(m, d)
}
