package sweep

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/google/go-cmp/cmp"
)

func namesOf(trials []Trial) []string {
	var list []string
	for _, t := range trials {
		list = append(list, t.Name)
	}
	return list
}

func TestGrid(t *testing.T) {
	s := load(t, small)
	want := []string{
		"lr=0.001_schedule=linear_seed=0", "lr=0.001_schedule=linear_seed=1",
		"lr=0.001_schedule=sigmoid_seed=0", "lr=0.001_schedule=sigmoid_seed=1",
		"lr=0.01_schedule=linear_seed=0", "lr=0.01_schedule=linear_seed=1", "lr=0.01_schedule=sigmoid_seed=0", "lr=0.01_schedule=sigmoid_seed=1",
	}
	if diff := cmp.Diff(want, namesOf(s.Trials)); diff != "" {
		t.Error(diff)
	}
	if got := s.Trials[3].Overrides(); !slices.Equal(got, []string{"optimizer.learning_rate=0.001", "process.schedule=sigmoid", "seed=1"}) {
		t.Errorf("%q", got)
	}
	if s.Trials[3].Combination != "lr=0.001_schedule=sigmoid" {
		t.Errorf("%q", s.Trials[3].Combination)
	}
}

// Seeds may be listed, and alone.
func TestSeeds(t *testing.T) {
	s := load(t, "set: [seed=7]\nseeds: 2\n")
	if got := namesOf(s.Trials); !slices.Equal(got, []string{"seed=7", "seed=8"}) {
		t.Errorf("%q", got)
	}
	s = load(t, "axes: [{key: seed, values: [9, 4]}, {key: train.batch, values: [8]}]\n")
	if got := namesOf(s.Trials); !slices.Equal(got, []string{"batch=8_seed=9", "batch=8_seed=4"}) {
		t.Errorf("%q", got)
	}
	s = load(t, "axes: [{key: seed, values: [9, 4], label: s}]\n")
	if got := namesOf(s.Trials); !slices.Equal(got, []string{"s=9", "s=4"}) {
		t.Errorf("%q", got)
	}
}

// The draws of a seed never change: results of sweeps that go on depend on them.
func TestDraws(t *testing.T) {
	text := "method: {name: random, trials: 3}\nseed: 5\naxes:\n  - {key: optimizer.learning_rate, log_uniform: [1e-4, 1e-2]}\n" +
		"  - {key: net.width, uniform: [8, 64]}\n  - {key: process.schedule, values: [linear, cosine, sigmoid]}\n"
	want := []string{
		"learning_rate=0.0002314_width=53_schedule=sigmoid", "learning_rate=0.0039_width=53_schedule=cosine",
		"learning_rate=0.0001574_width=14_schedule=linear",
	}
	if diff := cmp.Diff(want, namesOf(load(t, text).Trials)); diff != "" {
		t.Error(diff)
	}
	longer := namesOf(load(t, strings.Replace(text, "trials: 3", "trials: 9", 1)).Trials)
	if !slices.Equal(longer[:3], namesOf(load(t, text).Trials)) || len(longer) != 9 {
		t.Errorf("more draws change the first: %q", longer)
	}
	if other := namesOf(load(t, strings.Replace(text, "seed: 5", "seed: 6", 1)).Trials); other[0] == longer[0] {
		t.Errorf("another seed draws the same: %q", other)
	}
}

