package html

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"euryale/run"
)

// Of a constant the average is the constant from the first value on, and of any values it stays within them.
func TestAverage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 300).Draw(t, "y")
		mean, over := average(y)
		if len(mean) != len(y) || over < 5 || mean[0] != y[0] && math.Abs(mean[0]-y[0]) > 1e-9*math.Abs(y[0]) {
			t.Fatalf("%v over %d", mean, over)
		}
		for i := range y {
			low, high := slices.Min(y[:i+1]), slices.Max(y[:i+1])
			if slack := 1e-9 * (math.Abs(low) + math.Abs(high)); mean[i] < low-slack || mean[i] > high+slack {
				t.Fatalf("the mean of %v is %g", y[:i+1], mean[i])
			}
		}
	})
}

// Thinned values are few, end at the last step, and keep the sum where each stands for as many.
func TestThin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 400).Draw(t, "y")
		most := rapid.IntRange(1, 500).Draw(t, "most")
		x := make([]int64, len(y))
		for i := range x {
			x[i] = int64(10 * (i + 1))
		}
		steps, values := thin(x, y, most)
		if len(steps) != len(values) || len(steps) > most || steps[len(steps)-1] != x[len(x)-1] || !slices.IsSorted(steps) {
			t.Fatalf("%d steps, %d values of at most %d: %v", len(steps), len(values), most, steps)
		}
		sum, before := 0.0, int64(0)
		for i, v := range values {
			sum += float64(v) * float64((steps[i]-before)/10)
			before = steps[i]
		}
		for _, v := range y {
			sum -= v
		}
		if math.Abs(sum) > 1e-9 {
			t.Fatalf("the sum is off by %g", sum)
		}
		if len(y) <= most && len(values) != len(y) {
			t.Fatalf("%d of %d values", len(values), len(y))
		}
	})
}

func TestValues(t *testing.T) {
	text, err := json.Marshal([]value{0, 0.1234567, 1e-30, 2, value(math.NaN()), value(math.Inf(1))})
	if want := "[0,0.123457,1e-30,2,null,null]"; err != nil || string(text) != want {
		t.Errorf("%s, %v; want %s", text, err, want)
	}
}

func TestCharts(t *testing.T) {
	points := []run.LogPoint{
		{Step: 10, Loss: 1, GradientNorm: 0, LearningRate: 0.1, StepsPerSecond: 5},
		{Step: 20, Loss: 0.5, GradientNorm: 1, LearningRate: 0.1, StepsPerSecond: 5, Evaluation: &run.Evaluation{HeldOutLoss: 0.7, Score: -1,
			Table: &run.TableEvaluation{Detection: &half}}},
	}
	type summary struct {
		Title  string
		Log    bool
		Series []string
	}
	var got []summary
	for _, c := range charts(points) {
		s := summary{Title: c.Title, Log: c.Log}
		for _, line := range c.Series {
			s.Series = append(s.Series, line.Name)
		}
		got = append(got, s)
	}
	want := []summary{
		{"Loss", true, []string{"loss", "moving average", "held-out rows"}},
		{"Gradient norm", false, []string{"Gradient norm"}}, // one is 0
		{"Learning rate", false, []string{"Learning rate"}},
		{"Steps per second", false, []string{"Steps per second"}},
		{"Trees tell samples from real rows (AUC)", false, []string{"Trees tell samples from real rows (AUC)", "best"}},
		{"Score of samples", false, []string{"Score of samples"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if charts(nil) != nil {
		t.Error("there are charts of nothing")
	}
}

func TestNumbers(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.123456: "0.1235", 12345.6: "12,346", 1234: "1234", 1e-5: "1e-05", -0.5: "-0.5", 1e9: "1e+09",
	} {
		if got := number(v); got != want {
			t.Errorf("%g is %s, want %s", v, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "−1,234,567"} {
		if got := grouped(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
	for text, want := range map[string]string{"": "", "sliced W1": "Sliced W1", "élan": "Élan", "β": "Β", "\xff": "\uFFFD"} {
		if got := upper(text); got != want {
			t.Errorf("%q begins with a capital letter as %q", text, got)
		}
	}
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1234: "1.23 kB", 999_600: "1 MB", 2_345_678: "2.35 MB", 5e9: "5 GB"} {
		if got := bytesText(n); got != want {
			t.Errorf("%d bytes are %s, want %s", n, got, want)
		}
	}
}
