package solver

import (
	"context"
	"fmt"
	"math"
	"slices"

	"euryale/diffusion"
)

// Solver turns noise into data, or data into noise, by one algorithm.
type Solver interface {
	// Name is the solver's name in Solvers, and in errors.
	Name() string
	// Check returns an error if the solver cannot run on a process over times. Solve calls it first.
	Check(p diffusion.Process, times []float64) error
	// Solve takes x [rows, dim], distributed as the process at times[0], to times[len(times)−1] in place. It
	// returns the error of ctx, which it checks before each step, or of the run's hook, and an error if x is
	// no longer finite.
	Solve(ctx context.Context, run *Run, x []float32, times []float64) error
}

// Run is what a solver works with. A Run serves one goroutine. Its buffers are reused from call to call: then a call
// allocates nothing.
type Run struct {
	Model *diffusion.Model
	Dim   int // coordinates of a row
	// Noise for the solvers that draw some; for others it may be nil.
	Noise diffusion.Noise
	// Bound on the predicted x_0.
	Bound Bound
	// OnBound, if not nil, is called in place of Bound, where there is one, to bound the predicted x_0 of rows.
	OnBound func(x0 []float32)
	// OnStep, if not nil, is called with (0, times[0], x) before the first step and with (i, t, x) after step i, when x
	// has reached time t. It must not keep x; it may change it. Its error ends the run.
	OnStep func(step int, t float64, x []float32) error

	name   string
	levels []level
	memory []float32
	draws  int
	sorted []float32  // for Bound
	flow   flowMemory // of rk45 and ode_inversion
	logs   []float64  // of Multinomial
}

// level is the process at one of the times.
type level struct{ t, alpha, sigma, lambda float64 }

// ratio is σ̂ = σ/α, the "sigma" of Karras et al. (2022).
func (l level) ratio() float64 { return l.sigma / l.alpha }

// isData reports whether the level has no noise.
func (l level) isData() bool { return l.sigma == 0 }

func levelAt(p diffusion.Process, t float64) level {
	alpha, sigma := p.Marginal(t)
	return level{t, alpha, sigma, p.Lambda(t)}
}

// requirement checks that a process and times meet what a solver needs.
type requirement func(p diffusion.Process, times []float64) error

// check checks what all solvers need, decreasing times within the process, and then the further needs of one solver.
func check(p diffusion.Process, times []float64, needs ...requirement) error {
	data, first, last := p.Span()
	if len(times) < 2 {
		return fmt.Errorf("a solver needs at least two times, the first and the last, got %v", times)
	}
	for i, t := range times {
		switch {
		case !(t >= data && t <= last):
			return fmt.Errorf("times must lie from %v to %v, but entry %d is %v", data, last, i, t)
		case i > 0 && t >= times[i-1]:
			return fmt.Errorf("times must decrease, but entry %d is %v after %v", i, t, times[i-1])
		case i < len(times)-1 && t < first:
			return fmt.Errorf("only the last time may be below %v, the network's first, but entry %d of %d is %v", first, i, len(times), t)
		}
	}
	for _, need := range needs {
		if err := need(p, times); err != nil {
			return err
		}
	}
	return nil
}

// preserving: α² + σ² = 1.
func preserving(p diffusion.Process, times []float64) error {
	for _, t := range times {
		if alpha, sigma := p.Marginal(t); math.Abs(alpha*alpha+sigma*sigma-1) > 1e-6 {
			return fmt.Errorf("it needs a variance-preserving process, but at t = %v x is %.4g times the data plus %.4g times noise; "+
				"set rescale: preserving, which converts the process", t, alpha, sigma)
		}
	}
	return nil
}

// exploding: α = 1.
func exploding(p diffusion.Process, times []float64) error {
	for _, t := range times {
		if alpha, _ := p.Marginal(t); alpha != 1 {
			return fmt.Errorf("it needs a variance-exploding process, but at t = %v x is %.4g times the data plus noise; "+
				"set rescale: exploding, which converts the process", t, alpha)
		}
	}
	return nil
}

