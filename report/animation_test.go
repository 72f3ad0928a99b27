package report

import (
	"bytes"
	"image"
	"image/gif"
	"testing"
)

func TestAnimation(t *testing.T) {
	const count = 50
	animation := Animation{Frames: reverse(5000, count), Data: scurve(5000, 2), Dim: 2}
	file := encode(t, animation, GIF)
	if len(file) > 2<<20 {
		t.Errorf("the file takes %d bytes", len(file))
	}
	got, err := gif.DecodeAll(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	n := len(got.Image)
	if n < count || n > count+5 {
		t.Errorf("%d frames for %d sets of points", n, count)
	}
	if got.LoopCount != 0 { // forever
		t.Errorf("loop count %d", got.LoopCount)
	}
	total := 0
	for i, delay := range got.Delay {
		total += delay
		if i > 0 && i < n-1 && delay != got.Delay[1] || delay < 4 {
			t.Errorf("frame %d is shown for %d/100 s", i, delay)
		}
	}
	if last := got.Delay[n-1]; last != 200 || total < 500 || total > 1200 {
		t.Errorf("last frame for %d/100 s, all for %d/100 s", last, total)
	}
	inner := image.Rect(animationMargin+1, animationTop+1, animationMargin+animationSide, animationTop+animationSide)
	caption := image.Rect(animationMargin, 2, 120, animationTop-2)
	for i, frame := range got.Image {
		if frame.Rect != got.Image[0].Rect || len(frame.Palette) > 64 {
			t.Fatalf("frame %d is %v with %d colors", i, frame.Rect, len(frame.Palette))
		}
		if blue, _ := dotsIn(frame, inner); blue < 5000 {
			t.Errorf("frame %d has %d blue pixels", i, blue)
		}
		if d := dark(frame, caption); d < 30 {
			t.Errorf("frame %d has %d dark pixels where its caption should be", i, d)
		}
	}
	// The last frame fills the picture: the curve reaches close to the upper and the lower border.
	for _, r := range []image.Rectangle{
		image.Rect(inner.Min.X, inner.Min.Y, inner.Max.X, inner.Min.Y+50),
		image.Rect(inner.Min.X, inner.Max.Y-50, inner.Max.X, inner.Max.Y),
	} {
		if blue, _ := dotsIn(got.Image[n-1], r); blue < 100 {
			t.Errorf("the last frame has %d blue pixels at %v", blue, r)
		}
	}
}

// No part of a frame remains in the next one.
func TestAnimationFramesAreSeparate(t *testing.T) {
	animation := Animation{Dim: 2, Frames: []Panel{
		{"", []float32{-1, 0.9, -1, -0.9, -0.5, 0}},
		{"", []float32{1, 0.9, 1, -0.9, 0.5, 0}},
	}}
	got, err := gif.DecodeAll(bytes.NewReader(encode(t, animation, GIF)))
	if err != nil {
		t.Fatal(err)
	}
	// The view is about the middle of the last frame, (0.75, 0).
	const left = animationMargin + animationSide*4/10
	for i, frame := range []*image.Paletted{got.Image[0], got.Image[len(got.Image)-1]} {
		l, _ := dotsIn(frame, image.Rect(0, animationTop, left, frame.Rect.Max.Y))
		r, _ := dotsIn(frame, image.Rect(left, animationTop, frame.Rect.Max.X, frame.Rect.Max.Y))
		if i == 0 && (l < 20 || r > 0) || i == 1 && r < 20 {
			t.Errorf("frame %d has %d blue pixels on the left and %d on the right", i, l, r)
		}
		if want := 3 * 40; l+r > want {
			t.Errorf("frame %d has %d blue pixels, want at most %d for three dots", i, l+r, want)
		}
	}
}

func TestZoom(t *testing.T) {
	for _, count := range []int{1, 2, 19, 100} {
		frames := reverse(200, count)
		if count == 19 { // one that swells on the way
			frames[1], frames[12] = frames[12], frames[1]
		}
		zoom := Animation{Frames: frames}.zoom(0, 0, 1)
		for i, r := range zoom {
			frame := frames[min(i, count-1)]
			if n := squareView(0, 0, 100, 0, 0, r*(1+1e-9)).outside(frame.Points); n > 0 {
				t.Errorf("%d frames: %d points outside frame %d", count, n, i)
			}
			if i > 0 && r > zoom[i-1]*(1+1e-9) {
				t.Errorf("%d frames: the zoom goes out at frame %d, from %v to %v", count, i, zoom[i-1], r)
			}
		}
		if end, want := zoom[len(zoom)-1], reach(frames[count-1].Points, 0, 0, 1); end > want*(1+1e-9) {
			t.Errorf("%d frames: the zoom ends at %v, want %v", count, end, want)
		}
	}
}
