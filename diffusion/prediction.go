package diffusion

import (
	"fmt"
	"math"
	"strings"

	"euryale/choice"
	"euryale/kernel"
)

// Prediction is what a network's output means. With x_t = α x_0 + σ ε, each is linear in x_0 and ε, so each
// follows from x_t and any other.
type Prediction int

// The predictions. Their names in a configuration are "eps", "x0", "v", "score", "F" and "u".
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
	U // u = ε − x_0, the direction from data to noise, which is dx_t/dt of Flow (Lipman et al. 2023)
)

// predictionRow is all that distinguishes one prediction from another.
type predictionRow struct {
	name, summary string
	// coefficients returns c and d of c x_0 + d ε.
	coefficients func(q Parameterization, alpha, sigma float64) (c, d float64)
	needsSignal  bool // it does not determine x_0 where α = 0
	scaled       bool // its definition includes the scaled input and the deviation of the data
}

// predictions is the table of predictions, never changed.
var predictions = [...]predictionRow{
	Epsilon: {
		name: "eps", summary: "the noise (Ho et al. 2020)", needsSignal: true,
		coefficients: func(Parameterization, float64, float64) (c, d float64) { return 0, 1 },
	},
	X0: {
		name: "x0", summary: "the data",
		coefficients: func(Parameterization, float64, float64) (c, d float64) { return 1, 0 },
	},
	Velocity: {
		name: "v", summary: "alpha eps - sigma x0 (Salimans and Ho 2022)",
		coefficients: func(_ Parameterization, alpha, sigma float64) (c, d float64) { return -sigma, alpha },
	},
	Score: {
		name: "score", summary: "the gradient of the log-density, -eps/sigma (Song and Ermon 2019)", needsSignal: true,
		coefficients: func(_ Parameterization, _, sigma float64) (c, d float64) { return 0, -1 / sigma },
	},
	Preconditioned: {
		name: "F", summary: "what is left to predict after EDM's preconditioning (Karras et al. 2022)", scaled: true,
		coefficients: func(q Parameterization, alpha, sigma float64) (c, d float64) {
			norm := math.Hypot(alpha*q.SigmaData, sigma)
			return sigma / (q.SigmaData * norm), -alpha * q.SigmaData / norm
		},
	},
	U: {
		name: "u", summary: "the velocity of flow matching, eps - x0 (Lipman et al. 2023)",
		coefficients: func(Parameterization, float64, float64) (c, d float64) { return -1, 1 },
	},
}

// Predictions lists the predictions.
func Predictions() choice.Set[Prediction] {
	set := make(choice.Set[Prediction], len(predictions))
	for p, row := range predictions {
		set[p] = choice.Entry[Prediction]{Name: row.name, Summary: row.summary, New: func() Prediction { return Prediction(p) }}
	}
	return set
}

func (p Prediction) known() bool { return p >= 0 && int(p) < len(predictions) }

func (p Prediction) String() string {
	if !p.known() {
		return fmt.Sprintf("Prediction(%d)", int(p))
	}
	return predictions[p].name
}

// Parameterization is how a network is wrapped: the scale of its input and the meaning of its output. Training and
// sampling share it. Only Preconditioned, ScaleInput and EDMWeight need SigmaData.
type Parameterization struct {
	Prediction Prediction
	// SigmaData is σ_d, the standard deviation of a coordinate of the data.
	SigmaData float64
	// ScaleInput makes the network's input c_in x_t instead of x_t, with c_in = 1/√(α²σ_d² + σ²): it then has unit
	// variance at every t (Karras et al. 2022).
	ScaleInput bool
}

// NewParameterization returns the parameterization for a prediction. F always has a scaled input. The error is that of
// Validate.
func NewParameterization(p Prediction, scaleInput bool, sigmaData float64) (Parameterization, error) {
	q := Parameterization{Prediction: p, SigmaData: sigmaData}
	q.ScaleInput = scaleInput || p.known() && predictions[p].scaled
	return q, q.Validate()
}

