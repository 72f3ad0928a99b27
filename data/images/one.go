package images

import (
	"fmt"
	"image"
	"image/color"
)

// Read reads one image, a PNG, JPEG or GIF, that must have just the shape [height, width, channels] of others, and returns its
// bytes. Nothing is scaled or converted: colors where 1 channel is expected, 16 bits per number and pixels that are not opaque
// are errors. A JPEG is set upright as its Exif orientation asks for. The shades of gray of any file become 1 channel or 3 equal ones.
func Read(path string, shape []int) ([]byte, error) {
	img, err := readOne(path, shape)
	if err != nil {
		return nil, err
	}
	bounds, channels := img.Bounds(), shape[2]
	pixels := make([]byte, 0, shape[0]*shape[1]*channels)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
			switch {
			case channels == rgb:
				pixels = append(pixels, c.R, c.G, c.B)
			case c.R != c.G || c.G != c.B:
				return nil, fmt.Errorf("%s: has colors, as pixel (%d, %d) in row and column, and the images of this run are gray: convert it to gray",
					path, y-bounds.Min.Y, x-bounds.Min.X)
			default:
				pixels = append(pixels, c.R)
			}
		}
	}
	return pixels, nil
}

// ReadMask reads a mask of the size of images of a shape, whose pixels are all black or white, and reports which are white,
// [height, width].
func ReadMask(path string, shape []int) (white []bool, err error) {
	img, err := readOne(path, shape)
	if err != nil {
		return nil, err
	}
	bounds := img.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
			if c.R != c.G || c.G != c.B || c.R != 0 && c.R != 255 {
				return nil, fmt.Errorf("%s: a mask has only black and white pixels, and pixel (%d, %d) in row and column is %d, %d, %d: save "+
					"it with 1 bit, as a PNG, without smooth edges", path, y-bounds.Min.Y, x-bounds.Min.X, c.R, c.G, c.B)
			}
			white = append(white, c.R == 255)
		}
	}
	return white, nil
}

// readOne reads an opaque image of 8 bits or less, of the size of a shape.
func readOne(path string, shape []int) (image.Image, error) {
	if err := checkHead(path, Size{shape[0], shape[1]}); err != nil {
		return nil, err
	}
	in, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer in.file.Close()
	img, format, err := image.Decode(in)
	if err != nil {
		return nil, in.undecoded(err)
	}
	if format == "gif" {
		if err := checkSingle(in); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	if format == "jpeg" {
		o, err := orientation(path)
		if err != nil {
			return nil, err
		}
		img = turn(img, o)
	}
	if size := img.Bounds().Size(); size != image.Pt(shape[1], shape[0]) { // a frame of a GIF may be smaller than the picture
		return nil, fmt.Errorf("%s: has a frame that does not fill the picture: save it as a PNG", path)
	}
	if o, ok := img.(interface{ Opaque() bool }); !(ok && o.Opaque()) {
		return nil, fmt.Errorf("%s: has pixels that are not opaque: save it without transparency", path)
	}
	return img, nil
}

// checkHead checks size and depth by the head of a file, before all of it is decoded.
func checkHead(path string, want Size) error {
	in, err := openFile(path)
	if err != nil {
		return err
	}
	defer in.file.Close()
	config, format, err := image.DecodeConfig(in)
	if err != nil {
		return in.undecoded(err)
	}
	got := Size{config.Height, config.Width}
	if format == "jpeg" {
		o, err := orientation(path)
		if err != nil {
			return err
		}
		got = got.held(o)
	}
	switch config.ColorModel {
	case color.Gray16Model, color.RGBA64Model, color.NRGBA64Model:
		return fmt.Errorf("%s: has 16 bits per number, expected 8: save it with 8", path)
	}
	if got != want {
		return fmt.Errorf("%s: has %s pixels (height x width), and the images of this run have %s: crop or scale it to that", path,
			got.both(), want.both())
	}
	return nil
}
