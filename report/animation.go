package report

import (
	"fmt"
	"image"
	"image/gif"
	"io"
	"math"
)

// Animation is the reverse process as a film, in GIF: one frame for each set of points, the last one
// held, then again from the start.
//
// The picture zooms in as the points contract, about the middle of the data, so that the noise of the first
// frame and the shape of the last both fill it; it never zooms out. The bar below the picture has a round
// length, given beside it; columns of different units are shown as in a Strip. After the last frame the zoom runs on until the points fill the picture.
type Animation struct {
	Frames []Panel   // at least one
	Data   []float32 // [rows, Dim], drawn pale under every frame; may be empty
	Dim    int       // 2, or the picture is refused

	// Labels color the points of every frame: one from 0 to 5 for each row, or none. The data is then gray.
	Labels []int32
}

const (
	animationSide   = 400
	animationMargin = 8
	animationTop    = 34
	animationBottom = 30

	// Hundredths of a second.
	firstDelay, lastDelay = 50, 200
	playTime              = 600 // about, for all the frames between
)

// animationShades has few levels, for a small file: the reference only says where the data is.
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
		names = append(names, legend{name: "label", labels: a.Labels, classes: len(shades.hues)})
	} else if len(a.Data) > 0 {
		names = append(names, legend{layer: samples, name: "samples"})
	}
	film := gif.GIF{Config: image.Config{ColorModel: colors, Width: r.width, Height: r.height}}
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
		film.Image = append(film.Image, r.image(colors))
		film.Delay = append(film.Delay, min(max(playTime/len(zoom), 4), 20))
	}
	film.Delay[0], film.Delay[len(zoom)-1] = firstDelay, lastDelay
	return gif.EncodeAll(w, &film)
}

// zoom returns the half width of the view for every frame, and for those in which the zoom runs on after
// the last set of points. It never grows, and is never less than its frame needs.
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
	// The mean over this frame and the lag frames before it: all at least what this frame needs.
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
