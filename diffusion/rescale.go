package diffusion

import (
	"fmt"
	"math"
)

// rescaled is a process with another scale of x at the same times and the same λ.
type rescaled struct {
	Process
	preserving bool
}

// Preserving returns p divided by √(α² + σ²), the variance-preserving process with the same λ, or p itself if it is
// variance-preserving.
func Preserving(p Process) Process {
	if isPreserving(p) {
		return p
	}
	return rescaled{p, true}
}

// Exploding returns p divided by α, the variance-exploding process x_t = x_0 + σ̂ ε with the same λ, or p itself if it is
// variance-exploding. A process with no signal at its end is an error.
func Exploding(p Process) (Process, error) {
	_, _, last := p.Span()
	alpha, _ := p.Marginal(last)
	switch {
	case alpha == 0:
		return nil, fmt.Errorf("the process has no signal at its end (alpha-bar = 0), so sigma/alpha is infinite there")
	case isExploding(p):
		return p, nil
	}
	return rescaled{p, false}, nil
}

// isPreserving looks at the last time and at the middle of λ: at its ends, SubVP is nearly variance-preserving too.
func isPreserving(p Process) bool {
	_, _, last := p.Span()
	alpha, sigma := p.Marginal(last)
	middleAlpha, middleSigma := p.Marginal(p.Time(0))
	return math.Abs(alpha*alpha+sigma*sigma-1) < 1e-9 && math.Abs(middleAlpha*middleAlpha+middleSigma*middleSigma-1) < 1e-9
}

func isExploding(p Process) bool {
	_, _, last := p.Span()
	alpha, _ := p.Marginal(last)
	return alpha == 1
}

func (p rescaled) Marginal(t float64) (alpha, sigma float64) {
	lambda := p.Lambda(t)
	if p.preserving {
		return PreservingMarginal(lambda)
	}
	return 1, math.Exp(-lambda)
}

// SDE follows from λ̇ = −g²/2σ² of the process: g² = −2σ²λ̇ at any scale, and f = σ²λ̇ where α² + σ² = 1.
func (p rescaled) SDE(t float64) (drift, diffusion float64) {
	_, g := p.Process.SDE(t)
	_, sigma := p.Process.Marginal(t)
	_, rescaledSigma := p.Marginal(t)
	diffusion = g
	if sigma > 0 { // at the data every scale is 1
		diffusion *= rescaledSigma / sigma
	}
	if p.preserving {
		drift = -diffusion * diffusion / 2
	}
	return drift, diffusion
}

func (p rescaled) PriorDeviation() float64 {
	_, _, last := p.Span()
	_, sigma := p.Process.Marginal(last)
	_, rescaledSigma := p.Marginal(last)
	return p.Process.PriorDeviation() * rescaledSigma / sigma
}