// signal: α > 0, so σ/α is finite, at every time.
func signal(p diffusion.Process, times []float64) error {
	for _, t := range times {
		if alpha, _ := p.Marginal(t); alpha == 0 {
			return fmt.Errorf("it needs some signal at every time, but at t = %v there is none (alpha-bar = 0); "+
				"start at a time with less noise, or use a solver that steps in x_0, such as ddim or dpm++_2m", t)
		}
	}
	return nil
}

// begin checks the input of a solver with its name and its Check, and makes buffers as long as x, with any content. (It
// does not take the Solver, which would then be allocated on the heap.)
func (r *Run) begin(name string, check requirement, x []float32, times []float64, buffers [][]float32) error {
	r.name = name
	switch {
	case r.Model == nil:
		return r.failed("a run needs a model")
	case r.Dim < 1 || len(x)%r.Dim != 0:
		return r.failed("x must hold rows of Dim numbers, got %d numbers and Dim = %d", len(x), r.Dim)
	}
	p := r.Model.Process()
	if err := check(p, times); err != nil {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	if err := r.Bound.check(); err != nil {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	r.levels = r.levels[:0]
	for _, t := range times {
		r.levels = append(r.levels, levelAt(p, t))
	}
	r.memory = slices.Grow(r.memory[:0], len(buffers)*len(x))[:len(buffers)*len(x)]
	for i := range buffers {
		buffers[i] = r.memory[i*len(x) : (i+1)*len(x)]
	}
	r.draws = 0
	if r.OnStep != nil {
		if err := r.OnStep(0, times[0], x); err != nil {
			return fmt.Errorf("%s, at the start: %w", r.name, err)
		}
	}
	return nil
}

// needsNoise returns an error if the run has no noise.
func (r *Run) needsNoise() error {
	if r.Noise == nil {
		return r.failed("it needs noise")
	}
	return nil
}

func (r *Run) failed(format string, args ...any) error {
	return fmt.Errorf(r.name+": "+format, args...)
}

// normal fills z with the next draw.
func (r *Run) normal(z []float32) {
	r.Noise.Fill(z, r.draws)
	r.draws++
}

// before checks the context before the step from time t.
func (r *Run) before(ctx context.Context, t float64) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s stopped before t = %v: %w", r.name, t, err)
	}
	return nil
}

// after ends step i (1, 2, …), which has reached time t: it checks that x is finite and calls the hook.
func (r *Run) after(i int, t float64, x []float32) error {
	if n := countNotFinite(x); n > 0 {
		return r.failed("after step %d, to t = %v, %d of %d values are not finite", i, t, n, len(x))
	}
	if r.OnStep != nil {
		if err := r.OnStep(i, t, x); err != nil {
			return fmt.Errorf("%s, after step %d, to t = %v: %w", r.name, i, t, err)
		}
	}
	return nil
}

// x0 fills dst with the predicted x_0, with the bound applied.
func (r *Run) x0(dst, x []float32, t float64) {
	r.Model.X0(dst, x, t)
	r.bound(dst)
}

// epsilon fills dst with the predicted noise. If there is a bound, it is the noise that goes with the bounded x_0.
func (r *Run) epsilon(dst, x []float32, at level) {
	if r.Bound == (Bound{}) {
		r.Model.Epsilon(dst, x, at.t)
		return
	}
	r.x0(dst, x, at.t)
	for i, v := range dst { // dst = (x − α x_0)/σ
		dst[i] = float32((float64(x[i]) - at.alpha*float64(v)) / at.sigma)
	}
}

// countNotFinite is called after every step. So it first finds the largest magnitude, which is cheap, and counts only if
// that is not finite.
func countNotFinite(x []float32) int {
	const infinity = 0x7f800000
	var largest uint32
	for _, v := range x {
		largest = max(largest, math.Float32bits(v)&0x7fffffff)
	}
	if largest < infinity {
		return 0
	}
	n := 0
	for _, v := range x {
		if math.Float32bits(v)&infinity == infinity {
			n++
		}
	}
	return n
}
