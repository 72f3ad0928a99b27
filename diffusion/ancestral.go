package diffusion

import (
	"context"
	"fmt"
	"math"
	"slices"

	"euryale/kernel"
)

// Variance is the variance of an ancestral step.
type Variance int

// The variances. Their names in a configuration are "beta" and "beta_tilde".
const (
	VarianceBeta      Variance = iota // β_t, optimal for x_0 ~ N(0, I)
	VarianceBetaTilde                 // β̃_t of the posterior, optimal for x_0 at one point
)

// ParseVariance returns the variance of that name.
func ParseVariance(name string) (Variance, error) {
	switch name {
	case "beta":
		return VarianceBeta, nil
	case "beta_tilde":
		return VarianceBetaTilde, nil
	}
	return 0, fmt.Errorf("variance: %w", oneOf(name, "beta", "beta_tilde"))
}

// AncestralOptions are the choices of Ancestral. The zero value is the sampler of the paper.
type AncestralOptions struct {
	// Times are the timesteps to visit, strictly decreasing; nil means T−1 … 0. See Schedule.Respaced. x
	// must be distributed as x_t at the first of them.
	Times []int32
	// Variance of the reverse step.
	Variance Variance
	// ClipX0 bounds the predicted x_0 to [−ClipX0, ClipX0] before each step; 0 does not bound it. It suits
	// data with known bounds, such as images in [−1, 1].
	ClipX0 float64
	// OnStep, if not nil, is called after each step with its number 0, 1, …, the t that was left, and the
	// new x, which it must not keep. Its error ends the sampling.
	OnStep func(step, t int, x []float32) error
	// Workspace is memory to work in; nil allocates it. With it a call allocates nothing.
	Workspace *Workspace
}

// Workspace is the memory of a sampler, kept from call to call. The zero value is ready; one call at a time
// may use it.
type Workspace struct{ buffer []float32 }

// take returns n floats of any content.
func (w *Workspace) take(n int) []float32 {
	w.buffer = slices.Grow(w.buffer[:0], n)[:n]
	return w.buffer
}

// Ancestral turns x, [rows, dim], from x_T into x_0 in place, by Algorithm 2 of Ho et al. (2020):
//
//	for t = T−1 … 0:  z ~ N(0, I), or 0 at the last step
//	                  x_{t−1} = √ᾱ_{t−1} β_t/(1−ᾱ_t) x̂_0 + √α_t (1−ᾱ_{t−1})/(1−ᾱ_t) x_t + σ_t z
//
// where x̂_0 is what the model says of x_0, and σ_t² is β_t or β̃_t. With x̂_0 from ε this is the paper's
// 1/√α_t (x_t − β_t/√(1−ᾱ_t) ε) + σ_t z; in every prediction it is linear, so a step is one combination of
// x, the prediction and z. With fewer Times, "t−1" is the next of them and β_t is 1 − ᾱ_t/ᾱ_next; after the
// last of them ᾱ is 1.
//
// It returns the error of ctx, which it looks at before each step, or of OnStep, and an error if x is no
// longer finite.
func Ancestral(ctx context.Context, model *Model, x []float32, noise Noise, options AncestralOptions) error {
	schedule := model.schedule
	if err := options.validate(schedule); err != nil {
		return fmt.Errorf("ancestral sampling: %w", err)
	}
	steps := schedule.Steps()
	if options.Times != nil {
		steps = len(options.Times)
	}
	if noise == nil && steps > 1 {
		return fmt.Errorf("ancestral sampling needs noise")
	}
	workspace := options.Workspace
	if workspace == nil {
		workspace = new(Workspace)
	}
	memory := workspace.take(2 * len(x))
	prediction, z := memory[:len(x)], memory[len(x):]

	for i := range steps {
		t, next := options.time(i, steps), -1
		if i+1 < steps {
			next = options.time(i+1, steps)
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("ancestral sampling stopped before t = %d: %w", t, err)
		}

		// mean = a x + b prediction
		q := schedule.Posterior(t, next)
		var a, b float64
		if options.ClipX0 > 0 {
			model.X0(prediction, x, t)
			clip(prediction, float32(options.ClipX0))
			a, b = q.Xt, q.X0
		} else {
			model.denoiser.Predict(prediction, x, float64(t))
			alpha, sigma := schedule.Marginal(t)
			fromX, fromPrediction := model.prediction.Convert(X0, alpha, sigma)
			a, b = q.Xt+q.X0*fromX, q.X0*fromPrediction
		}

		if next < 0 {
			kernel.Combine2(x, float32(a), x, float32(b), prediction)
		} else {
			variance := q.Beta
			if options.Variance == VarianceBetaTilde {
				variance = q.Variance
			}
			noise.Fill(z, i)
			kernel.Combine3(x, float32(a), x, float32(b), prediction, float32(math.Sqrt(variance)), z)
		}

		if n := countNotFinite(x); n > 0 {
			return fmt.Errorf("ancestral sampling: after the step at t = %d, %d of %d values are not finite", t, n, len(x))
		}
		if options.OnStep != nil {
			if err := options.OnStep(i, t, x); err != nil {
				return fmt.Errorf("ancestral sampling, after the step at t = %d: %w", t, err)
			}
		}
	}
	return nil
}

// time is the timestep of step i of all.
func (o *AncestralOptions) time(i, steps int) int {
	if o.Times == nil {
		return steps - 1 - i
	}
	return int(o.Times[i])
}

func (o *AncestralOptions) validate(schedule *Schedule) error {
	if o.Variance != VarianceBeta && o.Variance != VarianceBetaTilde {
		return fmt.Errorf("unknown variance %d", int(o.Variance))
	}
	if !(o.ClipX0 >= 0) {
		return fmt.Errorf("the bound of x_0 must be at least 0, got %v", o.ClipX0)
	}
	if o.Times == nil {
		return nil
	}
	if len(o.Times) == 0 {
		return fmt.Errorf("the list of times is empty")
	}
	before := int32(schedule.Steps())
	for i, t := range o.Times {
		if t < 0 || t >= before {
			return fmt.Errorf("times must decrease within %d … 0, but entry %d is %d", schedule.Steps()-1, i, t)
		}
		before = t
	}
	return nil
}

// clip bounds every value; one that is not a number stays so.
func clip(x []float32, bound float32) {
	for i, v := range x {
		if v > bound {
			x[i] = bound
		} else if v < -bound {
			x[i] = -bound
		}
	}
}

// countNotFinite is called after every step, so it first finds the largest exponent, which costs a small
// part of the step, and counts only if that one says so.
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
