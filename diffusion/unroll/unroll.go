// Package unroll writes a deterministic sampler out as a list of evaluations of the net and sums between them, for programs
// that have no solvers, such as a runtime of ONNX graphs.
//
// It has no table of solvers. Between two evaluations of its net, a solver without noise only adds vectors with fixed factors,
// and treats all coordinates alike. So it is run on unit vectors: x starts as the first one, the result of evaluation k is
// another, and what the solver then asks the net about, or ends with, holds the factors of the sum. After each step x becomes a
// new unit vector, so that sums stay short and round as those of the solver do.
//
// Start reading at Program, then Record (record.go).
package unroll

import "fmt"

// Program is a sampler written out. Each of its values [rows, dim] is made of those before it.
type Program struct {
	Values []Value
	Result int // the value that holds the samples
	// Evaluations is how often a net is evaluated.
	Evaluations int
}

// Value is one value of a Program.
type Value struct {
	Kind Kind
	// Terms add up to the value of a Sum, to the input of a Net, and to what a Bound bounds.
	Terms []Term
	Net   int     // of a Net: the number given to Recorder.Net
	Time  float64 // of a Net: of the process
}

// Term is Factor times an earlier value.
type Term struct {
	Factor float32
	Of     int
}

// Kind is how a value is made.
type Kind int

// The kinds of values.
const (
	Start Kind = iota // x at the first time, always value 0
	Sum               // x at a later time
	Net               // the output of a net
	Bound             // the predicted x_0 with the solver's bound applied
)

// NoiseError means that a solver draws noise.
type NoiseError struct{ Solver string }

func (e *NoiseError) Error() string {
	return fmt.Sprintf("unroll: %s draws noise in its steps", e.Solver)
}

// AdaptiveError means that the steps of a solver depend on the samples.
type AdaptiveError struct{ Solver string }

func (e *AdaptiveError) Error() string {
	return fmt.Sprintf("unroll: the steps of %s are not fixed: they depend on the samples", e.Solver)
}

// MaxEvaluations is the most evaluations of a Program.
const MaxEvaluations = 2000

// ErrTooLong means that a program would have more than MaxEvaluations.
var ErrTooLong = fmt.Errorf("unroll: the net would be evaluated more than %d times", MaxEvaluations)
