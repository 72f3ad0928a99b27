package report

import (
	"io"
	"math"
	"strings"
	"testing"
)

func TestLossCurve(t *testing.T) {
	for _, c := range []LossCurve{
		{Title: "loss", Points: losses(20000), Log: true},
		{Points: losses(20000)},
		{Points: losses(30), Log: true},
	} {
		file := encode(t, c, PNG)
		if len(file) > 60<<10 {
			t.Errorf("the file takes %d bytes", len(file))
		}
		picture := decodePNG(t, file)
		if blue, _ := dotsIn(picture, picture.Bounds()); blue < 500 {
			t.Errorf("%d points, log %v: %d blue pixels", len(c.Points), c.Log, blue)
		}
		texts, _ := svgText(t, encode(t, c, SVG))
		all := "|" + strings.Join(texts, "|") + "|"
		for _, want := range []string{"|step|", "|loss|", "|100|"} {
			if want == "|100|" && len(c.Points) > 30 {
				want = "|100000|"
			}
			if !strings.Contains(all, want) {
				t.Errorf("no %q in %q", want, all)
			}
		}
	}
}

func TestLossParts(t *testing.T) {
	points := losses(1003)
	parts := LossCurve{Points: points}.parts(10)
	if len(parts) != 10 {
		t.Fatalf("%d parts", len(parts))
	}
	low, sum := math.Inf(1), 0.0
	for i, p := range parts {
		if p.low > p.mean || p.mean > p.high || i > 0 && p.step <= parts[i-1].step {
			t.Errorf("part %d is %+v", i, p)
		}
		low, sum = min(low, p.low), sum+p.mean/10
	}
	wantLow, wantSum := math.Inf(1), 0.0
	for _, p := range points {
		wantLow, wantSum = min(wantLow, p.Loss), wantSum+p.Loss/1003
	}
	if low != wantLow || math.Abs(sum/wantSum-1) > 0.02 {
		t.Errorf("lowest %v and mean %v, want %v and about %v", low, sum, wantLow, wantSum)
	}
}

func TestOddLosses(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		losses      []float64
		linear, log string // the error, "" for a picture
	}{
		{nil, "no points", "no points"},
		{[]float64{1, nan, -inf, inf}, "3 of 4 losses are not finite", "3 of 4 losses are not finite"},
		{[]float64{1, 0, -1}, "", "2 of 3 losses are below 1e-100"},
		{[]float64{5e-324, 5e-324}, "", "2 of 2 losses are below"},
		{[]float64{-math.MaxFloat64, math.MaxFloat64}, "2 of 2 losses are beyond ±1e+100", "2 of 2 losses are beyond"},
		{[]float64{-1e100, 1e100}, "", "1 of 2 losses are below"},
		{[]float64{1}, "", ""},
		{[]float64{3, 3, 3}, "", ""},
		{[]float64{1e-100, 1e100}, "", ""},
		{[]float64{1e-100}, "", ""},
		{[]float64{1, 1 + 1e-16, 1 + 1e-15}, "", ""},
		{[]float64{0.51, 0.52}, "", ""},
	} {
		points := make([]LossPoint, len(c.losses))
		for i, loss := range c.losses {
			points[i] = LossPoint{i, loss}
		}
		for log, want := range map[bool]string{false: c.linear, true: c.log} {
			for _, format := range []Format{PNG, SVG} {
				err := LossCurve{Points: points, Log: log}.Encode(io.Discard, format)
				if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
					t.Errorf("%v, log %v: error %v, want %q", c.losses, log, err, want)
				}
			}
		}
	}
	falling := LossCurve{Points: []LossPoint{{10, 1}, {5, 1}}}
	if err := falling.Encode(io.Discard, PNG); err == nil || !strings.Contains(err.Error(), "got 5 after 10") {
		t.Errorf("falling steps: %v", err)
	}
	if err := (LossCurve{Points: []LossPoint{{7, 1}, {7, 2}}}).Encode(io.Discard, PNG); err != nil {
		t.Errorf("one step twice: %v", err)
	}
}
