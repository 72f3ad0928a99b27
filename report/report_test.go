package report

import (
	"bytes"
	"errors"
	"hash"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestFormatFor(t *testing.T) {
	for path, want := range map[string]Format{
		"a.csv": CSV, "runs/x.y/a.npy": NPY, "a.PNG": PNG, "a.b.svg": SVG, ".gif": GIF,
	} {
		if got, err := FormatFor(path); got != want || err != nil {
			t.Errorf("FormatFor(%q) = %q, %v, want %q", path, got, err, want)
		}
	}
	for _, path := range []string{"", "a", "csv", "a.jpeg", "a.csv.gz", "a.", "a.csv/b"} {
		_, err := FormatFor(path)
		if err == nil {
			t.Errorf("FormatFor(%q) gave no error", path)
			continue
		}
		for _, format := range []string{".csv", ".npy", ".png", ".svg", ".gif"} {
			if !strings.Contains(err.Error(), format) {
				t.Errorf("FormatFor(%q): %q does not list %s", path, err, format)
			}
		}
	}
}

// pictures is one of each kind, in the formats it has.
func pictures() []struct {
	name    string
	picture Picture
	formats []Format
} {
	data := scurve(300, 2)
	return []struct {
		name    string
		picture Picture
		formats []Format
	}{
		{"scatter", Scatter{Title: "samples <&>", Points: scurve(300, 1), Reference: data, Dim: 2}, []Format{PNG, SVG}},
		{"beside", Scatter{Points: scurve(300, 1), Reference: data, Dim: 2, Beside: true}, []Format{PNG, SVG}},
		{"strip", Strip{Panels: reverse(300, 4), Data: data, Dim: 2}, []Format{PNG, SVG}},
		{"animation", Animation{Frames: reverse(300, 4), Data: data, Dim: 2}, []Format{GIF}},
		{"loss", LossCurve{Title: "loss", Points: losses(1000), Log: true}, []Format{PNG, SVG}},
		{"labels", Scatter{Points: data, Labels: turns(300, 3), Reference: data, Dim: 2}, []Format{PNG, SVG}},
		{"labeled strip", Strip{Panels: reverse(300, 4), Labels: turns(300, 2), Data: data, Dim: 2}, []Format{PNG, SVG}},
		{"labeled animation", Animation{Frames: reverse(300, 4), Labels: turns(300, 2), Data: data, Dim: 2}, []Format{GIF}},
		{"chart", distances(9), []Format{PNG, SVG}},
		{"bars", speeds(), []Format{PNG, SVG}},
	}
}

func TestSameInputSameBytes(t *testing.T) {
	for _, p := range pictures() {
		for _, format := range p.formats {
			if !bytes.Equal(encode(t, p.picture, format), encode(t, p.picture, format)) {
				t.Errorf("%s: two encodings as %s differ", p.name, format)
			}
		}
	}
}

// Pictures without labels never change. The numbers were written down before there were labels, and are never
// edited; those of PNG and GIF are of the pixels, which do not depend on the compressor.
func TestGoldenPictures(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("other processors may fuse a product and a sum, which moves dots by a hair")
	}
	want := map[string]uint32{
		"scatter.png": 0x2e96cbb2, "scatter.svg": 0x497665e2, "beside.png": 0x45771124,
		"beside.svg": 0x82bb2aaf, "strip.png": 0x6a014b93, "strip.svg": 0x3584c97b,
		"animation.gif": 0x86473134, "loss.png": 0x5d9f965d, "loss.svg": 0xd2b538ad,
	}
	for _, p := range pictures() {
		for _, format := range p.formats {
			name := p.name + "." + string(format)
			golden, ok := want[name]
			if !ok {
				continue
			}
			delete(want, name)
			file := encode(t, p.picture, format)
			sum := crc32.NewIEEE()
			switch format {
			case PNG:
				hashPixels(sum, decodePNG(t, file))
			case GIF:
				decoded, err := gif.DecodeAll(bytes.NewReader(file))
				if err != nil {
					t.Fatal(err)
				}
				for _, frame := range decoded.Image {
					hashPixels(sum, frame)
				}
			default: // but for the other fonts, which are younger
				sum.Write(bytes.ReplaceAll(file, []byte(plotFont+fallbackFonts), []byte(plotFont)))
			}
			if sum.Sum32() != golden {
				t.Errorf("%s: %#08x, want %#08x", name, sum.Sum32(), golden)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("not drawn: %v", want)
	}
}

func hashPixels(sum hash.Hash32, picture image.Image) {
	b := picture.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			c := color.NRGBAModel.Convert(picture.At(x, y)).(color.NRGBA)
			sum.Write([]byte{c.R, c.G, c.B, c.A})
		}
	}
}

func TestOtherFormatsAreRefused(t *testing.T) {
	for _, p := range pictures() {
		for _, format := range []Format{CSV, NPY, PNG, SVG, GIF, "bmp"} {
			valid := false
			for _, f := range p.formats {
				valid = valid || f == format
			}
			var b bytes.Buffer
			err := p.picture.Encode(&b, format)
			if valid != (err == nil) {
				t.Errorf("%s as %s: error %v", p.name, format, err)
			}
			if err != nil && (b.Len() > 0 || !strings.Contains(err.Error(), "only as ."+string(p.formats[0]))) {
				t.Errorf("%s as %s: %d bytes and error %q, which should name a valid format", p.name, format, b.Len(), err)
			}
		}
	}
}

// broken writes something, then fails.
type broken struct{}

var errBroken = errors.New("broken")

func (broken) Encode(w io.Writer, _ Format) error {
	if _, err := w.Write(make([]byte, 1<<20)); err != nil {
		return err
	}
	return errBroken
}

