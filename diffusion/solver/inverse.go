package solver

import (
	"strings"

	"euryale/choice"
)

// Inverter is a solver that can be run from data to noise.
type Inverter interface {
	Solver
	// Inverse is the solver that takes data to the noise from which this one reconstructs it. Its times increase. The
	// error is a *choice.FieldError for the key that rules an inverse out.
	Inverse() (Solver, error)
}

// Inverse returns the inverse of a solver. The error is a *choice.FieldError, with the key "" if the solver is not an
// Inverter.
func Inverse(s Solver) (Solver, error) {
	if i, ok := s.(Inverter); ok {
		return i.Inverse()
	}
	var names []string
	for _, e := range Solvers() {
		if _, ok := e.New().(Inverter); ok {
			names = append(names, e.Name)
		}
	}
	return nil, choice.Wrong("", "must be %s to turn data into noise, got %s", strings.Join(names, " or "), s.Name())
}
