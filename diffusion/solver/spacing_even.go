package solver

import (
	"math"

	"euryale/diffusion"
)

// Respaced goes from the last time to the first in equal steps, on a chain rounded: see Spacings.
type Respaced struct{}

// Leading takes multiples of T/m, which leaves out the noisiest times: see Spacings.
type Leading struct{}

// Trailing takes equal steps from the last time to the end of the list, on a chain rounded: see Spacings.
type Trailing struct{}

// Linspace goes from the last time to the first in equal steps, also between the steps of a chain: see Spacings.
type Linspace struct{}

// Quadratic is denser near the data, like squares: see Spacings.
type Quadratic struct{}

// Rounds implements Spacing.
func (Respaced) Rounds() bool { return true }

// Rounds implements Spacing.
func (Leading) Rounds() bool { return true }

// Rounds implements Spacing.
func (Trailing) Rounds() bool { return true }

// Rounds implements Spacing.
func (Linspace) Rounds() bool { return false }

// Rounds implements Spacing.
func (Quadratic) Rounds() bool { return true }

// line returns the time at a share of the way from the network's first time to its last.
func line(p diffusion.Process) func(share float64) float64 {
	_, first, last := p.Span()
	return func(share float64) float64 {
		if share == 1 { // without rounding
			return last
		}
		return first + (last-first)*share
	}
}

// Place implements Spacing.
func (Respaced) Place(p diffusion.Process, l Layout) (func(k float64) float64, error) {
	if !diffusion.Discrete(p) {
		return Linspace{}.Place(p, l)
	}
	_, _, last := p.Span()
	m := float64(l.Points)
	return func(k float64) float64 { return math.RoundToEven(last * k / (m - 1)) }, nil
}

// Place implements Spacing.
func (Leading) Place(p diffusion.Process, l Layout) (func(k float64) float64, error) {
	if diffusion.Discrete(p) {
		return func(k float64) float64 { return float64(p.Steps()/l.Points) * k }, nil
	}
	on, m := line(p), float64(l.Points)
	return func(k float64) float64 { return on(k / m) }, nil
}

// Place implements Spacing.
func (Trailing) Place(p diffusion.Process, l Layout) (func(k float64) float64, error) {
	n, m := float64(l.Steps), float64(l.Points)
	if diffusion.Discrete(p) {
		_, _, last := p.Span()
		return func(k float64) float64 { return math.RoundToEven(last+1-(m-1-k)*(last-l.End)/n) - 1 }, nil
	}
	on := line(p)
	return func(k float64) float64 { return on((n - (m - 1 - k)) / n) }, nil
}

// Place implements Spacing.
func (Linspace) Place(p diffusion.Process, l Layout) (func(k float64) float64, error) {
	on, m := line(p), float64(l.Points)
	return func(k float64) float64 { return on(k / (m - 1)) }, nil
}

// Place implements Spacing.
func (Quadratic) Place(p diffusion.Process, l Layout) (func(k float64) float64, error) {
	m := float64(l.Points)
	if diffusion.Discrete(p) {
		return func(k float64) float64 {
			root := math.Sqrt(0.8*float64(p.Steps())) * (k / (m - 1))
			return max(math.Floor(root*root), k)
		}, nil
	}
	on := line(p)
	return func(k float64) float64 { return on(k / (m - 1) * k / (m - 1)) }, nil
}
