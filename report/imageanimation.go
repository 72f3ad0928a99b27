package report

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"io"
	"slices"
)

// ImageAnimation shows how images come about as a GIF: the grid of ImageGrid, a frame per state. The last frame is held, then
// the animation starts again. A frame has the gray levels or the colors of a fixed palette, which keeps the file small: 16
// levels of gray before the last frame, which has all 256; 252 colors, mixed by dots.
type ImageAnimation struct {
	Images
	Frames []ImageFrame // at least one, all of as many images
}

// ImageFrame is the state of the images at one time.
type ImageFrame struct {
	Title  string
	Pixels []byte // [n, height, width, channels]
}

const (
	filmTop    = 20
	filmLevels = 16 // of gray before the last frame: noise of more would make a large file
)

// Encode writes the animation as GIF.
func (a ImageAnimation) Encode(w io.Writer, format Format) error {
	if err := checkFormat("an animation of images", format, GIF); err != nil {
		return err
	}
	if len(a.Frames) == 0 {
		return fmt.Errorf("an animation needs at least one frame")
	}
	for i, f := range a.Frames {
		if err := a.check(f.Pixels); err != nil {
			return fmt.Errorf("frame %d (%q): %w", i, f.Title, err)
		}
		if len(f.Pixels) != len(a.Frames[0].Pixels) {
			return fmt.Errorf("frame %d (%q): want as many images as in the first frame", i, f.Title)
		}
	}
	layout := a.layout(len(a.Frames[0].Pixels)/a.size(), filmTop)
	film := gif.GIF{Config: image.Config{ColorModel: a.palette(), Width: layout.width, Height: layout.height}}
	last := len(a.Frames) - 1
	for i, f := range a.Frames {
		film.Image = append(film.Image, a.frame(layout, f, i == last))
		film.Delay = append(film.Delay, min(max(playTime/len(a.Frames), 4), 20))
	}
	film.Delay[0], film.Delay[last] = firstDelay, lastDelay
	return gif.EncodeAll(w, &film)
}

// palette is all grays, or a cube of colors.
func (a ImageAnimation) palette() color.Palette {
	var all color.Palette
	if a.Shape[2] == 1 {
		for v := range 256 {
			all = append(all, color.Gray{Y: uint8(v)})
		}
		return all
	}
	const reds, greens, blues = 6, 7, 6 // the eye is most sensitive to green
	for r := range reds {
		for g := range greens {
			for b := range blues {
				all = append(all, color.NRGBA{level(r, reds), level(g, greens), level(b, blues), 255})
			}
		}
	}
	return all
}

// level is step k of n from 0 to 255.
func level(k, n int) uint8 { return uint8((k*255 + (n-1)/2) / (n - 1)) }

// frame draws one frame.
func (a ImageAnimation) frame(layout *mosaic, f ImageFrame, last bool) *image.Paletted {
	palette := a.palette()
	picture := image.NewPaletted(layout.bounds(), palette)
	white := uint8(len(palette) - 1)
	pixels, channels := f.Pixels, a.Shape[2]
	if channels == 3 {
		pixels = a.indices(f.Pixels, palette)
	} else if !last {
		pixels = slices.Clone(pixels)
		for i, v := range pixels {
			pixels[i] = level((int(v)*(filmLevels-1)+127)/255, filmLevels)
		}
	}
	indexed := *layout
	indexed.shape = []int{a.Shape[0], a.Shape[1], 1}
	indexed.paint(pixels, func(x, y int, pixel []byte) { picture.Pix[picture.PixOffset(x, y)] = pixel[0] }, func(x, y int) {
		picture.Pix[picture.PixOffset(x, y)] = white
	})
	for i, ink := range layout.pen(f.Title).Pix {
		if ink > 0 {
			gray := over255(255, ink) / 16 * 16
			picture.Pix[i] = gray
			if channels == 3 {
				picture.Pix[i] = uint8(palette.Index(color.Gray{Y: gray}))
			}
		}
	}
	return picture
}

// indices are the colors of each image in the palette, mixed by the diffusion of Floyd and Steinberg within the image.
func (a ImageAnimation) indices(pixels []byte, palette color.Palette) []byte {
	bounds := image.Rect(0, 0, a.Shape[1], a.Shape[0])
	indices := make([]byte, 0, len(pixels)/3)
	colors, mixed := image.NewNRGBA(bounds), image.NewPaletted(bounds, palette)
	for first := 0; first < len(pixels); first += a.size() {
		for i := range bounds.Dx() * bounds.Dy() {
			copy(colors.Pix[4*i:], pixels[first+3*i:first+3*i+3])
			colors.Pix[4*i+3] = 255
		}
		draw.FloydSteinberg.Draw(mixed, bounds, colors, image.Point{})
		indices = append(indices, mixed.Pix...)
	}
	return indices
}
