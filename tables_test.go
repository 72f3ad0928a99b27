package euryale

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A table from a file to samples and their report, with evaluations on the way, by the functions of this package alone.
func TestTable(t *testing.T) {
	ctx, folder := context.Background(), t.TempDir()
	file := func(name string) string { return filepath.Join(folder, name) }
	rows := func(name string, first, n int) {
		var text strings.Builder
		text.WriteString("x,kind\n")
		for i := first; i < first+n; i++ {
			fmt.Fprintf(&text, "%d.%d,%s\n", 7*i%13, i%10, []string{"a", "b", "c"}[7*i%13/5])
		}
		if err := os.WriteFile(file(name), []byte(text.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	rows("train.csv", 0, 60)
	rows("test.csv", 60, 40)
	config, err := Preset("table", "data.file="+file("train.csv"), "data.held_out=0.2", "train.steps=20", "train.evaluate_every=10",
		"train.keep=best", "net.width=16")
	if err != nil {
		t.Fatal(err)
	}
	model, err := Train(ctx, config, In(file("run")))
	if err != nil {
		t.Fatal(err)
	}
	points, err := Metrics(file("run"))
	if err != nil || len(points) != 2 || points[0].Evaluation == nil || points[1].Evaluation.Table == nil || !model.Best {
		t.Fatalf("%+v, %v, best: %v", points, err, model.Best)
	}
	e, err := EvaluateTable(ctx, model, 0)
	if err != nil || e.Step != model.Step || e.Rows.Train != 48 || e.Rows.Test != 12 || e.Rows.Synthetic != 48 {
		t.Fatalf("%+v, %v", e, err)
	}
	if err := model.Save(ctx, model.Request(30), file("synthetic.csv")); err != nil {
		t.Fatal(err)
	}
	e, err = Judge(ctx, Files{
		Train: file("train.csv"), Test: file("test.csv"), Synthetic: file("synthetic.csv"),
	})
	if err != nil || e.Figures.Value("valid_cells") != 1 || e.Rows.Synthetic != 30 || len(e.Notes) > 0 {
		t.Errorf("%+v, %v", e, err)
	}
}
