package diffusion

import "fmt"

// Discretize returns the chain of T = steps equal steps of time that has the marginals of a continuous process at
// its times: step t of the chain is time (t+1)/T of the process's last. As T grows, DDPM's linear chain with
// β_t from BetaMin/T to BetaMax/T tends to that of VP, and NCSN's to that of VE.
//
// A chain preserves variance or keeps the signal; a process that does neither, such as SubVP, has one at another
// scale: Preserving of it.
func Discretize(p Process, steps int) (*Chain, error) {
	_, _, last := p.Span()
	switch {
	case p.Steps() > 0:
		return nil, fmt.Errorf("expected a process of continuous time, got a chain of %d steps", p.Steps())
	case steps < 1 || steps > maxSteps:
		return nil, fmt.Errorf("a chain has from 1 to %d steps, got %d", maxSteps, steps)
	case !isPreserving(p) && !isExploding(p):
		return nil, fmt.Errorf("a chain has α² + σ² = 1 or α = 1, and %T neither: discretize Preserving of it", p)
	}
	levels := make([]float64, steps) // β or σ
	before, _, _ := p.Span()
	for t := range levels {
		at := last * (float64(t+1) / float64(steps))
		if isExploding(p) {
			_, levels[t] = p.Marginal(at)
		} else {
			levels[t] = PosteriorOf(p, at, before).Beta
		}
		before = at
	}
	if isExploding(p) {
		return FromSigmas(levels)
	}
	return FromBetas(levels)
}
