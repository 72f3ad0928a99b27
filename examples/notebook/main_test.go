package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestExperiment runs the program on less data and with a smaller net.
func TestExperiment(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "notebook")
	small := []string{"data.points=256", "net.width=16", "process.steps=20", "train.steps=40", "train.log_every=10"}
	var printed bytes.Buffer
	if err := experiment(context.Background(), folder, small, &printed); err != nil {
		t.Fatal(err)
	}
	figures := ` +sliced W1 [0-9.]+ \(floor 0\.0[0-9]+\)\n`
	want := regexp.MustCompile("^linear" + figures + "cosine" + figures + "sigmoid" + figures + "$")
	if !want.Match(printed.Bytes()) {
		t.Errorf("it printed %q", printed.String())
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
