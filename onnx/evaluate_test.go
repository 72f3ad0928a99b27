package onnx_test

import (
	"math"
	"slices"
	"sort"
	"testing"
)

// evaluate runs a graph in float64 as https://onnx.ai/onnx/operators describes its operators, one after the other. It has those
// that this package writes.
func (p *parsed) evaluate(t testing.TB, inputs map[string]array) map[string]array {
	t.Helper()
	values := map[string]array{}
	for name, a := range p.arrays {
		values[name] = a
	}
	for name, a := range inputs {
		values[name] = a
	}
	for _, n := range p.nodes {
		in := make([]array, len(n.inputs))
		for i, name := range n.inputs {
			in[i] = values[name]
		}
		values[n.outputs[0]] = n.run(t, in)
	}
	outputs := map[string]array{}
	for _, out := range p.outputs {
		outputs[out.name] = values[out.name]
	}
	return outputs
}

var pairs = map[string]func(x, y float64) float64{
	"Add": func(x, y float64) float64 { return x + y },
	"Sub": func(x, y float64) float64 { return x - y },
	"Mul": func(x, y float64) float64 { return x * y },
	"Div": func(x, y float64) float64 { return x / y },
	"Min": func(x, y float64) float64 { return min(x, y) },
	"Max": func(x, y float64) float64 { return max(x, y) },
}

var singles = map[string]func(x float64) float64{
	"Identity": func(x float64) float64 { return x },
	"Relu":     func(x float64) float64 { return max(x, 0) },
	"Sigmoid":  func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
	"Neg":      func(x float64) float64 { return -x },
	"Tanh":     math.Tanh, "Sqrt": math.Sqrt, "Abs": math.Abs, "Floor": math.Floor, "Sin": math.Sin,
}

func (n *node) run(t testing.TB, in []array) array {
	t.Helper()
	if f, ok := singles[n.operator]; ok {
		return each(in[0], f)
	}
	if f, ok := pairs[n.operator]; ok {
		return broadcast(in[0], in[1], f)
	}
	x := in[0]
	switch n.operator {
	case "Cast":
		if to := n.ints["to"][0]; to == 2 || to == 7 {
			return each(x, math.Trunc)
		}
		return x
	case "Clip":
		return each(x, func(v float64) float64 { return min(max(v, in[1].data[0]), in[2].data[0]) })
	case "Reshape":
		shape := ints(in[1].data)
		if i := slices.Index(shape, -1); i >= 0 {
			shape[i] = -len(x.data) / size(shape)
		}
		return array{shape, x.data}
	case "Transpose":
		return transpose(x, n.ints["perm"])
	case "Shape":
		return array{[]int{1}, []float64{float64(x.shape[0])}}
	case "Expand":
		return broadcast(x, array{ints(in[1].data), make([]float64, size(ints(in[1].data)))}, pairs["Add"])
	case "Gemm":
		y := matMul(x, transpose(in[1], []int{1, 0}))
		if len(in) > 2 {
			sum := broadcast(y, in[2], pairs["Add"])
			if !slices.Equal(sum.shape, y.shape) {
				t.Errorf("%s repeats the rows of a product %v", n.outputs[0], y.shape)
			}
			return sum
		}
		return y
	case "MatMul":
		return matMul(x, in[1])
	case "Concat":
		return concat(in, n.ints["axis"][0])
	case "Slice":
		return pick(x, int(in[3].data[0]), span(int(in[1].data[0]), int(in[2].data[0])))
	case "Gather":
		index := ints(in[1].data)
		for i := range index {
			if index[i] < 0 {
				index[i] += x.shape[n.ints["axis"][0]]
			}
		}
		y := pick(x, n.ints["axis"][0], index)
		if len(in[1].shape) == 0 {
			y.shape = slices.Delete(slices.Clone(y.shape), n.ints["axis"][0], n.ints["axis"][0]+1)
		}
		return y
	case "Conv":
		return n.conv(in)
	case "Resize":
		return resize(x)
	case "InstanceNormalization":
		return normalize(x, n.floats["epsilon"])
	case "Softmax":
		return softmax(x)
	case "ReduceMean":
		return n.reduceMean(x)
	case "DepthToSpace":
		b, s := n.ints["blocksize"][0], x.shape
		c := s[1] / b / b
		y := transpose(array{[]int{s[0], b, b, c, s[2], s[3]}, x.data}, []int{0, 3, 4, 1, 5, 2})
		return array{[]int{s[0], c, s[2] * b, s[3] * b}, y.data}
	case "TopK":
		y := array{x.shape, slices.Clone(x.data)}
		for width := x.shape[1]; len(x.data) > 0; x.data = x.data[width:] {
			sort.Float64s(y.data[len(y.data)-len(x.data):][:width])
		}
		return y
	}
	t.Fatalf("unknown operator %s", n.operator)
	return array{}
}