func TestSave(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.png")
	good := Scatter{Points: []float32{1, 2, 3, 4}, Dim: 2}
	if err := Save(path, good); err != nil {
		t.Fatal(err)
	}
	want := encode(t, good, PNG)
	check := func() {
		t.Helper()
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("the file has %d bytes (%v), want the %d of the picture", len(got), err, len(want))
		}
		wantOnly(t, folder, "a.png")
	}
	check()

	// A failure leaves the old file, and no other.
	if err := Save(path, broken{}); !errors.Is(err, errBroken) || !strings.Contains(err.Error(), path) {
		t.Errorf("got error %v, want the picture's, with the path", err)
	}
	check()
	if err := Save(path, Scatter{Dim: 2}); err == nil {
		t.Error("no error for a picture without points")
	}
	check()

	// Success replaces it and keeps its permissions.
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	good.Title = "second"
	if err := Save(path, good); err != nil {
		t.Fatal(err)
	}
	want = encode(t, good, PNG)
	check()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v, want 0640", info.Mode(), err)
	}

	for _, path := range []string{
		filepath.Join(folder, "no", "such", "a.png"),
		filepath.Join(folder, "a.tiff"),
		filepath.Join(folder, "a.gif"), // no such format of a scatter plot
	} {
		if err := Save(path, good); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("Save(%s) = %v, want an error with the path", path, err)
		}
	}
	check()
	directory := filepath.Join(t.TempDir(), "d.png")
	if err := os.Mkdir(directory, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Save(directory, good); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("saving over a folder: %v", err)
	}
}

func TestBadPointsAreRefused(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	spoilt := scurve(10000, 1)
	for i := range 17 {
		spoilt[600*i] = nan
		spoilt[600*i+1] = inf // same point: counted once
	}
	fine := []float32{1, 2, 3, 4}
	for _, c := range []struct {
		points []float32
		dim    int
		want   string
	}{
		{spoilt, 2, "17 of 10000 points are not finite"},
		{[]float32{0, -inf}, 2, "1 of 1 points are not finite"},
		{nil, 2, "no points to draw"},
		{[]float32{1, 2, 3}, 2, "want whole rows of 2 numbers, got 3"},
		{fine, 3, "got dimension 3; write a .csv or .npy file instead"},
		{fine, 0, "got dimension 0"},
		{fine, -1, "got dimension -1"},
	} {
		pictures := map[string]Picture{
			"Scatter.Points":   Scatter{Points: c.points, Dim: c.dim},
			"Strip.Panels":     Strip{Panels: []Panel{{"t = 0", fine}, {"t = 1", c.points}}, Dim: c.dim},
			"Animation.Frames": Animation{Frames: []Panel{{"t = 0", fine}, {"t = 1", c.points}}, Dim: c.dim},
		}
		if len(c.points) > 0 { // none is allowed here
			pictures["Scatter.Reference"] = Scatter{Points: fine, Reference: c.points, Dim: c.dim}
			pictures["Strip.Data"] = Strip{Panels: []Panel{{"", fine}}, Data: c.points, Dim: c.dim}
			pictures["Animation.Data"] = Animation{Frames: []Panel{{"", fine}}, Data: c.points, Dim: c.dim}
		}
		for name, picture := range pictures {
			format := PNG
			if strings.HasPrefix(name, "Animation") {
				format = GIF
			}
			if err := picture.Encode(io.Discard, format); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: got error %v, want %q", name, err, c.want)
			}
		}
	}
	if err := (Strip{Dim: 2}).Encode(io.Discard, PNG); err == nil {
		t.Error("no error for a strip without panels")
	}
	if err := (Animation{Dim: 2}).Encode(io.Discard, GIF); err == nil {
		t.Error("no error for an animation without frames")
	}
}

// Sets of points at the ends of the range of float32: a picture, not a panic, in every kind and format.
func TestOddPoints(t *testing.T) {
	const huge, tiny = math.MaxFloat32, math.SmallestNonzeroFloat32
	for name, points := range map[string][]float32{
		"single":       {0.3, -0.2},
		"zero":         {0, 0},
		"equal":        {1e6, 1e6, 1e6, 1e6, 1e6, 1e6},
		"largest":      {huge, huge},
		"huge range":   {huge, -huge, -huge, huge, 0, 0},
		"smallest":     {tiny, 0, 0, tiny, tiny, tiny},
		"mixed scales": {tiny, huge, -huge, tiny},
		"horizontal":   {0, 1, 1, 1, 2, 1},
		"vertical":     {5, 0, 5, huge},
		"neighbors":    {1e6, 1e6, 1e6 + 0.0625, 1e6 + 0.125},
	} {
		for _, reference := range [][]float32{nil, points, {0.1, 0.1, 0.2, 0.2}} {
			frames := []Panel{{"a", []float32{-1, 1, 1, -1}}, {"b", points}}
			for _, p := range []struct {
				picture Picture
				format  Format
			}{
				{Scatter{Points: points, Reference: reference, Dim: 2}, PNG},
				{Scatter{Points: points, Reference: reference, Dim: 2, Beside: true}, SVG},
				{Strip{Panels: frames, Data: reference, Dim: 2}, PNG},
				{Strip{Panels: frames, Data: reference, Dim: 2}, SVG},
				{Animation{Frames: frames, Data: reference, Dim: 2}, GIF},
				{Scatter{Points: points, Labels: turns(len(points)/2, 6), Reference: reference, Dim: 2}, SVG},
			} {
				if err := p.picture.Encode(io.Discard, p.format); err != nil {
					t.Errorf("%s, %T: %v", name, p.picture, err)
				}
			}
		}
	}
}
