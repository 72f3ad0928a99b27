package configs

import (
	"strings"
	"testing"
)

// Keys of evaluations that have no effect together are refused by name, before anything is read.
func TestEvaluationKeys(t *testing.T) {
	for overrides, want := range map[string]string{
		"data.held_out=0.1 train.evaluate_every=10":                 "",
		"data.held_out=0.1 train.evaluate_every=10 train.keep=best": "",
		"data.held_out=0.1":                                                  "",
		"train.keep=last":                                                    "",
		"train.evaluate_every=10":                                            "", // on fresh points
		"data=discs net=unet train.evaluate_every=10":                        "",
		"data=program train.evaluate_every=10":                               "", // which may have a distribution
		"data=npy data.file=x.npy train.evaluate_every=10":                   "must be 0 where data.held_out is 0 and the distribution",
		"data=npy data.file=x.npy data.held_out=0.1 train.evaluate_every=10": "",
		"train.keep=best":                                                    "must be last without evaluations",
		"train.keep=bets":                                                    `must be one of best, last, got "bets"`,
		"train.evaluate_every=-1":                                            "must be at least 0",
		"train.evaluate_every=some":                                          "train.evaluate_every",
	} {
		_, err := Decode("", []byte("version: 2\n"), strings.Fields(overrides))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", overrides, err, want)
		}
	}
}

// The number of previews is bounded.
func TestPreviewsKey(t *testing.T) {
	for value, want := range map[string]string{
		"-1": "", "0": "", "10000": "", "-2": "must be from 0 (none) to 10000, or -1", "10001": "must be from 0", "all": "train.previews",
	} {
		_, err := Decode("", []byte("version: 2\n"), []string{"train.previews=" + value})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", value, err, want)
		}
	}
}

// A resume may change when to evaluate and what to keep.
func TestEvaluationKeysMayChange(t *testing.T) {
	old, changed := Default(), Default()
	changed.Train.EvaluateEvery, changed.Train.Keep, changed.Train.Previews = 5, KeepBest, 10
	if conflicts := ResumeConflicts(old, changed); len(conflicts) > 0 {
		t.Errorf("%v", conflicts)
	}
}
