package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestExperiment runs the program on less data and with a smaller net, twice: it replaces what it made itself.
func TestExperiment(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "notebook")
	small := []string{"data.points=256", "net.width=16", "process.steps=20", "train.steps=40", "train.log_every=10"}
	var printed [2]bytes.Buffer
	for i := range printed {
		if err := experiment(context.Background(), folder, small, &printed[i]); err != nil {
			t.Fatal(err)
		}
	}
	figures := ` +sliced W1 [0-9.]+ \(floor 0\.0[0-9]+\)\n`
	want := regexp.MustCompile("^linear" + figures + "cosine" + figures + "sigmoid" + figures + "$")
	if !want.Match(printed[0].Bytes()) || printed[0].String() != printed[1].String() {
		t.Errorf("it printed %q, then %q", printed[0].String(), printed[1].String())
	}
	for file, begin := range map[string]string{
		"losses.svg": "<?xml", "figures/reverse.png": "\x89PNG", "figures/score.png": "\x89PNG", "figures/loss_by_time.png": "\x89PNG",
		"compare.html": "<!doctype html>", "cosine/report.html": "<!doctype html>",
	} {
		text, err := os.ReadFile(filepath.Join(folder, file))
		if err != nil || !bytes.HasPrefix(bytes.ToLower(text), bytes.ToLower([]byte(begin))) {
			t.Errorf("%s begins with %.20q: %v", file, text, err)
		}
	}
}
