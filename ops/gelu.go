package ops

import "math"

// GELU is x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))), the approximation of x·Φ(x) of Hendrycks and Gimpel (2016).
type GELU struct{ X *Node }

// Operands implements Op.
func (o GELU) Operands() []*Node { return []*Node{o.X} }

// GELU returns the activation of x, of its shape.
func (b *Builder) GELU(layer string, x *Node) *Node {
	if !b.rows(layer, role{"the input", x}) {
		return nil
	}
	return b.record(layer, GELU{x}, x.shape, true)
}

// The factors of GELU.
const (
	geluOuter = 0.79788456080286535588 // √(2/π)
	geluCubic = 0.044715
)

// Value is GELU in float64: the reference for the kernels of the readers.
func (GELU) Value(x float64) float64 { return x / 2 * (1 + math.Tanh(geluOuter*(x+geluCubic*x*x*x))) }

// Derivative is the derivative of Value.
func (GELU) Derivative(x float64) float64 {
	t := math.Tanh(geluOuter * (x + geluCubic*x*x*x))
	return (1+t)/2 + x/2*(1-t*t)*geluOuter*(1+3*geluCubic*x*x)
}
