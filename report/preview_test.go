package report

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"testing"
)

func previewOf(t *testing.T, p Picture) (image.Image, []byte) {
	t.Helper()
	var b bytes.Buffer
	if err := p.Encode(&b, PNG); err != nil {
		t.Fatal(err)
	}
	written := bytes.Clone(b.Bytes())
	picture, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return picture, written
}

// Panels stand side by side on the same part of the plane, which is that of the data; points outside are counted.
func TestPreview(t *testing.T) {
	data := []float32{-1, -1, 1, 1, 0, 0.5, -1, 1, 1, -1}
	one, _ := previewOf(t, Preview{Panels: []Panel{{Title: "a", Points: []float32{0.5, 0.5}}}, Data: data})
	two, _ := previewOf(t, Preview{Panels: []Panel{{"a", []float32{0.5, 0.5}}, {"b", []float32{100, 0, 0.5, 0.5}}}, Data: data})
	title := image.Rect(previewGap+previewSide+previewGap, 0, 2*(previewGap+previewSide), previewTop-1)
	if outside, none := dark(two, title), dark(two, title.Sub(image.Pt(previewSide+previewGap, 0))); outside < 3*none || none == 0 {
		t.Errorf("a title has %d dark pixels, and %d with the number of points outside", none, outside)
	}
	if a, b := one.Bounds(), two.Bounds(); b.Dx() != 2*(previewSide+previewGap)+previewGap || a.Dy() != b.Dy() || a.Dx() >= b.Dx() {
		t.Errorf("sizes %v and %v", a, b)
	}
	for y := previewTop + 1; y < previewTop+previewSide; y++ {
		for x := previewGap + 1; x < previewGap+previewSide; x++ {
			if a, b, c := one.At(x, y), two.At(x, y), two.At(x+previewSide+previewGap, y); a != b || a != c {
				t.Fatalf("at %d, %d: %v, %v and %v, expected the same part of the plane", x, y, a, b, c)
			}
		}
	}
}

func TestImagePreview(t *testing.T) {
	left, right := make([]byte, 4*2*2), bytes.Repeat([]byte{200}, 4*2*2)
	p := ImagePreview{Images: Images{Shape: []int{2, 2, 1}}, Panels: []ImagePanel{{"averaged", left}, {"raw", right}}}
	picture, first := previewOf(t, p)
	b := picture.Bounds()
	for x, want := range map[int]uint32{mosaicGap + 1: 0, b.Dx() - mosaicGap - 2: 200 * 0x101} {
		if r, _, _, _ := picture.At(x, filmTop+mosaicGap+1).RGBA(); r != want {
			t.Errorf("at x = %d the brightness is %d, want %d", x, r, want)
		}
	}
	if _, again := previewOf(t, p); !bytes.Equal(first, again) {
		t.Error("the same input gives other bytes")
	}
	color := ImagePreview{Images: Images{Shape: []int{1, 1, 3}}, Panels: []ImagePanel{{"x", []byte{10, 20, 30}}}}
	colored, _ := previewOf(t, color)
	if r, g, bl, _ := colored.At(mosaicGap+1, filmTop+mosaicGap+1).RGBA(); r != 10*0x101 || g != 20*0x101 || bl != 30*0x101 {
		t.Errorf("a pixel of %d %d %d", r, g, bl)
	}
}

func TestPreviewErrors(t *testing.T) {
	good := []Panel{{Title: "a", Points: []float32{0, 0}}}
	for _, test := range []struct {
		picture Picture
		format  Format
		want    string
	}{
		{Preview{Panels: good, Data: []float32{0, 0}}, SVG, "only as .png"},
		{Preview{Data: []float32{0, 0}}, PNG, "at least one"},
		{Preview{Panels: good}, PNG, "data: no points"},
		{ImagePreview{}, PNG, "at least one"},
		{ImagePreview{Images: Images{Shape: []int{1, 1, 1}}, Panels: []ImagePanel{{"a", []byte{1}}, {"b", []byte{1, 2}}}}, PNG,
			`panel 1 ("b"): want as many`},
		{ImagePreview{Images: Images{Shape: []int{1, 1, 2}}, Panels: []ImagePanel{{"a", []byte{1, 2}}}}, PNG, "1 channel"},
	} {
		if err := test.picture.Encode(new(bytes.Buffer), test.format); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, want %q", err, test.want)
		}
	}
}

func BenchmarkPreview(b *testing.B) {
	points := make([]float32, 4000)
	for i := range points {
		points[i] = float32(i*i%997) / 997
	}
	p := Preview{Panels: []Panel{{"step 7,900", points[:2000]}}, Data: points}
	var out bytes.Buffer
	for b.Loop() {
		out.Reset()
		if err := p.Encode(&out, PNG); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(out.Len()), "bytes")
}
