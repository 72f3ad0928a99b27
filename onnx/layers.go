package onnx

import (
	"fmt"
	"math"

	"euryale/ops"
)

// linear is x·W + add + (bias + row): a Gemm, whose weight is [out, in] as in a state dict.
func (r *reader) linear(n *ops.Node, op ops.Linear) result {
	x := result{name: r.flat(op.X), shared: r.values[op.X].shared}
	var sum *result // of all but the product
	add := func(v result) {
		if sum != nil {
			v = result{name: r.binary("Add", n.Name+"/condition", sum.name, v.name), shared: sum.shared && v.shared}
		}
		sum = &v
	}
	if op.Bias != nil {
		add(result{name: r.parameter(op.Bias), shared: true})
	}
	if op.Table != nil {
		add(r.lookup(n.Name, ops.Lookup{Table: op.Table, Index: op.Index}))
	}
	if op.Add != nil {
		add(result{name: r.flat(op.Add), shared: r.values[op.Add].shared})
	}
	inputs := []string{x.name, r.parameter(op.Weight)}
	together := sum != nil && (sum.shared || !x.shared) // Gemm repeats the rows of the sum, not those of the product
	if together {
		inputs = append(inputs, sum.name)
	}
	y := result{name: r.Node("Gemm", n.Name, inputs, Int("transB", 1)), shared: x.shared && (sum == nil || sum.shared)}
	if sum != nil && !together {
		y.name = r.binary("Add", n.Name, y.name, sum.name)
	}
	if op.ReLU {
		y.name = r.Node("Relu", n.Name+"/relu", []string{y.name})
	}
	return y
}

// silu is x·σ(x).
func (g *Graph) silu(name, x string) string {
	return g.binary("Mul", name, x, g.Node("Sigmoid", name+"/sigmoid", []string{x}))
}

// gelu is x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))).
func (g *Graph) gelu(name, x string) string {
	part := name + "/part"
	cube := g.binary("Mul", part, g.binary("Mul", part, x, x), x)
	inner := g.binary("Add", part, x, g.binary("Mul", part, cube, g.scalar(0.044715)))
	tanh := g.Node("Tanh", part, []string{g.binary("Mul", part, inner, g.scalar(float32(math.Sqrt(2/math.Pi))))})
	half := g.binary("Mul", part, x, g.scalar(0.5))
	return g.binary("Mul", name, half, g.binary("Add", part, tanh, g.scalar(1)))
}

func (r *reader) add2(n *ops.Node, op ops.Add) result {
	x, y := r.values[op.X], r.values[op.Y] // of one shape
	return result{name: r.binary("Add", n.Name, x.name, y.name), image: x.image, shared: x.shared && y.shared}
}

// offset adds constants, which have the order of an image's numbers pixel by pixel.
func (r *reader) offset(n *ops.Node, op ops.Offset) result {
	values, shape := op.Values, []int{1, len(op.Values)}
	if v := r.values[op.X]; v.image {
		s := n.Shape()
		values, shape = channelsFirst(values, s), []int{1, s[2], s[0], s[1]}
	}
	return r.same(op.X, r.binary("Add", n.Name, r.values[op.X].name, constant(r.Graph, n.Name+"/values", shape, values)))
}

// channelsFirst is an image [height, width, channels] as [channels, height, width].
func channelsFirst(image []float32, shape []int) []float32 {
	pixels, channels := shape[0]*shape[1], shape[2]
	out := make([]float32, len(image))
	for i, v := range image {
		out[i%channels*pixels+i/channels] = v
	}
	return out
}

func (r *reader) slice(n *ops.Node, op ops.Slice) result {
	name := r.part(n.Name, r.flat(op.X), op.First, n.Size())
	return result{name: name, shared: r.values[op.X].shared}
}

// part is size columns of a flat value from one on.
func (g *Graph) part(name, x string, first, size int) string {
	return g.Node("Slice", name, []string{x, g.whole(first), g.whole(first + size), g.whole(1)})
}

// split is [N, parts·height·width·channels] of an image, part by part.
func (r *reader) split(n *ops.Node, op ops.Split) result {
	s := op.X.Shape()
	x := r.reshaped(n.Name, r.image(op.X), -1, op.Parts, s[2]/op.Parts, s[0], s[1])
	x = r.transposed(n.Name, x, 0, 1, 3, 4, 2)
	return result{name: r.reshaped(n.Name, x, -1, n.Size())}
}

// lookup is a row of a table per row of the batch.
func (r *reader) lookup(name string, l ops.Lookup) result {
	table := r.parameter(l.Table)
	if _, ok := l.Index.Op.(ops.Label); ok {
		if r.in.Label == "" { // the last row is that of no label
			return result{name: r.gather(name, table, r.whole(l.Table.Shape()[0]-1)), shared: true}
		}
		return result{name: r.gather(name, table, r.in.Label)} // −1 is the last row
	}
	return r.between(name, table, l.Table.Shape()[0])
}

func (g *Graph) gather(name, table, index string) string {
	return g.Node("Gather", name+"/row", []string{table, index}, Int("axis", 0))
}

func (r *reader) embedding(n *ops.Node, op ops.Embedding) result {
	var sum *result
	for i, l := range op.Lookups {
		v := r.lookup(fmt.Sprintf("%s/%d", n.Name, i), l)
		switch {
		case sum != nil:
			v = result{name: r.binary("Add", n.Name, sum.name, v.name), shared: sum.shared && v.shared}
		case op.Bias != nil:
			v.name = r.binary("Add", n.Name, r.parameter(op.Bias), v.name)
		}
		sum = &v
	}
	return *sum
}
