package diffusion

import (
	"fmt"

	"euryale/kernel"
)

// Prediction is what a network's output means. With x_t = α x_0 + σ ε, each is linear in x_0 and ε, so each
// follows from x_t and any other.
type Prediction int

// The predictions. Their names in a configuration are "eps", "x0", "v" and "score".
const (
	Epsilon  Prediction = iota // ε, the noise
	X0                         // x_0, the data
	Velocity                   // v = α ε − σ x_0 (Salimans and Ho 2022, "Progressive distillation", appendix D)
	Score                      // ∇ log q(x_t | x_0) = −ε/σ
)

var predictionNames = [...]string{Epsilon: "eps", X0: "x0", Velocity: "v", Score: "score"}

// ParsePrediction returns the prediction of that name.
func ParsePrediction(name string) (Prediction, error) {
	for p, n := range predictionNames {
		if n == name {
			return Prediction(p), nil
		}
	}
	return 0, fmt.Errorf("prediction: %w", oneOf(name, predictionNames[:]...))
}

func (p Prediction) String() string {
	if p < 0 || int(p) >= len(predictionNames) {
		return fmt.Sprintf("Prediction(%d)", int(p))
	}
	return predictionNames[p]
}

// coefficients returns c and d of prediction = c·x_0 + d·ε.
func (p Prediction) coefficients(alpha, sigma float64) (c, d float64) {
	switch p {
	case X0:
		return 1, 0
	case Velocity:
		return -sigma, alpha
	case Score:
		return 0, -1 / sigma
	default:
		return 0, 1
	}
}

// Convert returns the coefficients of to = a·x_t + b·p at x_t = alpha·x_0 + sigma·ε, alpha and sigma above 0:
// how to get one prediction out of another. For example, from Epsilon to X0 they are 1/alpha and
// −sigma/alpha.
func (p Prediction) Convert(to Prediction, alpha, sigma float64) (a, b float64) {
	// Cramer's rule for x_t = α x_0 + σ ε and p = c x_0 + d ε.
	c, d := p.coefficients(alpha, sigma)
	e, f := to.coefficients(alpha, sigma)
	det := alpha*d - sigma*c
	return (e*d - f*c) / det, (f*alpha - e*sigma) / det
}

// Target fills dst with what the network shall predict for a batch that Diffuse has noised with eps. dst, x0
// and eps are [len(t), dim]; dst may be x0 or eps. Rows are independent.
func (s *Schedule) Target(dst, x0, eps []float32, t []int32, dim int, p Prediction) {
	for r, tr := range t {
		c, d := p.coefficients(s.alpha[tr+1], s.sigma[tr+1])
		lo, hi := r*dim, (r+1)*dim
		kernel.Combine2(dst[lo:hi], float32(c), x0[lo:hi], float32(d), eps[lo:hi])
	}
}
