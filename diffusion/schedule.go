package diffusion

import (
	"fmt"
	"math"
	"slices"

	"euryale/choice"
)

// Schedule gives the β_t of a variance-preserving chain.
type Schedule interface {
	// Validate returns a *choice.FieldError for a key that is out of its range.
	Validate() error
	// Betas returns β_0 … β_{T−1} for T = steps ≥ 1. The error for a key that does not fit the number of steps is a
	// *choice.FieldError.
	Betas(steps int) ([]float64, error)
}

// Schedules lists the kinds of schedule.
func Schedules() choice.Set[Schedule] {
	usual := BetaRange{BetaStart: 1e-5, BetaEnd: 0.5e-2}
	return choice.Set[Schedule]{
		{
			Name: "linear", Summary: "β from beta_start to beta_end in equal steps (Ho et al. 2020)",
			New: func() Schedule { return new(LinearSchedule(usual)) },
		},
		{
			Name: "scaled_linear", Summary: `√β in equal steps: the "quad" of DDPM's code (Ho et al. 2020; Rombach et al. 2022)`,
			New: func() Schedule { return new(ScaledLinearSchedule(usual)) },
		},
		{
			Name: "cosine", Summary: "ᾱ falls like cos² (Nichol and Dhariwal 2021)",
			New: func() Schedule { return &CosineSchedule{} },
		},
		{
			Name: "sigmoid", Summary: "β rises from beta_start to beta_end like a logistic curve (Xu et al. 2022, GeoDiff)",
			New: func() Schedule { return new(SigmoidSchedule(usual)) },
		},
		{
			Name: "sigmoid_alphabar", Summary: "ᾱ falls like a logistic curve (Chen 2023)",
			New: func() Schedule { return &SigmoidAlphaBarSchedule{} },
		},
		{
			Name: "const", Summary: "β is beta_end throughout (DDPM's code)",
			New: func() Schedule { return &ConstSchedule{BetaEnd: usual.BetaEnd} },
		},
		{
			Name: "warmup10", Summary: "β as linear over the first tenth of the steps, then beta_end (DDPM's code)",
			New: func() Schedule { return new(Warmup10Schedule(usual)) },
		},
		{
			Name: "warmup50", Summary: "β as linear over the first half of the steps, then beta_end (DDPM's code)",
			New: func() Schedule { return new(Warmup50Schedule(usual)) },
		},
		{
			Name: "jsd", Summary: "β = 1/T, 1/(T−1) … 1, so ᾱ falls in equal steps to 0 (Sohl-Dickstein et al. 2015)",
			New: func() Schedule { return &JSDSchedule{} },
		},
		{
			Name: "sqrt", Summary: "ᾱ = 1 − √τ: much noise early (Li et al. 2022, Diffusion-LM)",
			New: func() Schedule { return &SqrtSchedule{} },
		},
	}
}

// NewChain returns the variance-preserving chain of a schedule with T = steps.
//
// Where ᾱ ends at 0, as for jsd and any schedule with zero_terminal_snr, the last x contains no information about the
// data, and neither does a prediction of eps or of the score there.
func NewChain(s Schedule, steps int) (*Chain, error) {
	if steps < 1 || steps > maxSteps {
		return nil, fmt.Errorf("schedule: steps must be from 1 to %d, got %d", maxSteps, steps)
	}
	c, err := chainOf(s, steps)
	if err != nil {
		return nil, fmt.Errorf("schedule %q with %d steps: %w", Schedules().NameOf(s), steps, err)
	}
	return c, nil
}

func chainOf(s Schedule, steps int) (*Chain, error) {
	betas, err := s.Betas(steps)
	if err != nil {
		return nil, err
	}
	return FromBetas(betas)
}

const zeroKey = "zero_terminal_snr"

// ended returns the β unchanged, or rescaled to leave no signal at the end.
func ended(betas []float64, zeroTerminalSNR bool) ([]float64, error) {
	switch {
	case !zeroTerminalSNR:
		return betas, nil
	case len(betas) < 2:
		return nil, choice.Wrong(zeroKey, "must be false for a single step, which would keep no signal: it needs at least 2 steps")
	}
	c, err := FromBetas(betas)
	if err != nil {
		return nil, err
	}
	return c.zeroTerminalSNR(), nil
}

// zeroTerminalSNR is algorithm 1 of Lin, Liu, Li and Yang 2024, "Common diffusion noise schedules and sample steps
// are flawed": √ᾱ is shifted so that the last is 0 and scaled so that the first is unchanged.
//
//	s_t = √ᾱ_t,   s_t ← (s_t − s_{T−1}) s_0/(s_0 − s_{T−1}),   β_t = 1 − s_t²/s_{t−1}²
//
// With r_t = s_t − s_{T−1}, β_t is 1 − (r_t/r_{t−1})². It is computed from sums of the steps of s, which have one sign,
// to avoid cancellation.
func (c *Chain) zeroTerminalSNR() []float64 {
	last := c.Steps() - 1
	betas := slices.Clone(c.beta)
	if c.alpha[last+1] == 0 {
		return betas
	}
	r := 0.0
	for t := last; t > 0; t-- {
		step := -c.alpha[t] * math.Expm1(math.Log1p(-c.beta[t])/2) // s_{t−1} − s_t
		r += step
		betas[t] = step / r * (2 - step/r)
	}
	return betas
}

// linspace returns n equally spaced numbers from a to b, both included, or a if n is 1.
func linspace(a, b float64, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		w := float64(i) / float64(max(n-1, 1))
		v[i] = a*(1-w) + b*w
	}
	return v
}

func logistic(u float64) float64 { return 1 / (1 + math.Exp(-u)) }
