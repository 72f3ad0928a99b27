package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"euryale/configs"
	"euryale/data"
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
