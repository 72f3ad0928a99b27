package run

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestMetricsErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	put(t, path, "{\"step\":1}\nnonsense\n")
	if _, err := ReadMetrics(path); err == nil || !strings.Contains(err.Error(), "metrics.jsonl:2:") {
		t.Errorf("error %v, want the line", err)
	}
	if _, err := OpenMetrics(path, 0); err == nil {
		t.Error("a damaged log was opened for writing")
	}
	if _, err := ReadMetrics(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	// A failed read is not the end of the log: OpenMetrics would cut the rest.
	if points, err := ReadMetrics(t.TempDir()); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder in the log's place: %v, %v", points, err)
	}
	m, err := OpenMetrics(filepath.Join(t.TempDir(), "metrics.jsonl"), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Write(LogPoint{Step: 3, Loss: math.NaN()}); err == nil || !strings.Contains(err.Error(), "step 3") {
		t.Errorf("a loss that is not a number: %v", err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if err := m.Write(LogPoint{}); err == nil {
		t.Error("a closed log was written to")
	}
}

// What is written is read back; opened after `done` steps, the log keeps the points up to there and loses a cut-off line.
func TestMetricsComeBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	number := rapid.Float64Range(-1e300, 1e300)
	rapid.Check(t, func(t *rapid.T) {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
		m, err := OpenMetrics(path, 0)
		if err != nil {
			t.Fatal(err)
		}
		points := make([]LogPoint, rapid.IntRange(0, 6).Draw(t, "points"))
		for i := range points {
			points[i] = LogPoint{
				Step: int64(7 * (i + 1)), Epoch: number.Draw(t, "epoch"), Loss: number.Draw(t, "loss"),
				GradientNorm: number.Draw(t, "norm"),
				LearningRate: number.Draw(t, "rate"), EMADecay: number.Draw(t, "decay"), StepsPerSecond: number.Draw(t, "speed"),
			}
			if err := m.Write(points[i]); err != nil {
				t.Fatal(err)
			}
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		got, err := ReadMetrics(path)
		if err != nil || len(got) != len(points) || len(points) > 0 && !cmp.Equal(points, got) {
			t.Fatalf("%v, %v; want %v", got, err, points)
		}
		text, _ := os.ReadFile(path)
		if err := os.WriteFile(path, append(text, rapid.SampledFrom([]string{"", "{", `{"step":2`}).Draw(t, "half")...),
			0o644); err != nil {
			t.Fatal(err)
		}
		done := rapid.Int64Range(0, 50).Draw(t, "done")
		if m, err = OpenMetrics(path, done); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(m.Write(LogPoint{Step: done + 1}), m.Close()); err != nil {
			t.Fatal(err)
		}
		want := append([]LogPoint{}, points[:min(len(points), int(done/7))]...)
		if got, err = ReadMetrics(path); err != nil || !cmp.Equal(append(want, LogPoint{Step: done + 1}), got) {
			t.Fatalf("after %d steps: %v, %v", done, got, err)
		}
	})
}

// Other programs rely on the names of the fields.
func TestMetricsLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	m, err := OpenMetrics(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	point := LogPoint{Step: 100, Epoch: 1.25, Loss: 0.5, GradientNorm: 2, LearningRate: 1e-3, StepsPerSecond: 900}
	averaged := point
	averaged.EMADecay = 0.9
	if err := errors.Join(m.Write(point), m.Write(averaged), m.Close()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	want := `{"step":100,"epoch":1.25,"loss":0.5,"grad_norm":2,"lr":0.001,"steps_per_s":900}` + "\n" +
		`{"step":100,"epoch":1.25,"loss":0.5,"grad_norm":2,"lr":0.001,"ema_decay":0.9,"steps_per_s":900}` + "\n"
	if string(text) != want || err != nil {
		t.Errorf("%s, %v; want %s", text, err, want)
	}
}

func TestLastLoss(t *testing.T) {
	folder := Folder(t.TempDir())
	if loss, err := folder.LastLoss(20); loss != 0 || err != nil {
		t.Errorf("no metrics: %v, %v", loss, err)
	}
	put(t, folder.MetricsPath(), "")
	if loss, err := folder.LastLoss(20); loss != 0 || err != nil {
		t.Errorf("no log points: %v, %v", loss, err)
	}
	lines := `{"step":1,"epoch":10,"loss":8}` + "\n" + `{"step":2,"epoch":11,"loss":4}` + "\n" + `{"step":3,"epoch":30,"loss":2}` + "\n"
	put(t, folder.MetricsPath(), lines)
	if loss, err := folder.LastLoss(20); math.Abs(loss-3) > 1e-12 || err != nil {
		t.Errorf("loss %v, %v; want 3, the mean of the points above epoch 10", loss, err)
	}
	if loss, err := folder.LastLoss(0); loss != 2 || err != nil {
		t.Errorf("over no epochs: %v, %v; want the last point's", loss, err)
	}
	put(t, folder.MetricsPath(), "nonsense\n")
	if _, err := folder.LastLoss(20); err == nil || !strings.Contains(err.Error(), string(folder)) {
		t.Errorf("a damaged log: %v", err)
	}
}
