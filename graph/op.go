package graph

import (
	"encoding/binary"
	"fmt"
	"hash"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/ops"
)

// op is shared by the operations of this package: the part of gorgonia.Op that does not compute.
//
// The operations add Do, a plain loop over either float type. Gorgonia's machines run it, and tests compare the kernels of a
// Program with it.
type op struct {
	builder  *builder
	id       uint32
	name     string
	operands []hm.Type
	result   hm.Type
	shape    tensor.Shape
}

func (b *builder) op(name string, shape tensor.Shape, operands ...*node) op {
	b.operations++
	o := op{builder: b, id: b.operations, name: name, shape: shape, result: b.dtype}
	if len(shape) > 0 {
		o.result = gorgonia.TensorType{Dims: len(shape), Of: b.dtype}
	}
	for _, n := range operands {
		o.operands = append(o.operands, n.Type())
	}
	return o
}

func (o *op) Arity() int { return len(o.operands) }

func (o *op) Type() hm.Type {
	return hm.NewFnType(append(append([]hm.Type{}, o.operands...), o.result)...)
}

func (o *op) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) { return o.shape.Clone(), nil }
func (o *op) ReturnsPtr() bool                                      { return true }
func (o *op) CallsExtern() bool                                     { return false }
func (o *op) OverwritesInput() int                                  { return -1 }
func (o *op) String() string                                        { return fmt.Sprintf("%s#%d", o.name, o.id) }

// WriteHash writes the number of the instance, because Gorgonia merges nodes with equal hashes without comparing their
// children.
func (o *op) WriteHash(h hash.Hash) {
	h.Write([]byte(o.name))
	var id [4]byte
	binary.LittleEndian.PutUint32(id[:], o.id)
	h.Write(id[:])
}

// Hashcode is the number of the instance, which Gorgonia compares when two nodes' hashes collide.
func (o *op) Hashcode() uint32 { return o.id }

// float is the element type of a graph: float32, or float64 where tests differentiate numerically.
type float interface{ float32 | float64 }

// reference is the plain computation of an operation. Operand i is in[i], or index[i] if it holds indices; the other is nil.
type reference[T float] func(out []T, in [][]T, index [][]int32)

// do runs the reference implementation for the graph's element type.
func (o *op) do(inputs []gorgonia.Value, f32 reference[float32], f64 reference[float64]) (gorgonia.Value, error) {
	if len(inputs) != len(o.operands) {
		return nil, fmt.Errorf("graph: %v takes %d inputs, got %d", o, len(o.operands), len(inputs))
	}
	if o.builder.dtype == tensor.Float64 {
		return doTyped(o, inputs, f64)
	}
	return doTyped(o, inputs, f32)
}

func doTyped[T float](o *op, inputs []gorgonia.Value, f reference[T]) (gorgonia.Value, error) {
	in, index := make([][]T, len(inputs)), make([][]int32, len(inputs))
	for i, v := range inputs {
		switch data := v.Data().(type) {
		case []T:
			in[i] = data
		case T: // a scalar
			in[i] = []T{data}
		case []int32:
			index[i] = data
		default:
			return nil, fmt.Errorf("graph: %v: input %d holds %T", o, i, data)
		}
	}
	out := make([]T, o.shape.TotalSize())
	f(out, in, index)
	if len(o.shape) == 0 {
		return scalar(out[0]), nil
	}
	return tensor.New(tensor.WithShape(o.shape...), tensor.WithBacking(out)), nil
}

func scalar[T float](v T) gorgonia.Value {
	if v, ok := any(v).(float64); ok {
		return gorgonia.NewF64(v)
	}
	return gorgonia.NewF32(float32(v))
}

// shape is the shape of a value for a batch: [batch, pixels, channels] for images, otherwise [batch, size], or [batch] for
// one number per row.
func (b *builder) shape(n *ops.Node) tensor.Shape {
	switch s := n.Shape(); len(s) {
	case 0:
		return tensor.Shape{b.batch}
	case 3:
		return tensor.Shape{b.batch, s[0] * s[1], s[2]}
	}
	return tensor.Shape{b.batch, n.Size()}
}

// columns is the number of elements in a row of the shape.
func columns(s tensor.Shape) int {
	size := 1
	for _, n := range s[min(1, len(s)):] {
		size *= n
	}
	return size
}
