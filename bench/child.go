package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"time"

	"euryale/configs"
	"euryale/kernel"
	"euryale/model"
	"euryale/run"
	"euryale/train"
)

// childArgument makes this program measure Euryale instead of managing measurements.
const childArgument = "child"

// child measures one task and prints the figures. With --threads N it has N cores and as many workers; with --workers N it
// has all cores and N workers, or the default number for 0.
func child(arguments []string) error {
	var t task
	flags := flag.NewFlagSet(childArgument, flag.ContinueOnError)
	flags.StringVar(&t.job, "job", "", "")
	flags.StringVar(&t.net, "net", "", "")
	flags.StringVar(&t.shape, "shape", "", "")
	for name, value := range map[string]*int{
		"batch": &t.batch, "width": &t.width, "timesteps": &t.timesteps, "points": &t.points, "samples": &t.samples, "count": &t.count,
	} {
		flags.IntVar(value, name, 0, "")
	}
	flags.Float64Var(&t.seconds, "seconds", 1, "")
	threads := flags.Int("threads", 1, "")
	workers := flags.Int("workers", -1, "")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if t.job == "spin" {
		return spin(os.Stdin, time.Duration(t.seconds*float64(time.Second)))
	}
	if *workers < 0 {
		*workers = *threads
		runtime.GOMAXPROCS(*threads) // "one worker" is one core, the garbage collector's too
	}
	measurements := map[string]func(t task, workers int) (figures, error){
		"train": trainChild, "sample": sampleChild, "matmul": matmulChild,
		"table-train": tableTrainChild, "table-sample": tableSampleChild,
		"unet-train": unetTrainChild, "unet-forward": unetForwardChild, "convolution": convolutionChild,
		"batches": batchesChild, "samples": samplesChild, "denormals": denormalsChild,
		"train-rate": trainRateChild, "sample-rate": sampleRateChild,
	}
	measurement, ok := measurements[t.job]
	if !ok {
		return fmt.Errorf("bench: unknown job %q", t.job)
	}
	f, err := measurement(t, *workers)
	if err != nil {
		return err
	}
	return writeFigures(os.Stdout, f)
}

// config is the S-curve's with the task's sizes.
func (t task) config(overrides ...string) (*configs.Config, error) {
	for _, o := range []struct {
		key  string
		size int
	}{
		{"train.batch", t.batch}, {"net.width", t.width}, {"process.steps", t.timesteps}, {"data.points", t.points},
	} {
		if o.size > 0 {
			overrides = append(overrides, fmt.Sprintf("%s=%d", o.key, o.size))
		}
	}
	return configs.Default().With(overrides)
}

// trainer is a run of the task at step 0.
func (t task) trainer(workers int) (*train.Trainer, error) {
	config, err := t.config()
	if err != nil {
		return nil, err
	}
	return train.New(context.Background(), config, workers)
}

// milliseconds times call until the seconds are over, and at least `minimum` times, after a warm-up. Calls that
// return false do not count.
func milliseconds(seconds float64, minimum int, call func() (counts bool, err error)) ([]float64, error) {
	length := time.Duration(seconds * float64(time.Second))
	start := time.Now()
	for n := 0; n < min(minimum, 3) || time.Since(start) < length*3/10; n++ {
		if _, err := call(); err != nil {
			return nil, err
		}
	}
	times := make([]float64, 0, 1<<16)
	start = time.Now()
	for len(times) < minimum || time.Since(start) < length {
		before := time.Now()
		counts, err := call()
		if err != nil {
			return nil, err
		}
		if counts {
			times = append(times, float64(time.Since(before).Nanoseconds())/1e6)
		}
	}
	return times, nil
}

func summary(times []float64) figures {
	sum := 0.0
	for _, t := range times {
		sum += t
	}
	return figures{"ms": median(times), "mean_ms": sum / float64(len(times)), "count": float64(len(times))}
}

func trainChild(t task, workers int) (figures, error) {
	trainer, err := t.trainer(workers)
	if err != nil {
		return nil, err
	}
	return timeSteps(trainer, t)
}

// timeSteps times training steps, and closes the trainer.
func timeSteps(trainer *train.Trainer, t task) (figures, error) {
	defer trainer.Close()
	times, err := milliseconds(t.seconds, 10, fullStep(trainer, t))
	if err != nil {
		return nil, err
	}
	return summary(times), nil
}

// fullStep does a step and returns whether it had all rows: an epoch's last batch may be short.
func fullStep(trainer *train.Trainer, t task) func() (bool, error) {
	full := int64(t.points / t.batch)
	return func() (bool, error) {
		counts := trainer.StepsDone()%trainer.StepsPerEpoch() < full
		_, err := trainer.Step()
		return counts, err
	}
}

// newModel is a net with initial weights; how long sampling takes does not depend on them.
func newModel(t task) (*model.Model, error) {
	trainer, err := t.trainer(1)
	if err != nil {
		return nil, err
	}
	return modelOf(trainer)
}

// modelOf is the net of a trainer, which it closes.
func modelOf(trainer *train.Trainer) (*model.Model, error) {
	defer trainer.Close()
	file, err := trainer.Checkpoint()
	if err != nil {
		return nil, err
	}
	c, err := run.Decode(file)
	if err != nil {
		return nil, err
	}
	return model.New(c, model.Parts{})
}

// draw returns a call that draws samples with the given number of reverse steps, 0 for all.
func draw(m *model.Model, samples, steps, workers int) func() (bool, error) {
	request := m.Request(samples)
	request.Workers, request.Sampling.Steps = workers, steps
	return func() (bool, error) {
		return true, m.Draw(context.Background(), request, func([]float32) error { return nil })
	}
}

func sampleChild(t task, workers int) (figures, error) {
	m, err := newModel(t)
	if err != nil {
		return nil, err
	}
	times, err := milliseconds(t.seconds, 2, draw(m, t.samples, 0, workers))
	if err != nil {
		return nil, err
	}
	return summary(times), nil
}

// matmulChild multiplies square matrices on the path that EURYALE_KERNEL names.
func matmulChild(t task, _ int) (figures, error) {
	if _, err := kernel.Path(); err != nil {
		return nil, err
	}
	f := figures{}
	for _, n := range []int{128, 1024} {
		a, b, c := kernel.NewMatrix(n, n), kernel.NewMatrix(n, n), kernel.NewMatrix(n, n)
		for i := range a.Data {
			a.Data[i], b.Data[i] = float32(i%1000)/1000, float32(i%997)/997
		}
		var ws kernel.Workspace
		calls := max(1, 256*256*256/(n*n*n)*32) // in one time; 128³ takes some 20 µs
		times, err := milliseconds(t.seconds, 3, func() (bool, error) {
			for range calls {
				kernel.MatMul(&ws, c, a, b, nil)
			}
			return true, nil
		})
		if err != nil {
			return nil, err
		}
		f[fmt.Sprintf("GFLOP/s %d", n)] = 2 * float64(n) * float64(n) * float64(n) * float64(calls) / median(times) / 1e6
	}
	return f, nil
}
