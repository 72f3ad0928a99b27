package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestCompareSolvers trains a little and compares solvers, then compares them again on that run.
func TestCompareSolvers(t *testing.T) {
	t.Chdir(t.TempDir())
	var out bytes.Buffer
	args := []string{"-n", "200", "-steps", "5,10", "train.epochs=8", "data.points=1000", "net.width=16"}
	if err := run(t.Context(), args, &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2+2*len(solvers()) || strings.Join(strings.Fields(lines[0]), " ") != "NFE sliced W1 solver" ||
		!strings.HasSuffix(lines[len(lines)-1], "two sets of data") {
		t.Fatalf("it printed\n%s", out.String())
	}
	names, last := map[string]int{}, 0.0
	for _, line := range lines[1 : len(lines)-1] {
		var evaluations, w1 float64
		var name string
		if _, err := fmt.Sscan(line, &evaluations, &w1, &name); err != nil || evaluations < last || w1 <= 0 {
			t.Errorf("%q after %v evaluations: %v", line, last, err)
		}
		names[name]++
		last = evaluations
	}
	for name, want := range map[string]int{"euler": 2, "heun": 4, "dpm++_2m": 2, "unipc": 2, "euler_ancestral": 2, "rk45": 2} {
		if names[name] != want {
			t.Errorf("%s is on %d lines, want %d", name, names[name], want)
		}
	}

	var again bytes.Buffer
	if err := run(t.Context(), []string{"-run", "runs/compare_solvers", "-n", "200", "-steps", "5,10"}, &again); err != nil {
		t.Fatal(err)
	}
	if again.String() != out.String() {
		t.Errorf("the opened run gave\n%s\nnot\n%s", again.String(), out.String())
	}
	if err := run(t.Context(), []string{"-run", "runs/compare_solvers", "-steps", "5,x"}, &again); err == nil {
		t.Error("-steps 5,x was taken")
	}
}
