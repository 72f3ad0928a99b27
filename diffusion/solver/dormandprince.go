package solver

import (
	"fmt"
	"math"
	"slices"
)

// DormandPrince integrates dy/ds = f(y, s) by the embedded Runge–Kutta pair of orders 5 and 4 of Dormand and Prince
// (1980), "A family of embedded Runge–Kutta formulae", RK5(4)7M: a step is taken with order 5, and its difference from
// order 4 determines how long it may be: the root mean square of the differences, each divided by
// Absolute + Relative·|y|, is at most 1. The steps are chosen as in Hairer, Nørsett and Wanner, "Solving ordinary
// differential equations": the first by section II.4, the others by the PI controller of section IV.2.
//
// From its second call on, it begins with the step size that the last call ended with, and allocates nothing.
type DormandPrince struct {
	// Relative and Absolute are the tolerances: Absolute above 0, Relative at least 0.
	Relative, Absolute float64
	// Longest step; 0: no bound. If f is flat but for a change over a known length, a longer step might miss the change.
	Longest float64

	step   float64 // the length to try first; 0: to be estimated
	memory []float64
}

// maxEvaluations bounds the work of one integration.
const maxEvaluations = 100_000

// Check returns an error if a tolerance or the longest step is out of its range.
func (d *DormandPrince) Check() error {
	switch {
	case !(d.Absolute > 0 && d.Absolute <= math.MaxFloat64):
		return fmt.Errorf("the absolute tolerance must be above 0, got %v", d.Absolute)
	case !(d.Relative >= 0 && d.Relative <= math.MaxFloat64):
		return fmt.Errorf("the relative tolerance must be at least 0, got %v", d.Relative)
	case !(d.Longest >= 0):
		return fmt.Errorf("the longest step must be at least 0, got %v", d.Longest)
	}
	return nil
}

