package train

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/configs"
)

// Stopped at any step and resumed = never stopped, byte for byte, whatever the number of workers before and after.
func TestResumeAtAnyStep(t *testing.T) {
	const total = 13 // over two ends of an epoch
	workers := []int{1, 2, 3, 7}
	whole := newSmall(t, smallConfig(t), 1)
	steps(t, whole, total)
	want := bytesOf(t, whole)
	for stop := range total + 1 {
		before := newSmall(t, smallConfig(t), workers[stop%4])
		steps(t, before, stop)
		file := saved(t, before)
		after := newSmall(t, smallConfig(t), workers[(stop+1)%4])
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

// The tutorial's sizes, where kernels take other paths than for a small net.
func TestWorkersAgree(t *testing.T) {
	config, want := configs.Default(), []byte(nil)
	for _, workers := range []int{1, 2, 3, 7} {
		trainer := newSmall(t, config, workers)
		steps(t, trainer, 85) // past the short batch
		got := bytesOf(t, trainer)
		if want == nil {
			want = got
		} else if !bytes.Equal(got, want) {
			t.Errorf("%d workers: the checkpoint differs from one worker's", workers)
		}
	}
}

// The number of workers may change from step to step.
func TestWorkersComeAndGo(t *testing.T) {
	config := smallConfig(t)
	var want []byte
	for _, use := range []func(step int) int{func(int) int { return 1 }, func(step int) int { return 1 + step*step%5 }} {
		trainer := newSmall(t, config, 5)
		for step := range 30 {
			trainer.team.Use(use(step))
			steps(t, trainer, 1)
		}
		got := bytesOf(t, trainer)
		if want == nil {
			want = got
		}
		if !bytes.Equal(got, want) {
			t.Error("the checkpoint differs from one worker's")
		}
	}
}

// A batch of several parts: any number of workers gives the same bits, and one step the same loss and gradient
// as batches that fit.
func TestBatchInParts(t *testing.T) {
	const points = 2*partRows + 700
	config := smallConfig(t, fmt.Sprintf("data.points=%d", points), fmt.Sprintf("train.batch=%d", points))
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
	for first := 0; first < points; first += partRows {
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
		share := float64(len(parts.rows)) / float64(points)
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
		trainer := newSmall(t, smallConfig(t), workers)
		steps(t, trainer, 6)
		if n := testing.AllocsPerRun(50, func() {
			if _, err := trainer.Step(); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%d workers: %v allocations per step", workers, n)
		}
	}
}

func TestNotFiniteStopsTheRun(t *testing.T) {
	trainer := newSmall(t, smallConfig(t), 2)
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

// The loss of a short batch is the mean over the rows it has: with all weights zero the net predicts 0, and the loss is the
// mean square of eps.
func TestShortBatchIsAMeanOverItsRows(t *testing.T) {
	trainer := newSmall(t, smallConfig(t), 1)
	steps(t, trainer, 4)
	clear(trainer.weights)
	result, err := trainer.Step()
	if err != nil {
		t.Fatal(err)
	}
	if len(trainer.rows) != 2 {
		t.Fatalf("the fifth batch has %d rows, want 2", len(trainer.rows))
	}
	if want := squares(trainer.eps[:2*2]); math.Abs(result.Loss-want) > 1e-6*want {
		t.Errorf("loss %v, want %v", result.Loss, want)
	}
}

func TestLearnsASmallProblem(t *testing.T) {
	trainer := newSmall(t, smallConfig(t, "train.batch=50"), 2)
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
				config, err := configs.Preset("scurve", []string{
					fmt.Sprint("train.batch=", size.batch), fmt.Sprint("net.width=", size.width), fmt.Sprint("process.steps=",
						size.steps),
				})
				if err != nil {
					b.Fatal(err)
				}
				trainer := newSmall(b, config, workers)
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
