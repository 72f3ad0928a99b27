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
