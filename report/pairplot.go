package report

import (
	"errors"
	"fmt"
	"io"
	"math"
)

// PairPlot is every pair of a few columns, in PNG or SVG: the distribution of each column on the diagonal, as in Histograms;
// synthetic rows below it and real ones above, each a scatter of one column against another, so that a panel and its mirror
// image should look alike. A point of a category is at a random place in the stripe of the category.
type PairPlot struct {
	Title   string   // may be empty
	Columns []Column // at least two; all have as many rows
}

const (
	pairGap    = 6
	pairLabels = 20 // room for the names of columns
	pairWidest = 1100
	pairMost   = 260 // side of a panel
	pairLeast  = 90
	pairBins   = 24
)

// Encode writes the picture as PNG or SVG.
func (p PairPlot) Encode(w io.Writer, format Format) error {
	if err := checkFormat("a pair plot", format, PNG, SVG); err != nil {
		return err
	}
	if err := p.check(); err != nil {
		return fmt.Errorf("pair plot: %w", err)
	}
	n := len(p.Columns)
	side := min(max(pairWidest/n, pairLeast), pairMost)
	top := 14 + pairLabels
	if p.Title != "" {
		top += titleSize + 8
	}
	divided, axes := make([]bins, n), make([]pairAxis, n)
	for i, c := range p.Columns {
		most := pairBins
		if c.Categories != nil {
			most = side / categoryLine // a line each
		}
		divided[i] = c.divide(most)
		axes[i] = newPairAxis(c, i, divided[i])
	}
	left, step := pairLabels+12, side+pairGap
	width, height := left+n*step+10, top+n*step+legendRoom+8
	return encodeSurface(w, format, width, height, fewShades, func(on surface) {
		if p.Title != "" {
			on.text(width/2, titleSize+8, center, titleSize, p.Title)
		}
		for row := range n {
			for column := range n {
				x, y := left+column*step, top+row*step
				if row == column {
					drawHistogram(on, x, y, side, side, p.Columns[row], divided[row], false)
				}
				v := stretchedView(x, y, side, side, box{0, 1, 0, 1})
				if row != column {
					points, layer := axes[row].against(axes[column], row > column), samples
					if row < column {
						layer = reference
					}
					if len(points) > 0 {
						on.dots(v, points, nil, layer)
					}
				}
				v.frame(on)
			}
			on.text(left+row*step+side/2, top-8, center, labelSize+1, shorten(p.Columns[row].Name, side, labelSize+1))
		}
		columnLegend(on, width/2, height-12, p.Columns)
	})
}

func (p PairPlot) check() error {
	if len(p.Columns) < 2 {
		return errors.New("want at least two columns")
	}
	first := p.Columns[0]
	for _, c := range p.Columns {
		if err := c.check(); err != nil {
			return err
		}
		if len(c.Real) != len(first.Real) || len(c.Synthetic) != len(first.Synthetic) {
			return fmt.Errorf("column %q: want %d real and %d synthetic rows as in the first column, got %d and %d", c.Name,
				len(first.Real), len(first.Synthetic), len(c.Real), len(c.Synthetic))
		}
	}
	return nil
}

// pairAxis is where the rows of a column are along an axis from 0 to 1; NaN: nowhere.
type pairAxis struct {
	ofReal, synthetic []float64
	downward          bool // along a vertical axis: categories are listed from above
}

// newPairAxis is the axis of a column; categories are where they are among their bins.
func newPairAxis(c Column, number int, b bins) pairAxis {
	if c.Categories == nil {
		low, high := c.span()
		pad := margin * (high - low)
		place := func(_ int, v float64) float64 { return (v - low + pad) / (high - low + 2*pad) }
		return pairAxis{ofReal: mapped(c.Real, place), synthetic: mapped(c.Synthetic, place)}
	}
	place := func(row int, v float64) float64 {
		i := b.place(v)
		if i < 0 {
			return math.NaN()
		}
		return (float64(i) + 0.15 + 0.7*scattered(row, number)) / float64(b.count)
	}
	return pairAxis{ofReal: mapped(c.Real, place), synthetic: mapped(c.Synthetic, place), downward: true}
}

func mapped(values []float64, place func(row int, v float64) float64) []float64 {
	places := make([]float64, len(values))
	for i, v := range values {
		places[i] = place(i, v)
	}
	return places
}

// scattered is a number from 0 to 1 that is about random for each row and column, and always the same.
func scattered(row, column int) float64 {
	h := uint64(row)*0x9e3779b97f4a7c15 + uint64(column+1)*0xbf58476d1ce4e5b9
	h ^= h >> 31
	h *= 0x94d049bb133111eb
	h ^= h >> 29
	h *= 0xbf58476d1ce4e5b9
	h ^= h >> 32
	return float64(h>>11) / (1 << 53)
}

// against are the points of two columns: this one along the vertical axis, the other along the horizontal one.
func (a pairAxis) against(horizontal pairAxis, synthetic bool) []float32 {
	x, y := horizontal.ofReal, a.ofReal
	if synthetic {
		x, y = horizontal.synthetic, a.synthetic
	}
	var points []float32
	for i := range x {
		if !math.IsNaN(x[i]) && !math.IsNaN(y[i]) {
			up := y[i]
			if a.downward {
				up = 1 - up
			}
			points = append(points, float32(x[i]), float32(up))
		}
	}
	return points
}
