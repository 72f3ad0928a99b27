package report

import (
	"image"
	"image/color"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	plotfont "gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
)

// letters writes text into pixels.
type letters struct {
	sans  *opentype.Font
	faces map[float64]font.Face // by size
}

func newLetters() *letters {
	fonts := plotfont.NewCache(liberation.Collection())
	sans := fonts.Lookup(plotfont.Font{Typeface: "Liberation", Variant: "Sans"}, labelSize).Face
	return &letters{sans: sans, faces: map[float64]font.Face{}}
}

// face is the font at a size in pixels.
func (l *letters) face(size float64) font.Face {
	face, ok := l.faces[size]
	if !ok {
		// The only error is that of a font without a units-per-em, which Liberation is not.
		face, _ = opentype.NewFace(l.sans, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
		l.faces[size] = face
	}
	return face
}

// width is that of a text in pixels.
func (l *letters) width(size float64, text string) int {
	return (&font.Drawer{Face: l.face(size)}).MeasureString(text).Ceil()
}

// text writes on a line whose base is at y.
func (l *letters) text(on *image.Alpha, x, y int, align align, size float64, text string) {
	drawer := font.Drawer{Dst: on, Src: image.NewUniform(color.Alpha{A: black}), Face: l.face(size)}
	switch width := drawer.MeasureString(text).Round(); align {
	case center:
		x -= width / 2
	case right:
		x -= width
	}
	drawer.Dot = fixed.P(x, y)
	drawer.DrawString(text)
}
