package html

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"euryale/configs"
	"euryale/run"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func text(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// config is a preset with overrides.
func config(t testing.TB, preset string, overrides ...string) *configs.Config {
	t.Helper()
	c, err := configs.Preset(preset, overrides)
	must(t, err)
	return c
}

// put writes a file, and the folders above it.
func put(t testing.TB, path string, content []byte) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, content, 0o644))
}

// picture is a PNG of noise, which does not compress, from a few lines of arithmetic.
func picture(t testing.TB, width, height int) []byte {
	t.Helper()
	p := image.NewRGBA(image.Rect(0, 0, width, height))
	state := uint32(1)
	for i := range p.Pix {
		state = state*1664525 + 1013904223
		p.Pix[i] = byte(state >> 24)
	}
	p.Set(0, 0, color.Black)
	var b bytes.Buffer
	must(t, (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&b, p))
	return b.Bytes()
}

// bareRun is the folder of a run of 300 steps, of which nothing but configuration and log is there.
func bareRun(t testing.TB, name string, shift float64, overrides ...string) run.Folder {
	t.Helper()
	folder := run.Folder(filepath.Join(t.TempDir(), name))
	c := config(t, "scurve_quick", append([]string{"train.steps=300"}, overrides...)...)
	must(t, folder.Create(c, false))
	metrics, err := run.OpenMetrics(folder.MetricsPath(), 0)
	must(t, err)
	for step := int64(5); step <= 300; step += 5 {
		p := run.LogPoint{Step: step, Epoch: float64(step) / 10, Loss: 1/float64(step) + 0.5 + shift, GradientNorm: 2 - float64(step)/300,
			LearningRate: 1e-3, EMADecay: 0.9, StepsPerSecond: 100}
		if step%100 == 0 {
			p.Evaluation = &run.Evaluation{HeldOutLoss: 0.6 + 1/float64(step), Score: float64(step) / 400, Quality: float64(step) / 400,
				Best: step <= 200, Points: &run.PointsEvaluation{Samples: 100, SlicedW1: 5 / float64(step), Floor: 0.01}}
		}
		must(t, metrics.Write(p))
	}
	must(t, metrics.Close())
	return folder
}

// fullRun is bareRun with all files that a page shows.
func fullRun(t testing.TB) run.Folder {
	t.Helper()
	folder := bareRun(t, "full", 0, "seed=7")
	for _, step := range []int64{100, 200, 300} {
		put(t, folder.PreviewPath(step, ".npy"), []byte("samples"))
		put(t, folder.PreviewPath(step, "_raw.npy"), []byte("samples"))
		put(t, folder.PreviewPath(step, ".png"), picture(t, 80, 40))
	}
	put(t, folder.Samples("strip.png"), picture(t, 1400, 20))
	started := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	must(t, folder.WriteEnvironment(&run.Environment{
		Version: "v0.9.0", Commit: "abc123", Go: "go1.26", OS: "linux", Arch: "amd64", Processor: "Fast 9000", Cores: 2, Kernel: "avx2",
		Sessions: []run.Session{{Started: started, Ended: started.Add(65 * time.Second), ToStep: 300, Workers: 2,
			Command: []string{"euryale", "train", "-config", "scurve_quick", "-set", "name=a b"}}},
	}))
	return folder
}

// threeRuns differ in seed, and the third in the width of its net.
func threeRuns(t testing.TB) []run.Folder {
	t.Helper()
	return []run.Folder{bareRun(t, "one", 0), bareRun(t, "two", 0.1, "seed=1"), bareRun(t, "wide", 0.2, "net.width=77", "seed=2")}
}

// contents are what was made for a page.
func contents(t testing.TB) Contents {
	t.Helper()
	floor := 0.02
	return Contents{
		Metrics:  []Metric{{"100 samples", "sliced W1", 0.03, &floor, "two sets of fresh rows", "a note"}},
		Findings: []string{"No sign of memorizing."}, Notes: []string{"Something is missing."},
		Pictures: []Picture{{Title: "A drawn picture", PNG: picture(t, 60, 60)}},
	}
}
