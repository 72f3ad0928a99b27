package model

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"euryale/diffusion"
	"euryale/diffusion/guidance"
	"euryale/diffusion/solver"
	"euryale/kernel"
	"euryale/parallel"
	"euryale/rng"
)

// A piece is up to sampleRows rows that one worker takes through all steps at once. A wave is the pieces in memory together:
// at most wavePieces, and of wide rows no more than hold waveNumbers, but one per worker. Those of images are smaller: see
// pieceRows. Samples do not depend on them.
const (
	sampleRows  = 256
	wavePieces  = 64
	waveNumbers = 1 << 22
)

// sampling is a model in use by a team of workers.
type sampling struct {
	model     *Model
	original  Request
	request   Request // with what follows from the original one
	known     guidance.Known
	fixed     []fixedCell // the cells of Where but that of the class
	dealWhere bool        // whether labels are dealt out by the classes of samples that satisfy Where
	labeled   bool        // whether rows have labels
	solver    solver.Solver
	process   diffusion.Process // the model's, or a rescaled one
	times     []float64
	points    []float32             // [N, Dim] where samples start, if given or read from data; nil: drawn
	noised    func(i int) []float32 // the encoded row that sample i starts from by adding noise; nil: none
	// between fills in where the sample at a share of the way between two rows starts; nil: none do
	between func(dst []float32, share float64)
	team    *parallel.Team
	workers []samplingWorker
	// rows of a piece, and of a wave, at most
	piece, wave int

	drawn counter // samples; see wave.silent
}

// counter counts what is done, for Request.Progress.
type counter struct {
	sync.Mutex
	done int
}

// add adds to the count and reports it.
func (c *counter) add(r *Request, n int) {
	c.Lock()
	defer c.Unlock()
	c.done += n
	if r.Progress != nil {
		r.Progress(c.done, r.N)
	}
}

type samplingWorker struct {
	solver     solver.Solver
	run        solver.Run
	net        *trained    // its label is that of the current piece
	classifier *classifier // likewise; nil without one
	x, x0      []float32   // [piece, Dim]
	rows       int64       // rows that the net was evaluated on
	err        error
}

// newSampling plans a request, reads the rows that it starts from, and makes the team, which the caller closes.
func (m *Model) newSampling(ctx context.Context, r Request) (*sampling, error) {
	s, err := m.plan(r)
	if err != nil {
		return nil, err
	}
	if err := s.readStart(ctx); err != nil {
		return nil, interrupted(ctx.Err(), err, 0, r.N)
	}
	if s.dealWhere {
		trial, err := s.trial(ctx)
		if err != nil {
			return nil, err
		}
		s.request.Labels = trial.Labels
	}
	return s, s.open()
}

// open makes the team, which the caller closes.
func (s *sampling) open() (err error) {
	m, r := s.model, &s.request
	workers := r.Workers
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	s.workers = make([]samplingWorker, workers)
	s.piece, s.wave = s.pieceRows(workers)
	for i := range s.workers {
		w := &s.workers[i]
		var scratch *kernel.Scratch
		if i < len(m.scratch) {
			scratch = m.scratch[i]
		}
		if w.run.Model, err = s.newModel(w, scratch); err != nil {
			return fmt.Errorf("model: %w", err)
		}
		w.run.Dim = m.Dim()
		w.solver = s.solver
		if s.repaints() {
			if w.solver, err = s.repaint(); err != nil {
				return fmt.Errorf("model: %w", err)
			}
		}
		w.run.Bound = r.Sampling.Bound()
		w.x0, w.x = make([]float32, s.piece*m.Dim()), make([]float32, s.piece*m.Dim())
	}
	s.team = parallel.New(workers)
	return nil
}

// draw fills x with the samples of a wave and calls watch, if there is one, with the state of each row at the start and at each
// time reached. It returns how many rows are done, counted from the first: all, unless there is an error.
func (s *sampling) draw(ctx context.Context, x []float32, of wave, watch func(t float64, row int, x []float32)) (done int, err error) {
	n := len(x) / s.model.Dim()
	pieces := s.pieces(n, of)
	var next parallel.Counter
	s.team.Run(func(worker int) {
		w := &s.workers[worker]
		for i := next.Next(); i < len(pieces) && w.err == nil; i = next.Next() {
			p := &pieces[i]
			if w.err = s.drawPiece(ctx, w, p, x, of, watch); w.err == nil {
				p.done = true
				if !of.silent {
					s.drawn.add(&s.request, p.rows())
				}
			}
		}
	})
	for i := range s.workers {
		if err = s.workers[i].err; err != nil {
			break
		}
	}
	done = n
	for _, p := range pieces {
		if !p.done {
			done = min(done, p.first())
		}
	}
	return done, err
}

// drawPiece draws the rows of a piece into all, those of the wave.
func (s *sampling) drawPiece(
	ctx context.Context, w *samplingWorker, p *piece, all []float32, of wave, watch func(t float64, row int, x []float32),
) error {
	dim := s.model.Dim()
	s.setLabel(w, p.label)
	x := all[p.lo*dim : p.hi*dim]
	noise := diffusion.Noise(diffusion.NewRowNoise(s.request.Seed, of.address(p.lo), dim))
	if p.listed == nil {
		s.start(w, x, of.sample(p.lo), of.address(p.lo))
	} else {
		x = w.x[:p.rows()*dim]
		addresses := make([]uint64, p.rows())
		for i, row := range p.listed {
			addresses[i] = of.address(row)
			s.start(w, x[i*dim:(i+1)*dim], of.sample(row), addresses[i])
		}
		noise = &listedNoise{rng.NewStream(s.request.Seed, rng.SamplingNoise), addresses, dim}
	}
	if err := s.solve(ctx, w, x, noise, p.watch(watch, dim)); err != nil {
		return err
	}
	for i, row := range p.listed {
		copy(all[row*dim:(row+1)*dim], x[i*dim:])
	}
	return nil
}

// setLabel makes a worker draw, or denoise, rows of a label.
func (s *sampling) setLabel(w *samplingWorker, label int) {
	w.net.label = label
	if w.classifier != nil { // the net itself gets no label
		w.net.label, w.classifier.label = -1, label
	}
}

// solve takes the rows of a piece from their start through all times.
func (s *sampling) solve(
	ctx context.Context, w *samplingWorker, x []float32, noise diffusion.Noise, watch func(t float64, x []float32),
) error {
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
			watch(t, x)
			return nil
		}
	}
	return w.solver.Solve(ctx, &w.run, x, s.times)
}
