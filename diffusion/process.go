package diffusion

import (
	"fmt"
	"math"

	"euryale/choice"
)

// Process is a linear Gaussian diffusion of data x_0 into noise: the solution of
//
//	dx = f(t) x dt + g(t) dw,   x_t | x_0 ~ N(α(t) x_0, σ(t)² I)
//
// (Song et al. 2021, "Score-based generative modeling through stochastic differential equations"). The
// processes are *Chain, of T discrete steps, and VP, SubVP, VE, EDM and Flow, of continuous time. They are
// immutable, so goroutines may share them.
type Process interface {
	// Span returns the time of the data, where α = 1 and σ = 0, and the first and last times at which a
	// network is evaluated: −1, 0 and T−1 for a chain. Methods take any time from data to last, and panic for
	// others, like an index out of range.
	Span() (data, first, last float64)
	// Steps is T for a chain and 0 in continuous time: see Discrete.
	Steps() int
	// Marginal returns α and σ of x_t = α x_0 + σ ε.
	Marginal(t float64) (alpha, sigma float64)
	// Lambda is λ = ln(α/σ), half the logarithm of the signal-to-noise ratio. It decreases from +Inf at the data.
	Lambda(t float64) float64
	// Time is the inverse of Lambda, clamped to the span.
	Time(lambda float64) float64
	// SDE returns the drift f and the diffusion g at t. At a jump they are the limits from below, except at the first
	// time, where they are those from above: no network is evaluated below it.
	SDE(t float64) (drift, diffusion float64)
	// PriorDeviation is σ_prior of the prior N(0, σ_prior² I), which approximates the distribution of x at the last time.
	PriorDeviation() float64
	// NetworkTime is the number from which a network computes its time features at t.
	NetworkTime(t float64) float64
}

// ProcessOptions is a kind of process: its section of a configuration.
type ProcessOptions interface {
	// Validate returns a *choice.FieldError for a key that is out of its range or does not fit the others.
	Validate() error
	// New returns the process. It succeeds if Validate does.
	New() (Process, error)
}

// Processes lists the kinds of process.
func Processes() choice.Set[ProcessOptions] {
	return choice.Set[ProcessOptions]{
		{
			Name: "ddpm", Summary: "variance-preserving chain, by its schedule (Ho et al. 2020)",
			New: func() ProcessOptions { return &DDPM{Steps: 100, Schedule: Schedules().Choose("sigmoid")} },
		},
		{
			Name: "ncsn", Summary: "variance-exploding chain, sigma in geometric steps (Song and Ermon 2019)",
			New: func() ProcessOptions { return &NCSN{Steps: 100, SigmaMin: 0.002, SigmaMax: 80} },
		},
		{
			Name: "vp", Summary: "variance-preserving SDE (Song et al. 2021)",
			New: func() ProcessOptions { return &VP{BetaMin: 0.1, BetaMax: 20, Epsilon: 1e-3} },
		},
		{
			Name: "sub_vp", Summary: "sub-variance-preserving SDE (Song et al. 2021)",
			New: func() ProcessOptions { return &SubVP{BetaMin: 0.1, BetaMax: 20, Epsilon: 1e-3} },
		},
		{
			Name: "ve", Summary: "variance-exploding SDE (Song et al. 2021)",
			New: func() ProcessOptions { return &VE{SigmaMin: 0.002, SigmaMax: 80} },
		},
		{
			Name: "edm", Summary: "variance-exploding, time being sigma itself (Karras et al. 2022)",
			New: func() ProcessOptions { return &EDM{SigmaMin: 0.002, SigmaMax: 80} },
		},
		{
			Name: "flow", Summary: "straight line from data to noise: flow matching (Lipman et al. 2023)",
			New: func() ProcessOptions { return &Flow{FirstTime: 1e-3, LastTime: 0.999} },
		},
	}
}

// minShare is the least signal, ᾱ, and the least noise, 1−ᾱ. No coefficient of a conversion or of a reverse step then
// exceeds 1e30, so all of them fit float32.
const minShare = 1e-60

const firstTimeKey = "first_time"

// checkNoise checks that a process of continuous time has enough noise at its first time.
func checkNoise(p Process) error {
	_, first, _ := p.Span()
	if _, sigma := p.Marginal(first); sigma*sigma < minShare {
		return choice.Wrong(firstTimeKey, "of %v has noise of variance %v, below %v: use a later time or more noise",
			first, sigma*sigma, minShare)
	}
	return nil
}

// valid returns a process that is also its section, if it is valid.
func valid(p interface {
	Process
	ProcessOptions
}) (Process, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	return p, nil
}

// inSpan panics for a time outside a process, like an index out of range.
func inSpan(t, low, high float64) {
	if !(t >= low && t <= high) {
		panic(fmt.Sprintf("diffusion: time %v is outside the process, from %v to %v", t, low, high))
	}
}

// Discrete reports whether a process is a chain of steps, not one of continuous time.
func Discrete(p Process) bool { return p.Steps() > 0 }

// SigmaRatio is σ̂ = σ/α = e^{−λ}, the noise level of x/α: the "sigma" of Karras et al. (2022). It is 0 for the data
// and +Inf where no signal is left.
func SigmaRatio(p Process, t float64) float64 { return math.Exp(-p.Lambda(t)) }

// PreservingMarginal returns α and σ of the variance-preserving process (α² + σ² = 1) at λ.
func PreservingMarginal(lambda float64) (alpha, sigma float64) {
	return 1 / math.Sqrt(1+math.Exp(-2*lambda)), 1 / math.Sqrt(1+math.Exp(2*lambda))
}

// Reverse has the coefficients, at one time, of the process run backward,
//
//	dx = (X x + Score ∇log p_t(x)) dt + Noise dw̄
//
// with dt < 0 and w̄ a Wiener process in reverse time.
type Reverse struct{ X, Score, Noise float64 }

// ReverseSDE is the reverse-time SDE, X = f, Score = −g², Noise = g (Anderson 1982; Song et al. 2021, equation 6).
func ReverseSDE(p Process, t float64) Reverse {
	f, g := p.SDE(t)
	return Reverse{X: f, Score: -g * g, Noise: g}
}

// ProbabilityFlowODE is the ODE that has the marginals of the SDE but draws no noise: X = f, Score = −½g² (Song et al. 2021,
// equation 13).
func ProbabilityFlowODE(p Process, t float64) Reverse {
	f, g := p.SDE(t)
	return Reverse{X: f, Score: -g * g / 2}
}