// Integrate takes y from s = from to s = to, which may be smaller, in place. f fills dy with the derivative at (y, s)
// and keeps neither; its error ends the integration. It returns the number of calls of f, and an error if the
// tolerances cannot be met: if the step size vanishes, as where the derivative is infinite, or 100,000 calls are not
// enough.
func (d *DormandPrince) Integrate(f func(dy, y []float64, s float64) error, y []float64, from, to float64) (evaluations int, err error) {
	if err := d.Check(); err != nil {
		return 0, err
	}
	n := len(y)
	if from == to || n == 0 {
		return 0, nil
	}
	d.memory = slices.Grow(d.memory[:0], 8*n)[:8*n]
	var k [7][]float64 // the stages' derivatives
	for i := range k {
		k[i] = d.memory[i*n : (i+1)*n]
	}
	next := d.memory[7*n:]

	if err := f(k[0], y, from); err != nil {
		return 1, err
	}
	evaluations = 1
	for _, v := range k[0] {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return evaluations, fmt.Errorf("the derivative is not finite at the start, s = %v", from)
		}
	}
	direction := math.Copysign(1, to-from)
	h := d.step
	if h == 0 {
		if h, err = d.firstStep(f, y, next, k[0], k[1], from, to); err != nil {
			return evaluations + 1, err
		}
		evaluations++
	}

	// Row i has the coefficients of stage i+1. The last stage is also the solution of order 5, so its derivative is the
	// first of the next step.
	const stages = 7
	c := [stages]float64{0, 1. / 5, 3. / 10, 4. / 5, 8. / 9, 1, 1}
	a := [stages][stages - 1]float64{
		1: {1. / 5},
		2: {3. / 40, 9. / 40},
		3: {44. / 45, -56. / 15, 32. / 9},
		4: {19372. / 6561, -25360. / 2187, 64448. / 6561, -212. / 729},
		5: {9017. / 3168, -355. / 33, 46732. / 5247, 49. / 176, -5103. / 18656},
		6: {35. / 384, 0, 500. / 1113, 125. / 192, -2187. / 6784, 11. / 84},
	}
	// Order 5 minus order 4.
	e := [stages]float64{71. / 57600, 0, -71. / 16695, 71. / 1920, -17253. / 339200, 22. / 525, -1. / 40}

	const (
		safety       = 0.9
		shrink       = 0.2 // a step is at least this much of the one before,
		grow         = 10  // and at most this
		integral     = 0.04
		proportional = 1./5 - 0.75*integral
	)
	s, errorBefore, rejected, finite := from, 1e-4, false, true
	for s != to {
		if d.Longest > 0 {
			h = min(h, d.Longest)
		}
		step, end := h, s+direction*h
		if (end-to)*direction > -0.01*h { // the last step, stretched rather than leave a sliver
			step, end = math.Abs(to-s), to
		}
		switch {
		case end == s && !finite:
			return evaluations, fmt.Errorf("the derivative is not finite near s = %v", s)
		case end == s:
			return evaluations, fmt.Errorf("the step fell to %.3g at s = %v: the tolerances (relative %v, absolute %v) cannot be met there",
				h, s, d.Relative, d.Absolute)
		case evaluations+stages-1 > maxEvaluations:
			return evaluations, fmt.Errorf("%d evaluations reached only s = %v of %v … %v: "+
				"the tolerances (relative %v, absolute %v) are too small", evaluations, s, from, to, d.Relative, d.Absolute)
		}
		for i := 1; i < stages; i++ {
			for j := range next {
				sum := 0.0
				for m, w := range a[i][:i] {
					sum += w * k[m][j]
				}
				next[j] = y[j] + direction*step*sum
			}
			at := end
			if c[i] < 1 {
				at = s + direction*c[i]*step
			}
			evaluations++
			if err := f(k[i], next, at); err != nil {
				return evaluations, err
			}
		}

		sum := 0.0
		for j := range next {
			difference := 0.0
			for m, w := range e {
				difference += w * k[m][j]
			}
			difference *= step / (d.Absolute + d.Relative*max(math.Abs(y[j]), math.Abs(next[j])))
			sum += difference * difference
		}
		size := math.Sqrt(sum / float64(n))

		finite = size <= math.MaxFloat64
		switch {
		case !finite:
			h, rejected = step*shrink, true
		case size > 1:
			h, rejected = step*max(safety*math.Pow(size, -proportional), shrink), true
		default:
			factor := safety * math.Pow(size, -proportional) * math.Pow(errorBefore, integral)
			factor = min(max(factor, shrink), grow)
			if rejected {
				factor = min(factor, 1)
			}
			if end != to || step >= h { // a step that was cut short is no reason to shorten the next
				h = step * factor
			} else {
				h = max(h, step*factor)
			}
			errorBefore, rejected = max(size, 1e-4), false
			copy(y, next)
			k[0], k[stages-1] = k[stages-1], k[0]
			s = end
			d.step = h
		}
	}
	return evaluations, nil
}

// firstStep estimates a step whose error is about 0.01 of the tolerance, from a trial step. y1 and f1 are buffers.
func (d *DormandPrince) firstStep(f func(dy, y []float64, s float64) error, y, y1, f0, f1 []float64, from, to float64) (float64, error) {
	size := func(v func(i int) float64) float64 {
		sum := 0.0
		for i := range y {
			w := v(i) / (d.Absolute + d.Relative*math.Abs(y[i]))
			sum += w * w
		}
		return math.Sqrt(sum / float64(len(y)))
	}
	position := size(func(i int) float64 { return y[i] })
	slope := size(func(i int) float64 { return f0[i] })
	distance := math.Abs(to - from)
	trial := 1e-6 * distance
	if position > 1e-5 && slope > 1e-5 {
		trial = min(0.01*position/slope, distance)
	}
	s := from + math.Copysign(trial, to-from)
	if trial == distance {
		s = to
	}
	for i := range y1 {
		y1[i] = y[i] + (s-from)*f0[i]
	}
	if err := f(f1, y1, s); err != nil {
		return 0, err
	}
	curvature := size(func(i int) float64 { return f1[i] - f0[i] }) / trial
	h := max(1e-6*distance, trial*1e-3)
	if largest := max(slope, curvature); largest > 1e-15 && largest <= math.MaxFloat64 {
		h = math.Pow(0.01/largest, 1./5)
	}
	return min(100*trial, h, distance), nil
}
