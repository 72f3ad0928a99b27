package diffusion

import "fmt"

// SimpleWeight is 1 on the network's prediction: L_simple of Ho et al. 2020, equation 14, for eps.
type SimpleWeight struct{}

// Weight implements Weight.
func (*SimpleWeight) Weight(Parameterization, Process, float64) float64 { return 1 }

// AnyDistance marks a weight that suits any distance.
func (*SimpleWeight) AnyDistance() {}

// Warning warns about a prediction of the score over a wide range of σ.
func (*SimpleWeight) Warning(q Parameterization, p Process) string {
	return unevenScore("the weight simple", q, p)
}

// mostSpan is the ratio of the weights of errors in ε from which unevenScore warns.
const mostSpan = 1e6

// unevenScore warns if all errors in the score, −ε/σ, have the same weight, and σ spans so many orders of magnitude that a
// network will learn nothing where it is large. The other predictions have the size of the data or of the noise.
func unevenScore(who string, q Parameterization, p Process) string {
	if q.Prediction != Score {
		return ""
	}
	_, first, last := p.Span()
	_, low := p.Marginal(first)
	_, high := p.Marginal(last)
	if span := (high / low) * (high / low); span > mostSpan { // an error e in the score is −σe in ε
		return fmt.Sprintf("with %s an error in the score has %.2g times the weight at the first time that it has at the last, "+
			"so the last will not be learned; use the weight score_matching", who, span)
	}
	return ""
}
