package report

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
)

// huesIn counts the pixels of each hue within r, in a picture with the palette of these shades.
func huesIn(picture image.Image, r image.Rectangle, shades shades) [6]int {
	hueOf := map[color.RGBA]int{}
	for i, c := range shades.colors() {
		if level := i % (len(shades.hues)*shades.samples + 1); i < shades.count()-shades.pen && level > 0 {
			hueOf[c.(color.RGBA)] = (level - 1) / shades.samples
		}
	}
	var counts [6]int
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if k, ok := hueOf[color.RGBAModel.Convert(picture.At(x, y)).(color.RGBA)]; ok {
				counts[k]++
			}
		}
	}
	return counts
}

// rows is n points per class, class c on the line y = c.
func rows(n, classes int) ([]float32, []int32) {
	var points []float32
	labels := turns(n*classes, classes)
	for i, label := range labels {
		points = append(points, 5*float32(i)/float32(len(labels)-1), float32(label))
	}
	return points, labels
}

// Each class has its hue and no other, where its points are.
func TestLabeledScatterPNG(t *testing.T) {
	const classes = 6
	points, labels := rows(200, classes)
	for _, data := range [][]float32{nil, {-0.3, -0.3, 5.3, 5.3}} {
		picture := decodePNG(t, encode(t, Scatter{Points: points, Labels: labels, Reference: data, Dim: 2}, PNG))
		b := picture.Bounds()
		b.Max.Y -= legendRoom
		at := func(y float64) int { // the axes show 0 to 5 with a margin on both sides
			area := fit(points)
			if data != nil {
				area = area.union(fit(data))
			}
			return 14 + int(scatterSide*(area.y1-y)/(area.y1-area.y0))
		}
		for class := range classes {
			band := image.Rect(b.Min.X, at(float64(class)+0.3), b.Max.X, at(float64(class)-0.3))
			counts := huesIn(picture, band, fewShades.labeled(labels))
			for k, n := range counts {
				if k == class && n < 1500 || k != class && n > 0 {
					t.Errorf("data %v: the points of class %d have %d pixels of hue %d", data, class, n, k)
				}
			}
		}
	}
}

// Where the points of two classes meet, neither is hidden, and their order does not matter.
func TestLabelsMix(t *testing.T) {
	curve := scurve(4000, 1)
	labels := turns(4000, 2)
	backwards := slices.Clone(curve)
	for i := 0; i < len(curve); i += 2 {
		backwards[len(curve)-2-i], backwards[len(curve)-1-i] = curve[i], curve[i+1]
	}
	turned := slices.Clone(labels)
	slices.Reverse(turned)
	file := encode(t, Scatter{Points: curve, Labels: labels, Dim: 2}, PNG)
	if !bytes.Equal(file, encode(t, Scatter{Points: backwards, Labels: turned, Dim: 2}, PNG)) {
		t.Error("the order of the points changes the picture")
	}
	picture := decodePNG(t, file)
	blue, orange := dotsIn(picture, picture.Bounds())
	if blue < 5000 || orange < 5000 || blue*4 > orange*5 || orange*4 > blue*5 {
		t.Errorf("%d blue and %d orange pixels of two equal classes on one curve", blue, orange)
	}
	// The most ink wins, and of equals each at every second pixel.
	r := newRaster(1, 1, fewShades)
	r.ink = []uint32{64, 64, 64, 9, math.MaxUint32, 64, 64, 64, 10, math.MaxUint32}
	if most := r.mostInk(5); !slices.Equal(most, []uint8{0, 1, 0, 1, 0}) ||
		!slices.Equal(r.ink[:5], []uint32{128, 128, 128, 19, math.MaxUint32}) {
		t.Errorf("the most ink is that of %v, all ink %v", most, r.ink[:5])
	}
	// The ink and its darkness are what they are without labels.
	plain, colored := newRaster(100, 100, fewShades), newRaster(100, 100, fewShades.labeled(labels))
	v := newView(0, 0, 99, 99, fit(curve))
	plain.dots(v, curve, nil, samples)
	colored.dots(v, curve, labels, samples)
	for i, level := range colored.levels[0] {
		if level > 0 {
			level = (level-1)%uint8(colored.shades.samples) + 1
		}
		a, b := float64(plain.levels[0][i])/float64(plain.shades.samples), float64(level)/float64(colored.shades.samples)
		if math.Abs(a-b) > 0.51/float64(plain.shades.samples)+0.51/float64(colored.shades.samples) {
			t.Fatalf("pixel %d has darkness %v with labels and %v without", i, b, a)
		}
	}
}

