package main

import (
	"slices"
	"strings"
	"testing"
)

// The overhead is the median of the rounds, each of which is compared with its neighbor in time.
func TestOverhead(t *testing.T) {
	r := result{Series: map[string]*series{
		everything: {Figures: map[string][]float64{"CPU s": {110, 206, 330}}}, loopAlone: {Figures: map[string][]float64{"CPU s": {100, 200, 300}}},
	}}
	if v, ok := overhead("CPU s", "").value(r); !ok || v < 10-1e-9 || v > 10+1e-9 {
		t.Errorf("%v, %v; want 10%%", v, ok)
	}
	if _, ok := overhead("ms", "").value(r); ok {
		t.Error("an overhead of what was not measured")
	}
	delete(r.Series, loopAlone)
	if _, ok := overhead("CPU s", "").value(r); ok {
		t.Error("an overhead without the loop alone")
	}
}

// Both trainings have the same settings: a shorter one has as many checkpoints as the whole.
func TestCostSettings(t *testing.T) {
	settings, err := costSettings(task{net: "scurve", count: 100})
	if want := []string{"train.epochs=100", "train.checkpoint_every=197"}; err != nil || !slices.Equal(settings, want) {
		t.Errorf("%v, %v, want %v", settings, err, want)
	}
	if settings, err := costSettings(task{net: "scurve"}); err != nil || settings != nil {
		t.Errorf("of the whole: %v, %v", settings, err)
	}
	if _, err := bareChild(task{net: "scurve", count: 1}, 1); err != nil {
		t.Error(err)
	}
	if _, err := bareChild(task{net: "nothing"}, 1); err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("an unknown preset: %v", err)
	}
}
