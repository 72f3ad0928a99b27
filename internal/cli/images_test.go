package cli

import (
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"os"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
)

// writePNG writes an image: png FILE gray|rgb|gray16 HEIGHT WIDTH [VALUE...]. The values repeat; an RGB pixel has a value three
// times.
func writePNG(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 5 {
		ts.Fatalf("usage: png FILE gray|rgb|gray16 HEIGHT WIDTH VALUE...")
	}
	number := func(text string) int {
		n, err := strconv.Atoi(text)
		ts.Check(err)
		return n
	}
	bounds := image.Rect(0, 0, number(args[3]), number(args[2]))
	var img interface {
		image.Image
		Set(x, y int, c color.Color)
	}
	switch args[1] {
	case "gray":
		img = image.NewGray(bounds)
	case "rgb":
		img = image.NewNRGBA(bounds)
	default:
		img = image.NewGray16(bounds)
	}
	for i := range bounds.Dx() * bounds.Dy() {
		v := uint8(number(args[4+i%(len(args)-4)]))
		img.Set(i%bounds.Dx(), i/bounds.Dx(), color.NRGBA{v, v, v / 2 * 2, 255})
		if args[1] == "rgb" {
			img.Set(i%bounds.Dx(), i/bounds.Dx(), color.NRGBA{v, 255 - v, 0, 255})
		}
	}
	file, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	defer file.Close()
	ts.Check(png.Encode(file, img))
}

// checkKept compares images: kept A B MASK fails unless they are the same where the mask is black and differ where it is white.
func checkKept(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: kept A B MASK")
	}
	var images [3]image.Image
	for i, name := range args {
		file, err := os.Open(ts.MkAbs(name))
		ts.Check(err)
		images[i], err = png.Decode(file)
		ts.Check(err)
		ts.Check(file.Close())
	}
	same, differ, bounds := true, false, images[2].Bounds()
	for y := range bounds.Dy() {
		for x := range bounds.Dx() {
			equal := images[0].At(x, y) == images[1].At(x, y)
			if r, _, _, _ := images[2].At(x, y).RGBA(); r == 0 {
				same = same && equal
			} else {
				differ = differ || !equal
			}
		}
	}
	if (same && differ) == neg || images[0].Bounds() != bounds || images[1].Bounds() != bounds {
		ts.Fatalf("kept: the same where the mask is black: %v; different where it is white: %v", same, differ)
	}
}

// checkImageSize checks the size of a picture: picture FILE WIDTHxHEIGHT [FRAMES].
func checkImageSize(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: imagesize FILE WIDTHxHEIGHT [FRAMES]")
	}
	file, err := os.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	defer file.Close()
	var bounds image.Rectangle
	if len(args) == 3 {
		film, err := gif.DecodeAll(file)
		ts.Check(err)
		bounds = film.Image[0].Bounds()
		if got := fmt.Sprint(len(film.Image)); got != args[2] {
			ts.Fatalf("%s frames, want %s", got, args[2])
		}
	} else {
		picture, err := png.Decode(file)
		ts.Check(err)
		bounds = picture.Bounds()
	}
	if got := fmt.Sprintf("%dx%d", bounds.Dx(), bounds.Dy()); got != args[1] {
		ts.Fatalf("%s is %s, want %s", args[0], got, args[1])
	}
}