const predictionKey, deviationKey = "prediction", "sigma_data"

// Validate returns a *choice.FieldError for the keys prediction and sigma_data.
func (q Parameterization) Validate() error {
	if !q.Prediction.known() {
		return choice.Wrong(predictionKey, "must be a known prediction, got %v", q.Prediction)
	}
	if q.ScaleInput || predictions[q.Prediction].scaled {
		return checkDeviation(q.SigmaData, "scaled inputs and the prediction F")
	}
	return nil
}

// checkDeviation returns an error if σ_d is outside the range for which float32 suffices. user names what needs it.
func checkDeviation(deviation float64, user string) error {
	if !(deviation >= minSigma && deviation <= maxSigma) {
		return choice.Wrong(deviationKey, "must be the standard deviation of the data, from %v to %v, for %s, got %v",
			minSigma, maxSigma, user, deviation)
	}
	return nil
}

// Check is Validate, and also an error if the prediction does not determine x_0 at the end of the process.
func (q Parameterization) Check(p Process) error {
	if err := q.Validate(); err != nil {
		return err
	}
	_, _, last := p.Span()
	if alpha, _ := p.Marginal(last); alpha != 0 || !predictions[q.Prediction].needsSignal {
		return nil
	}
	var names []string
	for _, row := range predictions {
		if !row.needsSignal {
			names = append(names, row.name)
		}
	}
	return choice.Wrong(predictionKey, "must be one of %s on a process with no signal at its end (alpha-bar = 0), "+
		"where the others contain no information about the data, got %v", strings.Join(names, ", "), q.Prediction)
}

// Coefficients returns c and d of prediction = c x_0 + d ε where x_t = alpha·x_0 + sigma·ε.
func (q Parameterization) Coefficients(alpha, sigma float64) (c, d float64) {
	return predictions[q.Prediction].coefficients(q, alpha, sigma)
}

// InputScale is c_in at x_t = alpha·x_0 + sigma·ε: 1 unless ScaleInput.
func (q Parameterization) InputScale(alpha, sigma float64) float64 {
	if !q.ScaleInput {
		return 1
	}
	return 1 / math.Hypot(alpha*q.SigmaData, sigma)
}

// Convert returns the coefficients of to = a·x_t + b·p, where p is q's prediction at x_t = alpha·x_0 + sigma·ε:
// the conversion of one prediction to another. For example, from Epsilon to X0 they are 1/alpha and −sigma/alpha.
// They are not finite where one does not determine the other: from Epsilon or Score at alpha = 0, from X0
// at sigma = 0.
func (q Parameterization) Convert(to Prediction, alpha, sigma float64) (a, b float64) {
	q2 := q
	q2.Prediction = to
	e, f := q2.Coefficients(alpha, sigma)
	return q.solve(e, f, alpha, sigma)
}

// solve returns a and b of e x_0 + f ε = a x_t + b p, by Cramer's rule for x_t = α x_0 + σ ε and p = c x_0 + d ε.
func (q Parameterization) solve(e, f, alpha, sigma float64) (a, b float64) {
	c, d := q.Coefficients(alpha, sigma)
	det := alpha*d - sigma*c
	return (e*d - f*c) / det, (f*alpha - e*sigma) / det
}

// Target fills dst with the training targets of a batch that AddNoise has noised with eps. dst, x0 and eps are
// [len(t), dim]; dst may be x0 or eps. Rows are independent.
func (q Parameterization) Target(p Process, dst, x0, eps []float32, t []float64, dim int) {
	for r, tr := range t {
		c, d := q.Coefficients(p.Marginal(tr))
		lo, hi := r*dim, (r+1)*dim
		kernel.Combine2(dst[lo:hi], float32(c), x0[lo:hi], float32(d), eps[lo:hi])
	}
}

// ScaleInputs turns x_t [len(t), dim] into the network's input, in place.
func (q Parameterization) ScaleInputs(p Process, x []float32, t []float64, dim int) {
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
