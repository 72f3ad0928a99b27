package report

import (
	"errors"
	"fmt"
	"io"
	"math"
)

// Histograms are the distributions of columns, one panel each, in PNG or SVG: filled for real rows, a line or narrow bars
// for synthetic ones, both as parts of their rows. Categories have a bar each.
type Histograms struct {
	Title   string   // may be empty
	Columns []Column // at least one
	PerRow  int      // panels in a row; 0: up to four
}

const (
	histogramWidth  = 210
	histogramHeight = 120
	histogramTop    = 26
	histogramBottom = 26
	histogramGap    = 18
	categoryLine    = 18 // height of a category
	missingLine     = 16 // height of the line about missing cells
	histogramTicks  = 3  // intervals between ticks, at least
	perRow          = 4
)

// Encode writes the picture as PNG or SVG.
func (h Histograms) Encode(w io.Writer, format Format) error {
	if err := checkFormat("histograms", format, PNG, SVG); err != nil {
		return err
	}
	if len(h.Columns) == 0 {
		return errors.New("histograms: no columns to draw")
	}
	for _, c := range h.Columns {
		if err := c.check(); err != nil {
			return fmt.Errorf("histograms: %w", err)
		}
	}
	columns := h.PerRow
	if columns < 1 {
		columns = min(perRow, len(h.Columns))
	}
	top := 12
	if h.Title != "" {
		top += titleSize + 8
	}
	// Rows of panels are as high as their highest panel needs.
	divided, tops := make([]bins, len(h.Columns)), make([]int, len(h.Columns))
	y := top
	for first := 0; first < len(h.Columns); first += columns {
		highest, note := 0, 0
		for i := first; i < min(first+columns, len(h.Columns)); i++ {
			divided[i], tops[i] = h.Columns[i].divide(histogramBins), y
			highest = max(highest, panelHeight(divided[i]))
			if h.Columns[i].missing(divided[i]) != "" {
				note = missingLine
			}
		}
		y += histogramTop + highest + histogramBottom + note
	}
	const step = histogramWidth + histogramGap
	width, height := columns*step+histogramGap, y+legendRoom
	return encodeSurface(w, format, width, height, fewShades, func(on surface) {
		if h.Title != "" {
			on.text(width/2, titleSize+8, center, titleSize, h.Title)
		}
		for i, c := range h.Columns {
			x := histogramGap + i%columns*step
			height := panelHeight(divided[i])
			drawHistogram(on, x, tops[i]+histogramTop, histogramWidth, height, c, divided[i], true)
			on.text(x+histogramWidth/2, tops[i]+histogramTop+height+histogramBottom+missingLine/2, center, labelSize-1,
				c.missing(divided[i]))
			on.text(x+histogramWidth/2, tops[i]+histogramTop-8, center, labelSize+1, shorten(c.Name, histogramWidth, labelSize+1))
		}
		columnLegend(on, width/2, height-12, h.Columns)
	})
}

// panelHeight is that of the panel of a column.
func panelHeight(b bins) int {
	if b.names == nil {
		return histogramHeight
	}
	return max(histogramHeight, b.count*categoryLine+2)
}

// drawHistogram draws the distribution of a column, of numbers with the ticks of an axis or without.
func drawHistogram(on surface, x, y, width, height int, c Column, b bins, axis bool) {
	ofReal, _ := b.shares(c.Real)
	synthetic, _ := b.shares(c.Synthetic)
	most := 0.0
	for i := range b.count {
		most = max(most, ofReal[i], synthetic[i])
	}
	most = max(most, math.SmallestNonzeroFloat64)
	if b.names != nil {
		drawCategories(on, x, y, width, height, b, ofReal, synthetic, most)
	} else {
		drawBins(on, x, y, width, height, ofReal, synthetic, most)
		v := stretchedView(x, y, width, height, box{b.low, b.low + b.width*float64(b.count), 0, 1})
		if axis {
			v.ticksXBy(on, max(niceStep(b.width*float64(b.count), histogramTicks), b.least))
		}
		v.frame(on)
	}
}

// missing is in words which part of the cells is missing; "" if none is.
func (c Column) missing(b bins) string {
	_, ofReal := b.shares(c.Real)
	_, synthetic := b.shares(c.Synthetic)
	if ofReal+synthetic == 0 {
		return ""
	}
	return fmt.Sprintf("missing: %.1f%% of data, %.1f%% of samples", 100*ofReal, 100*synthetic)
}

// drawBins draws the parts of intervals: blocks for real rows, a line of steps for synthetic ones.
func drawBins(on surface, x, y, width, height int, ofReal, synthetic []float64, most float64) {
	at := func(i int) int { return x + i*width/len(ofReal) }
	up := func(share float64) int { return int(math.Round(share / most * 0.92 * float64(height))) }
	before := 0
	for i := range ofReal {
		if h := up(ofReal[i]); h > 0 {
			on.block(at(i), y+height-h, at(i+1)-at(i), h, backdrop, backdropStrength)
		}
		h := up(synthetic[i])
		on.block(at(i), y+height-h-1, at(i+1)-at(i)+1, 2, samples, 1)
		if i > 0 && h != before {
			on.block(at(i), y+height-max(h, before)-1, 2, max(h, before)-min(h, before)+2, samples, 1)
		}
		before = h
	}
}

// drawCategories draws the parts of categories: a wide bar for real rows, a narrow one over it for synthetic ones.
func drawCategories(on surface, x, y, width, height int, b bins, ofReal, synthetic []float64, most float64) {
	names := width * 2 / 5
	length := func(share float64) int { return int(math.Round(share / most * float64(width-names-4))) }
	pitch := float64(height-2) / float64(b.count)
	thick := min(int(pitch)-3, categoryLine-4)
	for i := range b.count {
		middle := y + int((float64(i)+0.5)*pitch)
		on.text(x+names-6, middle+labelSize*3/8-1, right, labelSize, shorten(b.names[i], names-8, labelSize))
		on.block(x+names, middle-thick/2, max(1, length(ofReal[i])), thick, backdrop, backdropStrength)
		on.block(x+names, middle-thick/6, max(1, length(synthetic[i])), max(2, thick/3), samples, 1)
	}
	on.line(x+names, y, x+names, y+height, gray)
}

// columnLegend names real and synthetic rows in a line at y, centered at x.
func columnLegend(on surface, x, y int, columns []Column) {
	ofReal, synthetic := 0, 0
	for _, c := range columns {
		ofReal, synthetic = max(ofReal, len(c.Real)), max(synthetic, len(c.Synthetic))
	}
	texts := []string{fmt.Sprintf("samples (%d)", synthetic), fmt.Sprintf("data (%d)", ofReal)}
	const gap = 36
	width := 2*(spotWidth+4) + textWidth(texts[0]) + gap + textWidth(texts[1])
	x -= width / 2
	on.block(x, y-6, spotWidth, 3, samples, 1)
	on.text(x+spotWidth+4, y, left, labelSize, texts[0])
	x += spotWidth + 4 + textWidth(texts[0]) + gap
	on.block(x, y-9, spotWidth, 10, backdrop, backdropStrength)
	on.text(x+spotWidth+4, y, left, labelSize, texts[1])
}

// shorten cuts a text to a width in pixels.
func shorten(text string, width int, size float64) string {
	if widthAt(text, size) <= width {
		return text
	}
	runes := []rune(text)
	for n := len(runes) - 1; n > 0; n-- {
		if cut := string(runes[:n]) + "…"; widthAt(cut, size) <= width {
			return cut
		}
	}
	return "…"
}
