package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"testing"
)

// TestFirstRun runs the program as a user would, on less data and with a smaller net.
func TestFirstRun(t *testing.T) {
	t.Chdir(t.TempDir())
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	args, stdout := os.Args, os.Stdout
	var logged bytes.Buffer
	log.SetOutput(&logged)
	defer func() {
		os.Args, os.Stdout = args, stdout
		log.SetOutput(os.Stderr)
	}()
	os.Stdout = w
	os.Args = []string{"first_run", "data.points=512", "train.epochs=120", "net.width=32", "sample={solver: ddim, steps: 10}"}
	main()
	w.Close()
	printed, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}

	var w1, floor float64
	if _, err := fmt.Sscanf(string(printed), "sliced W1: samples to data %f, data to data %f\n", &w1, &floor); err != nil {
		t.Fatalf("it printed %q: %v", printed, err)
	}
	if w1 > 0.4 || floor > 0.02 || w1 < floor { // without training 0.9
		t.Errorf("it printed %q", printed)
	}
	if !strings.Contains(logged.String(), "step 480 of 480: loss 0.") {
		t.Errorf("it logged %q", logged.String())
	}
	points, err := os.ReadFile("runs/first_run/samples/points.csv")
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(points, []byte{'\n'}); lines != 10_001 || !bytes.HasPrefix(points, []byte("x0,x1\n")) {
		t.Errorf("the file has %d lines and begins with %.20q", lines, points)
	}
}

// A whole experiment is at most thirty lines of Go, from the package clause on.
func TestLines(t *testing.T) {
	source, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(string(source), "\npackage main")
	if lines := strings.Count("package main"+code, "\n"); lines > 30 {
		t.Errorf("first_run has %d lines, want at most 30", lines)
	}
}
