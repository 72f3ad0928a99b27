package model

import (
	"context"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"euryale/data"
)

// No rows, and more rows than there can be, are errors.
func TestCounts(t *testing.T) {
	ctx, curve := context.Background(), smallModel(t)
	classifier := smallModel(t, "objective=classify", "data.name=moons")
	table, err := data.Flat([]float64{1, 2, 3, 4, 5, 7, 6, 1}, 2, []int32{0, 0, 0, 0})
	if err != nil {
		t.Fatal(err)
	}
	config := smallConfig(t, "data=program", "data.held_out=0.5")
	config.Data.Source.Kind.(*data.Program).Source = table
	held, err := New(untrained(t, config, nil, nil), Parts{Data: table})
	if err != nil {
		t.Fatal(err)
	}
	fresh := func(m *Model, n, class int) error {
		_, err := m.Fresh(ctx, 1, n, class)
		return err
	}
	wide := smallModel(t, "data={name: checkerboard, points: 5, dimensions: 1000}", "net.width=2")
	accuracies := func(n, times int) error {
		_, err := classifier.Accuracies(ctx, n, 1, times)
		return err
	}
	inMemory := func(n int) error {
		_, _, err := wide.Points(ctx, wide.Request(n))
		return err
	}
	inFrames := func(n int) error {
		_, err := wide.Trajectory(ctx, wide.Request(n), 9)
		return err
	}
	for want, err := range map[string]error{
		"2147483647 samples of 1000 numbers are more":             inMemory(math.MaxInt32),
		"9 frames of 1147483647 samples of 1000 numbers are more": inFrames(math.MaxInt32 - 1_000_000_000),
		"must be at least 1, got 0":                               fresh(curve, 0, data.AnyClass),
		"must be at most 2147483647, got 2147483648":              fresh(curve, math.MaxInt32+1, data.AnyClass),
		"the number of rows must be at least 1, got -1":           fresh(held, -1, data.AnyClass),
		"no held-out row has the label 1":                         fresh(held, 1, 1),
		"the number of times must be at least 1, got 0":           accuracies(10, 0),
		"fresh points: must be at least 1, got -3":                accuracies(-3, 2),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// Memory does not grow with the number of samples, nor more with the width of rows than one piece per worker.
func TestWavesOfWideRows(t *testing.T) {
	m := smallModel(t, "data={name: checkerboard, points: 5, dimensions: 1000}", "net.width=2", "process.steps=2")
	r := m.Request(9000)
	r.Workers = 2
	waves, rows := 0, 0
	if err := m.Draw(context.Background(), r, func(x []float32) error {
		if len(x) > waveNumbers {
			t.Errorf("%d numbers at once", len(x))
		}
		waves, rows = waves+1, rows+len(x)/1000
		return nil
	}); err != nil || waves < 3 || rows != 9000 {
		t.Errorf("%d rows in %d waves, %v", rows, waves, err)
	}
}

// A checkpoint without a schema is one of version 1, whose data has a known distribution: no file that it names is read.
func TestSchemaIsNotReadFromFiles(t *testing.T) {
	config := smallConfig(t, "data={name: npy, file: "+filepath.Join(t.TempDir(), "rows.npy")+"}")
	c := untrained(t, smallConfig(t), nil, nil)
	text, err := config.YAML()
	if err != nil {
		t.Fatal(err)
	}
	c.Metadata["config"] = string(text)
	delete(c.Metadata, "schema")
	if _, err := New(onDisk(t, c), Parts{}); err == nil || !strings.Contains(err.Error(), "there is no schema") {
		t.Errorf("error %v", err)
	}
}
