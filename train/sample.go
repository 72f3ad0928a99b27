package train

import (
	"context"
	"fmt"
	"math"
	"runtime"

	"euryale/data"
	"euryale/diffusion"
	"euryale/diffusion/guidance"
	"euryale/diffusion/solver"
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

// SampleOptions say which samples to draw. Sample i is a function of the model, Seed, Sampling, Classifier,
// Known and i.
type SampleOptions struct {
	N        int
	Seed     uint64
	Sampling solver.Config // steps 0: the process's own
	Workers  int           // 0: the processors Go may use
	// Classifier of noisy data, trained on the same process, that guides samples to Sampling.Label; nil: the
	// net's own labels do.
	Classifier *Model
	// Invert turns fresh points of the data into their noise instead, by the sampler read backwards: ddim without noise,
	// or rk45.
	Invert bool
	// Known are coordinates that every sample shall have, by their number: the others are painted in, by replacement, or
	// by RePaint where Sampling.RePaint asks for more than one pass.
	Known map[int]float64
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
	Title string    // the time, as a user reads it
	X     []float32 // [N, dim]
}

// Trajectory draws N samples and returns their states at the given number of moments, from noise to data,
// evenly spaced over the steps. Its memory is N·dim·moments numbers.
func (m *Model) Trajectory(ctx context.Context, o SampleOptions, moments int) ([]Frame, error) {
	s, err := m.newSampling(o)
	if err != nil {
		return nil, err
	}
	defer s.team.Close()
	steps := len(s.times) - 1
	moments = min(max(2, moments), steps+1)
	frames := make([]Frame, moments)
	frameAt := map[float64]int{}
	for i := range frames {
		t := s.times[(i*steps*2+moments-1)/(2*(moments-1))] // i·steps/(moments−1), rounded
		frameAt[t] = i
		frames[i] = Frame{Title: s.title(t), X: make([]float32, o.N*m.Dim())}
	}
	x := frames[moments-1].X
	return frames, s.draw(ctx, x, 0, func(t float64, row int, x []float32) {
		if f, ok := frameAt[t]; ok { // RePaint passes a time more than once; the last pass counts
			copy(frames[f].X[row*m.Dim():], x)
		}
	})
}

// sampling is a model in use by a team of workers.
type sampling struct {
	model   *Model
	options SampleOptions
	known   guidance.Known
	solver  solver.Solver
	process diffusion.Process // the model's, or another scale of it
	times   []float64
	dataset *data.Dataset // for a start from the marginal
	points  []float32     // where an inversion starts
	team    *parallel.Team
	workers []samplingWorker
}

type samplingWorker struct {
	solver solver.Solver
	run    solver.Run
	x0     []float32
	rows   int64 // that the net was asked about
	err    error
}

func (m *Model) newSampling(o SampleOptions) (*sampling, error) {
	s, err := m.plan(o)
	if err != nil {
		return nil, err
	}
	o = s.options
	switch {
	case o.Invert:
		points, err := m.fresh(o, 1)
		if err != nil {
			return nil, err
		}
		s.points = points[0]
	case o.Sampling.Start == "marginal":
		if s.dataset, err = data.New(m.Config.Data, m.Config.Seed); err != nil {
			return nil, err
		}
	}
	if o.Workers < 1 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	s.workers = make([]samplingWorker, o.Workers)
	for i := range s.workers {
		w := &s.workers[i]
		if w.run.Model, err = s.newModel(w); err != nil {
			return nil, err
		}
		w.run.Dim = m.Dim()
		w.solver = s.solver
		if s.repaints() {
			w.solver = s.repaint()
		}
		w.run.Bound = solver.Bound{Limit: o.Sampling.ClipX0, Percentile: o.Sampling.ThresholdPercentile}
		w.x0 = make([]float32, sampleRows*m.Dim())
	}
	s.team = parallel.New(o.Workers)
	return s, nil
}

// draw fills x with the samples first, first+1, … and calls watch, if there is one, with the state of each
// piece of rows at the start and at each time reached.
func (s *sampling) draw(ctx context.Context, x []float32, first int, watch func(t float64, row int, x []float32)) error {
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

func (s *sampling) drawPiece(ctx context.Context, w *samplingWorker, x []float32, first, row int, watch func(t float64, row int, x []float32)) error {
	s.start(w, x, first)
	noise := diffusion.NewRowNoise(s.options.Seed, uint64(first), s.model.Dim())
	w.run.Noise, w.run.OnStep = noise, nil
	var replace *guidance.Replacement
	if s.known.Mask != nil && !s.repaints() {
		var err error
		if replace, err = guidance.NewReplacement(s.process, s.known, noise); err != nil {
			return err
		}
		w.run.OnStep = replace.OnStep
	}
	if watch != nil {
		w.run.OnStep = func(step int, t float64, x []float32) error {
			if replace != nil {
				if err := replace.OnStep(step, t, x); err != nil {
					return err
				}
			}
			watch(t, row, x)
			return nil
		}
	}
	return w.solver.Solve(ctx, &w.run, x, s.times)
}

// start fills x with the rows first, first+1, … where the reverse process begins.
func (s *sampling) start(w *samplingWorker, x []float32, first int) {
	dim, seed := s.model.Dim(), s.options.Seed
	if s.points != nil {
		copy(x, s.points[first*dim:])
		return
	}
	if s.dataset != nil {
		x0 := w.x0[:len(x)]
		pick := rng.NewStream(seed, rng.Start)
		for r := range len(x) / dim {
			// Step 0 of the stream is the noise of the start; step 1 picks the point.
			i := pick.IntN(1, uint64(first+r), s.dataset.Rows())
			copy(x0[r*dim:(r+1)*dim], s.dataset.Points[i*dim:])
		}
		diffusion.StartFromMarginal(s.process, x, x0, s.times[0], seed, uint64(first), dim)
		return
	}
	diffusion.StartFromPrior(s.process, x, seed, uint64(first), dim)
	if _, _, last := s.process.Span(); s.times[0] < last {
		// The prior is that of the last time; a later start has the size of x there.
		size := func(t float64) float64 { return math.Hypot(s.process.Marginal(t)) }
		scale := float32(size(s.times[0]) / size(last))
		for i := range x {
			x[i] *= scale
		}
	}
}

// title names a time: the noising steps left of a chain, t or σ in continuous time.
func (s *sampling) title(t float64) string {
	if s.model.process.Steps() > 0 {
		return fmt.Sprintf("t = %.4g", t+1)
	}
	if _, _, last := s.model.process.Span(); diffusion.SigmaRatio(s.model.process, last) == s.model.process.PriorDeviation() {
		return fmt.Sprintf("σ = %.3g", diffusion.SigmaRatio(s.model.process, t)) // α = 1: x is data and this much noise
	}
	return fmt.Sprintf("t = %.3g", t)
}

// strip draws the picture that ends a run: ten panels from x_T to x_0, and the data.
func (m *Model) strip(ctx context.Context, path string, d *data.Dataset, workers int) error {
	const panels, rows = 10, 10_000
	shown := min(d.Rows(), rows)
	frames, err := m.Trajectory(ctx, SampleOptions{N: rows, Seed: m.Config.Seed, Sampling: m.Config.Sample, Workers: workers}, panels)
	if err != nil {
		return err
	}
	strip := report.Strip{Panels: Panels(frames), Data: d.Points[:shown*d.Dim], Dim: d.Dim}
	if d.Labels != nil {
		strip.DataLabels = d.Labels[:shown]
	}
	return report.Save(path, strip)
}

// Panels titles the frames for a picture.
func Panels(frames []Frame) []report.Panel {
	panels := make([]report.Panel, 0, len(frames))
	for _, f := range frames {
		panels = append(panels, report.Panel{Title: f.Title, Points: f.X})
	}
	return panels
}
