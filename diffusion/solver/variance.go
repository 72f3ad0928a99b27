package solver

import (
	"fmt"
	"slices"

	"euryale/choice"
)

// Variance is the variance of an ancestral step.
type Variance int

// The variances. Their names in a configuration are "beta", "beta_tilde" and "learned".
const (
	VarianceBeta      Variance = iota // β_t, optimal for x_0 ~ N(0, I): "fixed large"
	VarianceBetaTilde                 // β̃_t of the posterior, optimal for x_0 at one point: "fixed small"
	VarianceLearned                   // exp(v ln β_t + (1−v) ln β̃_t), v by the network (Nichol and Dhariwal 2021)
)

func varianceNames() []string {
	return []string{VarianceBeta: "beta", VarianceBetaTilde: "beta_tilde", VarianceLearned: "learned"}
}

// String is the variance's name in a configuration.
func (v Variance) String() string {
	if names := varianceNames(); v >= 0 && int(v) < len(names) {
		return names[v]
	}
	return fmt.Sprintf("Variance(%d)", int(v))
}

// MarshalText implements encoding.TextMarshaler by the name.
func (v Variance) MarshalText() ([]byte, error) {
	if err := choice.OneOf(v.String(), varianceNames()...); err != nil {
		return nil, err
	}
	return []byte(v.String()), nil
}

// UnmarshalText implements encoding.TextUnmarshaler: it takes a name.
func (v *Variance) UnmarshalText(text []byte) error {
	if err := choice.OneOf(string(text), varianceNames()...); err != nil {
		return err
	}
	*v = Variance(slices.Index(varianceNames(), string(text)))
	return nil
}

// validate holds the variance of a key to those there are.
func (v Variance) validate(key string) error {
	return oneOf(key, v.String(), varianceNames()...)
}

// VarianceChooser is a solver whose steps have a variance to choose.
type VarianceChooser interface {
	Solver
	// StepVariance is that variance. For VarianceLearned the model must predict it, and stay at its own scale.
	StepVariance() Variance
}

// VarianceOf is the variance of a solver's steps: VarianceBeta, the default, where there is none to choose.
func VarianceOf(s Solver) Variance {
	if c, ok := s.(VarianceChooser); ok {
		return c.StepVariance()
	}
	return VarianceBeta
}

// LearnsVariance reports whether a solver needs a network that predicts the variance of a step.
func LearnsVariance(s Solver) bool { return VarianceOf(s) == VarianceLearned }
