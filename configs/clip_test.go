package configs

import (
	"strings"
	"testing"
)

// The bound of x_0 is 1 by default where the data are images, and written into the resolved configuration; what is given counts.
func TestClipOfImages(t *testing.T) {
	const images = "data: digits\n"
	for _, test := range []struct {
		text      string
		overrides []string
		want      float64
	}{
		{"seed: 1\n", nil, 0},
		{images, nil, 1},
		{images + "sample: {clip_x0: 0}\n", nil, 0},
		{images + "sample: {clip_x0: 2}\n", nil, 2},
		{images + "sample: {threshold_percentile: 0.9}\n", nil, 1},
		{images, []string{"sample.clip_x0=0"}, 0},
		{images, []string{"data=moons"}, 0},
		{"seed: 1\n", []string{"data=digits"}, 1},
		{"sample: {clip_x0: 0}\n", []string{"data=discs"}, 0},
		{"data: {name: folder, path: pictures}\n", nil, 1},
	} {
		c, err := Decode("test", []byte("version: 2\n"+test.text), test.overrides)
		if err != nil {
			t.Errorf("%q, %v: %v", test.text, test.overrides, err)
			continue
		}
		if got := c.Sample.ClipX0; got != test.want {
			t.Errorf("%q, %v: clip_x0 is %v, want %v", test.text, test.overrides, got, test.want)
		}
		text, err := c.YAML()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Decode("again", text, nil)
		if err != nil || again.Sample.ClipX0 != test.want || !strings.Contains(string(text), "\n  clip_x0: ") {
			t.Errorf("%q: resolved %v, %v", test.text, again.Sample.ClipX0, err)
		}
	}
	// Errors are those of one reading, and of keys that an override moves.
	for _, text := range []string{images + "sample: {clip_x0: -1}\n", images + "sample: {clip: 1}\n"} {
		_, err := Decode("test", []byte("version: 2\n"+text), nil)
		if err == nil || !strings.Contains(err.Error(), "test:3:") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
