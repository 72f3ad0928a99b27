package images

import (
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/data"
	"euryale/diffusion/likelihood"

	"pgregory.net/rapid"
)

func fitted(t testing.TB, s data.Source) *Codec {
	t.Helper()
	c := NewCodec()
	if err := c.Fit(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return c
}

// Every byte becomes a level of the discretized decoder and comes back, even from anywhere within half a step.
func TestCodecLevels(t *testing.T) {
	s, err := New(counted(256), 16, 16, 1, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := fitted(t, s)
	x, rows := make([]float32, 256), read(t, s)
	if err := c.Encode(x, rows); err != nil {
		t.Fatal(err)
	}
	for v, got := range x {
		if err := (likelihood.DiscretizedDecoder{Levels: 256}).Check(float64(got)); err != nil || levels[v] != got {
			t.Errorf("%d becomes %v: %v", v, got, err)
		}
	}
	if x[0] != -1 || x[255] != 1 {
		t.Errorf("black is %v, white %v", x[0], x[255])
	}
	for _, off := range []float32{0, 0.49 / 127.5, -0.49 / 127.5} {
		moved := slices.Clone(x)
		for i := range moved {
			moved[i] += off
		}
		var back data.Batch
		if err := c.Decode(&back, moved); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(back.Real, rows.Real) || back.Rows != 1 {
			t.Errorf("off by %v: %v", off, back.Real)
		}
	}
}

// Decode gives bytes whatever a net drew, except for what is no number.
func TestCodecDecode(t *testing.T) {
	s, err := New(make([]byte, 12), 2, 2, 3, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := fitted(t, s)
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float32(), 12, 12).Draw(t, "x")
		var rows data.Batch
		if err := c.Decode(&rows, x); err != nil {
			t.Fatal(err)
		}
		for i, v := range rows.Real {
			if v != math.Trunc(v) || v < 0 || v > 255 || x[i] > 1 && v != 255 || x[i] < -1 && v != 0 {
				t.Fatalf("%v becomes %v", x[i], v)
			}
		}
	})
	x := make([]float32, 24)
	x[12+7] = float32(math.NaN())
	if err := c.Decode(new(data.Batch), x); err == nil || err.Error() != "images: image 1, pixel (1, 0), channel 1: not a number" {
		t.Error(err)
	}
	rows := &data.Batch{First: 4, Rows: 1, Real: make([]float64, 12)}
	for _, v := range []float64{math.NaN(), -0.1, 255.5, math.Inf(1)} {
		rows.Real[11] = v
		if err := c.Encode(make([]float32, 12), rows); err == nil || !strings.Contains(err.Error(), "image 4, pixel (1, 1), channel 2: ") {
			t.Errorf("%v: %v", v, err)
		}
	}
	if err := c.Decode(new(data.Batch), x[:5]); err == nil {
		t.Error("a part of an image was decoded")
	}
	if err := NewCodec().Decode(new(data.Batch), x); err == nil {
		t.Error("a codec that was not fitted decodes")
	}
	if err := NewCodec().Fit(t.Context(), points(t)); err == nil || !strings.Contains(err.Error(), "no images") {
		t.Errorf("points: %v", err)
	}
}

func points(t testing.TB) data.Source {
	s, err := data.Rows([][]float64{{1, 2}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The volume is that of the map: a uniform density of pixels, 1/256 per number, is that of x times 2/255 each.
func TestCodecVolume(t *testing.T) {
	s, err := New(make([]byte, 12), 2, 2, 3, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	v, err := fitted(t, s).LogVolume(s.Schema())
	slope := math.Log(float64(levels[201]-levels[200])) * 12
	if err != nil || math.Abs(v-slope) > 1e-4 {
		t.Errorf("log-volume %v, %v; the map stretches by %v", v, err, slope)
	}
}

func TestCodecState(t *testing.T) {
	s, err := New(make([]byte, 12), 2, 2, 3, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := fitted(t, s).MarshalJSON()
	if err != nil || string(text) != `{"shape":[2,2,3]}` {
		t.Fatalf("%s, %v", text, err)
	}
	c := NewCodec()
	if err := c.UnmarshalJSON(text); err != nil || !slices.Equal(c.Shape(), []int{2, 2, 3}) {
		t.Errorf("%v, %v", c.Shape(), err)
	}
	for _, bad := range []string{`{}`, `{"shape":[2,2]}`, `{"shape":[0,2,3]}`, `{"shape":[99999,99999,3]}`, `{"shape":[2,2,3],"x":1}`, `[]`} {
		if err := NewCodec().UnmarshalJSON([]byte(bad)); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}
