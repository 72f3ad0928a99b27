package report

import (
	"image"
	"io"
	"math"
	"strings"
	"testing"
)

// A line leads from one frame to the next, in the color of its label.
func TestTrajectories(t *testing.T) {
	p := Trajectories{Frames: [][]float32{{-1, -1, 1, -1}, {-1, 0, 1, 0}, {-1, 1, 1, 1}}, Dim: 2, Labels: []int32{0, 1}}
	picture := decodePNG(t, encode(t, p, PNG))
	b := picture.Bounds()
	half := image.Rect(60, 20, b.Dx()/2, b.Dy()-legendRoom-40)
	blue, orange := dotsIn(picture, half)
	if blue < 400 || orange > 0 {
		t.Errorf("on the left are %d blue pixels and %d orange ones", blue, orange)
	}
	blue, orange = dotsIn(picture, half.Add(image.Pt(b.Dx()/2-30, 0)))
	if orange < 400 || blue > 0 {
		t.Errorf("on the right are %d blue pixels and %d orange ones", blue, orange)
	}
	p.Data = []float32{0, 0, 0.5, 0.5}
	file := string(encode(t, p, SVG))
	if strings.Count(file, "<path fill=\"none\"") < 2 || !strings.Contains(file, "paths (2)") || !strings.Contains(file, ">data<") {
		t.Error("the SVG has no lines, or no names")
	}
	p.Data = nil
	if _, dots := svgText(t, []byte(encode(t, p, SVG))); dots != 2 {
		t.Errorf("two lines end at %d dots", dots)
	}
}

func TestTrajectoriesMistakes(t *testing.T) {
	two := []float32{0, 0, 1, 1}
	for want, p := range map[string]Trajectories{
		"want at least two frames, got 1":                 {Frames: [][]float32{two}, Dim: 2},
		"want 2 points in frame 1 as in the first, got 1": {Frames: [][]float32{two, two[:2]}, Dim: 2},
		"frame 1 of trajectories: 1 of 2 points are not":  {Frames: [][]float32{two, {0, 0, 0, float32(math.NaN())}}, Dim: 2},
		"points of dimension 2, got dimension 3":          {Frames: [][]float32{two, two}, Dim: 3},
		"labels: want one for each of 2 points, got 1":    {Frames: [][]float32{two, two}, Dim: 2, Labels: []int32{0}},
		"data: want whole rows of 2 numbers":              {Frames: [][]float32{two, two}, Dim: 2, Data: two[:3]},
	} {
		if err := p.Encode(io.Discard, PNG); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
