package train

import (
	"context"
	"fmt"
	"runtime"

	"euryale/data"
	"euryale/diffusion"
	"euryale/kernel"
	"euryale/parallel"
	"euryale/report"
	"euryale/rng"
)

// The rows that one worker takes through all steps at once, and the pieces that are in memory together.
// Samples do not depend on them.
const (
	sampleRows = 256
	waveRows   = 64 * sampleRows
)

// SampleOptions say which samples to draw. Sample i is a function of the model, Seed, Steps, Sampling and i.
type SampleOptions struct {
	N        int
	Seed     uint64
	Steps    int // reverse steps; 0: all T
	Sampling diffusion.SamplingConfig
	Workers  int // 0: the processors Go may use
}

// Sample draws N samples and hands them to emit in order, [rows, dim] at a time, in memory that is used
// again after emit returns. Memory does not grow with N.
func (m *Model) Sample(ctx context.Context, o SampleOptions, emit func(rows []float32) error) error {
	s, err := m.newSampling(o)
	if err != nil {
		return err
	}
	defer s.team.Close()
	dim := m.Dim()
	wave := make([]float32, min(o.N, waveRows)*dim)
	for first := 0; first < o.N; first += waveRows {
		x := wave[:min(waveRows, o.N-first)*dim]
		if err := s.draw(ctx, x, first, nil); err != nil {
			return err
		}
		if err := emit(x); err != nil {
			return err
		}
	}
	return nil
}

// Frame is the state of all samples at one moment of the reverse process.
type Frame struct {
	T int       // noising steps that are left; 0: data
	X []float32 // [N, dim]
}

// Trajectory draws N samples and returns their states at the given number of moments, from x_T to x_0,
// evenly spaced over the steps. Its memory is N·dim·moments numbers.
func (m *Model) Trajectory(ctx context.Context, o SampleOptions, moments int) ([]Frame, error) {
	s, err := m.newSampling(o)
	if err != nil {
		return nil, err
	}
	defer s.team.Close()
	steps := len(s.times)
	moments = min(max(2, moments), steps+1)
	frames := make([]Frame, moments)
	frameOf := make([]int, steps+1) // number of steps done -> frame, or −1
	for i := range frameOf {
		frameOf[i] = -1
	}
	for i := range frames {
		done := (i*steps*2 + moments - 1) / (2 * (moments - 1)) // i·steps/(moments−1), rounded
		frameOf[done] = i
		frames[i].X = make([]float32, o.N*m.Dim())
		if done < steps {
			frames[i].T = int(s.times[done]) + 1
		}
	}
	x := frames[moments-1].X
	return frames, s.draw(ctx, x, 0, func(done, row int, x []float32) {
		if f := frameOf[done]; f >= 0 {
			copy(frames[f].X[row*m.Dim():], x)
		}
	})
}

// sampling is a model in use by a team of workers.
type sampling struct {
	model   *Model
	options SampleOptions
	times   []int32
	dataset *data.Dataset // for a start from the marginal
	method  diffusion.AncestralOptions
	team    *parallel.Team
	workers []samplingWorker
}

type samplingWorker struct {
	model     *diffusion.Model
	workspace diffusion.Workspace
	x0        []float32
	err       error
}

func (m *Model) newSampling(o SampleOptions) (*sampling, error) {
	if _, err := kernel.Path(); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	if o.N < 1 {
		return nil, fmt.Errorf("train: the number of samples must be at least 1, got %d", o.N)
	}
	if key, err := o.Sampling.Validate(); err != nil {
		return nil, fmt.Errorf("train: sample.%s %w", key, err)
	}
	if o.Steps == 0 {
		o.Steps = m.schedule.Steps()
	}
	times, err := m.schedule.Respaced(o.Steps)
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	variance, err := diffusion.ParseVariance(o.Sampling.Variance)
	if err != nil {
		return nil, err
	}
	s := &sampling{model: m, options: o, times: times, method: diffusion.AncestralOptions{Times: times, Variance: variance}}
	if o.Sampling.Start == "marginal" {
		if s.dataset, err = data.New(m.Config.Data, m.Config.Seed); err != nil {
			return nil, err
		}
	}
	if o.Workers < 1 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	s.workers = make([]samplingWorker, o.Workers)
	for i := range s.workers {
		if s.workers[i].model, err = diffusion.NewModel(m.net.NewForward(m.weights), m.schedule, m.prediction); err != nil {
			return nil, err
		}
		s.workers[i].x0 = make([]float32, sampleRows*m.Dim())
	}
	s.team = parallel.New(o.Workers)
	return s, nil
}

// draw fills x with the samples first, first+1, … and calls watch, if there is one, with the state of each
// piece of rows at the start and after each step.
func (s *sampling) draw(ctx context.Context, x []float32, first int, watch func(done, row int, x []float32)) error {
	dim := s.model.Dim()
	var pieces parallel.Counter
	s.team.Run(func(worker int) {
		w := &s.workers[worker]
		for lo := pieces.Next() * sampleRows * dim; lo < len(x) && w.err == nil; lo = pieces.Next() * sampleRows * dim {
			piece := x[lo:min(lo+sampleRows*dim, len(x))]
			w.err = s.drawPiece(ctx, w, piece, first+lo/dim, lo/dim, watch)
		}
	})
	for i := range s.workers {
		if err := s.workers[i].err; err != nil {
			return err
		}
	}
	return nil
}

func (s *sampling) drawPiece(ctx context.Context, w *samplingWorker, x []float32, first, row int, watch func(done, row int, x []float32)) error {
	dim, seed := s.model.Dim(), s.options.Seed
	if s.dataset == nil {
		diffusion.StartFromPrior(x, seed, uint64(first), dim)
	} else {
		x0 := w.x0[:len(x)]
		pick := rng.NewStream(seed, rng.Start)
		for r := range len(x) / dim {
			// Step 0 of the stream is the noise of the start; step 1 picks the point.
			i := pick.IntN(1, uint64(first+r), s.dataset.Rows())
			copy(x0[r*dim:(r+1)*dim], s.dataset.Points[i*dim:])
		}
		s.model.schedule.StartFromMarginal(x, x0, int(s.times[0]), seed, uint64(first), dim)
	}
	method := s.method
	method.Workspace = &w.workspace
	if watch != nil {
		watch(0, row, x)
		method.OnStep = func(step, _ int, x []float32) error {
			watch(step+1, row, x)
			return nil
		}
	}
	return diffusion.Ancestral(ctx, w.model, x, diffusion.NewRowNoise(seed, uint64(first), dim), method)
}

// strip draws the picture that ends a run: ten panels from x_T to x_0, and the data.
func (m *Model) strip(ctx context.Context, path string, points []float32, workers int) error {
	const panels, rows = 10, 10_000
	points = points[:min(len(points), rows*m.Dim())]
	frames, err := m.Trajectory(ctx, SampleOptions{N: rows, Seed: m.Config.Seed, Sampling: m.Config.Sample, Workers: workers}, panels)
	if err != nil {
		return err
	}
	return report.Save(path, report.Strip{Panels: Panels(frames), Data: points, Dim: m.Dim()})
}

// Panels titles the frames for a picture.
func Panels(frames []Frame) []report.Panel {
	panels := make([]report.Panel, 0, len(frames))
	for _, f := range frames {
		panels = append(panels, report.Panel{Title: fmt.Sprintf("t = %d", f.T), Points: f.X})
	}
	return panels
}
