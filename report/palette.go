package report

import (
	"image/color"
	"math"
)

// Colors is how many labels pictures tell apart by color: those from 0 on.
const Colors = 6

// The colors, never changed. The hues remain distinct under every common kind of color blindness (those of Okabe and
// Ito, "Color Universal Design", 2008, except yellow, which is hard to see on white).
var (
	paper = rgb{255, 255, 255}
	pen   = rgb{38, 38, 38} // text and axes, in shades

	blue        = hue{rgb{0, 114, 178}, rgb{0, 58, 110}}
	orange      = hue{rgb{230, 140, 0}, rgb{176, 92, 0}}
	accentColor = rgb{200, 72, 0} // of arrows: vermilion, a little darker

	faint = hue{rgb{150, 150, 150}, rgb{90, 90, 90}} // of points without a label, in a picture of points with labels

	// hues distinguish labels, from 0 on, and the series of a chart.
	hues = [Colors]hue{
		blue,
		orange,
		{rgb{0, 158, 115}, rgb{0, 98, 72}},      // bluish green
		{rgb{204, 121, 167}, rgb{146, 62, 108}}, // reddish purple
		{rgb{86, 180, 233}, rgb{24, 112, 166}},  // sky blue
		{rgb{213, 94, 0}, rgb{142, 58, 0}},      // vermilion
	}
)

type rgb struct{ r, g, b float64 }

// hue is the color of a few dots, and that of very many dots on one spot.
type hue struct{ dot, dense rgb }

func mix(from, to rgb, part float64) rgb {
	return rgb{from.r + (to.r-from.r)*part, from.g + (to.g-from.g)*part, from.b + (to.b-from.b)*part}
}

func (c rgb) color() color.RGBA {
	return color.RGBA{uint8(math.Round(c.r)), uint8(math.Round(c.g)), uint8(math.Round(c.b)), 255}
}

// shades are the hues of the points on a surface, and the number of steps of darkness that a raster has for each layer.
// Few colors make a small file.
type shades struct {
	samples, reference, pen int
	hues                    []hue // of samples: by label, or a single one without labels
	below                   hue   // of the reference
}

// fewShades makes at most (10+1)·(8+1) + 8 = 107 colors; a picture keeps those it uses.
var fewShades = shades{samples: 10, reference: 8, pen: 8, hues: []hue{blue}, below: orange}

// count is the number of colors.
func (s shades) count() int { return (len(s.hues)*s.samples+1)*(s.reference+1) + s.pen }

// labeled is s for a picture of sets with these labels: one hue per label, gray for points without a label, and few
// enough steps for at most 256 colors. Without any labels it is s.
func (s shades) labeled(sets ...[]int32) shades {
	classes := 0
	for _, labels := range sets {
		for _, label := range labels {
			classes = max(classes, int(label)+1)
		}
	}
	if classes == 0 {
		return s
	}
	s.hues, s.below = hues[:classes], faint
	for s.count() > 256 {
		if s.reference > 4 {
			s.reference--
		} else {
			s.samples--
		}
	}
	return s
}

// layerOf is the layer of a set in a separate panel: gray if other sets have labels and it has none.
func (s shades) layerOf(labels []int32, plain layer) layer {
	switch {
	case len(labels) > 0:
		return samples
	case s.isLabeled():
		return reference
	}
	return plain
}

func (s shades) isLabeled() bool { return s.below == faint }

// hueFull is the darkness from which on nothing shows through, and the hue goes over to its dense color.
const hueFull = 0.7

// over is the color of a dot layer's level (0 ... levels) laid over the color below it.
func over(below rgb, h hue, level, levels int) rgb {
	darkness := float64(level) / float64(levels)
	return mix(below, mix(h.dot, h.dense, max(0, (darkness-hueFull)/(1-hueFull))), min(1, darkness/hueFull))
}
