package onnx

import "euryale/ops"

// conv is a convolution. Its weight is [out, in, kernel, kernel] as in a state dict; one that was declared for a linear layer
// is [out, in].
func (r *reader) conv(n *ops.Node, op ops.Conv) result {
	s := op.X.Shape() // [height, width, in]
	x, height, width := r.image(op.X), s[0], s[1]
	if op.Upsample {
		height, width = 2*height, 2*width
		scales := constant(r.Graph, "twice", []int{4}, []float32{1, 1, 2, 2})
		x = r.Node("Resize", n.Name+"/upsample", []string{x, "", scales},
			Text("mode", "nearest"), Text("coordinate_transformation_mode", "asymmetric"), Text("nearest_mode", "floor"))
	}
	weight := r.parameter(op.Weight)
	if op.Weight.Parameter().Kernel == 0 {
		weight = r.squareKernel(n, op, s[2])
	}
	inputs := []string{x, weight}
	if op.Bias != nil {
		inputs = append(inputs, r.parameter(op.Bias))
	}
	// As many zeros after the last pixel as are needed; where none are, the last pixels are not read.
	after := func(size int) int { return max(0, (size/op.Stride-1)*op.Stride+op.Kernel-op.Padding-size) }
	y := r.Node("Conv", n.Name, inputs, Ints("kernel_shape", op.Kernel, op.Kernel), Ints("strides", op.Stride, op.Stride),
		Ints("pads", op.Padding, op.Padding, after(height), after(width)))
	if op.PerImage != nil {
		y = r.binary("Add", n.Name+"/condition", y, r.perImage(op.PerImage))
	}
	if op.Add != nil {
		y = r.binary("Add", n.Name+"/residual", y, r.image(op.Add))
	}
	return result{name: y, image: true}
}

// squareKernel is a weight [out, kernel·kernel·in] as [out, in, kernel, kernel].
func (r *reader) squareKernel(n *ops.Node, op ops.Conv, in int) string {
	out := n.Shape()[2]
	if op.Kernel == 1 {
		return r.shapedParameter(op.Weight, out, in, 1, 1)
	}
	return r.transposed(n.Name+"/weight", r.shapedParameter(op.Weight, out, op.Kernel, op.Kernel, in), 0, 3, 1, 2)
}

// groupNorm normalizes each group as if it were one channel of an instance normalization, as PyTorch exports it.
func (r *reader) groupNorm(n *ops.Node, op ops.GroupNorm) result {
	s := n.Shape()
	ones, zeros := make([]float32, op.Groups), make([]float32, op.Groups)
	for i := range ones {
		ones[i] = 1
	}
	x := r.reshaped(n.Name+"/groups", r.image(op.X), -1, op.Groups, s[0]*s[1]*s[2]/op.Groups)
	x = r.Node("InstanceNormalization", n.Name+"/normalized",
		[]string{x, constant(r.Graph, "ones", []int{op.Groups}, ones), constant(r.Graph, "zeros", []int{op.Groups}, zeros)},
		Float("epsilon", float32(op.Epsilon)))
	x = r.reshaped(n.Name, x, -1, s[2], s[0], s[1])
	x = r.binary("Mul", n.Name+"/scaled", x, r.shapedParameter(op.Weight, s[2], 1, 1))
	x = r.binary("Add", n.Name, x, r.shapedParameter(op.Bias, s[2], 1, 1))
	if op.SiLU {
		x = r.silu(n.Name+"/silu", x)
	}
	return result{name: x, image: true}
}

// layerNorm normalizes each pixel over its channels.
func (r *reader) layerNorm(n *ops.Node, op ops.LayerNorm) result {
	x, part := r.image(op.X), n.Name+"/part"
	mean := func(of string) string {
		return r.Node("ReduceMean", part, []string{of}, Ints("axes", 1), Int("keepdims", 1))
	}
	centered := r.binary("Sub", part, x, mean(x))
	variance := mean(r.binary("Mul", part, centered, centered))
	deviation := r.Node("Sqrt", part, []string{r.binary("Add", part, variance, r.scalar(float32(op.Epsilon)))})
	y := r.binary("Div", n.Name, centered, deviation)
	if op.Scale != nil {
		y = r.binary("Mul", n.Name+"/scaled", y, r.binary("Add", part, r.perImage(op.Scale), r.scalar(1)))
		y = r.binary("Add", n.Name+"/shifted", y, r.perImage(op.Shift))
	}
	return result{name: y, image: true}
}

// gate is add + gate·x.
func (r *reader) gate(n *ops.Node, op ops.Gate) result {
	y := r.binary("Mul", n.Name, r.image(op.X), r.perImage(op.Gate))
	if op.Add != nil {
		y = r.binary("Add", n.Name+"/residual", y, r.image(op.Add))
	}
	return result{name: y, image: true}
}

func (r *reader) concat(n *ops.Node, op ops.Concat) result {
	parts := make([]string, len(op.Parts))
	for i, p := range op.Parts {
		parts[i] = r.image(p)
	}
	return result{name: r.Node("Concat", n.Name, parts, Int("axis", 1)), image: true}
}

// depthToSpace reads the channels of a pixel in the order (row, column, channel), which ONNX calls DCR.
func (r *reader) depthToSpace(n *ops.Node, op ops.DepthToSpace) result {
	y := r.Node("DepthToSpace", n.Name, []string{r.image(op.X)}, Int("blocksize", op.Block), Text("mode", "DCR"))
	return result{name: y, image: true}
}

func (r *reader) meanPool(n *ops.Node, op ops.MeanPool) result {
	y := r.Node("ReduceMean", n.Name, []string{r.image(op.X)}, Ints("axes", 2, 3), Int("keepdims", 0))
	return result{name: y}
}
