package train

import (
	"math"
	"testing"
	"time"
)

// The speed is a finite number, which metrics.jsonl can hold, and the time left no negative one, whatever the clock says.
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
