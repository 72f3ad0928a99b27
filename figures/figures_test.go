package figures_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"euryale"
	"euryale/data"
	"euryale/figures"
	"euryale/model"
	"euryale/report"
	"euryale/run"
)

// trained trains a small model for a step or a few.
func trained(t *testing.T, preset string, overrides ...string) *model.Model {
	t.Helper()
	config, err := euryale.Preset(preset, append([]string{"train.epochs=1"}, overrides...)...)
	if err != nil {
		t.Fatal(err)
	}
	m, err := euryale.Train(context.Background(), config, euryale.In(filepath.Join(t.TempDir(), "run")))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// models are one of each kind, and the figures that each has.
func models() map[string]struct {
	make func(t *testing.T) *model.Model
	has  string
} {
	const plane = "data forward reverse samples forward_animation reverse_animation trajectories score density loss_by_time schedule columns"
	return map[string]struct {
		make func(t *testing.T) *model.Model
		has  string
	}{
		"points": {func(t *testing.T) *model.Model {
			return trained(t, "scurve", "data.points=60", "process.steps=5", "net.width=8")
		}, plane},
		"points in continuous time": {func(t *testing.T) *model.Model {
			return trained(t, "scurve_edm", "data.points=60", "net.width=8", "sample.steps=4")
		}, plane},
		"labeled points": {func(t *testing.T) *model.Model {
			return trained(t, "moons_cfg", "data.points=60", "process.steps=20", "net.width=8")
		}, plane},
		"points trained with labels alone": {func(t *testing.T) *model.Model {
			return trained(t, "moons_cfg", "data.points=60", "process.steps=20", "net.width=8", "train.label_dropout=0",
				"sample.guidance={weight: 0, label: 1}")
		}, plane},
		"a classifier of points": {func(t *testing.T) *model.Model {
			return trained(t, "moons_classifier", "data.points=60", "process.steps=20", "net.width=8")
		}, "data forward forward_animation schedule"},
		"images": {func(t *testing.T) *model.Model {
			return trained(t, "digits8", "train.batch=1797", "process.steps=5", "net.channels=4", "net.multipliers=[1]", "net.groups=2",
				"sample.steps=2")
		}, "data forward reverse samples forward_animation reverse_animation loss_by_time schedule nearest"},
		"a table": {func(t *testing.T) *model.Model {
			return trained(t, "table_small", "data.file="+table(t), "data.missing=model", "net.width=8", "sample.steps=4")
		}, "loss_by_time schedule columns pairs"},
		"a table with multinomial categories": {func(t *testing.T) *model.Model {
			return trained(t, "table_multinomial", "data.file="+table(t), "data.missing=impute", "process.steps=4", "net.width=8")
		}, "schedule columns pairs"},
	}
}

// small are few rows, so that tests are quick.
var small = figures.Options{Rows: 40, Images: 8, Grid: 10}

// Every kind of model has the figures that apply to it, which are left out of others with a reason; with any number of
// workers they are the same.
func TestFiguresApply(t *testing.T) {
	ctx := context.Background()
	for name, kind := range models() {
		m := kind.make(t)
		var has []string
		for _, f := range figures.All() {
			o := small
			o.Workers = 1
			picture, err := f.Draw(ctx, m, o)
			if none, ok := errors.AsType[*figures.NotApplicableError](err); ok {
				if none.Reason == "" || strings.Contains(none.Reason, "model: ") {
					t.Errorf("%s: %s is left out because: %q", name, f.Name, none.Reason)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %s: %v", name, f.Name, err)
				continue
			}
			has = append(has, f.Name)
			o.Workers = 3
			if again, err := f.Draw(ctx, m, o); err != nil || !reflect.DeepEqual(again, picture) {
				t.Errorf("%s: %s is another with three workers, %v", name, f.Name, err)
			}
			if f.Format == "gif" && name != "points" {
				continue // slow
			}
			var file bytes.Buffer
			if err := picture.Encode(&file, f.Format); err != nil {
				t.Errorf("%s: %s: %v", name, f.Name, err)
			}
		}
		if got := strings.Join(has, " "); got != kind.has {
			t.Errorf("%s: has %s\nwant %s", name, got, kind.has)
		}
	}
}

func TestChoose(t *testing.T) {
	list, err := figures.Choose("score", "data")
	if err != nil || len(list) != 2 || list[0].Name != "data" || list[1].File() != "score.png" {
		t.Errorf("score and data: %v, %v", list, err)
	}
	if all, err := figures.Choose(); err != nil || len(all) != len(figures.All()) {
		t.Errorf("none: %d, %v", len(all), err)
	}
	_, err = figures.Choose("data", "denisty")
	if err == nil || !strings.Contains(err.Error(), `a figure must be one of density, `) {
		t.Errorf("denisty: %v", err)
	}
}

// A run takes the files of all figures as its own.
func TestFilesAreTheRuns(t *testing.T) {
	var files []string
	for _, f := range figures.All() {
		files = append(files, f.File())
	}
	if !slices.Equal(files, run.FigureFiles[:]) {
		t.Errorf("figures write %v, and a run knows %v", files, run.FigureFiles)
	}
}

// A net that was only trained with labels has a score of the first class that the rows have, however rare others are.
func TestScoreOfTheClassThatThereIs(t *testing.T) {
	m := trained(t, "moons_cfg", "data.points=60", "process.steps=20", "net.width=8", "train.label_dropout=0",
		"sample.guidance={weight: 0, label: 1}")
	m.UseData(rowsOf{m.Schema, 60, 1}, nil)
	picture, err := figures.Score(context.Background(), m, small)
	if err != nil {
		t.Fatal(err)
	}
	if title := picture.(report.HeatMap).Panels[0].Title; !strings.HasSuffix(title, ", "+m.Schema.Classes[1]) {
		t.Errorf("the panel is of %q", title)
	}
	for want, source := range map[string]rowsOf{"have none": {m.Schema, 60, -1}, "the data has no rows": {m.Schema, 0, 1}} {
		m.UseData(source, nil)
		if _, err := figures.Score(context.Background(), m, small); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// rowsOf is points of one label.
type rowsOf struct {
	schema data.Schema
	n      int
	label  int32
}

func (s rowsOf) Schema() data.Schema { return s.schema }
func (s rowsOf) Rows() int           { return s.n }
func (s rowsOf) Read(_ context.Context, dst *data.Batch, first, n int) error {
	dst.Resize(s.schema, first, n)
	for i := range dst.Labels {
		dst.Labels[i], dst.Real[2*i], dst.Real[2*i+1] = s.label, float64(first+i), float64((first+i)%7)
	}
	return nil
}

// Data that is no longer there is an error, not a figure that does not apply.
func TestMissingData(t *testing.T) {
	m := trained(t, "scurve", "data.points=60", "process.steps=5", "net.width=8")
	missing := errors.New("the disk is gone")
	m.UseData(broken{missing}, nil)
	_, err := figures.Forward(context.Background(), m, small)
	if !errors.Is(err, missing) {
		t.Errorf("got %v, want %v", err, missing)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := figures.Reverse(ended, m, small); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that has ended: %v", err)
	}
}

// broken is data that cannot be read.
type broken struct{ err error }

func (b broken) Schema() data.Schema                               { return data.Numbers(2, 0) }
func (b broken) Rows() int                                         { return 60 }
func (b broken) Read(context.Context, *data.Batch, int, int) error { return b.err }

// table writes a small table with numbers, categories and a missing cell.
func table(t *testing.T) string {
	t.Helper()
	var rows strings.Builder
	rows.WriteString("height,leaves,kind\n")
	for i := range 60 {
		fmt.Fprintf(&rows, "%d.5,%d,%s\n", i%7, i%5, []string{"fern", "moss", "oak"}[i%3])
	}
	rows.WriteString(",2,oak\n")
	path := filepath.Join(t.TempDir(), "plants.csv")
	if err := os.WriteFile(path, []byte(rows.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}
