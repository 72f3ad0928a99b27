package images

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// saved writes an image as a PNG.
func saved(t *testing.T, name string, img image.Image) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := png.Encode(file, img); err != nil {
		t.Fatal(err)
	}
	return path
}

// painted is a 3×2 image (width × height) whose first pixel has a color, and the others another.
func painted[T interface {
	image.Image
	Set(x, y int, c color.Color)
}](img T, first, others color.Color) T {
	for i := range 6 {
		img.Set(i%3, i/3, others)
	}
	img.Set(0, 0, first)
	return img
}

var box = image.Rect(0, 0, 3, 2)

func TestRead(t *testing.T) {
	gray := saved(t, "gray.png", painted(image.NewGray(box), color.Gray{Y: 9}, color.Gray{Y: 200}))
	colors := saved(t, "colors.png", painted(image.NewNRGBA(box), color.NRGBA{9, 9, 9, 255}, color.NRGBA{200, 200, 200, 255}))
	for _, path := range []string{gray, colors} {
		if got, err := Read(path, []int{2, 3, 1}); err != nil || !slices.Equal(got, []byte{9, 200, 200, 200, 200, 200}) {
			t.Errorf("%s: %v, %v", path, got, err)
		}
		if got, err := Read(path, []int{2, 3, 3}); err != nil || !slices.Equal(got[:6], []byte{9, 9, 9, 200, 200, 200}) {
			t.Errorf("%s: %v, %v", path, got, err)
		}
	}
	damaged := filepath.Join(t.TempDir(), "damaged.png")
	if err := os.WriteFile(damaged, []byte("\x89PNG\r\n\x1a\nno"), 0o666); err != nil {
		t.Fatal(err)
	}
	red := color.NRGBA{200, 0, 0, 255}
	for path, want := range map[string]string{
		saved(t, "red.png", painted(image.NewNRGBA(box), red, color.Black)):                 "has colors, as pixel (0, 0)",
		saved(t, "deep.png", painted(image.NewGray16(box), color.Black, color.White)):       "has 16 bits per number",
		saved(t, "deep2.png", painted(image.NewNRGBA64(box), color.Black, color.White)):     "has 16 bits per number",
		saved(t, "clear.png", painted(image.NewNRGBA(box), color.Transparent, color.White)): "not opaque",
		saved(t, "small.png", image.NewGray(image.Rect(0, 0, 2, 2))):                        "has 2x2 pixels (height x width)",
		saved(t, "turned.png", image.NewGray(image.Rect(0, 0, 2, 3))):                       "has 3x2 pixels",
		damaged:            "not a PNG, JPEG or GIF image, or damaged",
		"no_such_file.png": "no such file",
	} {
		if _, err := Read(path, []int{2, 3, 1}); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v, want one with %q", path, err, want)
		}
	}
}

func TestReadMask(t *testing.T) {
	want := []bool{true, false, false, false, false, false}
	palette := image.NewPaletted(box, color.Palette{color.Black, color.White})
	for name, img := range map[string]image.Image{
		"gray.png": painted(image.NewGray(box), color.White, color.Black), "rgb.png": painted(image.NewNRGBA(box), color.White, color.Black),
		"palette.png": painted(palette, color.White, color.Black),
	} {
		if got, err := ReadMask(saved(t, name, img), []int{2, 3, 3}); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for name, test := range map[string]struct {
		img  image.Image
		want string
	}{
		"smooth.png": {painted(image.NewGray(box), color.Gray{Y: 128}, color.Black), "pixel (0, 0) in row and column is 128, 128, 128"},
		"red.png":    {painted(image.NewNRGBA(box), color.NRGBA{255, 0, 0, 255}, color.Black), "only black and white"},
		"other.png":  {image.NewGray(image.Rect(0, 0, 3, 3)), "has 3x3 pixels"},
	} {
		if _, err := ReadMask(saved(t, name, test.img), []int{2, 3, 1}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, test.want)
		}
	}
}

// Whatever a file holds, it is an image of the shape or an error.
func FuzzRead(f *testing.F) {
	shape := []int{2, 3, 3}
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "a")
		if err := os.WriteFile(path, content, 0o666); err != nil {
			t.Fatal(err)
		}
		if pixels, err := Read(path, shape); err == nil && len(pixels) != 18 {
			t.Errorf("%d numbers", len(pixels))
		}
		if white, err := ReadMask(path, shape); err == nil && len(white) != 6 {
			t.Errorf("%d pixels", len(white))
		}
	})
}
