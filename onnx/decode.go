package onnx

import (
	"math"
	"slices"

	"euryale/data"
	"euryale/model"
)

// normalization is how encoded numbers x become those of the data: shift + scale·x, of pixels rounded to whole numbers from 0
// to 255. Kind is "none", "affine", "pixels", or "table" for rows that only Euryale decodes.
type normalization struct {
	Kind  string    `json:"kind"`
	Scale []float64 `json:"scale,omitempty"` // one number per coordinate, or one for all
	Shift []float64 `json:"shift,omitempty"`
}

const (
	kindNone   = "none"
	kindAffine = "affine"
	kindPixels = "pixels"
	kindTable  = "table"
)

// normalizationOf finds out what the encoder of a model does, by what it decodes.
func normalizationOf(m *model.Model) normalization {
	if m.Table() != nil {
		return normalization{Kind: kindTable}
	}
	if n, ok := affine(m.Encoder, m.Dim()); ok {
		return n
	}
	if m.Image() != nil && decodesPixels(m.Encoder, m.Dim()) {
		return normalization{Kind: kindPixels, Scale: []float64{127.5}, Shift: []float64{127.5}}
	}
	return normalization{Kind: kindTable}
}

// decoded is what rows with the number v everywhere decode to, or nil.
func decoded(e data.Encoder, dim int, v float32) []float64 {
	var rows data.Batch
	x := slices.Repeat([]float32{v}, dim)
	if err := e.Decode(&rows, x); err != nil || len(rows.Real) != dim || len(rows.Index) > 0 {
		return nil
	}
	return rows.Real
}

// far is a number so large that the shift is lost in rounding, and only the scale remains.
const far = 1 << 40

// affine reads scale and shift from two points, and checks them at others.
func affine(e data.Encoder, dim int) (normalization, bool) {
	shift, high := decoded(e, dim, 0), decoded(e, dim, far)
	if shift == nil || high == nil {
		return normalization{}, false
	}
	n := normalization{Kind: kindNone, Scale: make([]float64, dim), Shift: shift}
	for j := range dim {
		n.Scale[j] = (high[j] - shift[j]) / far
		if n.Scale[j] != 1 || shift[j] != 0 {
			n.Kind = kindAffine
		}
	}
	for _, v := range []float32{-1, -0.25, 1, 3} {
		got := decoded(e, dim, v)
		for j := range dim {
			if got == nil || !(math.Abs(got[j]-shift[j]-n.Scale[j]*float64(v)) <= 1e-6*(math.Abs(shift[j])+math.Abs(n.Scale[j]*float64(v)))) {
				return normalization{}, false
			}
		}
	}
	if n.Kind == kindNone {
		n.Scale, n.Shift = nil, nil
	}
	return n, true
}

// decodesPixels reports whether an encoder maps −1 … 1 to whole numbers from 0 to 255.
func decodesPixels(e data.Encoder, dim int) bool {
	for v, want := range map[float32]float64{-7: 0, -1: 0, -0.5: 64, 0.001: 128, 1: 255, 7: 255} {
		got := decoded(e, dim, v)
		if got == nil || slices.ContainsFunc(got, func(v float64) bool { return v != want }) {
			return false
		}
	}
	return true
}

// decode turns encoded samples x into those of the data: float32 [N, dim], or uint8 [N, height, width, channels] of images.
func (g *Graph) decode(n normalization, x string, shape []int) (samples string, element Element, decodedShape []int) {
	const name = "decode"
	switch n.Kind {
	case kindPixels:
		x = g.binary("Add", name, g.binary("Mul", name, x, g.scalar(127.5)), g.scalar(127.5))
		x = g.Node("Clip", name, []string{x, g.scalar(0), g.scalar(255)})
		x = g.Node("Floor", name, []string{g.binary("Add", name, x, g.scalar(0.5))}) // halves go up, as in Euryale
		x = g.Node("Cast", name, []string{g.transposed(name, x, 0, 2, 3, 1)}, Int("to", int(Uint8)))
		return x, Uint8, []int{shape[1], shape[2], shape[0]}
	case kindAffine:
		scale, shift := make([]float32, len(n.Scale)), make([]float32, len(n.Shift))
		for j := range scale {
			scale[j], shift[j] = float32(n.Scale[j]), float32(n.Shift[j])
		}
		at := []int{1, len(scale)}
		if len(shape) == 3 { // decoded pixel by pixel
			s := []int{shape[1], shape[2], shape[0]}
			scale, shift, at = channelsFirst(scale, s), channelsFirst(shift, s), append([]int{1}, shape...)
		}
		x = g.binary("Mul", name, x, constant(g, name+"/scale", at, scale))
		x = g.binary("Add", name, x, constant(g, name+"/shift", at, shift))
	}
	if len(shape) == 3 {
		return g.transposed(name, x, 0, 2, 3, 1), Float32, []int{shape[1], shape[2], shape[0]}
	}
	return x, Float32, shape
}
