package ops

import (
	"math"
	"slices"
)

// ReLU is max(0, x); its derivative at 0 is 0.
type ReLU struct{ X *Node }

// SiLU is x·σ(x) with σ(x) = 1/(1 + exp(−x)) (Hendrycks and Gimpel 2016; Elfwing, Uchibe and Doya 2017).
type SiLU struct{ X *Node }

// Add is x + y: the residual connection.
type Add struct{ X, Y *Node }

// Operands implements Op.
func (o ReLU) Operands() []*Node { return []*Node{o.X} }

// Operands implements Op.
func (o SiLU) Operands() []*Node { return []*Node{o.X} }

// Operands implements Op.
func (o Add) Operands() []*Node { return []*Node{o.X, o.Y} }

// ReLU returns max(0, x), of the shape of x. After a Linear, setting Linear.ReLU is faster.
func (b *Builder) ReLU(layer string, x *Node) *Node {
	if !b.rows(layer, role{"the input", x}) {
		return nil
	}
	return b.record(layer, ReLU{x}, x.shape, true)
}

// SiLU returns x·σ(x), of the shape of x.
func (b *Builder) SiLU(layer string, x *Node) *Node {
	if !b.rows(layer, role{"the input", x}) {
		return nil
	}
	return b.record(layer, SiLU{x}, x.shape, true)
}

// Add returns the elementwise sum of two values of the same shape.
func (b *Builder) Add(layer string, x, y *Node) *Node {
	if !b.rows(layer, role{"the first operand", x}, role{"the second operand", y}) {
		return nil
	}
	if !slices.Equal(x.shape, y.shape) {
		return b.Fail("layer %q: expected two operands of the same shape, got %s and %s", layer, text(x.shape), text(y.shape))
	}
	return b.record(layer, Add{x, y}, x.shape, true)
}

// Value is x·σ(x) in float64: the reference for the kernels of the readers.
func (SiLU) Value(x float64) float64 { return x / (1 + math.Exp(-x)) }

// Derivative is σ(x)·(1 + x·(1 − σ(x))) in float64.
func (SiLU) Derivative(x float64) float64 {
	s := 1 / (1 + math.Exp(-x))
	return s * (1 + x*(1-s))
}
