package train

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"euryale/configs"
	"euryale/data"
	"euryale/run"
)

// With every transform that moves weights, with and without the others, and with every learning-rate schedule, a run that is
// stopped and resumed ends byte for byte like one that is not, with any number of workers.
func TestResumeEveryOptimizer(t *testing.T) {
	rates := map[string]string{
		"constant": "0.002",
		"warmup":   "{name: warmup, rate: 0.002, steps: 9}",
		"cosine":   "{name: cosine, rate: 0.002, warmup: 6, final: 0.1}",
		"linear":   "{name: linear, rate: 0.002, warmup: 6, final: 0.1}",
		"step":     "{name: step, rate: 0.002, every: 5, factor: 0.3}",
	}
	transforms := map[string]string{
		"adam":             "[adam]",
		"clip, adam, ema":  "[{name: clip, norm: 0.5}, adam, {name: ema, decay: 0.9, warmup: true}]",
		"clip, adamw":      "[clip, {name: adamw, weight_decay: 0.1}]",
		"clip, adamw, ema": "[clip, {name: adamw, weight_decay: 0.1}, {name: ema, decay: 0.8, warmup: false}]",
	}
	ends := map[string]string{}
	for name, rate := range rates {
		for chain, list := range transforms {
			t.Run(name+", "+chain, func(t *testing.T) {
				config := smallConfig(t, "optimizer.learning_rate="+rate, "optimizer.transforms="+list)
				whole := newSmall(t, config, 1)
				steps(t, whole, 25)
				want := bytesOf(t, whole)
				for _, stop := range []int{1, 8, 17} { // in the rise of the rate, after it, later
					before := newSmall(t, config, 3)
					steps(t, before, stop)
					after := newSmall(t, config, 2)
					if err := after.Restore(saved(t, before)); err != nil {
						t.Fatal(err)
					}
					steps(t, after, 25-stop)
					if !bytes.Equal(bytesOf(t, after), want) {
						t.Errorf("stopped at step %d: the end differs from a run that was not stopped", stop)
					}
				}
				if chain == "adam" { // the schedule alone makes the difference
					weights := fmt.Sprint(whole.weights)
					if other, ok := ends[weights]; ok {
						t.Errorf("the weights are those of %s", other)
					}
					ends[weights] = t.Name()
				}
			})
		}
	}
}

// The rates of a resumed run are those of one that was not stopped.
func TestResumedRates(t *testing.T) {
	config := smallConfig(t, "optimizer.learning_rate={name: cosine, rate: 0.002, warmup: 6}")
	folder := run.Folder(t.TempDir())
	got := map[int64]float64{}
	rates := func(cancel func()) Hook {
		return Hook{Name: "rates", Every: 1, Do: func(_ context.Context, _ *Loop, p Progress) error {
			got[p.Step] = p.LearningRate
			if cancel != nil && p.Step == 11 {
				cancel()
			}
			return nil
		}}
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if err := Run(ctx, config, Options{Folder: folder, Hooks: []Hook{rates(cancel)}}); err == nil {
		t.Fatal("the run was not interrupted")
	}
	mustRun(t, config, Options{Folder: folder, Resume: true, Hooks: []Hook{rates(nil)}})
	for step := int64(1); step <= 25; step++ {
		want := 0.002 * float64(step) / 6
		if step > 6 {
			want = 0.001 * (1 + math.Cos(math.Pi*float64(step-6)/19))
		}
		if math.Abs(got[step]-want) > 1e-12 {
			t.Errorf("step %d: rate %v, want %v", step, got[step], want)
		}
	}
}

// Where the rate falls until the end of the run, the run cannot be made longer: the steps done would have had other rates.
func TestEpochsOfAFallingRateCannotChange(t *testing.T) {
	for rate, may := range map[string]bool{"constant": true, "warmup": true, "step": true, "cosine": false, "linear": false} {
		folder := run.Folder(t.TempDir())
		mustRun(t, smallConfig(t, "optimizer.learning_rate="+rate, "train.epochs=1"), Options{Folder: folder})
		longer := smallConfig(t, "optimizer.learning_rate="+rate, "train.epochs=2", "train.log_every=2", "sample.steps=5")
		err := Run(context.Background(), longer, Options{Folder: folder, Resume: true})
		if may != (err == nil) || !may && !strings.Contains(err.Error(), "a resumed run cannot change [train.epochs: 1 -> 2]") {
			t.Errorf("%s: error %v", rate, err)
		}
	}
}

// points writes rows to a .npy file.
func points(t *testing.T, path string, dim int, rows []float64) {
	t.Helper()
	sink, err := data.NewNPY(path, data.Numbers(dim, 0))
	if err != nil {
		t.Fatal(err)
	}
	if err := sink.Write(&data.Batch{Rows: len(rows) / dim, Real: rows}); err != nil {
		t.Fatal(err)
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
}

// A run goes on only with the rows that it began with, in the same units.
func TestResumeWithOtherData(t *testing.T) {
	rows := make([]float64, 2*50)
	for i := range rows {
		rows[i] = float64(float32(math.Sin(float64(3*i)) * (1 + float64(i%2))))
	}
	scaled := func(by float64) []float64 {
		out := make([]float64, len(rows))
		for i, v := range rows {
			out[i] = by * v
		}
		return out
	}
	swapped := append(append([]float64{}, rows[2:]...), rows[:2]...)
	for _, standardize := range []string{"false", "true"} {
		for _, test := range []struct {
			name string
			dim  int
			rows []float64
			want string
		}{
			{"the same", 2, rows, ""},
			{"one number", 2, append([]float64{rows[0] + 1}, rows[1:]...), "the rows of the data have changed since the run began"},
			{"another order", 2, swapped, "the rows of the data have changed since the run began"},
			// Standardized, these are the same numbers bit for bit.
			{"other units", 2, scaled(2), "the rows of the data have changed since the run began"},
			{"fewer rows", 2, rows[:2*40], "the rows of the data have changed since the run began"},
			{"another shape", 4, rows, "the rows of the data have changed since the run began"},
		} {
			t.Run(test.name+", standardize "+standardize, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "points.npy")
				config := func(epochs int) *configs.Config {
					return smallConfig(t, "data=npy", "data.file="+path, "data.standardize="+standardize,
						fmt.Sprint("train.epochs=", epochs))
				}
				folder := run.Folder(t.TempDir())
				points(t, path, 2, rows)
				mustRun(t, config(1), Options{Folder: folder})
				points(t, path, test.dim, test.rows)
				err := Run(context.Background(), config(2), Options{Folder: folder, Resume: true})
				if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
					t.Errorf("error %v, want %q", err, test.want)
				}
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
				if err := Run(context.Background(), config(3), Options{Folder: folder, Resume: true}); err == nil ||
					!strings.Contains(err.Error(), path) {
					t.Errorf("without the file: %v", err)
				}
			})
		}
	}
}
