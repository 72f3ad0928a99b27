package train

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"euryale/checkpoint"
	"euryale/configs"
)

// smallConfig trains in milliseconds: 50 points in batches of 12, so that the last of an epoch's five has two
// rows; an average of the weights, so that a checkpoint holds all it can.
func smallConfig() *configs.Config {
	c := configs.Default()
	c.Name = "small"
	c.Seed = 3
	c.Data.Points = 50
	c.Diffusion.Steps = 10
	c.Net.Width = 24
	c.EMA.Decay = 0.9
	c.Train.Batch = 12
	c.Train.Epochs = 5
	c.Train.LogEvery = 7
	c.Train.CheckpointEvery = 4
	c.Train.KeepCheckpoints = 0
	return &c
}

func newSmall(t testing.TB, config *configs.Config, workers int) *Trainer {
	t.Helper()
	trainer, err := NewTrainer(config, workers)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(trainer.Close)
	return trainer
}

func steps(t testing.TB, trainer *Trainer, n int) {
	t.Helper()
	for range n {
		if _, err := trainer.Step(); err != nil {
			t.Fatal(err)
		}
	}
}

// bytesOf is the checkpoint as it would be on disk.
func bytesOf(t testing.TB, trainer *Trainer) []byte {
	t.Helper()
	file, err := trainer.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "c.safetensors")
	if err := checkpoint.Write(path, file); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Stopped at any step and resumed = never stopped, byte for byte, whatever the number of workers before and
// after.
func TestResumeAtAnyStep(t *testing.T) {
	const total = 13 // over two ends of an epoch
	workers := []int{1, 2, 3, 7}
	whole := newSmall(t, smallConfig(), 1)
	steps(t, whole, total)
	want := bytesOf(t, whole)
	for stop := range total + 1 {
		before := newSmall(t, smallConfig(), workers[stop%4])
		steps(t, before, stop)
		path := filepath.Join(t.TempDir(), "c.safetensors")
		file, err := before.Checkpoint()
		if err != nil {
			t.Fatal(err)
		}
		if err := checkpoint.Write(path, file); err != nil {
			t.Fatal(err)
		}
		if file, err = checkpoint.Read(path); err != nil {
			t.Fatal(err)
		}
		after := newSmall(t, smallConfig(), workers[(stop+1)%4])
		steps(t, after, 2) // whatever it did before, Restore replaces
		if err := after.Restore(file); err != nil {
			t.Fatal(err)
		}
		steps(t, after, total-stop)
		if !bytes.Equal(bytesOf(t, after), want) {
			t.Errorf("stopped at step %d: the end differs from a run that was not stopped", stop)
		}
	}
}

// The tutorial's sizes, where kernels take other paths than on a small net.
func TestWorkersAgree(t *testing.T) {
	config := configs.Default()
	want := []byte(nil)
	for _, workers := range []int{1, 2, 3, 7} {
		trainer := newSmall(t, &config, workers)
		steps(t, trainer, 85) // past the short batch
		got := bytesOf(t, trainer)
		if want == nil {
			want = got
		} else if !bytes.Equal(got, want) {
			t.Errorf("%d workers: the checkpoint differs from one worker's", workers)
		}
	}
}

// A batch of several parts: any number of workers gives the same bits, and one step the same loss and gradient
// as batches that fit.
func TestBatchInParts(t *testing.T) {
	config := smallConfig()
	config.Data.Points = 2*partRows + 700
	config.Train.Batch = config.Data.Points
	one := newSmall(t, config, 1)
	result, err := one.Step()
	if err != nil {
		t.Fatal(err)
	}
	for _, workers := range []int{2, 3, 7} {
		other := newSmall(t, config, workers)
		if r, err := other.Step(); err != nil || r != result || !slices.Equal(other.weights, one.weights) {
			t.Errorf("%d workers: %+v, %v; one worker has %+v", workers, r, err, result)
		}
	}

	// The same rows as three batches, with the weights as they were.
	whole := slices.Clone(one.program.Gradient())
	small := *config
	small.Train.Batch = partRows
	parts := newSmall(t, &small, 1)
	sum, loss := make([]float64, len(whole)), 0.0
	for first := 0; first < config.Data.Points; first += partRows {
		parts.fill = func(lo, hi int) {
			for r := lo; r < hi; r++ {
				copy(parts.x0[r*2:r*2+2], one.x0[(first+r)*2:])
				copy(parts.eps[r*2:r*2+2], one.eps[(first+r)*2:])
				parts.times[r] = one.times[first+r]
			}
		}
		parts.weights = append(parts.weights[:0], parts.net.Init(config.Seed)...)
		r, err := parts.Step()
		if err != nil {
			t.Fatal(err)
		}
		share := float64(len(parts.rows)) / float64(config.Data.Points)
		loss += r.Loss * share
		for i, g := range parts.program.Gradient() {
			sum[i] += float64(g) * share
		}
	}
	if math.Abs(loss-result.Loss) > 1e-5*loss {
		t.Errorf("loss %v, in batches %v", result.Loss, loss)
	}
	for i, want := range sum {
		if math.Abs(float64(whole[i])-want) > 1e-5*result.GradientNorm {
			t.Fatalf("gradient[%d] = %v, in batches %v", i, whole[i], want)
		}
	}
}

