package report

import (
	"image/color"
	"math"
)

// The colours, never changed. The two hues keep their difference under every common kind of colour blindness (blue and orange of
// Okabe and Ito, "Color Universal Design", 2008).
var (
	paper = rgb{255, 255, 255}
	pen   = rgb{38, 38, 38} // text and axes, in shades

	blue   = hue{rgb{0, 114, 178}, rgb{0, 58, 110}}
	orange = hue{rgb{230, 140, 0}, rgb{176, 92, 0}}
)

type rgb struct{ r, g, b float64 }

// hue is the colour of some dots and of very many dots on one spot.
type hue struct{ dot, dense rgb }

func mix(from, to rgb, part float64) rgb {
	return rgb{from.r + (to.r-from.r)*part, from.g + (to.g-from.g)*part, from.b + (to.b-from.b)*part}
}

func (c rgb) color() color.RGBA {
	return color.RGBA{uint8(math.Round(c.r)), uint8(math.Round(c.g)), uint8(math.Round(c.b)), 255}
}

// shades is how many steps of darkness a raster has for each thing on it; the product bounds the number of
// colours, and few colours make a small file.
type shades struct{ samples, reference, pen int }

// fewShades makes (10+1)·(8+1) + 8 = 107 colours at most; a picture keeps those it uses.
var fewShades = shades{samples: 10, reference: 8, pen: 8}

// over is the colour of a dot layer's level (0 ... levels) laid over the colour below it.
func over(below rgb, h hue, level, levels int) rgb {
	darkness := float64(level) / float64(levels)
	const full = 0.7 // from here on nothing shows through, and the hue goes over to its dense colour
	return mix(below, mix(h.dot, h.dense, max(0, (darkness-full)/(1-full))), min(1, darkness/full))
}
