package unroll

import (
	"context"
	"fmt"
	"math"

	"euryale/diffusion"
	"euryale/diffusion/solver"
)

// Recorder stands in for the nets that a solver evaluates. The zero value is ready. A Recorder serves one goroutine.
type Recorder struct {
	pass
	stop context.CancelFunc // ends the pass
}

// pass is one run of the solver.
type pass struct {
	dim    int
	values []Value
	// made sets dst to what a new value stands for, given the sum of its terms; they may share memory.
	made        func(v *Value, dst, sum []float32) error
	evaluations int
	failed      error
}

// Net is net number k, for the denoiser of a diffusion.Model.
func (r *Recorder) Net(k int) diffusion.Denoiser { return recorded{r, k} }

type recorded struct {
	*Recorder
	number int
}

// Predict implements diffusion.Denoiser.
func (n recorded) Predict(dst, x []float32, t float64) {
	if n.evaluations++; n.evaluations > MaxEvaluations {
		n.fail(ErrTooLong)
	}
	n.make(dst, x, Value{Kind: Net, Net: n.number, Time: t})
}

// noise is that of a solver, which a program does not have.
type noise struct {
	*Recorder
	solver string
}

// Fill implements diffusion.Noise.
func (n noise) Fill(z []float32, _ int) {
	clear(z)
	n.fail(&NoiseError{n.solver})
}

// fail ends the pass with an error, unless it has one.
func (r *Recorder) fail(err error) {
	if r.failed == nil {
		r.failed = err
	}
	r.stop()
}

// make records a value, whose terms add up to sum, and sets dst to what it stands for.
func (r *Recorder) make(dst, sum []float32, v Value) {
	if r.failed != nil {
		clear(dst)
		return
	}
	if err := r.made(&v, dst, sum); err != nil {
		r.fail(err)
		clear(dst)
	}
	r.values = append(r.values, v)
}

// Record runs a solver over times, with a model whose denoiser is made of the Recorder's nets, and returns it written out. A
// bound on x_0 is recorded where it is applied. The error is a *NoiseError or an *AdaptiveError if the solver cannot be written
// out, and ErrTooLong if it has too many steps.
func (r *Recorder) Record(
	ctx context.Context, s solver.Solver, m *diffusion.Model, times []float64, bound solver.Bound,
) (*Program, error) {
	run := func(p pass) (pass, error) { return r.run(ctx, s, m, times, bound, p) }
	counted, err := run(pass{dim: 1, made: func(_ *Value, dst, _ []float32) error {
		clear(dst)
		return nil
	}})
	if err != nil {
		return nil, err
	}
	n := len(counted.values)
	at := 0
	recorded, err := run(pass{dim: n, made: func(v *Value, dst, sum []float32) error {
		if at == n {
			return &AdaptiveError{s.Name()}
		}
		if at > 0 {
			v.Terms = terms(sum)
		}
		clear(dst)
		dst[at] = 1
		at++
		return nil
	}})
	if err != nil {
		return nil, err
	}
	p := &Program{Values: recorded.values, Result: len(recorded.values) - 1, Evaluations: recorded.evaluations}
	replayed, err := run(pass{dim: replayedNumbers, made: p.replay(s.Name())})
	if err != nil {
		return nil, err
	}
	if len(p.Values) != n || len(replayed.values) != n {
		return nil, &AdaptiveError{s.Name()}
	}
	return p, nil
}

// terms are the numbers of a sum that are not 0.
func terms(sum []float32) (list []Term) {
	for of, factor := range sum {
		if factor != 0 {
			list = append(list, Term{factor, of})
		}
	}
	return list
}

// replayedNumbers is how many coordinates the check of a program has, and tolerance the share of the sum of magnitudes that
// float32 may round away.
const (
	replayedNumbers = 4
	tolerance       = 1e-4
)

// replay is what the check of a program does with its values: it runs the solver on numbers in place of unit vectors. If a sum
// differs then, its factors depend on x.
func (p *Program) replay(name string) func(v *Value, dst, sum []float32) error {
	var values [][replayedNumbers]float32
	return func(v *Value, dst, sum []float32) error {
		at := len(values)
		if at == len(p.Values) || p.Values[at].Kind != v.Kind || p.Values[at].Net != v.Net || p.Values[at].Time != v.Time {
			return &AdaptiveError{name}
		}
		for i := range dst {
			want, size := 0.0, 0.0
			for _, term := range p.Values[at].Terms {
				share := float64(term.Factor) * float64(values[term.Of][i])
				want, size = want+share, size+math.Abs(share)
			}
			if at > 0 && !(math.Abs(float64(sum[i])-want) <= tolerance*size) {
				return &AdaptiveError{name}
			}
		}
		var value [replayedNumbers]float32
		for i := range dst {
			value[i] = float32(math.Sin(1 + 12.9898*float64(at) + 78.233*float64(i))) // without a pattern that a solver could have
		}
		copy(dst, value[:])
		values = append(values, value)
		return nil
	}
}

// run takes x through all times.
func (r *Recorder) run(
	ctx context.Context, s solver.Solver, m *diffusion.Model, times []float64, bound solver.Bound, p pass,
) (pass, error) {
	inner, stop := context.WithCancel(ctx)
	defer stop()
	r.pass, r.stop = p, stop
	x := make([]float32, p.dim)
	r.make(x, x, Value{Kind: Start})
	run := solver.Run{
		Model: m, Dim: p.dim, Noise: noise{r, s.Name()}, Bound: bound,
		OnBound: func(x0 []float32) { r.make(x0, x0, Value{Kind: Bound}) },
		OnStep: func(step int, _ float64, x []float32) error {
			if step > 0 {
				r.make(x, x, Value{Kind: Sum})
			}
			return r.failed
		},
	}
	err := s.Solve(inner, &run, x, times)
	switch {
	case ctx.Err() != nil:
		err = ctx.Err()
	case r.failed != nil:
		err = r.failed
	case err != nil:
		err = fmt.Errorf("unroll: %w", err)
	}
	return r.pass, err
}
