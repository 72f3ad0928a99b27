package images

import (
	"fmt"
	"image"
	"image/color"
	"image/gif"
	_ "image/jpeg" // a format of image.Decode
	_ "image/png"  // a format of image.Decode
	"io"

	"golang.org/x/image/draw"
)

// decode fills dst with the image of a file, in the size and the channels of the set.
func (f *Folder) decode(dst []byte, set *Set, path string) error {
	in, err := openFile(path)
	if err != nil {
		return err
	}
	defer in.file.Close()
	img, format, err := image.Decode(in)
	if err != nil {
		return in.undecoded(err)
	}
	if format == "gif" {
		if err := checkSingle(in); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	if format == "jpeg" {
		o, err := orientation(path)
		if err != nil {
			return err
		}
		img = turn(img, o)
	}
	if size := (Size{img.Bounds().Dy(), img.Bounds().Dx()}); f.Resize == (Size{}) && size != set.size {
		return fmt.Errorf("%s: its picture has %s pixels (height x width), and its head says %s: save it again as a PNG", path, size.both(),
			set.size.both())
	}
	if o, ok := img.(interface{ Opaque() bool }); f.Background == "" && !(ok && o.Opaque()) {
		return fmt.Errorf("%s: has pixels that are not opaque: set data.background=black or white to put that under them", path)
	}
	if gray, ok := img.(*image.Gray); ok && set.channels == 1 && f.Resize == (Size{}) {
		for y := range set.size.Height {
			copy(dst[y*set.size.Width:(y+1)*set.size.Width], gray.Pix[y*gray.Stride:])
		}
		return nil
	}
	f.write(dst, set, f.flat(img))
	return nil
}

// checkSingle is an error if a GIF is an animation.
func checkSingle(in *input) error {
	if _, err := in.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	all, err := gif.DecodeAll(in.file)
	if err == nil && len(all.Image) > 1 {
		err = fmt.Errorf("is an animation of %d frames: save those that are wanted as images", len(all.Image))
	}
	return err
}

// flat is an image on the background, in the set's size if all are brought to one.
func (f *Folder) flat(img image.Image) *image.RGBA {
	bounds := img.Bounds()
	flat := image.NewRGBA(image.Rect(0, 0, bounds.Dx(), bounds.Dy()))
	op := draw.Src
	if f.Background != "" {
		op = draw.Over
		under := color.Gray{}
		if f.Background == backgroundWhite {
			under.Y = 255
		}
		draw.Draw(flat, flat.Rect, image.NewUniform(under), image.Point{}, draw.Src)
	}
	draw.Draw(flat, flat.Rect, img, bounds.Min, op)
	if f.Resize == (Size{}) || flat.Rect.Dx() == f.Resize.Width && flat.Rect.Dy() == f.Resize.Height {
		return flat
	}
	scaled := image.NewRGBA(image.Rect(0, 0, f.Resize.Width, f.Resize.Height))
	draw.CatmullRom.Scale(scaled, scaled.Rect, flat, centered(flat.Rect, f.Resize), draw.Src, nil)
	return scaled
}

// centered is the largest part about the center of a rectangle that has the proportions of a size.
func centered(r image.Rectangle, size Size) image.Rectangle {
	width, height := r.Dx(), max(1, r.Dx()*size.Height/size.Width)
	if height > r.Dy() {
		width, height = max(1, r.Dy()*size.Width/size.Height), r.Dy()
	}
	x, y := r.Min.X+(r.Dx()-width)/2, r.Min.Y+(r.Dy()-height)/2
	return image.Rect(x, y, x+width, y+height)
}

// write fills dst with the pixels of an opaque image. The gray of a color is its luma, as image/color has it.
func (f *Folder) write(dst []byte, set *Set, img *image.RGBA) {
	for y := range set.size.Height {
		row := img.Pix[y*img.Stride:]
		for x := range set.size.Width {
			r, g, b := row[4*x], row[4*x+1], row[4*x+2]
			at := y*set.size.Width + x
			if set.channels == 1 {
				dst[at] = byte((19595*uint32(r) + 38470*uint32(g) + 7471*uint32(b) + 1<<15) >> 16)
				continue
			}
			dst[at*rgb], dst[at*rgb+1], dst[at*rgb+2] = r, g, b
		}
	}
}
