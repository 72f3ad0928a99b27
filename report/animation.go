package report

import (
	"fmt"
	"image"
	"image/gif"
	"io"
	"math"
	"slices"
)

// Animation shows the reverse process as a GIF: one frame per set of points. The last frame is held, then the animation
// starts again.
//
// The picture zooms in on the center of the data as the points contract, so that the noise of the first frame and the shape
// of the last both fill it; it never zooms out. After the last set of points the zoom continues until they fill the
// picture. The bar below the picture has a round length, which is next to it; columns of different units are shown as in a
// Strip.
type Animation struct {
	Frames []Panel   // at least one
	Data   []float32 // [rows, Dim], drawn pale under every frame; may be empty
	Dim    int       // must be 2

	// Labels color the points of every frame: one from 0 to 5 per row, or none. With labels, the data is gray.
	Labels []int32
	// Backward shows the frames from the last to the first, zooming out: the forward process.
	Backward bool
}

const (
	animationSide   = 400
	animationMargin = 8
	animationTop    = 34
	animationBottom = 30

	// Hundredths of a second.
	firstDelay, lastDelay = 50, 200
	playTime              = 600 // approximate, for all frames between
)

// animationShades has few levels, for a small file: the reference only shows where the data is.
var animationShades = shades{samples: 6, reference: 4, pen: 3, hues: []hue{blue}, below: orange}

// Encode writes the animation as GIF.
func (a Animation) Encode(w io.Writer, format Format) error {
	if err := checkFormat("an animation", format, GIF); err != nil {
		return err
	}
	if err := checkPanels("frame", a.Frames, a.Labels, a.Dim); err != nil {
		return err
	}
	last := a.Frames[len(a.Frames)-1].Points
	focus, stretched := fit(last), stretch(last)
	if len(a.Data) > 0 {
		if err := checkPoints("data", a.Data, a.Dim); err != nil {
			return err
		}
		focus, stretched = fit(a.Data), stretch(a.Data)
	}
	cx, cy := focus.center()

	zoom := a.zoom(cx, cy, stretched)
	shades := animationShades.labeled(a.Labels)
	colors := shades.colors()
	r := newRaster(animationSide+2*animationMargin, animationTop+animationSide+animationBottom, shades)
	var names []legend // from right to left
	if len(a.Data) > 0 {
		names = append(names, legend{layer: backdrop, name: "data"})
	}
	if len(a.Labels) > 0 {
		names = append(names, legend{name: "label", labels: a.Labels})
	} else if len(a.Data) > 0 {
		names = append(names, legend{layer: samples, name: "samples"})
	}
	animation := gif.GIF{Config: image.Config{ColorModel: colors, Width: r.width, Height: r.height}}
	for i, reach := range zoom {
		r.clear()
		frame := a.Frames[min(i, len(a.Frames)-1)]
		v := focusView(animationMargin, animationTop, animationSide, cx, cy, reach, stretched)
		r.dots(v, a.Data, nil, backdrop)
		r.dots(v, frame.Points, a.Labels, samples)
		v.frame(r)
		r.text(animationMargin+2, animationTop-11, left, titleSize, frame.Title)
		v.scaleBar(r, r.width/2, r.height-animationBottom/2, labelSize)
		if n := v.outside(frame.Points); n > 0 && shades.isLabeled() { // the legend needs the room above
			r.text(animationMargin+2, r.height-animationBottom/3, left, labelSize, fmt.Sprintf("%d outside", n))
		} else if n > 0 {
			r.text(r.width/2, animationTop-11, center, labelSize, fmt.Sprintf("%d outside", n))
		}
		x := r.width - animationMargin - 2
		for _, l := range names {
			x -= l.width()
			l.draw(r, x, animationTop-11)
			x -= 14
		}
		animation.Image = append(animation.Image, r.image(colors))
		animation.Delay = append(animation.Delay, min(max(playTime/len(zoom), 4), 20))
	}
	if a.Backward {
		slices.Reverse(animation.Image)
	}
	animation.Delay[0], animation.Delay[len(zoom)-1] = firstDelay, lastDelay
	return gif.EncodeAll(w, &animation)
}

// zoom returns the half width of the view for every frame, including those in which the zoom continues after the last set
// of points. It never increases, and is never less than its frame needs.
func (a Animation) zoom(cx, cy, stretch float64) []float64 {
	n := len(a.Frames)
	need := make([]float64, n) // logarithms
	for i, frame := range a.Frames {
		need[i] = math.Log(reach(frame.Points, cx, cy, stretch))
	}
	if len(a.Data) > 0 {
		need[n-1] = max(need[n-1], math.Log(reach(a.Data, cx, cy, stretch)))
	}
	for i := n - 2; i >= 0; i-- {
		need[i] = max(need[i], need[i+1])
	}
	// The mean over this frame and the lag frames before it, each of which needs at least as much as this one.
	lag := n/20 + 1
	zoom := make([]float64, 0, n+lag)
	for i := range n + lag {
		sum := 0.0
		for j := i - lag; j <= i; j++ {
			sum += need[min(max(j, 0), n-1)]
		}
		zoom = append(zoom, math.Exp(sum/float64(lag+1)))
	}
	return zoom
}
