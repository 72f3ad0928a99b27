package report

import (
	"errors"
	"io"
)

// Sheet is a contact sheet, in PNG or SVG: for several distributions, the samples of a model and the data, side by side and
// at the same scale.
type Sheet struct {
	Pairs   []Pair // at least one
	Columns int    // pairs per row of the sheet; 0: three
}

// Pair is one entry of a sheet.
type Pair struct {
	Title         string
	Samples, Data []float32 // [rows, 2]
}

const (
	sheetSide    = 190
	sheetGap     = 6  // between the two panels of a pair
	sheetMargin  = 22 // around a pair
	sheetTop     = 30
	sheetTitle   = 26
	sheetColumns = 3
)

// Encode writes the sheet as PNG or SVG.
func (s Sheet) Encode(w io.Writer, format Format) error {
	if err := checkFormat("a contact sheet", format, PNG, SVG); err != nil {
		return err
	}
	if len(s.Pairs) == 0 {
		return errors.New("a contact sheet needs at least one pair")
	}
	for _, p := range s.Pairs {
		if err := checkPoints("samples of "+p.Title, p.Samples, 2); err != nil {
			return err
		}
		if err := checkPoints("data of "+p.Title, p.Data, 2); err != nil {
			return err
		}
	}
	columns := s.Columns
	if columns < 1 {
		columns = sheetColumns
	}
	columns = min(columns, len(s.Pairs))
	rows := (len(s.Pairs) + columns - 1) / columns
	const pairWidth, stepY = 2*sheetSide + sheetGap, sheetTop + sheetSide + sheetMargin
	const stepX = pairWidth + sheetMargin
	return encodeSurface(w, format, columns*stepX+sheetMargin, rows*stepY+sheetMargin/2, fewShades, func(on surface) {
		for i, p := range s.Pairs {
			cx, cy := fit(p.Data).center()
			r := roundReach(max(reach(p.Samples, cx, cy, 1), reach(p.Data, cx, cy, 1)))
			x, y := sheetMargin+i%columns*stepX, i/columns*stepY+sheetTop+sheetMargin/2
			on.text(x+pairWidth/2, y-9, center, sheetTitle, p.Title)
			for k, points := range [2][]float32{p.Samples, p.Data} {
				v := squareView(x+k*(sheetSide+sheetGap), y, sheetSide, cx, cy, r)
				on.dots(v, points, nil, [2]layer{samples, reference}[k])
				v.frame(on)
			}
		}
	})
}
