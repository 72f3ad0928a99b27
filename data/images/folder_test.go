package images

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"euryale/data"
)

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gifOf(t testing.TB, frames ...*image.Paletted) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &gif.GIF{Image: frames, Delay: make([]int, len(frames))}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func grayOf(width, height int, numbers ...byte) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, width, height))
	copy(img.Pix, numbers)
	return img
}

func rgbOf(width, height int, numbers ...byte) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		copy(img.Pix[4*i:], []byte{numbers[3*i], numbers[3*i+1], numbers[3*i+2], 255})
	}
	return img
}

func palettedOf(numbers ...byte) *image.Paletted {
	img := image.NewPaletted(image.Rect(0, 0, 2, 1), color.Palette{color.NRGBA{1, 2, 3, 255}, color.NRGBA{250, 128, 7, 255}})
	copy(img.Pix, numbers)
	return img
}

// Bytes come through as they are: gray, RGB, palettes of PNG and GIF, opaque images with alpha.
func TestFolderFormats(t *testing.T) {
	colors := []byte{1, 2, 3, 250, 128, 7}
	shades := image.NewNRGBA(image.Rect(0, 0, 2, 1))
	copy(shades.Pix, []byte{1, 2, 3, 255, 250, 128, 7, 255})
	for name, c := range map[string]struct {
		content []byte
		want    []byte
	}{
		"gray.png":    {pngOf(t, grayOf(2, 1, 7, 200)), []byte{7, 200}},
		"rgb.PNG":     {pngOf(t, rgbOf(2, 1, colors...)), colors},
		"palette.png": {pngOf(t, palettedOf(0, 1)), colors},
		"palette.gif": {gifOf(t, palettedOf(0, 1)), colors},
		"alpha.png":   {pngOf(t, shades), colors},
	} {
		path := write(t, filepath.Join(t.TempDir(), name), c.content)
		s := open(t, &Folder{Path: filepath.Dir(path), Color: colorOfFiles})
		if got := asBytes(read(t, s)); !bytes.Equal(got, c.want) || !slices.Equal(s.Schema().Image, []int{1, 2, len(c.want) / 2}) {
			t.Errorf("%s: %v of shape %v, want %v", name, got, s.Schema().Image, c.want)
		}
		if got, shape, err := readFile(path, 0); err != nil || !bytes.Equal(got, c.want) || shape != [3]int{1, 2, len(c.want) / 2} {
			t.Errorf("%s: %v %v %v", name, got, shape, err)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, grayOf(8, 8, bytes.Repeat([]byte{90}, 64)...), nil); err != nil {
		t.Fatal(err)
	}
	path := write(t, filepath.Join(t.TempDir(), "a.jpeg"), b.Bytes())
	if got, shape, err := readFile(path, 3); err != nil || shape != [3]int{8, 8, 3} || !bytes.Equal(got, bytes.Repeat([]byte{90}, 192)) {
		t.Errorf("a JPEG of one gray: %v %v %v", got, shape, err)
	}
}

// color converts: luma of colors, gray as RGB, the upper 8 of 16 bits. background lies under what is not opaque.
func TestFolderColor(t *testing.T) {
	deep := image.NewGray16(image.Rect(0, 0, 1, 1))
	deep.SetGray16(0, 0, color.Gray16{0x9c40})
	glass := image.NewNRGBA(image.Rect(0, 0, 1, 1))
	glass.SetNRGBA(0, 0, color.NRGBA{255, 0, 0, 51}) // a fifth of red
	for _, c := range []struct {
		img  image.Image
		o    Folder
		want []byte
	}{
		{rgbOf(1, 1, 255, 0, 0), Folder{Color: "gray"}, []byte{76}}, // 0.299·255
		{grayOf(1, 1, 77), Folder{Color: "rgb"}, []byte{77, 77, 77}},
		{deep, Folder{Color: "gray"}, []byte{0x9c}},
		{deep, Folder{Color: "rgb"}, []byte{0x9c, 0x9c, 0x9c}},
		{glass, Folder{Color: "files", Background: "black"}, []byte{51, 0, 0}},
		{glass, Folder{Color: "files", Background: "white"}, []byte{255, 204, 204}},
	} {
		c.o.Path = filepath.Dir(write(t, filepath.Join(t.TempDir(), "a.png"), pngOf(t, c.img)))
		if got := asBytes(read(t, open(t, &c.o))); !bytes.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.o, got, c.want)
		}
	}
}

