package model

import (
	"context"
	"fmt"
	"math"
	"runtime"

	"euryale/configs"
	"euryale/data"
	"euryale/diffusion"
	"euryale/diffusion/guidance"
	"euryale/diffusion/solver"
	"euryale/parallel"
	"euryale/rng"
)

// The rows that one worker takes through all steps at once, and how many such pieces are in memory together: at most
// wavePieces, and of wide rows only so many that they hold waveNumbers, but one per worker. Samples do not depend on them.
const (
	sampleRows  = 256
	wavePieces  = 64
	waveNumbers = 1 << 22
)

// maxNumbers is the most that are held at once, 4 TiB: beyond it Go itself could not ask for memory.
const maxNumbers = 1 << 40

// Request describes the samples to draw. Sample i is a function of the model, Seed, Sampling, Classifier, Known and i.
type Request struct {
	N        int
	Seed     uint64
	Sampling configs.Sample
	Workers  int // 0: the processors that Go may use
	// Classifier of noisy data, trained on the same process, that guides samples to Sampling.Guidance.Label; nil: the net's
	// own labels do.
	Classifier *Model
	// Invert turns fresh rows of the data into their noise instead, by a solver that can be inverted.
	Invert bool
	// Known fixes coordinates (index → value in the data's units); the others are inpainted, by replacement, or by RePaint
	// where Sampling.RePaint has more than one pass.
	Known map[int]float64
}

// Request returns a request for n samples as the run's configuration describes them.
func (m *Model) Request(n int) Request {
	return Request{N: n, Seed: m.Config.Seed, Sampling: m.Config.Sample}
}

// Sample draws the samples and hands them to a sink in order, in the data's own terms. Memory does not grow with N. The
// caller closes the sink.
func (m *Model) Sample(ctx context.Context, r Request, to data.Sink) error {
	batch := new(data.Batch)
	return m.Draw(ctx, r, func(x []float32) error {
		if err := m.Encoder.Decode(batch, x); err != nil {
			return fmt.Errorf("model: %w", err)
		}
		return to.Write(batch)
	})
}

// Save draws the samples into a file of rows in the data's own terms, .csv or .npy by the path's extension. Memory does
// not grow with N, and the file appears when it is complete.
func (m *Model) Save(ctx context.Context, r Request, path string) error {
	sink, err := data.NewSink(path, m.Schema.Unlabeled())
	if err != nil {
		return err
	}
	defer sink.Abort() // nothing to do after Close
	if err := m.Sample(ctx, r, sink); err != nil {
		return err
	}
	return sink.Close()
}

// Draw draws the samples as the net sees them, encoded, and hands them to emit in order, [rows, Dim] at a time, in memory
// that is used again after emit returns. Memory does not grow with N.
func (m *Model) Draw(ctx context.Context, r Request, emit func(x []float32) error) error {
	s, err := m.newSampling(ctx, r)
	if err != nil {
		return err
	}
	defer s.team.Close()
	dim := m.Dim()
	waveRows := sampleRows * min(wavePieces, max(len(s.workers), waveNumbers/(sampleRows*dim)))
	wave := make([]float32, min(r.N, waveRows)*dim)
	for first := 0; first < r.N; first += waveRows {
		x := wave[:min(waveRows, r.N-first)*dim]
		if err := s.draw(ctx, x, first, nil); err != nil {
			return err
		}
		if err := emit(x); err != nil {
			return err
		}
	}
	return nil
}

// Points draws the samples into memory, [N, Dim] in the data's units, and counts the evaluations of the net per sample.
func (m *Model) Points(ctx context.Context, r Request) (points []float32, evaluations float64, err error) {
	s, err := m.newSampling(ctx, r)
	if err != nil {
		return nil, 0, err
	}
	defer s.team.Close()
	if r.N > maxNumbers/m.Dim() {
		return nil, 0, fmt.Errorf("model: %d samples of %d numbers are more than memory can hold", r.N, m.Dim())
	}
	points = make([]float32, r.N*m.Dim())
	if err := s.draw(ctx, points, 0, nil); err != nil {
		return nil, 0, err
	}
	rows := int64(0)
	for i := range s.workers {
		rows += s.workers[i].rows
	}
	return points, float64(rows) / float64(r.N), m.decode(points)
}

// sampling is a model in use by a team of workers.
type sampling struct {
	model   *Model
	request Request
	known   guidance.Known
	solver  solver.Solver
	process diffusion.Process // the model's, or another scale of it
	times   []float64
	data    *data.Dataset // for a start from the marginal
	points  []float32     // where an inversion starts
	team    *parallel.Team
	workers []samplingWorker
}

type samplingWorker struct {
	solver solver.Solver
	run    solver.Run
	x0     []float32
	rows   int64 // that the net was evaluated on
	err    error
}

func (m *Model) newSampling(ctx context.Context, r Request) (*sampling, error) {
	s, err := m.plan(r)
	if err != nil {
		return nil, err
	}
	switch {
	case r.Invert:
		if s.points, err = m.freshEncoded(ctx, r); err != nil {
			return nil, err
		}
	case r.Sampling.Start == solver.StartMarginal:
		if s.data, err = m.TrainingSet(ctx); err != nil {
			return nil, err
		}
	}
	workers := r.Workers
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	s.workers = make([]samplingWorker, workers)
	for i := range s.workers {
		w := &s.workers[i]
		if w.run.Model, err = s.newModel(w); err != nil {
			return nil, fmt.Errorf("model: %w", err)
		}
		w.run.Dim = m.Dim()
		w.solver = s.solver
		if s.repaints() {
			if w.solver, err = s.repaint(); err != nil {
				return nil, fmt.Errorf("model: %w", err)
			}
		}
		w.run.Bound = r.Sampling.Bound()
		w.x0 = make([]float32, sampleRows*m.Dim())
	}
	s.team = parallel.New(workers)
	return s, nil
}

// draw fills x with the samples first, first+1, … and calls watch, if there is one, with the state of each piece of rows at
// the start and at each time reached.
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
	noise := diffusion.NewRowNoise(s.request.Seed, uint64(first), s.model.Dim())
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
	dim, seed := s.model.Dim(), s.request.Seed
	if s.points != nil {
		copy(x, s.points[first*dim:])
		return
	}
	if s.data != nil {
		x0 := w.x0[:len(x)]
		pick := rng.NewStream(seed, rng.Start)
		for r := range len(x) / dim {
			// Step 0 of the stream is the noise of the start; step 1 picks the point.
			i := pick.IntN(1, uint64(first+r), s.data.Rows())
			copy(x0[r*dim:(r+1)*dim], s.data.Points[i*dim:])
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
