package figures

import (
	"fmt"

	"euryale/data"
	"euryale/model"
	"euryale/report"
)

// inPlane returns an error unless rows are points in the plane.
func inPlane(m *model.Model) error {
	switch {
	case m.Image() != nil:
		return notApplicable("images")
	case m.Table() != nil:
		return notApplicable("rows of a table; columns and pairs show them")
	case m.Schema.Dim() != 2 || m.Dim() != 2:
		return notApplicable("rows of %s are no points in the plane; columns and pairs show them", amount(m.Schema.Dim(), "number"))
	}
	return nil
}

// drawsSamples returns an error for a classifier.
func drawsSamples(m *model.Model) error {
	if !m.Denoises() {
		return notApplicable("a classifier draws no samples")
	}
	return nil
}

func amount(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Shades are the labels that points are colored by: none where there are more classes than colors.
func Shades(m *model.Model, labels []int32) []int32 {
	if len(m.Schema.Classes) > report.Colors {
		return nil
	}
	return labels
}

// points are the numbers of rows.
func points(rows *data.Batch) []float32 {
	x := make([]float32, len(rows.Real))
	for i, v := range rows.Real {
		x[i] = float32(v)
	}
	return x
}

// pixels are the numbers of images.
func pixels[T float32 | float64](x []T) []byte {
	bytes := make([]byte, len(x))
	for i, v := range x {
		bytes[i] = byte(v)
	}
	return bytes
}

// affine is how encoded points of the plane become those of the data: x → offset + scale·x, for each coordinate.
type affine struct{ offset, scale [2]float64 }

// decoding finds how the encoder of a model in the plane decodes.
func decoding(m *model.Model) (affine, error) {
	var a affine
	var rows data.Batch
	if err := m.Encoder.Decode(&rows, []float32{0, 0, 1, 1}); err != nil {
		return a, fmt.Errorf("figures: %w", err)
	}
	for j := range 2 {
		a.offset[j], a.scale[j] = rows.Real[j], rows.Real[2+j]-rows.Real[j]
	}
	return a, nil
}

// decode is a coordinate in the data's units.
func (a affine) decode(axis int, v float64) float64 { return a.offset[axis] + a.scale[axis]*v }

// encode is a coordinate as the net sees it.
func (a affine) encode(axis int, v float64) float64 { return (v - a.offset[axis]) / a.scale[axis] }
