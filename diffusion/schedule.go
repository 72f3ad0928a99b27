package diffusion

import (
	"fmt"
	"math"
	"slices"
)

const (
	maxSteps = 1_000_000
	// maxBeta bounds β where a schedule is given by its ᾱ, which may fall to 0 at the end (Nichol and
	// Dhariwal 2021, section 3.2).
	maxBeta = 0.999
	// minShare bounds the shares of signal, ᾱ, and of noise, 1−ᾱ, from below. No coefficient of a
	// conversion or of a reverse step then exceeds 1e30, so all of them fit float32.
	minShare = 1e-60
)

// Schedule is a variance-preserving forward process of T steps (Ho, Jain and Abbeel 2020, "Denoising
// diffusion probabilistic models", equations 2 and 4):
//
//	q(x_t | x_{t−1}) = N(√(1−β_t) x_{t−1}, β_t I),   q(x_t | x_0) = N(√ᾱ_t x_0, (1−ᾱ_t) I).
//
// Its tables are float64. It never changes, so it may be used by many goroutines.
//
// Methods take t = −1 … T−1, where −1 is the data itself (ᾱ₋₁ = 1), unless they say otherwise; another t
// is out of range and panics as an index does.
type Schedule struct {
	beta []float64
	// The following are at t+1. The logarithm is the primary table: ᾱ, 1−ᾱ and ᾱ_t/ᾱ_s follow from it
	// without cancellation, however close to 1 or to 0 they are.
	logAlphaBar []float64
	alpha       []float64 // √ᾱ
	sigma       []float64 // √(1−ᾱ)
}

// NewSchedule returns the schedule of that name with T = steps:
//
//	linear            β from BetaStart to BetaEnd (Ho et al. 2020)
//	sigmoid           β = σ(u)·(BetaEnd−BetaStart) + BetaStart, u from −6 to 6
//	cosine            ᾱ(τ) = f(τ)/f(0), f(τ) = cos²((τ+.008)/1.008·π/2) (Nichol and Dhariwal 2021, eq. 17)
//	sigmoid_alphabar  ᾱ(τ) = (σ(3) − σ(6τ−3))/(σ(3) − σ(−3)) (Chen 2023, "On the importance of noise
//	                  scheduling for diffusion models", algorithm 1: start −3, end 3, τ = 1)
//
// The first two include both ends (with one step: the start). The last two take β_t = 1 − ᾱ((t+1)/T)/ᾱ(t/T),
// at most .999. An error names what is wrong with the configuration.
func NewSchedule(config ScheduleConfig, steps int) (*Schedule, error) {
	if steps < 1 || steps > maxSteps {
		return nil, fmt.Errorf("schedule: steps must be from 1 to %d, got %d", maxSteps, steps)
	}
	var betas []float64
	switch config.Name {
	case "linear":
		betas = linspace(config.BetaStart, config.BetaEnd, steps)
	case "sigmoid":
		betas = linspace(-6, 6, steps)
		for i, u := range betas {
			betas[i] = logistic(u)*(config.BetaEnd-config.BetaStart) + config.BetaStart
		}
	case "cosine":
		betas = betasOf(steps, func(tau float64) float64 {
			c := math.Cos((tau + 0.008) / 1.008 * math.Pi / 2)
			return c * c
		})
	case "sigmoid_alphabar":
		betas = betasOf(steps, func(tau float64) float64 { return logistic(3) - logistic(6*tau-3) })
	default:
		return nil, fmt.Errorf("schedule: unknown name %q", config.Name)
	}
	s, err := FromBetas(betas)
	if err != nil {
		return nil, fmt.Errorf("schedule %q with %d steps: %w", config.Name, steps, err)
	}
	return s, nil
}

