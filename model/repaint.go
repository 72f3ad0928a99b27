package model

import (
	"context"
	"slices"

	"euryale/diffusion"
	"euryale/diffusion/guidance"
	"euryale/diffusion/solver"
)

// repainter makes samples with the cells of Where of candidates that are near to them. A candidate that is kept with the
// probability exp(−d²/2w²) is a draw given the known coordinates up to noise of the deviation w. So it is noised up to that
// level, where the known coordinates tell no more, and RePaint takes it down to the data around them. RePaint from all the
// noise is farther from the truth: it decides on categories where the noise still hides the known numbers.
type repainter struct {
	*sampling
	numbers []int     // candidates in use
	x       []float32 // [numbers, Dim], encoded
}

// Repainting takes this many steps, those from the width down, each passed a few times: often where the candidates are so far
// away that they must find other categories.
const (
	repaintSteps                     = 60
	repaintFew, repaintOften         = 4, 10
	repaintOftenFrom         float64 = 0.3
)

// newRepainter makes a repainter for candidates of a width. The caller closes its team.
func (s *sampling) newRepainter(width float64) (*repainter, error) {
	p, err := s.planRepainter(width)
	if err != nil {
		return nil, err
	}
	r := &repainter{sampling: p}
	p.noised = func(i int) []float32 {
		at, _ := slices.BinarySearch(r.numbers, i)
		return r.x[at*p.model.Dim():]
	}
	return r, p.open()
}

// planRepainter plans the steps.
func (s *sampling) planRepainter(width float64) (*sampling, error) {
	m, r := s.model, s.request
	o := &r.Sampling
	o.Options = m.Config.Sample.Options
	o.Solver = solver.Solvers().With(&solver.Ancestral{Variance: solver.VarianceBetaTilde})
	o.Start, o.Rescale, o.Times, o.Steps = solver.StartPrior, solver.RescaleNone, nil, repaintSteps
	if steps := m.process.Steps(); steps > 0 {
		o.Steps = min(o.Steps, steps)
	}
	o.RePaint = guidance.RePaintOptions{JumpLength: 1, Resample: repaintFew}
	if width >= repaintOftenFrom {
		o.RePaint.Resample = repaintOften
	}
	p, err := m.plan(r)
	if err != nil {
		return nil, err
	}
	first := 0
	for first+2 < len(p.times) && diffusion.SigmaRatio(p.process, p.times[first+1]) >= width {
		first++
	}
	p.times = p.times[first:]
	return p, nil
}

// draw repaints encoded candidates in place, and returns how many are done.
func (r *repainter) draw(ctx context.Context, x []float32, of wave) (done int, err error) {
	r.numbers, r.x = of.numbers, slices.Clone(x)
	return r.sampling.draw(ctx, x, of, nil)
}
