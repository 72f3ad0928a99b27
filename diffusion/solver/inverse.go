package solver

import (
	"strings"

	"euryale/choice"
)

// Inverter is a solver that can be run from data to noise.
type Inverter interface {
	Solver
	// Inverse is the solver that takes data to the noise from which this one makes it again. Its times increase. The
	// error names the key for which there is none.
	Inverse() (Solver, error)
}

// Inverse is the inverse of any solver, or a *choice.FieldError that says why there is none: at the key "" if the solver
// is no Inverter.
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
