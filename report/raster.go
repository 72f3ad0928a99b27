package report

import (
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"slices"
)

// raster is a surface of pixels in few colors. Points are drawn as small antialiased dots whose ink adds up, and the sum
// becomes one of a few levels of darkness: ten thousand points show where they are dense, and a lone point is still
// visible.
type raster struct {
	width, height int
	levels        [2][]uint8   // of the samples, label after label, and of the layer below: from 0 to the number of shades
	pen           *image.Alpha // text and lines
	levelsOfHeat  []uint8      // steps of the ramp; nil: there is no heat map
	accent        *image.Alpha // arrows; nil: there are none
	shades        shades
	ink           []uint32 // buffer of dots
	letters       *letters
}

func newRaster(width, height int, shades shades) *raster {
	r := &raster{
		width: width, height: height, shades: shades,
		pen:     image.NewAlpha(image.Rect(0, 0, width, height)),
		letters: newLetters(),
	}
	for i := range r.levels {
		r.levels[i] = make([]uint8, width*height)
	}
	return r
}

// clear makes the surface blank again.
func (r *raster) clear() {
	clear(r.pen.Pix)
	for _, levels := range r.levels {
		clear(levels)
	}
}

func (r *raster) line(x0, y0, x1, y1 int, shade uint8) {
	for y := max(y0, 0); y <= min(y1, r.height-1); y++ {
		for x := max(x0, 0); x <= min(x1, r.width-1); x++ {
			r.pen.SetAlpha(x, y, color.Alpha{A: shade})
		}
	}
}

func (r *raster) bar(x, y, width, height, class int) {
	level := uint8(class*r.shades.samples + int(math.Round(hueFull*float64(r.shades.samples))))
	for py := max(y, 0); py < min(y+height, r.height); py++ {
		for px := max(x, 0); px < min(x+width, r.width); px++ {
			r.levels[0][py*r.width+px] = level
		}
	}
}

func (r *raster) text(x, y int, align align, size float64, text string) {
	r.letters.text(r.pen, x, y, align, size, text)
}

const (
	dotSteps = 4  // positions of a dot's center within a pixel, on each axis
	dotSide  = 7  // pixels that a dot of the largest radius can touch, on each axis
	dotInk   = 64 // ink of a pixel that a dot covers completely
)

// dotStamps returns the ink of a dot on the pixels around it, for each position of its center.
func dotStamps(radius float64) (stamps [dotSteps][dotSteps][dotSide][dotSide]uint32) {
	const sub = 8 // sub*sub = dotInk samples per pixel
	for py := range dotSteps {
		for px := range dotSteps {
			cx := dotSide/2 + (float64(px)+0.5)/dotSteps
			cy := dotSide/2 + (float64(py)+0.5)/dotSteps
			for y := range dotSide * sub {
				for x := range dotSide * sub {
					dx, dy := (float64(x)+0.5)/sub-cx, (float64(y)+0.5)/sub-cy
					if dx*dx+dy*dy <= radius*radius {
						stamps[py][px][y/sub][x/sub]++
					}
				}
			}
		}
	}
	return stamps
}

func (r *raster) dots(v view, points []float32, labels []int32, layer layer) {
	r.stamp(v, points, labels, layer, v.radius(points))
}

// stamp is dots with a radius.
func (r *raster) stamp(v view, points []float32, labels []int32, layer layer, radius float64) {
	// Ink per label, in integer sums: the order of the points does not matter.
	stride, area := v.width+1, (v.width+1)*(v.height+1)
	classes := 1
	if len(labels) > 0 {
		classes = len(r.shades.hues)
	}
	r.ink = append(r.ink[:0], make([]uint32, classes*area)...)
	stamps := dotStamps(radius)
	for i := 0; i < len(points); i += 2 {
		x, y, inside := v.pixel(points[i], points[i+1])
		if !inside {
			continue
		}
		x, y = x-float64(v.left), y-float64(v.top)
		left, top := int(x), int(y)
		stamp := &stamps[int((y-float64(top))*dotSteps)][int((x-float64(left))*dotSteps)]
		ink := r.ink
		if len(labels) > 0 {
			ink = r.ink[int(labels[i/2])*area:]
		}
		for dy := range dotSide {
			for dx := range dotSide {
				px, py := left+dx-dotSide/2, top+dy-dotSide/2
				if px >= 0 && py >= 0 && px <= v.width && py <= v.height {
					at := &ink[py*stride+px]
					*at = min(*at+stamp[dy][dx], math.MaxUint32-dotInk)
				}
			}
		}
	}

	most := r.mostInk(area)
	tone := newTone(r.ink[:area])
	plane, shades := r.levels[0], float64(r.shades.samples)
	if layer != samples {
		plane, shades = r.levels[1], float64(r.shades.reference)
	}
	if layer == backdrop {
		shades *= backdropStrength
	}
	for i, ink := range r.ink[:area] {
		if ink > 0 {
			x, y := v.left+i%stride, v.top+i/stride
			level := uint8(math.Round(tone.darkness(ink) * shades))
			if most != nil && level > 0 {
				level += most[i] * uint8(r.shades.samples)
			}
			plane[y*r.width+x] = level
		}
	}
}

