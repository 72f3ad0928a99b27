package report

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
)

// Images are small pictures of one size, side by side.
type Images struct {
	Shape   []int // [height, width, channels]; 1 channel is gray, 3 are red, green and blue
	Columns int   // images in a row; 0: as many as make the picture about square
	Apart   int   // where there are no Labels, the images at the left of each row that a gap sets apart from the others
	// Captions stand above the columns, one each, where Columns are given and there are no Labels; nil: there are none.
	Captions []string
	// Labels are the class per image, from 0 on, or −1 for none: each class gets rows of its own, with its name. nil: the images
	// follow each other.
	Labels  []int32
	Classes []string // names of the labels
}

// ImageGrid is one picture of many images, in PNG. Small images are enlarged by a whole factor, each pixel becoming a square,
// so that a person can read them: to a longer side of at least 48 pixels, or 96 if there are at most 16 images, as far as the
// picture is then no wider than 1600 pixels.
type ImageGrid struct {
	Images
	Pixels []byte // [n, height, width, channels], from 0 to 255
}

// MaxImageNumbers is the most bytes that the images of a grid may have.
const MaxImageNumbers = 1 << 26

// check returns an error unless pixels are images that can be drawn.
func (g Images) check(pixels []byte) error {
	if len(g.Shape) != 3 || g.Shape[0] < 1 || g.Shape[1] < 1 {
		return fmt.Errorf("want images of height, width and channels, got the shape %v", g.Shape)
	}
	if g.Shape[0] > MaxImageNumbers/g.Shape[1] {
		return fmt.Errorf("no image of the shape %v fits in a picture", g.Shape)
	}
	if c := g.Shape[2]; c != 1 && c != 3 {
		return fmt.Errorf("a picture shows images of 1 channel (gray) or 3 (red, green and blue), got %d; write a .npy file instead", c)
	}
	size := g.size()
	switch {
	case len(pixels) == 0:
		return errors.New("there are no images to draw")
	case len(pixels) > MaxImageNumbers:
		return fmt.Errorf("at most %d images of the shape %v fit in a picture, got %d", MaxImageNumbers/size, g.Shape, len(pixels)/size)
	case len(pixels)%size != 0:
		return fmt.Errorf("want whole images of %d numbers, got %d numbers", size, len(pixels))
	case g.Captions != nil && (g.Labels != nil || len(g.Captions) != g.Columns):
		return fmt.Errorf("want a caption for each of %d columns and no labels, got %d", g.Columns, len(g.Captions))
	case g.Labels != nil && len(g.Labels) != len(pixels)/size:
		return fmt.Errorf("want a label for each of %d images, got %d", len(pixels)/size, len(g.Labels))
	}
	for _, label := range g.Labels {
		if label < -1 || int(label) >= len(g.Classes) {
			return fmt.Errorf("a label is %d, want labels from 0 to %d, or -1 for none", label, len(g.Classes)-1)
		}
	}
	return nil
}

// captionRoom is the height of the captions.
func (g Images) captionRoom() int {
	if g.Captions == nil {
		return 0
	}
	return labelSize + 5
}

// size is how many numbers an image has.
func (g Images) size() int { return g.Shape[0] * g.Shape[1] * g.Shape[2] }

// Encode writes the grid as PNG.
func (g ImageGrid) Encode(w io.Writer, format Format) error {
	if err := checkFormat("a grid of images", format, PNG); err != nil {
		return err
	}
	if err := g.check(g.Pixels); err != nil {
		return err
	}
	layout := g.layout(len(g.Pixels)/g.size(), g.captionRoom())
	var canvas image.Image
	pen := layout.pen("")
	if g.Shape[2] == 1 {
		shades := image.NewGray(layout.bounds())
		layout.paint(g.Pixels, func(x, y int, pixel []byte) { shades.Pix[shades.PixOffset(x, y)] = pixel[0] }, func(x, y int) {
			shades.SetGray(x, y, color.Gray{Y: 255})
		})
		for i, a := range pen.Pix {
			shades.Pix[i] = over255(shades.Pix[i], a)
		}
		canvas = shades
	} else {
		colors := image.NewNRGBA(layout.bounds())
		layout.paint(g.Pixels, func(x, y int, pixel []byte) {
			copy(colors.Pix[colors.PixOffset(x, y):], []byte{pixel[0], pixel[1], pixel[2], 255})
		}, func(x, y int) { colors.SetNRGBA(x, y, color.NRGBA{255, 255, 255, 255}) })
		for i, a := range pen.Pix {
			for k := range 3 {
				colors.Pix[4*i+k] = over255(colors.Pix[4*i+k], a)
			}
		}
		canvas = colors
	}
	return (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(w, canvas)
}

// over255 is the brightness of a pixel with ink of the pen over it.
func over255(below, ink byte) byte {
	return byte((int(below)*(255-int(ink)) + int(pen.r)*int(ink) + 127) / 255)
}
