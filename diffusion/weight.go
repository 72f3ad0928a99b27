package diffusion

import (
	"fmt"

	"euryale/choice"
)

// Weight is the weight of a row's squared error as a function of its time. Training minimizes the mean, over rows and
// coordinates, of
//
//	Weight(q, p, t) · (target − prediction)²
//
// for the network's prediction c x_0 + d ε of q. The papers give weights of errors in x_0 or in ε. Given x_t, an error e
// in x_0 is −(α/σ) e in ε and (c − dα/σ) e in the prediction, so
//
//	weight of prediction = (weight of x_0)/(c − dα/σ)² = (weight of ε)/(d − cσ/α)²,   weight of x_0 = (weight of ε) SNR.
//
// In the comments of the kinds SNR = α²/σ², σ̂ = σ/α, and s is the time before t in a chain.
//
// A kind with keys has Validate, like every section. It may also have these methods:
//
//	Check(q Parameterization, p Process) error             further conditions, for CheckWeight
//	Warning(q Parameterization, p Process) string          for WeightWarning
//	NeedsUniformTimes() string                             the reason, for CheckTimesteps
//	AnyDistance()                                          for SquaredOnly
type Weight interface {
	Weight(q Parameterization, p Process, t float64) float64
}

// Weights lists the kinds of weight. They are meant for uniform times, or for importance with its weights; edm is meant
// for log_normal.
func Weights() choice.Set[Weight] {
	return choice.Set[Weight]{
		{
			Name: "simple", Summary: "1 on the network's prediction (Ho et al. 2020)",
			New: func() Weight { return &SimpleWeight{} },
		},
		{
			Name: "bound", Summary: "the variational bound's term at t (Ho et al. 2020; Song et al. 2021)",
			New: func() Weight { return &BoundWeight{} },
		},
		{
			Name: "rescaled", Summary: "the bound times the number of steps: its mean is the whole bound (Nichol and Dhariwal 2021)",
			New: func() Weight { return &RescaledWeight{} },
		},
		{
			Name: "score_matching", Summary: "denoising score matching with λ = σ², 1 on eps (Song and Ermon 2019)",
			New: func() Weight { return &ScoreMatchingWeight{} },
		},
		{
			Name: "edm", Summary: "1 on F, (σ̂²+σ_d²)/(σ̂σ_d)² on x_0, by sigma_data (Karras et al. 2022)",
			New: func() Weight { return &EDMWeight{} },
		},
		{
			Name: "min_snr", Summary: "the signal-to-noise ratio on x_0, at most gamma (Hang et al. 2023)",
			New: func() Weight { return &MinSNRWeight{Gamma: 5} },
		},
		{
			Name: "p2", Summary: "1/(k + SNR)^gamma on eps (Choi et al. 2022)",
			New: func() Weight { return &P2Weight{Gamma: 1, K: 1} },
		},
	}
}

const (
	// maxWeight is the largest weight: what follows from it then stays in the range of float32.
	maxWeight = 1e30
	// weightsChecked is the number of intervals between the times at which CheckWeight looks in continuous time.
	weightsChecked = 1000
	// maxWeightNumber bounds the keys of weights, and its inverse bounds them from below.
	maxWeightNumber = 1e6
)

// CheckWeight returns an error if a weight is not finite, or above 1e30, at a time that training may draw, or if its
// keys, the parameterization or the process do not fit. A *choice.FieldError has the key weight, prediction or sigma_data.
func CheckWeight(w Weight, q Parameterization, p Process) error {
	if err := q.Validate(); err != nil {
		return err
	}
	if section, ok := w.(interface{ Validate() error }); ok {
		if err := section.Validate(); err != nil {
			return choice.Within(weightKey, err)
		}
	}
	if checker, ok := w.(interface {
		Check(q Parameterization, p Process) error
	}); ok {
		if err := checker.Check(q, p); err != nil {
			return err
		}
	}
	most := 0.0
	for t := range checkedTimes(p) {
		v := w.Weight(q, p, t)
		if !(v >= 0 && v <= maxWeight) {
			return choice.Wrong(weightKey, "%s of prediction %v at t = %v is %v, expected a number from 0 to %v",
				weightName(w), q.Prediction, t, v, maxWeight)
		}
		most = max(most, v)
	}
	if most < 1/maxWeight {
		return choice.Wrong(weightKey, "%s of prediction %v is at most %v at all times, so that nothing would be trained",
			weightName(w), q.Prediction, most)
	}
	return nil
}

const weightKey = "weight"

// checkedTimes are the steps of a chain, or times of a continuous process with both ends.
func checkedTimes(p Process) func(yield func(t float64) bool) {
	_, first, last := p.Span()
	checked := weightsChecked
	if Discrete(p) {
		checked = p.Steps() - 1
	}
	return func(yield func(t float64) bool) {
		for i := 0; i <= checked; i++ {
			t := first + (last-first)*float64(i)/float64(max(checked, 1))
			if i == checked {
				t = last
			}
			if !yield(t) {
				return
			}
		}
	}
}

// weightName is the name of a weight for messages. One that is not in Weights is printed.
func weightName(w Weight) string {
	if name := Weights().NameOf(w); name != "" {
		return name
	}
	return fmt.Sprint(w)
}

// WeightWarning returns a warning about a weight that is allowed but will not train well, or "".
func WeightWarning(w Weight, q Parameterization, p Process) string {
	if warner, ok := w.(interface {
		Warning(q Parameterization, p Process) string
	}); ok {
		return warner.Warning(q, p)
	}
	return ""
}

// SquaredOnly reports whether a weight suits squared errors only: it is converted from one prediction to another, by a
// factor that is squared.
func SquaredOnly(w Weight) bool {
	_, ok := w.(interface{ AnyDistance() })
	return !ok
}

// onX0 is the weight of q's prediction that is weight on x_0.
func onX0(q Parameterization, alpha, sigma, weight float64) float64 {
	factor := q.ofX0(alpha, sigma)
	return weight / (factor * factor)
}

// ofX0 is (error in the prediction)/(error in x_0) = c − dα/σ. Unlike d − cσ/α it is also defined at α = 0.
func (q Parameterization) ofX0(alpha, sigma float64) float64 {
	c, d := q.Coefficients(alpha, sigma)
	return c - d*alpha/sigma
}

// snrOf is α²/σ².
func snrOf(alpha, sigma float64) float64 { return (alpha / sigma) * (alpha / sigma) }
