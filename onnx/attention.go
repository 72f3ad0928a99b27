package onnx

import (
	"math"

	"euryale/ops"
)

// attention is softmax(Q·Kᵀ/√d)·V of each head. The channels of an image are Q, K and V in this order, each head by head.
func (r *reader) attention(n *ops.Node, op ops.Attention) result {
	s := n.Shape() // [height, width, C]
	pixels, width := s[0]*s[1], s[2]/op.Heads
	x := r.reshaped(n.Name, r.image(op.X), -1, 3, op.Heads, width, pixels)
	part := func(name string, i int) string { // [N, heads, width, pixels]
		return r.Node("Gather", n.Name+"/"+name, []string{x, constant(r.Graph, "index", nil, []int64{int64(i)})}, Int("axis", 1))
	}
	query := r.transposed(n.Name, part("query", 0), 0, 1, 3, 2)
	value := r.transposed(n.Name, part("value", 2), 0, 1, 3, 2)
	scores := r.binary("MatMul", n.Name+"/scores", query, part("key", 1)) // [N, heads, pixels, pixels]
	scores = r.binary("Mul", n.Name+"/scores", scores, r.scalar(float32(1/math.Sqrt(float64(width)))))
	shares := r.Node("Softmax", n.Name+"/shares", []string{scores}, Int("axis", -1))
	y := r.transposed(n.Name, r.binary("MatMul", n.Name+"/mixed", shares, value), 0, 1, 3, 2)
	return result{name: r.reshaped(n.Name, y, -1, s[2], s[0], s[1]), image: true}
}
