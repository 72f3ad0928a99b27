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

// Keys that several solvers share. validateX checks one against the range of a configuration, and its error has the key.
// checkX checks it against what the algorithm can do, which may be more: a Go program may use all of that.

func validateEta(eta float64) error {
	if !(eta >= 0 && eta <= 1) {
		return choice.Wrong("eta", "must be from 0 to 1, got %v", eta)
	}
	return nil
}

// checkEta checks the strength of the noise of an SDE.
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

// checkOrder checks the order of a solver.
func checkOrder(order, highest int) error {
	if order < 1 || order > highest {
		return fmt.Errorf("the order must be from 1 to %d, got %d", highest, order)
	}
	return nil
}

// validateVariant checks the key variant against its values, the default first. An empty variant is the default.
func validateVariant(variant string, variants ...string) error {
	if variant == "" {
		return nil
	}
	return oneOf("variant", variant, variants...)
}

// checkVariant checks the variant of a solver, which may be empty, against its values.
func checkVariant(variant string, variants ...string) error {
	if variant == "" {
		return nil
	}
	if err := choice.OneOf(variant, variants...); err != nil {
		return fmt.Errorf("the variant %w", err)
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