func each(x array, f func(float64) float64) array {
	y := array{x.shape, make([]float64, len(x.data))}
	for i, v := range x.data {
		y.data[i] = f(v)
	}
	return y
}

func ints(x []float64) []int {
	list := make([]int, len(x))
	for i, v := range x {
		list[i] = int(v)
	}
	return list
}

func span(from, to int) (list []int) {
	for i := from; i < to; i++ {
		list = append(list, i)
	}
	return list
}

// place is where a position in a shape lies in an array that is broadcast to that shape.
func place(position []int, shape []int) int {
	at := 0
	for i, n := range shape {
		if p := position[len(position)-len(shape)+i]; n > 1 {
			at = at*n + p
		}
	}
	return at
}

// positions calls do with each position in a shape, in order.
func positions(shape []int, do func(i int, position []int)) {
	position := make([]int, len(shape))
	for i := range size(shape) {
		rest := i
		for axis := len(shape) - 1; axis >= 0; axis-- {
			position[axis], rest = rest%shape[axis], rest/shape[axis]
		}
		do(i, position)
	}
}

func broadcast(x, y array, f func(x, y float64) float64) array {
	shape := make([]int, max(len(x.shape), len(y.shape)))
	for i := range shape {
		shape[i] = 1
		for _, s := range [][]int{x.shape, y.shape} {
			if j := len(s) - len(shape) + i; j >= 0 && s[j] != 1 {
				if shape[i] != 1 && shape[i] != s[j] {
					panic("shapes that do not go together")
				}
				shape[i] = s[j]
			}
		}
	}
	z := array{shape, make([]float64, size(shape))}
	positions(shape, func(i int, p []int) { z.data[i] = f(x.data[place(p, x.shape)], y.data[place(p, y.shape)]) })
	return z
}

func transpose(x array, axes []int) array {
	y := array{make([]int, len(axes)), make([]float64, len(x.data))}
	for i, a := range axes {
		y.shape[i] = x.shape[a]
	}
	from := make([]int, len(axes))
	positions(y.shape, func(i int, p []int) {
		for j, a := range axes {
			from[a] = p[j]
		}
		at := 0
		for j, n := range x.shape {
			at = at*n + from[j]
		}
		y.data[i] = x.data[at]
	})
	return y
}

// matMul multiplies matrices, of the same leading axes.
func matMul(x, y array) array {
	k := len(x.shape)
	rows, inner, cols := x.shape[k-2], x.shape[k-1], y.shape[k-1]
	z := array{append(slices.Clone(x.shape[:k-1]), cols), make([]float64, len(x.data)/inner*cols)}
	for m := range len(x.data) / rows / inner {
		for i := range rows {
			for j := range cols {
				for l := range inner {
					z.data[(m*rows+i)*cols+j] += x.data[(m*rows+i)*inner+l] * y.data[(m*inner+l)*cols+j]
				}
			}
		}
	}
	return z
}