func TestStepDoesNotAllocate(t *testing.T) {
	for _, workers := range []int{1, 2} {
		trainer := newSmall(t, smallConfig(), workers)
		steps(t, trainer, 6)
		if n := testing.AllocsPerRun(50, func() {
			if _, err := trainer.Step(); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%d workers: %v allocations a step", workers, n)
		}
	}
}

func TestNotFiniteStopsTheRun(t *testing.T) {
	trainer := newSmall(t, smallConfig(), 2)
	steps(t, trainer, 3)
	before := bytesOf(t, trainer)
	fill := trainer.fill
	trainer.fill = func(lo, hi int) {
		fill(lo, hi)
		trainer.x0[lo*2] = float32(math.Inf(1))
	}
	_, err := trainer.Step()
	if err == nil || !strings.Contains(err.Error(), "step 4") || !strings.Contains(err.Error(), fmt.Sprint(trainer.times[:12])) {
		t.Errorf("error %v, want one with the step and the timesteps", err)
	}
	if !bytes.Equal(bytesOf(t, trainer), before) {
		t.Error("the weights changed")
	}
}

func TestRestoreErrors(t *testing.T) {
	good := func() *checkpoint.File {
		trainer := newSmall(t, smallConfig(), 1)
		steps(t, trainer, 7)
		file, err := trainer.Checkpoint()
		if err != nil {
			t.Fatal(err)
		}
		file.Name = "c.safetensors"
		return file
	}
	tests := []struct {
		name   string
		config func(*configs.Config)
		file   func(*checkpoint.File)
		want   string
	}{
		{"another width", func(c *configs.Config) { c.Net.Width = 32 }, nil, `has shape [24 2], expected [32 2]`},
		{"another depth", func(c *configs.Config) { c.Net.Depth = 2 }, nil, "holds 44 tensors, a run of this configuration has 32"},
		{"another batch", func(c *configs.Config) { c.Train.Batch = 10 }, nil, `step 7 stands at epoch "1", offset "24"`},
		{"another seed", func(c *configs.Config) { c.Seed = 4 }, nil, "made with seed 3, the run has 4"},
		{"no average", func(c *configs.Config) { c.EMA.Decay = 0 }, nil, "holds 44 tensors, a run of this configuration has 33"},
		{"no step", nil, func(f *checkpoint.File) { delete(f.Metadata, "step") }, `metadata "step" is ""`},
		{"negative step", nil, func(f *checkpoint.File) { f.Metadata["step"] = "-1" }, `metadata "step" is "-1"`},
		{"a tensor renamed", nil, func(f *checkpoint.File) {
			i := slices.IndexFunc(f.Tensors, func(t checkpoint.Tensor) bool { return t.Name == "optim.v.linears.2.bias" })
			f.Tensors[i].Name = "other"
		}, `no tensor "optim.v.linears.2.bias"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config, file := smallConfig(), good()
			if test.config != nil {
				test.config(config)
			}
			if test.file != nil {
				test.file(file)
			}
			err := newSmall(t, config, 1).Restore(file)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "c.safetensors") {
				t.Errorf("error %v, want %s", err, test.want)
			}
		})
	}
}

// Each epoch uses each point once, and the loss of a short batch is the mean over its own rows: with all
// weights zero the net predicts 0 and the loss is the mean square of eps.
func TestShortBatchCountsItsOwnRows(t *testing.T) {
	trainer := newSmall(t, smallConfig(), 1)
	steps(t, trainer, 4)
	clear(trainer.weights)
	result, err := trainer.Step()
	if err != nil {
		t.Fatal(err)
	}
	if len(trainer.rows) != 2 {
		t.Fatalf("the fifth batch has %d rows, want 2", len(trainer.rows))
	}
	if want := meanSquare(trainer.eps[:2*2]); math.Abs(result.Loss-want) > 1e-6*want {
		t.Errorf("loss %v, want %v", result.Loss, want)
	}
}

func TestLearnsASmallProblem(t *testing.T) {
	config := smallConfig()
	config.Train.Batch = 50
	trainer := newSmall(t, config, 2)
	mean := func(n int) float64 {
		sum := 0.0
		for range n {
			r, err := trainer.Step()
			if err != nil {
				t.Fatal(err)
			}
			sum += r.Loss / float64(n)
		}
		return sum
	}
	first := mean(20)
	mean(500)
	if last := mean(100); last > 0.7*first {
		t.Errorf("loss %v at first, %v after 500 steps", first, last)
	}
}

func BenchmarkStep(b *testing.B) {
	for _, size := range []struct{ batch, width, steps int }{{128, 128, 100}, {128, 512, 1000}, {1024, 1024, 1000}} {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("batch=%d/width=%d/workers=%d", size.batch, size.width, workers), func(b *testing.B) {
				config := configs.Default()
				config.Train.Batch, config.Net.Width, config.Diffusion.Steps = size.batch, size.width, size.steps
				trainer := newSmall(b, &config, workers)
				steps(b, trainer, 2)
				b.ReportAllocs()
				for b.Loop() {
					if _, err := trainer.Step(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