// Classes are the folders by name; hidden files are left out, others are remarked on.
func TestFolderLabels(t *testing.T) {
	folder := t.TempDir()
	for name, v := range map[string]byte{"b/1.png": 10, "b/deep/2.png": 20, "a/9.png": 90, "b/.hidden.png": 1, ".git/x.png": 2} {
		write(t, filepath.Join(folder, name), pngOf(t, grayOf(1, 1, v)))
	}
	write(t, filepath.Join(folder, "b", "notes.txt"), []byte("x"))
	s := open(t, &Folder{Path: folder, Color: colorOfFiles, Labels: true})
	rows := read(t, s)
	if !slices.Equal(s.Schema().Classes, []string{"a", "b"}) || !slices.Equal(rows.Labels, []int32{0, 1, 1}) ||
		!slices.Equal(rows.Real, []float64{90, 10, 20}) {
		t.Errorf("%v %v %v", s.Schema().Classes, rows.Labels, rows.Real)
	}
	part, _, err := data.Split(s, 0.4, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := data.Remarks(part, nil); len(got) != 1 || !strings.Contains(got[0], "left out: 1, such as") {
		t.Errorf("remarks %q", got)
	}
	if rows := read(t, open(t, &Folder{Path: folder, Color: colorOfFiles})); rows.Labels != nil || rows.Rows != 3 {
		t.Errorf("without labels: %+v", rows)
	}
	write(t, filepath.Join(folder, "top.png"), pngOf(t, grayOf(1, 1, 0)))
	wantError(t, &Folder{Path: folder, Color: colorOfFiles, Labels: true}, "images: data.path: ",
		"top.png is in no folder that names its class")
}

// The part about the center with the right proportions is scaled. An image of one color keeps it, whatever the size.
func TestFolderResize(t *testing.T) {
	folder := t.TempDir()
	wide := grayOf(40, 10)
	for i := range wide.Pix {
		if x := i % 40; x >= 15 && x < 25 {
			wide.Pix[i] = 200 // the middle square
		}
	}
	write(t, filepath.Join(folder, "a.png"), pngOf(t, wide))
	write(t, filepath.Join(folder, "b.png"), pngOf(t, grayOf(5, 5, bytes.Repeat([]byte{30}, 25)...)))
	write(t, filepath.Join(folder, "c.png"), pngOf(t, grayOf(4, 3, counted(12)...)))
	wantError(t, &Folder{Path: folder, Color: colorOfFiles}, "a.png has 10x40 pixels", "b.png 5x5", "set data.resize, for example to 5")
	s := open(t, &Folder{Path: folder, Color: colorOfFiles, Resize: Size{5, 5}})
	got := asBytes(read(t, s))
	if !bytes.Equal(got[:25], bytes.Repeat([]byte{200}, 25)) || !bytes.Equal(got[25:50], bytes.Repeat([]byte{30}, 25)) {
		t.Errorf("%v", got[:50])
	}
	s = open(t, &Folder{Path: folder, Color: colorOfFiles, Resize: Size{3, 4}})
	if got := asBytes(read(t, s)); !bytes.Equal(got[24:], counted(12)) {
		t.Errorf("an image of the size wanted was changed: %v", got[24:])
	}
}

func TestFolderErrors(t *testing.T) {
	good, colors := pngOf(t, grayOf(2, 2, 1, 2, 3, 4)), pngOf(t, rgbOf(2, 2, counted(12)...))
	short := good[:len(good)-20]
	deep, glass := image.NewNRGBA64(image.Rect(0, 0, 2, 2)), image.NewNRGBA(image.Rect(0, 0, 2, 2))
	for want, files := range map[string]map[string][]byte{
		"there are no images: no file whose name ends in .png":                    {"a.txt": good},
		"a.png has grays, and ":                                                   {"a.png": good, "b.png": colors},
		"b.png colors: set data.color=rgb, or gray":                               {"a.png": good, "b.png": colors},
		"a.png: has 16 bits per number, of which 8 would be lost: set data.color": {"a.png": pngOf(t, deep)},
		"a.png: has pixels that are not opaque: set data.background=black":        {"a.png": pngOf(t, glass)},
		"a.gif: is an animation of 2 frames":                                      {"a.gif": gifOf(t, palettedOf(0, 1), palettedOf(1, 1))},
		"b.png: not a PNG, JPEG or GIF image, or damaged":                         {"a.png": good, "b.png": short},
		"a.png: by its content not a PNG, JPEG or GIF image: convert it":          {"a.png": []byte("x")},
		"a.png: is empty, expected a PNG, JPEG or GIF image":                      {"a.png": nil},
	} {
		folder := t.TempDir()
		for name, content := range files {
			write(t, filepath.Join(folder, name), content)
		}
		wantError(t, &Folder{Path: folder, Color: colorOfFiles}, "images: data.path: "+folder, want)
	}
	single := write(t, filepath.Join(t.TempDir(), "a.png"), good)
	wantError(t, &Folder{Path: single, Color: colorOfFiles}, "a.png: is a file, expected a folder")
	wantError(t, &Folder{Path: "nowhere", Color: colorOfFiles}, "nowhere", "the path is relative to where the program runs")
	folder := t.TempDir()
	write(t, filepath.Join(folder, "a", "x.txt"), nil)
	wantError(t, &Folder{Path: folder, Color: colorOfFiles, Labels: true}, "a would be a class, but has no images")
}

// Of many bad files the first is named, whatever the order in which they are read.
func TestEachFile(t *testing.T) {
	files := make([]imageFile, 200)
	for i := range files {
		files[i].path = fmt.Sprint(i)
	}
	err := eachFile(t.Context(), files, func(i int, path string) error {
		if i%50 == 37 {
			return fmt.Errorf("file %s", path)
		}
		return nil
	})
	if err == nil || err.Error() != "file 37" {
		t.Error(err)
	}
}

// readFile reads one file as Folder does: [height, width, channels] numbers. channels is 1 (gray), 3 (RGB), or 0 for what the
// file has; what it has is converted as Folder.Color does.
func readFile(path string, channels int) (pixels []byte, shape [3]int, err error) {
	f := &Folder{Color: map[int]string{0: colorOfFiles, 1: colorGray, rgb: colorRGB}[channels]}
	h, err := f.head(path)
	if err != nil {
		return nil, shape, err
	}
	set := &Set{size: h.size, channels: h.channels}
	pixels = make([]byte, set.number())
	if err := f.decode(pixels, set, path); err != nil {
		return nil, shape, err
	}
	return pixels, [3]int{h.size.Height, h.size.Width, h.channels}, nil
}

func FuzzFolder(f *testing.F) {
	f.Add(pngOf(f, grayOf(2, 1, 7, 200)), 0)
	f.Add(pngOf(f, palettedOf(0, 1)), 1)
	f.Add(gifOf(f, palettedOf(0, 1)), 3)
	f.Add(gifOf(f, palettedOf(0, 1), palettedOf(1, 1)), 3)
	path := filepath.Join(f.TempDir(), "image")
	f.Fuzz(func(t *testing.T, content []byte, channels int) {
		if channels != 0 && channels != 1 && channels != 3 {
			return
		}
		write(t, path, content)
		pixels, shape, err := readFile(path, channels)
		switch {
		case err != nil && !strings.Contains(err.Error(), path):
			t.Errorf("the error does not name the file: %v", err)
		case err == nil && (len(pixels) != shape[0]*shape[1]*shape[2] || channels != 0 && shape[2] != channels):
			t.Errorf("%d numbers of shape %v", len(pixels), shape)
		}
	})
}
