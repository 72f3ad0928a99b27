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
// processes are *Chain, of T discrete steps, and VP, SubVP, VE, EDM and Flow, of continuous time. They never
// change, so goroutines may share them.
type Process interface {
	// Span returns the time of the data, where α = 1 and σ = 0, and the first and last times at which a
	// network is asked: −1, 0 and T−1 for a chain. Methods take any time from data to last, and panic, as an
	// index does, for others.
	Span() (data, first, last float64)
	// Steps is T for a chain and 0 in continuous time.
	Steps() int
	// Marginal returns α and σ of x_t = α x_0 + σ ε.
	Marginal(t float64) (alpha, sigma float64)
	// Lambda is λ = ln(α/σ), half the logarithm of the signal-to-noise ratio. It decreases, from +Inf at the
	// data.
	Lambda(t float64) float64
	// Time is the inverse of Lambda, brought into the span.
	Time(lambda float64) float64
	// SDE returns the drift f and the diffusion g at t, where they jump the limits from below, but those from above
	// at the first time, below which no network is asked.
	SDE(t float64) (drift, diffusion float64)
	// PriorDeviation is π of the prior N(0, π² I), which x at the last time resembles.
	PriorDeviation() float64
	// NetworkTime is the number that a network with time features is told for t.
	NetworkTime(t float64) float64
}

// ProcessOptions is a kind of process with its section of a configuration.
type ProcessOptions interface {
	// Validate returns a *choice.FieldError for a key that is out of its range, alone or together with others.
	Validate() error
	// New returns the process. What Validate passes, New makes.
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
			Name: "ncsn", Summary: "variance-exploding chain, sigma in a geometric row (Song and Ermon 2019)",
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

// minShare bounds the shares of signal, ᾱ, and of noise, 1−ᾱ, from below. No coefficient of a conversion or of a
// reverse step then exceeds 1e30, so all of them fit float32.
const minShare = 1e-60

const firstTimeKey = "first_time"

// checkNoise holds the first time of a process of continuous time to the bounds of a chain.
func checkNoise(p Process) error {
	_, first, _ := p.Span()
	if _, sigma := p.Marginal(first); sigma*sigma < minShare {
		return choice.Wrong(firstTimeKey, "of %v leaves noise of variance %v, below %v: use a later time or more noise",
			first, sigma*sigma, minShare)
	}
	return nil
}

// valid returns a process that is its own section.
func valid(p interface {
	Process
	ProcessOptions
}) (Process, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	return p, nil
}

// inSpan panics, as an index does, for a time outside a process.
func inSpan(t, low, high float64) {
	if !(t >= low && t <= high) {
		panic(fmt.Sprintf("diffusion: time %v is outside the process, from %v to %v", t, low, high))
	}
}

// SigmaRatio is σ̂ = σ/α = e^{−λ}, the level of noise after x is divided by α: the "sigma" of Karras et al.
// (2022). It is 0 for the data and +Inf where no signal is left.
func SigmaRatio(p Process, t float64) float64 { return math.Exp(-p.Lambda(t)) }

// preserved returns α and σ of the variance-preserving process (α² + σ² = 1) at λ.
func preserved(lambda float64) (alpha, sigma float64) {
	return 1 / math.Sqrt(1+math.Exp(-2*lambda)), 1 / math.Sqrt(1+math.Exp(2*lambda))
}

// Reverse are the coefficients at one time of the process run backwards,
//
//	dx = (X x + Score ∇log p_t(x)) dt + Noise dw̄
//
// with dt < 0 and w̄ a Wiener process in reversed time.
type Reverse struct{ X, Score, Noise float64 }

// ReverseSDE is the reverse-time SDE, X = f, Score = −g², Noise = g (Anderson 1982; Song et al. 2021, equation 6).
func ReverseSDE(p Process, t float64) Reverse {
	f, g := p.SDE(t)
	return Reverse{X: f, Score: -g * g, Noise: g}
}

// FlowODE is the probability-flow ODE, which has the same marginals without noise: X = f, Score = −½g² (Song et al. 2021,
// equation 13).
func FlowODE(p Process, t float64) Reverse {
	f, g := p.SDE(t)
	return Reverse{X: f, Score: -g * g / 2}
}
