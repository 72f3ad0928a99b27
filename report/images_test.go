package report

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// numbered is n images whose pixels are all different from their neighbors: byte i is 7i mod 251.
func numbered(n int, shape ...int) []byte {
	pixels := make([]byte, n*shape[0]*shape[1]*shape[2])
	for i := range pixels {
		pixels[i] = byte(7 * i % 251)
	}
	return pixels
}

// at is a pixel of a picture, of as many channels as an image has.
func at(picture image.Image, x, y, channels int) []byte {
	c := color.NRGBAModel.Convert(picture.At(x, y)).(color.NRGBA)
	return []byte{c.R, c.G, c.B}[:channels]
}

// Every pixel of every image is a square of the picture, where the layout puts it, and squares of two images do not overlap.
func TestImageGrid(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.SampledFrom([]int{1, 2, 5, 17, 18}).Draw(r, "n")
		side := rapid.IntRange(1, 12)
		shape := []int{side.Draw(r, "height"), side.Draw(r, "width"), rapid.SampledFrom([]int{1, 3}).Draw(r, "channels")}
		grid := ImageGrid{Images: Images{Shape: shape, Columns: rapid.IntRange(0, 9).Draw(r, "columns")}, Pixels: numbered(n, shape...)}
		grid.Apart = rapid.IntRange(0, 3).Draw(r, "apart")
		if rapid.Bool().Draw(r, "labeled") {
			grid.Classes = []string{"cat", "a class with a very long name", ""}
			grid.Labels = rapid.SliceOfN(rapid.Int32Range(-1, 2), n, n).Draw(r, "labels")
		}
		picture := decodePNG(t, encode(t, grid, PNG))
		layout := grid.layout(n, 0)
		if picture.Bounds() != layout.bounds() {
			r.Fatalf("a picture of %v, want %v", picture.Bounds(), layout.bounds())
		}
		taken := map[image.Point]bool{}
		for i, place := range layout.places {
			for y := range shape[0] * layout.factor {
				for x := range shape[1] * layout.factor {
					p := image.Pt(place.X+x, place.Y+y)
					from := ((i*shape[0]+y/layout.factor)*shape[1] + x/layout.factor) * shape[2]
					if want := grid.Pixels[from : from+shape[2]]; taken[p] || !bytes.Equal(at(picture, p.X, p.Y, shape[2]), want) {
						r.Fatalf("image %d, pixel (%d, %d) at %v: %v, want %v", i, y, x, p, at(picture, p.X, p.Y, shape[2]), want)
					}
					taken[p] = true
				}
			}
		}
	})
}

// Images that are set apart have a wider gap to their right, and the others their usual one.
func TestApart(t *testing.T) {
	places := Images{Shape: []int{8, 8, 1}, Columns: 3, Apart: 1}.layout(6, 0).places
	for row := range 2 {
		first, second, third := places[3*row].X, places[3*row+1].X, places[3*row+2].X
		if step := third - second; first != mosaicGap || second-first != step+mosaicApart {
			t.Errorf("row %d starts at %d, %d and %d", row, first, second, third)
		}
	}
}

// A person can read digits of 8×8 pixels: they are enlarged, and a picture of very many is still not too wide.
func TestFactor(t *testing.T) {
	for _, test := range []struct{ n, side, want int }{
		{64, 8, 6}, {16, 8, 12}, {64, 28, 2}, {16, 28, 4}, {64, 32, 2}, {64, 64, 1}, {10_000, 8, 1}, {10_000, 28, 1}, {1000, 8, 5},
	} {
		if got := (Images{Shape: []int{test.side, test.side, 1}}).layout(test.n, 0).factor; got != test.want {
			t.Errorf("%d images of %d×%[2]d: enlarged by %d, want %d", test.n, test.side, got, test.want)
		}
	}
}

// Columns are near the square root of the number; of wide images there are fewer.
func TestColumns(t *testing.T) {
	for _, test := range []struct{ n, height, width, columns, want int }{
		{64, 8, 8, 0, 8}, {65, 8, 8, 0, 9}, {60, 8, 8, 10, 10}, {3, 8, 8, 10, 3}, {16, 8, 32, 0, 3},
	} {
		m := (Images{Shape: []int{test.height, test.width, 1}, Columns: test.columns}).layout(test.n, 0)
		got := 0
		for _, p := range m.places {
			if p.Y == m.places[0].Y {
				got++
			}
		}
		if got != test.want {
			t.Errorf("%+v: %d columns", test, got)
		}
	}
}