// pick takes places along an axis.
func pick(x array, axis int, index []int) array {
	y := array{slices.Clone(x.shape), nil}
	y.shape[axis] = len(index)
	inner := size(x.shape[axis+1:])
	for outer := range size(x.shape[:axis]) {
		for _, i := range index {
			at := (outer*x.shape[axis] + i) * inner
			y.data = append(y.data, x.data[at:at+inner]...)
		}
	}
	return y
}

func concat(in []array, axis int) array {
	y := array{slices.Clone(in[0].shape), nil}
	y.shape[axis] = 0
	for _, x := range in {
		y.shape[axis] += x.shape[axis]
	}
	for outer := range size(y.shape[:axis]) {
		for _, x := range in {
			n := size(x.shape[axis:])
			y.data = append(y.data, x.data[outer*n:(outer+1)*n]...)
		}
	}
	return y
}

func (n *node) conv(in []array) array {
	x, w := in[0], in[1]
	stride, pads, kernel := n.ints["strides"][0], n.ints["pads"], w.shape[2]
	height, width := (x.shape[2]+pads[0]+pads[2]-kernel)/stride+1, (x.shape[3]+pads[1]+pads[3]-kernel)/stride+1
	y := array{[]int{x.shape[0], w.shape[0], height, width}, nil}
	y.data = make([]float64, size(y.shape))
	positions(y.shape, func(i int, p []int) {
		if len(in) > 2 {
			y.data[i] = in[2].data[p[1]]
		}
		for c := range w.shape[1] {
			for u := range kernel {
				for v := range kernel {
					row, col := p[2]*stride+u-pads[0], p[3]*stride+v-pads[1]
					if row >= 0 && row < x.shape[2] && col >= 0 && col < x.shape[3] {
						y.data[i] += w.data[((p[1]*w.shape[1]+c)*kernel+u)*kernel+v] *
							x.data[((p[0]*x.shape[1]+c)*x.shape[2]+row)*x.shape[3]+col]
					}
				}
			}
		}
	})
	return y
}

// resize enlarges images to twice their size.
func resize(x array) array {
	y := array{[]int{x.shape[0], x.shape[1], 2 * x.shape[2], 2 * x.shape[3]}, make([]float64, 4*len(x.data))}
	positions(y.shape, func(i int, p []int) {
		y.data[i] = x.data[((p[0]*x.shape[1]+p[1])*x.shape[2]+p[2]/2)*x.shape[3]+p[3]/2]
	})
	return y
}

func normalize(x array, epsilon float64) array {
	y, n := array{x.shape, nil}, size(x.shape[2:])
	for lo := 0; lo < len(x.data); lo += n {
		part := x.data[lo : lo+n]
		mean, variance := 0.0, 0.0
		for _, v := range part {
			mean += v / float64(n)
		}
		for _, v := range part {
			variance += (v - mean) * (v - mean) / float64(n)
		}
		for _, v := range part {
			y.data = append(y.data, (v-mean)/math.Sqrt(variance+epsilon))
		}
	}
	return y
}

func softmax(x array) array {
	y, n := array{x.shape, nil}, x.shape[len(x.shape)-1]
	for lo := 0; lo < len(x.data); lo += n {
		most, sum := slices.Max(x.data[lo:lo+n]), 0.0
		for _, v := range x.data[lo : lo+n] {
			sum += math.Exp(v - most)
		}
		for _, v := range x.data[lo : lo+n] {
			y.data = append(y.data, math.Exp(v-most)/sum)
		}
	}
	return y
}

func (n *node) reduceMean(x array) array {
	shape := slices.Clone(x.shape)
	count := 1
	for _, a := range n.ints["axes"] {
		count *= shape[a]
		shape[a] = 1
	}
	y := array{shape, make([]float64, size(shape))}
	positions(x.shape, func(i int, p []int) { y.data[place(p, shape)] += x.data[i] / float64(count) })
	if n.ints["keepdims"][0] == 0 {
		y.shape = x.shape[:2] // the last axes are left out
	}
	return y
}
