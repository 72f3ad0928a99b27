package graph

import (
	"gorgonia.org/gorgonia"

	"euryale/kernel"
	"euryale/ops"
)

// conv applies a convolution.
func (b *builder) conv(n *ops.Node, c ops.Conv) *node {
	o := &convOp{geometry: geometryOf(c)}
	operands := []*node{b.at(c.X), b.at(c.Weight)}
	operand := func(position *int, n *ops.Node) {
		if n != nil {
			*position = len(operands)
			operands = append(operands, b.at(n))
		}
	}
	operand(&o.bias, c.Bias)
	operand(&o.perImage, c.PerImage)
	operand(&o.add, c.Add)
	o.op = b.op("conv", b.shape(n), operands...)
	return b.apply(n.Name, o, operands...)
}

type convOp struct {
	op
	geometry
	bias, perImage, add int // positions of the operands; 0: absent
	packed              *packedWeights
}

// packedWeights are the weights of a convolution as its products read them.
type packedWeights struct {
	*kernel.Convolution
	kernel.ConvolutionWeights
	gradient bool // whether the gradient of the input is needed
}

// pack returns the weights of a convolution in a Program, which Program.Update packs.
func (o *convOp) pack(weights kernel.Matrix) *packedWeights {
	b := o.builder
	if o.packed == nil && b.lender != nil {
		o.packed = b.lender[o.id]
	}
	if o.packed == nil {
		g := o.geometry
		p := &packedWeights{Convolution: b.convolutions.New(g.height, g.width, g.in, g.out, g.kernel, g.stride, g.padding, g.upsample)}
		o.packed = p
		b.packed[o.id] = p
		b.packs = append(b.packs, func() { p.Pack(p.Convolution, weights, p.gradient) })
	}
	return o.packed
}

func (o *convOp) traits() traits { return traits{pixelwise: true} }

func (o *convOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, convReference[float32](o), convReference[float64](o))
}

func convReference[T float](o *convOp) reference[T] {
	return func(y []T, in [][]T, _ [][]int32) {
		images, size, from := o.shape[0], o.pixels()*o.out, o.height*o.width*o.in
		for r := range images {
			x, y := in[0][r*from:], y[r*size:][:size]
			o.each(func(pixel, source, tap int) {
				product(y[pixel*o.out:][:o.out], x[source*o.in:][:o.in], in[1][tap*o.in*o.out:])
			})
			for i := range y {
				if j := i % o.out; o.bias > 0 && o.perImage > 0 {
					y[i] += in[o.bias][j] + in[o.perImage][r*o.out+j]
				} else if o.bias > 0 {
					y[i] += in[o.bias][j]
				} else if o.perImage > 0 {
					y[i] += in[o.perImage][r*o.out+j]
				}
				if o.add > 0 {
					y[i] += in[o.add][r*size+i]
				}
			}
		}
	}
}

// product is y += x·w with w [len(x), len(y)].
func product[T float](y, x, w []T) {
	for c, v := range x {
		for j := range y {
			y[j] += v * w[c*len(y)+j]
		}
	}
}

// DiffWRT implements gorgonia.SDOp.
func (o *convOp) DiffWRT(inputs int) []bool { return everything(inputs) }

// SymDiff implements gorgonia.SDOp. With d the gradient of the result, the gradients of x and of the weight are convolutions,
// that of PerImage is the sum of d over the pixels of each image, that of the bias the sum of these over the images, and that
// of Add is d.
func (o *convOp) SymDiff(in gorgonia.Nodes, _, d *node) (gorgonia.Nodes, error) {
	b, x, weight := o.builder, in[0], in[1]
	grads := make(gorgonia.Nodes, len(in))
	grads[0] = b.apply(o.name, &convInputGradientOp{b.op("convInputGradient", x.Shape().Clone(), d, weight), o}, d, weight)
	x = b.again(x)
	grads[1] = b.apply(o.name, &convWeightGradientOp{b.op("convWeightGradient", weight.Shape().Clone(), x, d), o}, x, d)
	if o.bias > 0 || o.perImage > 0 {
		sums := b.sumPixels(o.name, d, 1)
		if o.bias > 0 {
			grads[o.bias] = b.biasGradient(in[o.bias], sums)
		}
		if o.perImage > 0 {
			grads[o.perImage] = sums
		}
	}
	if o.add > 0 {
		grads[o.add] = d
	}
	return grads, b.err
}

func (o *convOp) bind(m memory) rowStep {
	x, out, packed := m.in[0], m.out, o.pack(m.in[1].Matrix)
	var bias []float32
	if o.bias > 0 {
		bias = m.in[o.bias].Data
	}
	var table, add value
	var index []int32 // per pixel, its image
	if o.perImage > 0 {
		table, index = m.in[o.perImage], o.builder.pixelImages(o.pixels())
	}
	if o.add > 0 {
		add = m.in[o.add]
	}
	return func(ws *kernel.Workspace, lo, hi int) {
		e := kernel.Epilogue{Bias: bias}
		if index != nil {
			e.Table, e.Index = table.Matrix, index[lo*out.pixels:hi*out.pixels]
		}
		if add.pixels > 0 {
			e.Add = add.images(lo, hi)
		}
		packed.Forward(ws, out.images(lo, hi), x.images(lo, hi), &packed.ConvolutionWeights, &e)
	}
}

// pixelImages returns the number of the image of each pixel of a batch.
func (b *builder) pixelImages(pixels int) []int32 {
	if b.images[pixels] == nil {
		index := make([]int32, b.batch*pixels)
		for i := range index {
			index[i] = int32(i / pixels)
		}
		b.images[pixels] = index
	}
	return b.images[pixels]
}

// everything is the answer of an operation that can be differentiated with respect to every operand.
func everything(inputs int) []bool {
	all := make([]bool, inputs)
	for i := range all {
		all[i] = true
	}
	return all
}
