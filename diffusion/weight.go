package diffusion

import (
	"fmt"

	"euryale/choice"
)

// Weight is what the squared error of a row weighs by its time. Training minimizes, over rows and coordinates, the mean
// of
//
//	Weight(q, p, t) · (target − prediction)²
//
// in the network's own prediction c x_0 + d ε of q. The weights of the papers are of errors in x_0 or in ε. As x_t is
// given, an error e in x_0 is −(α/σ) e in ε and (c − dα/σ) e in the prediction, so
//
//	weight of prediction = (weight of x_0)/(c − dα/σ)² = (weight of ε)/(d − cσ/α)²,   weight of x_0 = (weight of ε) SNR.
//
// In the comments of the kinds SNR = α²/σ², σ̂ = σ/α, and s is the time before t in a chain.
//
// A kind with numbers of its own has Validate, as every section. It may also have these methods:
//
//	Check(q Parameterization, p Process) error             what else must be right, for CheckWeight
//	Warning(q Parameterization, p Process) string          for WeightWarning
//	NeedsUniformTimes() string                             why, for CheckTimesteps
//	AnyDistance()                                          for SquaredOnly
type Weight interface {
	Weight(q Parameterization, p Process, t float64) float64
}

// Weights lists the kinds of weight. They are meant for times drawn uniformly, or by importance with its weights; edm for
// log_normal.
func Weights() choice.Set[Weight] {
	return choice.Set[Weight]{
		{
			Name: "simple", Summary: "1 on the network's own prediction (Ho et al. 2020)",
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
			Name: "edm", Summary: "1 on F, (σ̂²+σ_d²)/(σ̂σ_d)² on x_0, by data_deviation (Karras et al. 2022)",
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
	// maxWeight bounds a weight from above, so that float32 carries what is made of it.
	maxWeight = 1e30
	// weightsChecked is at how many times a weight of continuous time is looked at.
	weightsChecked = 1000
	// maxWeightNumber bounds the numbers in the sections of weights.
	maxWeightNumber = 1e6
)

// CheckWeight refuses a weight that is not finite, or above 1e30, at a time that training may draw, and one whose own
// numbers, the parameterization or the process do not fit. A *choice.FieldError has the key weight, prediction or
// data_deviation.
func CheckWeight(w Weight, q Parameterization, p Process) error {
	if err := q.Validate(); err != nil {
		return err
	}
	if own, ok := w.(interface{ Validate() error }); ok {
		if err := own.Validate(); err != nil {
			return choice.Within(weightKey, err)
		}
	}
	if own, ok := w.(interface {
		Check(q Parameterization, p Process) error
	}); ok {
		if err := own.Check(q, p); err != nil {
			return err
		}
	}
	for t := range checkedTimes(p) {
		if v := w.Weight(q, p, t); !(v >= 0 && v <= maxWeight) {
			return choice.Wrong(weightKey, "%s of prediction %v at t = %v is %v, expected a number from 0 to %v",
				weightName(w), q.Prediction, t, v, maxWeight)
		}
	}
	return nil
}

const weightKey = "weight"

// checkedTimes are the steps of a chain, or times of a continuous process with both ends.
func checkedTimes(p Process) func(yield func(t float64) bool) {
	_, first, last := p.Span()
	checked := weightsChecked
	if p.Steps() > 0 {
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

// weightName is the name of a weight for messages; a weight of a Go program is printed.
func weightName(w Weight) string {
	if name := Weights().NameOf(w); name != "" {
		return name
	}
	return fmt.Sprint(w)
}

// WeightWarning returns what will go wrong with a weight that is allowed; "" if all is well.
func WeightWarning(w Weight, q Parameterization, p Process) string {
	if own, ok := w.(interface {
		Warning(q Parameterization, p Process) string
	}); ok {
		return own.Warning(q, p)
	}
	return ""
}

// SquaredOnly reports whether a weight is defined for squared errors alone: it is converted from one prediction to
// another, and the conversion squares.
func SquaredOnly(w Weight) bool {
	_, ok := w.(interface{ AnyDistance() })
	return !ok
}

// onX0 is the weight of q's prediction that is weight on x_0.
func onX0(q Parameterization, alpha, sigma, weight float64) float64 {
	factor := q.ofX0(alpha, sigma)
	return weight / (factor * factor)
}

// ofX0 is (error in the prediction)/(error in x_0) = c − dα/σ. Unlike d − cσ/α it also stands at α = 0.
func (q Parameterization) ofX0(alpha, sigma float64) float64 {
	c, d := q.Coefficients(alpha, sigma)
	return c - d*alpha/sigma
}

// snrOf is α²/σ².
func snrOf(alpha, sigma float64) float64 { return (alpha / sigma) * (alpha / sigma) }
