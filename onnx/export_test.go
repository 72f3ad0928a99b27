package onnx

// DecodeForTest is what Sampler appends to decode samples of a shape.
func (g *Graph) DecodeForTest(kind string, scale, shift []float64, x string, shape []int) string {
	samples, _, _ := g.decode(normalization{kind, scale, shift}, x, shape)
	return samples
}
