package solver

import (
	"fmt"
	"math"

	"euryale/choice"
)

const (
	maxSteps      = 1_000_000 // in a list of times
	maxChurnNoise = 100.0
)

// The keys that several solvers have. validateX holds one to the range of a configuration and names its key; checkX
// holds it to what the algorithm can do, which a program may use.

func validateEta(eta float64) error {
	if !(eta >= 0 && eta <= 1) {
		return choice.Wrong("eta", "must be from 0 to 1, got %v", eta)
	}
	return nil
}

// checkEta holds the strength of the noise of an SDE against its range.
func checkEta(eta float64) error {
	if !(eta >= 0 && eta <= math.MaxFloat32) {
		return fmt.Errorf("eta must be at least 0 (0: no noise, 1: the reverse SDE), got %v", eta)
	}
	return nil
}

func validateOrder(order, highest int) error {
	if order < 1 || order > highest {
		return choice.Wrong("order", "must be from 1 to %d, got %d", highest, order)
	}
	return nil
}

// checkOrder holds the order of a solver against the highest.
func checkOrder(order, highest int) error {
	if order < 1 || order > highest {
		return fmt.Errorf("the order must be from 1 to %d, got %d", highest, order)
	}
	return nil
}

// validateForm takes the names in the order of a list, the solver's own first. An empty form is that one.
func validateForm(form string, forms ...string) error {
	if form == "" {
		return nil
	}
	return oneOf("form", form, forms...)
}

// checkForm holds the form of a solver, which may be empty, against those there are.
func checkForm(form string, forms ...string) error {
	if form == "" {
		return nil
	}
	if err := choice.OneOf(form, forms...); err != nil {
		return fmt.Errorf("the form %w", err)
	}
	return nil
}

// oneOf is choice.OneOf of a key.
func oneOf(key, got string, names ...string) error {
	if err := choice.OneOf(got, names...); err != nil {
		return choice.Wrong(key, "%w", err)
	}
	return nil
}
