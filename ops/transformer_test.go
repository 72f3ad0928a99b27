package ops

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestTransformerErrors(t *testing.T) {
	for want, build := range map[string]func(b *Builder){
		`layer "l": the input must be an image [height, width, channels], got "x" [3]`: func(b *Builder) {
			b.LayerNorm("l", b.Input("x", 3), LayerNorm{Epsilon: 1})
		},
		`layer "l": epsilon must be above 0, got NaN`: func(b *Builder) {
			b.LayerNorm("l", b.Input("x", 2, 2, 3), LayerNorm{Epsilon: math.NaN()})
		},
		`layer "l": the scale must have the shape [3], got [2]`: func(b *Builder) {
			b.LayerNorm("l", b.Input("x", 2, 2, 3), LayerNorm{Scale: b.Input("s", 2), Shift: b.Input("t", 3), Epsilon: 1})
		},
		`layer "l": the shift is nil`: func(b *Builder) {
			b.LayerNorm("l", b.Input("x", 2, 2, 3), LayerNorm{Scale: b.Input("s", 3), Epsilon: 1})
		},
		`layer "l": the scale is nil`: func(b *Builder) {
			b.LayerNorm("l", b.Input("x", 2, 2, 3), LayerNorm{Shift: b.Input("s", 3), Epsilon: 1})
		},
		`layer "g": the gate is nil`: func(b *Builder) { b.Gate("g", b.Input("x", 2, 2, 3), Gate{}) },
		`layer "g": the gate must have the shape [3], got [2, 2, 3]`: func(b *Builder) {
			x := b.Input("x", 2, 2, 3)
			b.Gate("g", x, Gate{Gate: x})
		},
		`layer "g": the operand to add must have the shape [2, 2, 3], got [4, 1, 3]`: func(b *Builder) {
			b.Gate("g", b.Input("x", 2, 2, 3), Gate{Gate: b.Input("s", 3), Add: b.Input("y", 4, 1, 3)})
		},
		`layer "a": the input must hold numbers for each row`:                      func(b *Builder) { b.GELU("a", b.Time("t", 0)) },
		`layer "o": an input of shape [2, 2] needs 4 values, got 3`:                func(b *Builder) { b.Offset("o", b.Input("x", 2, 2), make([]float32, 3)) },
		`layer "s": the input must have one axis, got shape [2, 2]`:                func(b *Builder) { b.Slice("s", b.Input("x", 2, 2), 0, 1) },
		`layer "s": an input of shape [4] has no 2 elements from element 3 on`:     func(b *Builder) { b.Slice("s", b.Input("x", 4), 3, 2) },
		`layer "s": an input of shape [4] has no 0 elements from element 0 on`:     func(b *Builder) { b.Slice("s", b.Input("x", 4), 0, 0) },
		`layer "s": an input of shape [4] has no 2 elements from element -1 on`:    func(b *Builder) { b.Slice("s", b.Input("x", 4), -1, 2) },
		`layer "d": 6 channels are not squares of 2 × 2 pixels`:                    func(b *Builder) { b.DepthToSpace("d", b.Input("x", 2, 2, 6), 2) },
		`layer "d": 6 channels are not squares of 0 × 0 pixels`:                    func(b *Builder) { b.DepthToSpace("d", b.Input("x", 2, 2, 6), 0) },
		`layer "f": sinusoids need a node from Builder.Time, got "x" [3]`:          func(b *Builder) { b.CosinesFirst("f", b.Input("x", 3), []float64{1}) },
		`layer "d": the input must be an image [height, width, channels], got "x"`: func(b *Builder) { b.DepthToSpace("d", b.Input("x", 4), 2) },
	} {
		b := NewBuilder()
		if build(b); b.Err() == nil || !strings.HasPrefix(b.Err().Error(), "ops: "+want) {
			t.Errorf("got %v, want %s", b.Err(), want)
		}
	}
}

func TestTransformerShapes(t *testing.T) {
	for want, build := range map[string]func(b *Builder) *Node{
		"[4, 6, 2]": func(b *Builder) *Node { return b.DepthToSpace("d", b.Input("x", 2, 3, 8), 2) },
		"[2, 3, 8]": func(b *Builder) *Node { return b.DepthToSpace("d", b.Input("x", 2, 3, 8), 1) },
		"[3]":       func(b *Builder) *Node { return b.Slice("s", b.Input("x", 4), 1, 3) },
		"[2, 2, 4]": func(b *Builder) *Node {
			x, s := b.Input("x", 2, 2, 4), b.Input("s", 4)
			return b.Gate("g", b.LayerNorm("l", x, LayerNorm{Scale: s, Shift: s, Epsilon: 1}), Gate{Gate: s, Add: x})
		},
	} {
		b := NewBuilder()
		if n := build(b); b.Err() != nil || text(n.Shape()) != want || !n.PerRow() {
			t.Errorf("%v: %v, want %s", n, b.Err(), want)
		}
		if images := want != "[3]" && want != "[2, 3, 8]"; b.Images() != images {
			t.Errorf("%s: a net of images: %v", want, b.Images())
		}
	}
}

// GELU against torch.nn.functional.gelu(x, approximate="tanh") of PyTorch 1.13 in float64, and its derivative against differences.
func TestGELU(t *testing.T) {
	for x, want := range map[float64]float64{-3: -0.0036373920817729943, 0: 0, 0.5: 0.34571400982514394, 2: 1.954597694087775} {
		if got := (GELU{}).Value(x); math.Abs(got-want) > 1e-15 {
			t.Errorf("GELU(%v) = %v, want %v", x, got, want)
		}
		const h = 1e-5
		slope := ((GELU{}).Value(x+h) - (GELU{}).Value(x-h)) / (2 * h)
		if got := (GELU{}).Derivative(x); math.Abs(got-slope) > 1e-9 {
			t.Errorf("the derivative at %v is %v, by differences %v", x, got, slope)
		}
	}
}

// The caller may change its slices after the call.
func TestOffsetKeepsItsValues(t *testing.T) {
	b, values := NewBuilder(), []float32{1, 2}
	n := b.Offset("o", b.Input("x", 2), values)
	values[0] = 5
	if got := n.Op.(Offset).Values; !slices.Equal(got, []float32{1, 2}) {
		t.Errorf("values %v", got)
	}
}