func TestLabeledScatterSVG(t *testing.T) {
	points, labels := rows(100, 3)
	labels = labels[:299] // one of class 2 less
	file := encode(t, Scatter{Points: points[:598], Labels: labels, Reference: scurve(50, 1), Dim: 2}, SVG)
	texts, _ := svgText(t, file)
	if legend := strings.Join(texts[len(texts)-5:], "|"); legend != "samples (299)|0|1|2|data (50)" {
		t.Errorf("the legend is %q", legend)
	}
	strokes := map[string]int{}
	for _, line := range strings.Split(string(file), "\n") {
		if _, rest, ok := strings.Cut(line, `fill="none" stroke="`); ok {
			strokes[rest[:7]] += strings.Count(line, "h0")
		}
	}
	const spot = 21 // dots
	for color, want := range map[string]int{
		hues[0].dot.hex(): 100, hues[1].dot.hex(): 100, hues[2].dot.hex(): 99, faint.dot.hex(): 50 + spot,
	} {
		if strokes[color] != want {
			t.Errorf("%d dots have the color %s, want %d", strokes[color], color, want)
		}
	}
	if len(strokes) != 4 {
		t.Errorf("colors and their dots: %v", strokes)
	}
}

// A legend names the labels that occur, each next to a square of its color, and no others.
func TestLegendNamesTheLabelsThatOccur(t *testing.T) {
	points := scurve(300, 1)
	labels := turns(300, 2)
	for i := range labels { // 2 and 5
		labels[i] = 2 + 3*labels[i]
	}
	file := encode(t, Scatter{Points: points, Labels: labels, Reference: points, ReferenceLabels: turns(300, 3), Dim: 2, Beside: true}, SVG)
	texts, _ := svgText(t, file)
	if legend := strings.Join(texts, "|"); !strings.Contains(legend, "|samples (300)|2|5|") ||
		!strings.HasSuffix(legend, "|data (300)|0|1|2") {
		t.Errorf("the legends are in %q", legend)
	}
	_, squares, _ := drawnBars(t, file)
	want := []string{hues[2].dot.hex(), hues[5].dot.hex(), hues[0].dot.hex(), hues[1].dot.hex(), hues[2].dot.hex()}
	if !slices.Equal(squares, want) {
		t.Errorf("the squares are %q, want %q", squares, want)
	}
	animation := Animation{Frames: []Panel{{"", points}}, Labels: labels, Dim: 2}
	decoded, err := gif.DecodeAll(bytes.NewReader(encode(t, animation, GIF)))
	if err != nil {
		t.Fatal(err)
	}
	legend := image.Rect(0, 0, decoded.Config.Width, animationTop-1)
	counts := huesIn(decoded.Image[0], legend, animationShades.labeled(labels))
	for class, n := range counts {
		if occurs := class == 2 || class == 5; occurs != (n > 0) {
			t.Errorf("label %d has %d pixels in the legend of an animation", class, n)
		}
	}
}