// mostInk adds up the ink of all labels in the first area numbers, and returns the label that has the most ink at each
// pixel: the pixel has its color. It returns nil if there is only one label.
func (r *raster) mostInk(area int) []uint8 {
	if len(r.ink) == area {
		return nil
	}
	most := make([]uint8, area)
	classes := len(r.ink) / area
	for i := range most {
		sum, best := uint64(0), uint32(0)
		for k := range classes {
			class := (i + k) % classes // ties are broken in turn
			ink := r.ink[class*area+i]
			sum += uint64(ink)
			if ink > best {
				most[i], best = uint8(class), ink
			}
		}
		r.ink[i] = uint32(min(sum, math.MaxUint32))
	}
	return most
}

// tone turns ink into darkness in [0, 1]. A lone dot has the darkness `alone`, and from there darkness increases with the
// logarithm of the ink, up to 1 where the points are densest.
type tone struct{ alone, dense float64 }

func newTone(ink []uint32) tone {
	inked := make([]uint32, 0, len(ink))
	for _, v := range ink {
		if v > 0 {
			inked = append(inked, v)
		}
	}
	if len(inked) == 0 {
		return tone{1, 2}
	}
	slices.Sort(inked)
	// Not the densest pixel: a single spot should not make all others pale.
	dense := max(2, float64(inked[len(inked)*99/100])/dotInk)
	return tone{max(0.3, 0.85-0.2*math.Log2(dense)), dense}
}

func (t tone) darkness(ink uint32) float64 {
	n := float64(ink) / dotInk
	if n <= 1 {
		return t.alone * n
	}
	return min(1, t.alone+(1-t.alone)*math.Log(n)/math.Log(t.dense))
}

// colors lists all colors of the shades: first the mixtures of the two layers, where the level of the samples varies
// fastest, label after label, then those of the pen.
func (s shades) colors() color.Palette {
	var all color.Palette
	for b := range s.reference + 1 {
		below := over(paper, s.below, b, s.reference)
		all = append(all, below.color())
		for _, hue := range s.hues {
			for a := range s.samples {
				all = append(all, over(below, hue, a+1, s.samples).color())
			}
		}
	}
	for p := range s.pen {
		all = append(all, mix(paper, pen, float64(p+1)/float64(s.pen)).color())
	}
	return all
}

// image is the surface as a picture with the palette of its shades.
func (r *raster) image(palette color.Palette) *image.Paletted {
	picture := image.NewPaletted(image.Rect(0, 0, r.width, r.height), palette)
	row := len(r.shades.hues)*r.shades.samples + 1
	firstPen := row * (r.shades.reference + 1)
	for i := range picture.Pix {
		index := int(r.levels[0][i]) + row*int(r.levels[1][i])
		if index == 0 { // points cover lines
			if p := (int(r.pen.Pix[i])*r.shades.pen + 127) / 255; p > 0 {
				index = firstPen + p - 1
			}
		}
		picture.Pix[i] = uint8(index)
	}
	return picture
}

// encodePNG writes the picture with its palette reduced to the colors that occur, which may halve the bits per pixel.
func encodePNG(w io.Writer, picture *image.Paletted) error {
	var used [256]bool
	for _, index := range picture.Pix {
		used[index] = true
	}
	var palette color.Palette
	var renamed [256]uint8
	for index, c := range picture.Palette {
		if used[index] {
			renamed[index] = uint8(len(palette))
			palette = append(palette, c)
		}
	}
	small := image.NewPaletted(picture.Rect, palette)
	for i, index := range picture.Pix {
		small.Pix[i] = renamed[index]
	}
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	return encoder.Encode(w, small)
}
