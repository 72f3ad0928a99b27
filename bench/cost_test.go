package main

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// The share is that of the time without what is shown, the median of the rounds.
func TestShownShare(t *testing.T) {
	r := result{Series: map[string]*series{trainCommand: {Figures: map[string][]float64{"ms": {102, 206, 330}, shownFigure: {2, 6, 30}}}}}
	if v, ok := shownShare(r); !ok || math.Abs(v-3) > 1e-9 {
		t.Errorf("%v, %v; want 3%%", v, ok)
	}
	if _, ok := shownShare(result{}); ok {
		t.Error("a share of what was not measured")
	}
}

// The times are those of the last line of the log.
func TestSpentOf(t *testing.T) {
	f, err := spentOf(`{"msg":"step 3"}` + "\n" + `{"msg":"took","took_s":31.5,"shown_s":0.5}` + "\n")
	if err != nil || f["ms"] != 31500 || f[shownFigure] != 500 {
		t.Errorf("%v, %v", f, err)
	}
	for _, log := range []string{"", "took 3 s", `{"msg":"step 3"}`} {
		if _, err := spentOf(log); err == nil || !strings.Contains(err.Error(), "the log of a training ends with") {
			t.Errorf("%q: %v", log, err)
		}
	}
}

// A shorter training has as many checkpoints as the whole.
func TestCostSettings(t *testing.T) {
	settings, err := costSettings(task{net: "scurve", count: 100})
	if want := []string{"train.epochs=100", "train.checkpoint_every=197"}; err != nil || !slices.Equal(settings, want) {
		t.Errorf("%v, %v, want %v", settings, err, want)
	}
	if settings, err := costSettings(task{net: "scurve"}); err != nil || settings != nil {
		t.Errorf("of the whole: %v, %v", settings, err)
	}
	if _, err := costSettings(task{net: "nothing", count: 1}); err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("an unknown preset: %v", err)
	}
}
