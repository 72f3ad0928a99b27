package cli

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"euryale/configs"
	"euryale/data"
	"euryale/model"
	"euryale/run"
	"euryale/train"
)

// A run is finished even if its data is gone or its samples cannot be drawn.
func TestClosingPicture(t *testing.T) {
	points := filepath.Join(t.TempDir(), "points.npy")
	finish := func(overrides ...string) (log string, picture bool) {
		t.Helper()
		rows := data.Batch{Rows: 8, Real: []float64{0, 1, 1, 0, 0, -1, -1, 0, 1, 1, -1, 1, -1, -1, 1, -1}}
		sink, err := data.NewNPY(points, data.Numbers(2, 0))
		if err != nil {
			t.Fatal(err)
		}
		if err := sink.Write(&rows); err != nil {
			t.Fatal(err)
		}
		if err := sink.Close(); err != nil {
			t.Fatal(err)
		}
		config, err := configs.Preset("scurve", append([]string{
			"data={name: npy, file: " + points + "}", "train.epochs=1", "process.steps=5", "net.width=8",
		}, overrides...))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		folder := run.Folder(t.TempDir())
		gone := train.Hook{Name: "gone", Finish: func(context.Context, *train.Loop) error { return os.Remove(points) }}
		if err := train.Run(t.Context(), config, train.Options{
			Folder: folder, Workers: 1, Hooks: []train.Hook{gone},
		}); err != nil {
			t.Error(err)
		}
		if err := closingPicture(t.Context(), newConsole(&out), folder, 1); err != nil {
			t.Error(err)
		}
		_, err = os.Stat(folder.Samples("strip.png"))
		return out.String(), err == nil
	}
	log, picture := finish()
	if !picture || !strings.Contains(log, "the picture has no data next to the samples: the data of scurve: ") {
		t.Errorf("picture %v, log\n%s", picture, log)
	}
	log, picture = finish("sample.start=marginal") // which samples need the data for
	if picture || !strings.Contains(log, "no picture: the data of scurve: ") {
		t.Errorf("picture %v, log\n%s", picture, log)
	}
}

// Of many rows a picture shows evenly spaced ones: the first of a sorted file would be of one kind.
func TestTrainingPoints(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sorted.npy")
	rows := data.Batch{Rows: 30}
	for i := range rows.Rows {
		rows.Real = append(rows.Real, float64(i), float64(i%2))
	}
	sink, err := data.NewNPY(path, data.Numbers(2, 0))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(sink.Write(&rows), sink.Close()); err != nil {
		t.Fatal(err)
	}
	config, err := configs.Preset("scurve", []string{
		"data={name: npy, file: " + path + "}", "train.epochs=1", "process.steps=5", "net.width=8",
	})
	if err != nil {
		t.Fatal(err)
	}
	folder := run.Folder(t.TempDir())
	if err := train.Run(t.Context(), config, train.Options{Folder: folder, Workers: 1}); err != nil {
		t.Fatal(err)
	}
	m, err := model.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	for n, every := range map[int]int{3: 10, 15: 2, 30: 1, math.MaxInt: 1} {
		points, _, err := trainingPoints(t.Context(), m, n)
		if err != nil || len(points) != 2*30/every {
			t.Fatalf("at most %d rows: %d numbers, %v", n, len(points), err)
		}
		for i := range len(points) / 2 {
			if points[2*i] != float32(i*every) {
				t.Errorf("at most %d rows: row %d is %v", n, i, points[2*i])
			}
		}
	}
}
