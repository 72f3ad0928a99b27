package main

import (
	"context"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// Against an older commit, training steps and sampling are measured with one worker and with two, each pair in turns, and
// the ratios are those of the rounds.
func TestAgainst(t *testing.T) {
	e := &environment{self: "self", past: "past", pastCommit: "c0ffee"}
	var names []string
	for _, j := range against(jobs(e, false), e) {
		names = append(names, j.name)
		r := result{Series: map[string]*series{}}
		var order []string
		for i, c := range j.contenders {
			order = append(order, c.name)
			r.Series[c.name] = &series{Figures: map[string][]float64{"ms": {[]float64{2, 2, 4, 4}[i], 8}}}
		}
		if want := []string{one, one + ", c0ffee", two, two + ", c0ffee"}; !slices.Equal(order, want) {
			t.Errorf("%s: contenders %q, want %q", j.name, order, want)
		}
		r.Series[two].Figures["ms"] = []float64{5, 10}
		if all := compare(j, r); len(all) != 2 || all[0].Value != 1 || math.Abs(all[1].Value-0.8) > 1e-12 {
			t.Errorf("%s: %+v, want 1 and 0.8", j.name, all)
		}
		if delete(r.Series, one); len(compare(j, r)) != 1 {
			t.Errorf("%s: a ratio to what failed", j.name)
		}
	}
	if want := []string{"train-128", "train-1024", "train-512", "sample"}; !slices.Equal(names, want) {
		t.Errorf("jobs %q, want %q", names, want)
	}
}

func TestSplitTime(t *testing.T) {
	const system = "cpu  10 20 30 1000 2000 1 2 3 99 99\ncpu0 1 1\n"
	const own = "7 (a) b)) S 1 7 7 0 -1 0 1 2 3 4 5 6 7 8 20 0 9\n"
	total, other, err := splitTime(system, own)
	if err != nil || total != 3066 || other != 66-(5+6+7+8) {
		t.Errorf("%v in all, %v to others, %v; want 3066 and 40", total, other, err)
	}
	for _, bad := range [][2]string{{"", own}, {"cpu 1 2", own}, {system, "7 (a) S"}, {strings.Replace(system, "30", "x", 1), own}} {
		if _, _, err := splitTime(bad[0], bad[1]); err == nil {
			t.Errorf("no error for %q", bad)
		}
	}
}

// What others disturb is measured again until there is no patience left; then it counts, and the report says so.
func TestWatchRepeats(t *testing.T) {
	for _, test := range []struct {
		shares []float64 // that others take in the first, second, … call
		wait   time.Duration
		calls  int
		worst  float64
	}{
		{[]float64{0.01}, time.Hour, 1, 0.01},
		{[]float64{0.5, 0.2, 0.02}, time.Hour, 3, 0.02},
		{[]float64{0.5, 0.2}, 0, 1, 0.5},
	} {
		calls, total, other := 0, 0.0, 0.0
		w := &watch{patience: test.wait, now: func() (float64, float64, error) { total++; return total, other, nil }}
		_, err := w.measure(context.Background(), func() (figures, error) {
			total += 99
			other += 100 * test.shares[calls]
			calls++
			return figures{"ms": 1}, nil
		})
		if err != nil || calls != test.calls || math.Abs(w.worst-test.worst) > 1e-12 {
			t.Errorf("%v: %d calls, worst %v, %v; want %d and %v", test.shares, calls, w.worst, err, test.calls, test.worst)
		}
	}
}

func TestClearEnvironment(t *testing.T) {
	for _, name := range []string{"OPENBLAS_CORETYPE", "MALLOC_ARENA_MAX", "EURYALE_PYTHON"} {
		t.Setenv(name, "x")
	}
	clearEnvironment()
	for name, want := range map[string]string{"OPENBLAS_CORETYPE": "", "MALLOC_ARENA_MAX": "", "EURYALE_PYTHON": "x"} {
		if got := os.Getenv(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}
