package diffusion

import (
	"fmt"
	"math"

	"euryale/kernel"
)

// Prediction is what a network's output means. With x_t = α x_0 + σ ε, each is linear in x_0 and ε, so each
// follows from x_t and any other.
type Prediction int

// The predictions. Their names in a configuration are "eps", "x0", "v", "score" and "F".
const (
	Epsilon  Prediction = iota // ε, the noise
	X0                         // x_0, the data
	Velocity                   // v = α ε − σ x_0 (Salimans and Ho 2022, "Progressive distillation", appendix D)
	Score                      // ∇ log q(x_t | x_0) = −ε/σ
	// Preconditioned is F of Karras et al. (2022), equation 7: with σ̂ = σ/α and x̂ = x_t/α,
	//
	//	x_0 = c_skip x̂ + c_out F,   c_skip = σ_d²/(σ̂² + σ_d²),   c_out = σ̂ σ_d/√(σ̂² + σ_d²)
	//
	// where σ_d is the data's standard deviation. In x_0 and ε it is F = (σ/σ_d x_0 − α σ_d ε)/√(α²σ_d² + σ²).
	Preconditioned
)

var predictionNames = [...]string{Epsilon: "eps", X0: "x0", Velocity: "v", Score: "score", Preconditioned: "F"}

// PredictionChoices are the predictions.
func PredictionChoices() []Choice {
	summaries := [...]string{
		Epsilon:        "the noise (Ho et al. 2020)",
		X0:             "the data",
		Velocity:       "alpha eps - sigma x0 (Salimans and Ho 2022)",
		Score:          "the gradient of the log-density, -eps/sigma (Song and Ermon 2019)",
		Preconditioned: "what is left to predict after EDM's preconditioning (Karras et al. 2022)",
	}
	choices := make([]Choice, len(summaries))
	for p, summary := range summaries {
		choices[p] = Choice{Name: predictionNames[p], Summary: summary}
	}
	return choices
}

// ParsePrediction returns the prediction of that name.
func ParsePrediction(name string) (Prediction, error) {
	for p, n := range predictionNames {
		if n == name {
			return Prediction(p), nil
		}
	}
	return 0, fmt.Errorf("prediction: %w", OneOf(name, predictionNames[:]...))
}

func (p Prediction) String() string {
	if p < 0 || int(p) >= len(predictionNames) {
		return fmt.Sprintf("Prediction(%d)", int(p))
	}
	return predictionNames[p]
}

// Parameterisation says how a network is wrapped: what it is given and what its output means. Training and
// sampling share it. Only Preconditioned and ScaleInput need DataDeviation.
type Parameterisation struct {
	Prediction Prediction
	// DataDeviation is σ_d, the standard deviation of a coordinate of the data.
	DataDeviation float64
	// ScaleInput gives the network c_in x_t with c_in = 1/√(α²σ_d² + σ²), which has unit variance at any t
	// (Karras et al. 2022), instead of x_t.
	ScaleInput bool
}

func (q Parameterisation) validate() error {
	if q.Prediction < 0 || int(q.Prediction) >= len(predictionNames) {
		return fmt.Errorf("a model needs a known prediction, got %v", q.Prediction)
	}
	if q.ScaleInput || q.Prediction == Preconditioned {
		return checkDeviation(q.DataDeviation, "scaled inputs and the prediction F")
	}
	return nil
}

// checkDeviation holds σ_d, for those who need it, to what float32 can carry.
func checkDeviation(deviation float64, who string) error {
	if !(deviation >= minSigma && deviation <= maxSigma) {
		return fmt.Errorf("must be the standard deviation of the data, from %v to %v, for %s, got %v", minSigma, maxSigma, who, deviation)
	}
	return nil
}

// checkSignal says if the prediction has no meaning at the end of a process.
func (q Parameterisation) checkSignal(p Process) error {
	_, _, last := p.Span()
	if alpha, _ := p.Marginal(last); alpha == 0 && (q.Prediction == Epsilon || q.Prediction == Score) {
		return fmt.Errorf("must be v, x0 or F on a process with no signal at its end (alpha-bar = 0), where others say nothing about the data, got %v", q.Prediction)
	}
	return nil
}

// Coefficients returns c and d of prediction = c x_0 + d ε where x_t = alpha·x_0 + sigma·ε.
func (q Parameterisation) Coefficients(alpha, sigma float64) (c, d float64) {
	switch q.Prediction {
	case X0:
		return 1, 0
	case Velocity:
		return -sigma, alpha
	case Score:
		return 0, -1 / sigma
	case Preconditioned:
		norm := math.Hypot(alpha*q.DataDeviation, sigma)
		return sigma / (q.DataDeviation * norm), -alpha * q.DataDeviation / norm
	default:
		return 0, 1
	}
}

// InputScale is c_in at x_t = alpha·x_0 + sigma·ε: 1 unless ScaleInput.
func (q Parameterisation) InputScale(alpha, sigma float64) float64 {
	if !q.ScaleInput {
		return 1
	}
	return 1 / math.Hypot(alpha*q.DataDeviation, sigma)
}

// Convert returns the coefficients of to = a·x_t + b·p, where p is q's prediction at x_t = alpha·x_0 + sigma·ε:
// how to get one prediction out of another. For example, from Epsilon to X0 they are 1/alpha and −sigma/alpha.
// They are not finite where the one does not determine the other: from Epsilon or Score at alpha = 0, from X0
// at sigma = 0.
func (q Parameterisation) Convert(to Prediction, alpha, sigma float64) (a, b float64) {
	q2 := q
	q2.Prediction = to
	e, f := q2.Coefficients(alpha, sigma)
	return q.solve(e, f, alpha, sigma)
}

// solve returns a and b with e x_0 + f ε = a x_t + b p: Cramer's rule for x_t = α x_0 + σ ε and p = c x_0 + d ε.
func (q Parameterisation) solve(e, f, alpha, sigma float64) (a, b float64) {
	c, d := q.Coefficients(alpha, sigma)
	det := alpha*d - sigma*c
	return (e*d - f*c) / det, (f*alpha - e*sigma) / det
}

// Target fills dst with what the network shall predict for a batch that Diffuse has noised with eps. dst, x0
// and eps are [len(t), dim]; dst may be x0 or eps. Rows are independent.
func (q Parameterisation) Target(p Process, dst, x0, eps []float32, t []float64, dim int) {
	for r, tr := range t {
		c, d := q.Coefficients(p.Marginal(tr))
		lo, hi := r*dim, (r+1)*dim
		kernel.Combine2(dst[lo:hi], float32(c), x0[lo:hi], float32(d), eps[lo:hi])
	}
}

// ScaleInputs turns x_t [len(t), dim] into what the network is given, in place.
func (q Parameterisation) ScaleInputs(p Process, x []float32, t []float64, dim int) {
	if !q.ScaleInput {
		return
	}
	for r, tr := range t {
		scale(x[r*dim:(r+1)*dim], q.InputScale(p.Marginal(tr)))
	}
}

func scale(x []float32, by float64) {
	f := float32(by)
	for i := range x {
		x[i] *= f
	}
}