// Where one set has labels and another none, the other is gray, and no color stands for two things.
func TestSetsWithoutLabelsAreGray(t *testing.T) {
	points, labels := rows(200, 2)
	other, shades := scurve(1000, 1), fewShades.labeled(labels)
	count := func(picture Picture) (left, right [6]int) {
		p := decodePNG(t, encode(t, picture, PNG))
		b := p.Bounds()
		middle := b.Dx()/2 + 15
		return huesIn(p, image.Rect(0, 0, middle, b.Dy()), shades), huesIn(p, image.Rect(middle, 0, b.Dx(), b.Dy()), shades)
	}
	left, right := count(Scatter{Points: points, Labels: labels, Reference: other, Dim: 2, Beside: true})
	if left[0] < 500 || left[1] < 500 || right != [6]int{} {
		t.Errorf("labeled points next to plain data: hues %v and %v", left, right)
	}
	left, right = count(Scatter{Points: other, Reference: points, ReferenceLabels: labels, Dim: 2, Beside: true})
	if left != [6]int{} || right[0] < 500 || right[1] < 500 {
		t.Errorf("plain points next to labeled data: hues %v and %v", left, right)
	}
	strip := Strip{Panels: []Panel{{"", points}}, Data: points, Dim: 2}
	for i, want := range [][2]bool{{false, true}, {true, false}, {true, true}} {
		strip.Labels, strip.DataLabels = nil, nil
		if want[0] {
			strip.Labels = labels
		}
		if want[1] {
			strip.DataLabels = labels
		}
		p := decodePNG(t, encode(t, strip, PNG))
		for k, colored := range want {
			x := stripGap + k*(stripSide+stripGap)
			got := huesIn(p, image.Rect(x, stripTop, x+stripSide, stripTop+stripSide), shades)
			if colored != (got[0] > 200 && got[1] > 200) || !colored && got != [6]int{} {
				t.Errorf("strip %d, panel %d: hues %v", i, k, got)
			}
		}
	}
}

func TestLabeledAnimation(t *testing.T) {
	animation := Animation{Frames: reverse(2000, 6), Labels: turns(2000, 2), Data: scurve(2000, 2), Dim: 2}
	got, err := gif.DecodeAll(bytes.NewReader(encode(t, animation, GIF)))
	if err != nil {
		t.Fatal(err)
	}
	inner := image.Rect(animationMargin+1, animationTop+1, animationMargin+animationSide, animationTop+animationSide)
	for i, frame := range got.Image {
		if blue, orange := dotsIn(frame, inner); blue < 2000 || orange < 2000 {
			t.Errorf("frame %d has %d blue and %d orange pixels", i, blue, orange)
		}
	}
}

func TestBadLabelsAreRefused(t *testing.T) {
	points := []float32{1, 2, 3, 4, 5, 6}
	panels := []Panel{{"a", points}, {"b", points}}
	for _, c := range []struct {
		labels []int32
		want   string
	}{
		{[]int32{0, 1}, "want one for each of 3 points, got 2"},
		{[]int32{0, 1, 0, 1}, "want one for each of 3 points, got 4"},
		{[]int32{0, -1, 6}, "2 of 3 are not from 0 to 5"},
		{[]int32{0, 0, math.MaxInt32}, "1 of 3 are not from 0 to 5"},
	} {
		for name, picture := range map[string]Picture{
			"labels:":              Scatter{Points: points, Labels: c.labels, Dim: 2},
			"reference labels:":    Scatter{Points: points, Reference: points, ReferenceLabels: c.labels, Dim: 2},
			`strip panel 0 ("a"):`: Strip{Panels: panels, Labels: c.labels, Dim: 2},
			"data labels:":         Strip{Panels: panels, Data: points, DataLabels: c.labels, Dim: 2},
			`frame 0 ("a"):`:       Animation{Frames: panels, Labels: c.labels, Dim: 2},
		} {
			format := PNG
			if _, ok := picture.(Animation); ok {
				format = GIF
			}
			if err := picture.Encode(io.Discard, format); err == nil || !strings.Contains(err.Error(), name+" "+c.want) {
				t.Errorf("%v: error %v, want %q", c.labels, err, name+" "+c.want)
			}
		}
	}
	uneven := []Panel{{"a", points}, {"b", points[:4]}}
	if err := (Strip{Panels: uneven, Labels: []int32{0, 1, 0}, Dim: 2}).Encode(io.Discard, PNG); err == nil ||
		!strings.Contains(err.Error(), `strip panel 1 ("b"): want one for each of 2 points, got 3`) {
		t.Errorf("panels of several lengths: %v", err)
	}
	if err := (Scatter{Points: points, ReferenceLabels: []int32{0}, Dim: 2}).Encode(io.Discard, PNG); err == nil {
		t.Error("no error for labels of no reference")
	}
}
