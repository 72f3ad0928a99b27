package guidance

import (
	"euryale/choice"
	"euryale/diffusion/solver"
)

// RePaintOptions is the resampling of RePaint: a section of the configuration.
type RePaintOptions struct {
	// JumpLength is j, the number of steps that a jump goes back into noise.
	JumpLength int `yaml:"jump_length"`
	// Resample is r, how many times each stretch is passed; 1: no jumps.
	Resample int `yaml:"resample"`
}

// DefaultRePaintOptions is no jumps, and the jump length of the paper if Resample is raised.
func DefaultRePaintOptions() RePaintOptions { return RePaintOptions{JumpLength: 10, Resample: 1} }

// maxPasses bounds both numbers.
const maxPasses = 1_000_000

// Validate returns a *choice.FieldError for a wrong key.
func (o RePaintOptions) Validate() error {
	switch {
	case o.JumpLength < 1 || o.JumpLength > maxPasses:
		return choice.Wrong("jump_length", "must be from 1 to %d, got %d", maxPasses, o.JumpLength)
	case o.Resample < 1 || o.Resample > maxPasses:
		return choice.Wrong("resample", "must be from 1 to %d, got %d", maxPasses, o.Resample)
	}
	return nil
}

// NewRePaint returns RePaint with the steps of a solver, which must be solver.Ancestral. Its error is a
// *choice.FieldError. A RePaint has buffers: each goroutine makes its own.
func NewRePaint(o RePaintOptions, known Known, by solver.Solver) (*RePaint, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	var step solver.Ancestral
	switch s := by.(type) {
	case solver.Ancestral:
		step = s
	case *solver.Ancestral:
		step = *s
	default:
		return nil, choice.Wrong("resample", "is %d, but RePaint takes ancestral steps: the solver must be ancestral, got %s",
			o.Resample, by.Name())
	}
	return &RePaint{Known: known, Variance: step.Variance, JumpLength: o.JumpLength, Resample: o.Resample}, nil
}
