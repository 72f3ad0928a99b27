package main

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The table has the coordinates for which others/table.py is written, and the preset trains on it.
func TestTables(t *testing.T) {
	trainer, err := task{points: 700, batch: 64}.tableTrainer(1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trainer.Step(); err != nil {
		t.Fatal(err)
	}
	m, err := modelOf(trainer)
	if err != nil {
		t.Fatal(err)
	}
	if m.Dim() != 27 {
		t.Errorf("a row has %d coordinates, want 27", m.Dim())
	}
	if _, err := draw(m, 10, tableSteps, 1)(); err != nil {
		t.Error(err)
	}
}

// The same rows every time, and all of them.
func TestWriteTable(t *testing.T) {
	var texts []string
	for _, name := range []string{"one.csv", "two.csv"} {
		path := filepath.Join(t.TempDir(), name)
		if err := writeTable(path, 50); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	if texts[0] != texts[1] {
		t.Error("two tables differ")
	}
	lines := bufio.NewScanner(strings.NewReader(texts[0]))
	n := 0
	for ; lines.Scan(); n++ {
		if cells := strings.Split(lines.Text(), ","); len(cells) != 10 {
			t.Errorf("line %d has %d cells: %s", n+1, len(cells), lines.Text())
		}
	}
	if n != 51 {
		t.Errorf("%d lines, want 51", n)
	}
}

// Tuned PyTorch on one thread is not searched for more; a tutorial's way on one thread is not tuned.
func TestSettingsOfPyTorch(t *testing.T) {
	e := &environment{python: "python3"}
	for name, wants := range map[string]struct{ axes, threads int }{
		tutorialOne: {3, 1}, tunedOne: {5, 1}, tuned: {5, len(torchThreads())},
	} {
		c := e.pytorchTable(name)
		if len(c.axes) != wants.axes || len(c.axes[2]) != wants.threads {
			t.Errorf("%s: %d axes with %d settings of threads, want %d and %d", name, len(c.axes), len(c.axes[2]), wants.axes, wants.threads)
		}
		if way := c.axes[0][0].arguments[1]; (way == "tutorial") != (name == tutorialOne) {
			t.Errorf("%s is %s", name, way)
		}
	}
	if c := (&environment{}).pytorchTable(tutorialOne); c.run != nil {
		t.Error("PyTorch runs without Python")
	}
}