// Drawn values lie between the bounds, those of a key for whole numbers are whole, and a third of the values lies in each third
// of the range, or of its logarithms.
func TestDistributionOfDraws(t *testing.T) {
	const n = 3000
	for _, test := range []struct {
		axis  Axis
		whole bool
	}{
		{Axis{Key: "net.width", Uniform: []float64{10, 5000}}, true},
		{Axis{Key: "optimizer.learning_rate", LogUniform: []float64{1e-5, 10}}, false},
	} {
		s := Spec{Axes: Axes{test.axis}}
		if s.whole()[0] != test.whole {
			t.Errorf("%s takes whole numbers: %v", test.axis.Key, !test.whole)
		}
		var thirds [3]int
		for i := range n {
			v, err := strconv.ParseFloat(test.axis.draw(s.stream(), i, test.whole), 64)
			if err != nil || test.whole && v != math.Trunc(v) {
				t.Fatalf("%v, %v", v, err)
			}
			share := 0.0
			if b := test.axis.Uniform; b != nil {
				share = (v - b[0]) / (b[1] - b[0])
			} else {
				share = math.Log(v/test.axis.LogUniform[0]) / math.Log(test.axis.LogUniform[1]/test.axis.LogUniform[0])
			}
			if share < 0 || share > 1 {
				t.Errorf("%v is out of bounds", v)
			}
			thirds[min(int(3*share), 2)]++
		}
		for _, count := range thirds {
			if deviation := math.Abs(float64(count)-n/3) / math.Sqrt(n*2.0/9); deviation > 4 {
				t.Errorf("%s: %v", test.axis.Key, thirds)
			}
		}
	}
}

// Rounding leaves no value out of bounds, and no more digits than it takes.
func TestRoundedDraws(t *testing.T) {
	for _, test := range []struct {
		bounds []float64
		value  float64
		whole  bool
		want   string
	}{
		{[]float64{0.2, 0.99999}, 0.123456, false, "0.2"},
		{[]float64{0.2, 0.99999}, 0.654321, false, "0.6543"},
		{[]float64{0.2, 0.99999}, 0.999987, false, "0.99999"},
		{[]float64{0.2, 0.99999}, 1, false, "0.99999"},
		{[]float64{0.1234561, 0.1234569}, 0.12345649, false, "0.1234565"},
		{[]float64{0.2, 3}, 0.3, true, "1"},
		{[]float64{0.2, 2.7}, 2.6, true, "2"},
		{[]float64{1, 3}, 2.6, true, "3"},
	} {
		if got := (Axis{Uniform: test.bounds}).round(test.value, test.whole); got != test.want {
			t.Errorf("%v between %v: %s, want %s", test.value, test.bounds, got, test.want)
		}
	}
}

// A drawn axis of a grid has different values, and a longer one begins with those of a shorter one.
func TestDrawnAxis(t *testing.T) {
	text := "axes: [{key: net.depth, uniform: [1, 6], count: 4}]\n"
	four, six := namesOf(load(t, text).Trials), namesOf(load(t, strings.Replace(text, "count: 4", "count: 6", 1)).Trials)
	if !slices.Equal(four, six[:4]) {
		t.Errorf("%q and %q", four, six)
	}
	if slices.Sort(six); !slices.Equal(six, []string{"depth=1", "depth=2", "depth=3", "depth=4", "depth=5", "depth=6"}) {
		t.Errorf("%q", six)
	}
}

// Different settings have different names, fit for a file system.
func TestNamesDiffer(t *testing.T) {
	if x, y := nameOf([]Setting{{"a", "x", "1_y=2"}, {"b", "y", "3"}}), nameOf([]Setting{{"a", "x", "1"}, {"b", "y", "2_y=3"}}); x == y {
		t.Errorf("both are named %s", x)
	}
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z0-9.=_+/ {},:-]{0,12}`), rapid.StringMatching(`[a-z]{100,140}`))
		setting := rapid.Custom(func(t *rapid.T) []Setting {
			return []Setting{{"a.x", "x", value.Draw(t, "x")}, {"a.y", "y", value.Draw(t, "y")}}
		})
		a, b := setting.Draw(t, "a"), setting.Draw(t, "b")
		x, y := nameOf(a), nameOf(b)
		if (x == y) != slices.Equal(a, b) {
			t.Errorf("%q and %q of %v and %v", x, y, a, b)
		}
		if len(x) > 140 || strings.Trim(x, labelCharacters+"=+") != "" {
			t.Errorf("name %q", x)
		}
	})
}
