package report

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"testing"
)

// scurve is n points of the S-curve with noise 0.1, then divided by 10.
func scurve(n int, seed uint64) []float32 {
	random := rand.New(rand.NewPCG(seed, 1))
	points := make([]float32, 0, 2*n)
	for range n {
		t := 3 * math.Pi * (random.Float64() - 0.5)
		x, y := math.Sin(t), math.Copysign(1, t)*(math.Cos(t)-1)
		points = append(points, float32((x+0.1*random.NormFloat64())/10), float32((y+0.1*random.NormFloat64())/10))
	}
	return points
}

// reverse is a reverse process of count sets of n points as it should be: x_t = √ᾱ x_0 + √(1−ᾱ) z, with
// ᾱ from 0 to 1.
func reverse(n, count int) []Panel {
	random := rand.New(rand.NewPCG(7, 7))
	x0 := scurve(n, 1)
	z := make([]float32, len(x0))
	for i := range z {
		z[i] = float32(random.NormFloat64())
	}
	panels := make([]Panel, count)
	for i := range panels {
		t := count - 1 - i
		sigma := math.Pow(float64(t)/float64(max(1, count-1)), 3)
		alpha := math.Sqrt(1 - sigma*sigma)
		panels[i] = Panel{Title: fmt.Sprintf("t = %d", t), Points: make([]float32, len(x0))}
		for j := range x0 {
			panels[i].Points[j] = float32(alpha*float64(x0[j]) + sigma*float64(z[j]))
		}
	}
	return panels
}

func losses(n int) []LossPoint {
	points := make([]LossPoint, n)
	for i := range points {
		points[i] = LossPoint{i * 10, 0.05 + 1/(1+float64(i)) + 0.01*math.Sin(float64(i))}
	}
	return points
}

// turns is n labels, each class in turn.
func turns(n, classes int) []int32 {
	labels := make([]int32, n)
	for i := range labels {
		labels[i] = int32(i % classes)
	}
	return labels
}

// distances is a chart of n lines that fall to separate floors, every other one muted.
func distances(n int) Chart {
	c := Chart{Title: "samplers", XLabel: "network calls", YLabel: "distance", LogX: true, LogY: true}
	for i := range n {
		s := Series{Name: fmt.Sprintf("sampler %d", i), Muted: i%2 == 1}
		for _, calls := range []float64{5, 10, 20, 50, 100, 1000} {
			s.X = append(s.X, calls)
			s.Y = append(s.Y, 0.004+0.0001*float64(i%3)+(1+float64(i))*math.Pow(calls, -1.5))
		}
		c.Series = append(c.Series, s)
	}
	return c
}

func encode(t *testing.T, picture Picture, format Format) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := picture.Encode(&b, format); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func decodePNG(t *testing.T, file []byte) image.Image {
	t.Helper()
	picture, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// dotsIn counts the pixels of the picture within r that are bluish and that are orange.
func dotsIn(picture image.Image, r image.Rectangle) (blue, orange int) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			c := color.NRGBAModel.Convert(picture.At(x, y)).(color.NRGBA)
			switch d := int(c.B) - int(c.R); {
			case d > 40:
				blue++
			case d < -40:
				orange++
			}
		}
	}
	return blue, orange
}

// wantOnly checks that name is the only file in folder.
func wantOnly(t *testing.T, folder, name string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Name() != name {
			t.Errorf("%s was left in the folder", entry.Name())
		}
	}
}