// Each class has rows of its own, in the order of the images, and its name is written to their left.
func TestClassesOfImages(t *testing.T) {
	images := Images{Shape: []int{8, 8, 1}, Labels: []int32{1, 0, 1, 0, 0}, Classes: []string{"cat", "dog"}}
	m := images.layout(5, 0)
	if len(m.names) != 2 || m.names[0].text != "cat" || m.names[1].text != "dog" {
		t.Fatalf("names %+v", m.names)
	}
	x, y := func(i int) int { return m.places[i].X }, func(i int) int { return m.places[i].Y }
	if y(1) != y(3) || y(3) != y(4) || y(0) != y(2) || y(0) <= y(1) || x(1) >= x(3) || x(3) >= x(4) || x(0) != x(1) {
		t.Errorf("places %v", m.places)
	}
	picture := decodePNG(t, encode(t, ImageGrid{Images: images, Pixels: make([]byte, 5*64)}, PNG))
	for i, name := range m.names {
		if d := dark(picture, image.Rect(0, m.places[1-i].Y, m.places[1].X-4, m.places[1-i].Y+8*m.factor)); d < 30 {
			t.Errorf("%d dark pixels where %s should be", d, name.text)
		}
	}
}

// Gray frames keep 16 levels, the last one all, and is held; colors are near those of the images.
func TestImageAnimation(t *testing.T) {
	for _, channels := range []int{1, 3} {
		shape := []int{8, 8, channels}
		film := ImageAnimation{Images: Images{Shape: shape}}
		for i := range 5 {
			film.Frames = append(film.Frames, ImageFrame{"t = " + string(rune('4'-i)), numbered(9, shape...)})
		}
		got, err := gif.DecodeAll(bytes.NewReader(encode(t, film, GIF)))
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Image) != 5 || got.Delay[4] != lastDelay || got.Delay[0] != firstDelay || got.LoopCount != 0 {
			t.Errorf("%d frames, delays %v, loop count %d", len(got.Image), got.Delay, got.LoopCount)
		}
		layout := film.layout(9, filmTop)
		for k, frame := range got.Image {
			if d := dark(frame, image.Rect(0, 0, 60, filmTop)); d < 20 {
				t.Errorf("frame %d has %d dark pixels where its title should be", k, d)
			}
			sum := [2]int{}
			for y := range 8 {
				for x := range 8 {
					p := layout.places[0]
					b, want := at(frame, p.X+x*layout.factor, p.Y+y*layout.factor, channels), film.Frames[k].Pixels[(y*8+x)*channels:]
					sum[0], sum[1] = sum[0]+int(b[0]), sum[1]+int(want[0])
					tolerance := 9 // half a step of 16 levels
					if k == 4 {
						tolerance = 0
					}
					if d := int(b[0]) - int(want[0]); channels == 1 && (d > tolerance || -d > tolerance) {
						t.Fatalf("frame %d, pixel (%d, %d): %d, want %d", k, y, x, b[0], want[0])
					}
				}
			}
			if d := sum[0] - sum[1]; channels == 3 && (d > 64*12 || -d > 64*12) { // mixed, the mean is right
				t.Errorf("frame %d: a sum of %d, want %d", k, sum[0], sum[1])
			}
		}
	}
}

func TestImageErrors(t *testing.T) {
	gray := Images{Shape: []int{2, 2, 1}}
	for _, test := range []struct {
		picture Picture
		format  Format
		want    string
	}{
		{ImageGrid{gray, numbered(1, 2, 2, 1)}, SVG, "only as .png"},
		{ImageAnimation{gray, []ImageFrame{{"", numbered(1, 2, 2, 1)}}}, PNG, "only as .gif"},
		{ImageGrid{gray, nil}, PNG, "there are no images"},
		{ImageGrid{gray, make([]byte, 5)}, PNG, "whole images of 4 numbers, got 5"},
		{ImageGrid{Images{Shape: []int{2, 2, 2}}, make([]byte, 8)}, PNG, "1 channel (gray) or 3"},
		{ImageGrid{Images{Shape: []int{2, 2}}, make([]byte, 8)}, PNG, "height, width and channels"},
		{ImageGrid{Images{Shape: gray.Shape, Labels: []int32{0}}, make([]byte, 8)}, PNG, "a label for each of 2 images, got 1"},
		{ImageGrid{Images{Shape: gray.Shape, Labels: []int32{0}}, make([]byte, 4)}, PNG, "a label is 0"},
		{ImageGrid{Images{Shape: []int{1 << 13, 1 << 13, 1}}, make([]byte, 2<<26)}, PNG, "at most 1 images"},
		{ImageGrid{Images{Shape: []int{1 << 32, 1 << 32, 1}}, make([]byte, 8)}, PNG, "no image of the shape"},
		{ImageAnimation{gray, nil}, GIF, "at least one frame"},
		{ImageAnimation{gray, []ImageFrame{{"", make([]byte, 4)}, {"b", make([]byte, 8)}}}, GIF, `frame 1 ("b"): want as many images`},
	} {
		var b bytes.Buffer
		if err := test.picture.Encode(&b, test.format); err == nil || !strings.Contains(err.Error(), test.want) || b.Len() > 0 {
			t.Errorf("error %v, want one with %q", err, test.want)
		}
	}
}
