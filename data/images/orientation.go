package images

import (
	"bytes"
	"encoding/binary"
	"image"
	"io"

	"golang.org/x/image/draw"
)

// Cameras store a picture as the sensor had it, and how to hold it as tag 0x0112 of the Exif segment (Exif 2.32,
// CIPA DC-008-2019, section 4.6.4 A): 1 as it is, 2 mirrored, 3 upside down, 4 mirrored upside down, 5 to 8 with rows and
// columns exchanged.
const (
	upright       = 1
	mostTurned    = 8
	firstSideways = 5
)

// orientation is that of a JPEG file; upright where it has none or none that can be read.
func orientation(path string) (int, error) {
	in, err := openFile(path)
	if err != nil {
		return 0, err
	}
	defer in.file.Close()
	return readOrientation(in), nil
}

// readOrientation looks through the segments before the picture for the first of Exif.
func readOrientation(jpeg io.Reader) int {
	var b [2]byte
	next := func() bool { _, err := io.ReadFull(jpeg, b[:]); return err == nil }
	if !next() || b != [2]byte{0xff, 0xd8} {
		return upright
	}
	for next() && b[0] == 0xff {
		for b[1] == 0xff { // fill
			if _, err := io.ReadFull(jpeg, b[1:]); err != nil {
				return upright
			}
		}
		marker := b[1]
		if marker == 0xda || marker == 0xd9 || !next() { // the picture or the end begins
			return upright
		}
		length := int64(binary.BigEndian.Uint16(b[:])) - 2
		if length < 0 {
			return upright
		}
		segment := make([]byte, 6)
		n, err := io.ReadFull(jpeg, segment[:min(length, 6)])
		if err != nil {
			return upright
		}
		if rest := length - int64(n); marker == 0xe1 && bytes.Equal(segment[:n], []byte("Exif\x00\x00")) {
			tiff := make([]byte, rest)
			if _, err := io.ReadFull(jpeg, tiff); err != nil {
				return upright
			}
			return orientationOf(tiff)
		} else if _, err := io.CopyN(io.Discard, jpeg, rest); err != nil {
			return upright
		}
	}
	return upright
}

// orientationOf reads the first directory of a TIFF header.
func orientationOf(tiff []byte) int {
	if len(tiff) < 8 {
		return upright
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return upright
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return upright
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			return upright
		}
		const short = 3
		if order.Uint16(entries) == 0x0112 {
			o := int(order.Uint16(entries[8:]))
			if order.Uint16(entries[2:]) != short || order.Uint32(entries[4:]) != 1 || o < upright || o > mostTurned {
				return upright
			}
			return o
		}
		entries = entries[12:]
	}
	return upright
}

// held is a size as it is with an orientation.
func (s Size) held(orientation int) Size {
	if orientation >= firstSideways {
		return Size{s.Width, s.Height}
	}
	return s
}

// turn is a picture upright: gray if it was gray, or else RGBA.
func turn(img image.Image, orientation int) image.Image {
	if orientation == upright {
		return img
	}
	bounds := img.Bounds()
	size := Size{bounds.Dy(), bounds.Dx()}.held(orientation)
	to := image.Rect(0, 0, size.Width, size.Height)
	if gray, ok := img.(*image.Gray); ok {
		turned := image.NewGray(to)
		eachTurned(to, orientation, func(x, y, fromX, fromY int) {
			turned.Pix[turned.PixOffset(x, y)] = gray.Pix[gray.PixOffset(bounds.Min.X+fromX, bounds.Min.Y+fromY)]
		})
		return turned
	}
	flat := image.NewRGBA(image.Rect(0, 0, bounds.Dx(), bounds.Dy()))
	draw.Draw(flat, flat.Rect, img, bounds.Min, draw.Src)
	turned := image.NewRGBA(to)
	eachTurned(to, orientation, func(x, y, fromX, fromY int) {
		copy(turned.Pix[turned.PixOffset(x, y):][:4], flat.Pix[flat.PixOffset(fromX, fromY):])
	})
	return turned
}

// eachTurned gives, for each pixel of an upright picture, the one that is stored.
func eachTurned(to image.Rectangle, orientation int, set func(x, y, fromX, fromY int)) {
	w, h := to.Dx(), to.Dy()
	for y := range h {
		for x := range w {
			// Which side of the upright picture the stored rows and columns begin at.
			fromX, fromY := x, y
			switch orientation {
			case 2, 3, 7, 6:
				fromX = w - 1 - x
			}
			switch orientation {
			case 3, 4, 7, 8:
				fromY = h - 1 - y
			}
			if orientation >= firstSideways {
				fromX, fromY = fromY, fromX
			}
			set(x, y, fromX, fromY)
		}
	}
}
