package report

import (
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"slices"
)

// Preview is a small picture, in PNG, of the samples that several sets of weights make of the same noise, side by side over pale
// data. It costs little, and shows the same part of the plane whatever the samples are: those of different steps of a training can
// be laid over each other.
type Preview struct {
	Panels []Panel   // at least one
	Data   []float32 // [rows, 2]
	Labels []int32   // color the points of every panel: one from 0 to 5 per row, or none
}

const (
	previewSide = 300
	previewGap  = 10
	previewTop  = 26
	previewData = 2000 // rows of the data that are drawn
)

// Encode writes the picture as PNG.
func (p Preview) Encode(w io.Writer, format Format) error {
	if err := checkFormat("a preview", format, PNG); err != nil {
		return err
	}
	if err := checkPanels("preview", p.Panels, p.Labels, 2); err != nil {
		return err
	}
	if err := checkPoints("data", p.Data, 2); err != nil {
		return err
	}
	shades := fewShades.labeled(p.Labels)
	rest := p.Data[:min(len(p.Data), 2*previewData)]
	area, unequal := fitEach(rest)
	if !unequal {
		area = fit(rest)
	}
	width := len(p.Panels)*(previewSide+previewGap) + previewGap
	r := newRaster(width, previewTop+previewSide+previewGap, shades)
	for i, panel := range p.Panels {
		v := newView(previewGap+i*(previewSide+previewGap), previewTop, previewSide, previewSide, area)
		if unequal {
			v = stretchedView(v.left, v.top, v.width, v.height, area)
		}
		r.dots(v, rest, nil, backdrop)
		r.dots(v, panel.Points, p.Labels, shades.layerOf(p.Labels, samples))
		v.frame(r)
		title := panel.Title
		if n := v.outside(panel.Points); n > 0 {
			title += fmt.Sprintf(", %d outside", n)
		}
		r.text(v.left+previewSide/2, previewTop-8, center, labelSize, title)
	}
	return encodeQuickly(w, r.image(shades.colors()))
}

// encodeQuickly writes a PNG that is made in little time.
func encodeQuickly(w io.Writer, picture image.Image) error {
	return (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(w, picture)
}

// ImagePanel is a set of images with a title.
type ImagePanel struct {
	Title  string
	Pixels []byte // [n, height, width, channels], from 0 to 255
}

// ImagePreview is Preview for images, which it arranges as ImageGrid does.
type ImagePreview struct {
	Images
	Panels []ImagePanel // at least one, all of as many images
}

// Encode writes the picture as PNG.
func (p ImagePreview) Encode(w io.Writer, format Format) error {
	if err := checkFormat("a preview", format, PNG); err != nil {
		return err
	}
	if len(p.Panels) == 0 {
		return errors.New("a preview needs at least one set of images")
	}
	for i, panel := range p.Panels {
		if err := p.check(panel.Pixels); err != nil {
			return fmt.Errorf("panel %d (%q): %w", i, panel.Title, err)
		}
		if len(panel.Pixels) != len(p.Panels[0].Pixels) {
			return fmt.Errorf("panel %d (%q): want as many images as in the first panel", i, panel.Title)
		}
	}
	layout := p.layout(len(p.Panels[0].Pixels)/p.size(), filmTop)
	step := layout.width + previewGap
	canvas := image.NewNRGBA(image.Rect(0, 0, len(p.Panels)*step-previewGap, layout.height))
	for i := range canvas.Pix {
		canvas.Pix[i] = 255
	}
	for i, panel := range p.Panels {
		left := i * step
		layout.paint(panel.Pixels, func(x, y int, pixel []byte) {
			at := canvas.PixOffset(left+x, y)
			for k := range 3 {
				canvas.Pix[at+k] = pixel[min(k, len(pixel)-1)]
			}
		}, func(int, int) {})
		ink := layout.pen(panel.Title)
		for y := range layout.height {
			for x, a := range ink.Pix[y*ink.Stride:][:layout.width] {
				if at := canvas.PixOffset(left+x, y); a > 0 {
					for k := range 3 {
						canvas.Pix[at+k] = over255(canvas.Pix[at+k], a)
					}
				}
			}
		}
	}
	if p.Shape[2] == 3 {
		return encodeQuickly(w, canvas)
	}
	gray := &image.Gray{Pix: slices.Grow([]byte(nil), len(canvas.Pix)/4), Stride: canvas.Rect.Dx(), Rect: canvas.Rect}
	for at := 0; at < len(canvas.Pix); at += 4 {
		gray.Pix = append(gray.Pix, canvas.Pix[at])
	}
	return encodeQuickly(w, gray)
}
