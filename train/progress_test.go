package train

import (
	"math"
	"testing"
	"time"
)

// The speed is finite, as metrics.jsonl needs, and the time left is not negative, whatever the clock shows.
func TestProgressIsFinite(t *testing.T) {
	l := &Loop{Trainer: newSmall(t, smallConfig(t), 1), Total: 1 << 48}
	for what, since := range map[string]time.Time{
		"no time": time.Now().Add(time.Minute), "an age": time.Now().Add(-100 * 365 * 24 * time.Hour),
	} {
		w := window{steps: 1, since: since}
		p := w.progress(l)
		if !(p.StepsPerSecond > 0) || math.IsInf(p.StepsPerSecond, 0) || p.Left <= 0 {
			t.Errorf("%s: %v steps/s, %v left", what, p.StepsPerSecond, p.Left)
		}
	}
}

// The time left does not jump where a few steps wait for something else, and follows a speed that lasts.
func TestTimeLeftIsSteady(t *testing.T) {
	l := &Loop{Trainer: newSmall(t, smallConfig(t), 1), Total: 100_000}
	var w window
	left := func(steps int64, took time.Duration) float64 {
		w.steps, w.since = steps, time.Now().Add(-took)
		return w.progress(l).Left.Seconds()
	}
	for range 60 {
		left(100, time.Second)
	}
	if got := left(100, 2*time.Second); got < 1000 || got > 1100 {
		t.Errorf("after two slow seconds of a minute %v s left, want little more than 1000", got)
	}
	for range 60 {
		left(100, 2*time.Second)
	}
	if got := left(100, 2*time.Second); got < 1950 || got > 2010 {
		t.Errorf("after two minutes at half the speed %v s left, want 2000", got)
	}
}