// FromBetas returns the schedule with the given β_0 … β_{T−1}, each above 0 and below 1. It refuses a
// schedule that keeps less than 1e-60 of the signal, or adds less than 1e-60 of noise: float32 cannot carry
// the coefficients, and no step after that point would do anything.
func FromBetas(betas []float64) (*Schedule, error) {
	if len(betas) == 0 {
		return nil, fmt.Errorf("a schedule needs at least one beta")
	}
	n := len(betas) + 1
	s := &Schedule{
		beta:        slices.Clone(betas),
		logAlphaBar: make([]float64, n),
		alpha:       make([]float64, n),
		sigma:       make([]float64, n),
	}
	s.alpha[0] = 1
	for t, beta := range betas {
		if !(beta > 0 && beta < 1) {
			return nil, fmt.Errorf("beta at t = %d must be above 0 and below 1, got %v", t, beta)
		}
		l := s.logAlphaBar[t] + math.Log1p(-beta)
		s.logAlphaBar[t+1] = l
		s.alpha[t+1] = math.Exp(l / 2)
		s.sigma[t+1] = math.Sqrt(-math.Expm1(l))
	}
	if noise := -math.Expm1(s.logAlphaBar[1]); noise < minShare {
		return nil, fmt.Errorf("beta at t = 0 must be at least %v, got %v", minShare, noise)
	}
	for t := range betas {
		if s.logAlphaBar[t+1] < math.Log(minShare) {
			return nil, fmt.Errorf("the signal is gone at t = %d of %d (alpha-bar is below %v): use fewer steps or smaller betas", t, len(betas), minShare)
		}
	}
	return s, nil
}

// betasOf turns ᾱ(τ), up to a factor, into β_t.
func betasOf(steps int, alphaBar func(tau float64) float64) []float64 {
	betas := make([]float64, steps)
	for i := range betas {
		betas[i] = min(1-alphaBar(float64(i+1)/float64(steps))/alphaBar(float64(i)/float64(steps)), maxBeta)
	}
	return betas
}

// linspace is n numbers from a to b, both included; a alone if n is 1.
func linspace(a, b float64, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		w := float64(i) / float64(max(n-1, 1))
		v[i] = a*(1-w) + b*w
	}
	return v
}

func logistic(u float64) float64 { return 1 / (1 + math.Exp(-u)) }

// Steps is T.
func (s *Schedule) Steps() int { return len(s.beta) }

// Beta is β_t, t = 0 … T−1.
func (s *Schedule) Beta(t int) float64 { return s.beta[t] }

// AlphaBar is ᾱ_t.
func (s *Schedule) AlphaBar(t int) float64 { return math.Exp(s.logAlphaBar[t+1]) }

// Marginal returns the coefficients of x_t = alpha·x_0 + sigma·ε: √ᾱ_t and √(1−ᾱ_t).
func (s *Schedule) Marginal(t int) (alpha, sigma float64) { return s.alpha[t+1], s.sigma[t+1] }

// SNR is the signal-to-noise ratio ᾱ_t/(1−ᾱ_t); +Inf at t = −1.
func (s *Schedule) SNR(t int) float64 { return math.Exp(s.LogSNR(t)) }

// LogSNR is ln(ᾱ_t/(1−ᾱ_t)), twice the λ = ln(α/σ) of the papers on solvers; +Inf at t = −1.
func (s *Schedule) LogSNR(t int) float64 {
	l := s.logAlphaBar[t+1]
	return l - math.Log(-math.Expm1(l))
}

// Respaced returns n timesteps, decreasing and as evenly spread as integers can be, from T−1 to 0; with one
// step, T−1 alone. It is the respacing of Nichol and Dhariwal (2021), section 4: entry k from the end is
// (T−1)/(n−1)·k rounded, halves to even.
func (s *Schedule) Respaced(n int) ([]int32, error) {
	if n < 1 || n > s.Steps() {
		return nil, fmt.Errorf("the number of sampling steps must be from 1 to %d, the steps of the schedule, got %d", s.Steps(), n)
	}
	times := make([]int32, n)
	last := s.Steps() - 1
	for i := range times {
		times[i] = int32(math.RoundToEven(float64(last) * float64(n-1-i) / float64(max(n-1, 1))))
	}
	times[0] = int32(last)
	return times, nil
}
