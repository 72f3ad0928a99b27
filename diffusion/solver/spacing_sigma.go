package solver

import (
	"math"

	"euryale/choice"
	"euryale/diffusion"
)

// Karras spaces σ̂^(1/ρ) equally, σ̂ = σ/α (Karras et al. 2022, equation 5).
type Karras struct {
	// Rho is the exponent ρ: the larger it is, the more times are near the data.
	Rho float64 `yaml:"rho"`
}

// Exponential spaces ln σ̂ equally, σ̂ = σ/α.
type Exponential struct{}

// LogSNR spaces λ = ln(α/σ) equally (Lu et al. 2022): another name for Exponential.
type LogSNR struct{}

// maxRho bounds the exponent of Karras.
const maxRho = 1000

// Validate returns a *choice.FieldError for a wrong key.
func (s Karras) Validate() error {
	if !(s.Rho > 0 && s.Rho <= maxRho) {
		return choice.Wrong("rho", "must be above 0 and at most %v, got %v", float64(maxRho), s.Rho)
	}
	return nil
}

// Rounds implements Spacing.
func (Karras) Rounds() bool { return false }

// Rounds implements Spacing.
func (Exponential) Rounds() bool { return false }

// Rounds implements Spacing.
func (LogSNR) Rounds() bool { return false }

// Place implements Spacing. It works with logarithms, because σ̂^(1/ρ) may overflow float64.
func (s Karras) Place(p diffusion.Process, l Layout) (func(k float64) float64, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return placeSigma(p, l, func(low, high, share float64) float64 {
		return high + s.Rho*math.Log(share+(1-share)*math.Exp((low-high)/s.Rho))
	})
}

// Place implements Spacing.
func (Exponential) Place(p diffusion.Process, l Layout) (func(k float64) float64, error) {
	return placeSigma(p, l, func(low, high, share float64) float64 { return low + share*(high-low) })
}

// Place implements Spacing.
func (LogSNR) Place(p diffusion.Process, l Layout) (func(k float64) float64, error) {
	return Exponential{}.Place(p, l)
}

// placeSigma returns the times whose ln σ̂ is between(low, high, share), where low and high are ln σ̂ at the ends.
func placeSigma(p diffusion.Process, l Layout, between func(low, high, share float64) float64) (func(k float64) float64, error) {
	_, first, last := p.Span()
	low, high := -p.Lambda(first), -p.Lambda(last)
	if math.IsInf(high, 1) {
		return nil, choice.Wrong("", "needs some signal at the last time, but at t = %v there is none (alpha-bar = 0); use trailing", last)
	}
	m := float64(l.Points)
	return func(k float64) float64 {
		switch k { // without rounding
		case 0:
			return first
		case m - 1:
			return last
		}
		return p.Time(-between(low, high, k/(m-1)))
	}, nil
}
