package guidance

import (
	"fmt"
	"math"
	"slices"

	"euryale/diffusion"
)

// Known has known coordinates of x_0, the same ones in every row.
type Known struct {
	// Mask [dim] is true for the coordinates that are known.
	Mask []bool
	// Values are x_0 at the known coordinates, and arbitrary at the others: [dim] for all rows, or [rows, dim].
	Values []float32
}

// check checks the sizes of the mask and the values, and that known values are finite.
func (k Known) check(dim, rows int) error {
	if len(k.Mask) != dim {
		return fmt.Errorf("the mask must have one entry for each of %d coordinates, got %d", dim, len(k.Mask))
	}
	if n := len(k.Values); n != dim && n != rows*dim {
		return fmt.Errorf("the known values must be %d numbers, for all rows, or %d, for %d rows, got %d", dim, rows*dim, rows, n)
	}
	for i, v := range k.Values {
		if k.Mask[i%dim] && (math.IsNaN(float64(v)) || math.IsInf(float64(v), 0)) {
			return fmt.Errorf("known values must be finite, but row %d, coordinate %d is %v", i/dim, i%dim, v)
		}
	}
	return nil
}

// overwrite sets the known coordinates of x to α x_0 + σ z; z may be nil if σ = 0.
func (k Known) overwrite(x, z []float32, alpha, sigma float64) {
	dim := len(k.Mask)
	for i := range x {
		if !k.Mask[i%dim] {
			continue
		}
		value := alpha * float64(k.Values[i%len(k.Values)])
		if sigma != 0 {
			value += sigma * float64(z[i])
		}
		x[i] = float32(value)
	}
}

// replacementDraws is the first draw that Replacement uses, far beyond the draws of a solver.
const replacementDraws = 1 << 30

// Replacement inpaints by the method of Song et al. (2021), appendix I.2: after every step of a solver, to t, the known
// coordinates are overwritten by a draw from q(x_t | x_0),
//
//	x_t = α x_0 + σ z
//
// and at the data by x_0 itself. It is a hook for a run:
//
//	run.OnStep = replacement.OnStep
//
// It works with any solver, best with one that uses no earlier steps. The result only approximates the conditional
// distribution: the noise added to the known coordinates is independent of the unknown ones, which are never revised to
// match. RePaint comes closer.
//
// A Replacement has buffers: each goroutine makes its own.
type Replacement struct {
	process diffusion.Process
	known   Known
	noise   diffusion.Noise
	z       []float32
}

// NewReplacement returns the hook for a solver on a process. noise gives z. It may be the noise of the run: its draws from
// 2³⁰ on are used, which are independent of the solver's. If known has separate rows, noise and known must begin with the
// same row.
func NewReplacement(process diffusion.Process, known Known, noise diffusion.Noise) (*Replacement, error) {
	if process == nil || noise == nil {
		return nil, fmt.Errorf("replacement needs a process and noise")
	}
	return &Replacement{process: process, known: known, noise: noise}, nil
}

// OnStep is the hook for solver.Run.
func (r *Replacement) OnStep(step int, t float64, x []float32) error {
	dim := len(r.known.Mask)
	if dim == 0 || len(x)%dim != 0 {
		return fmt.Errorf("replacement: the mask has %d coordinates, but the batch is %d numbers", dim, len(x))
	}
	if err := r.known.check(dim, len(x)/dim); err != nil {
		return fmt.Errorf("replacement: %w", err)
	}
	alpha, sigma := r.process.Marginal(t)
	if sigma != 0 {
		r.z = slices.Grow(r.z[:0], len(x))[:len(x)]
		r.noise.Fill(r.z, replacementDraws+step)
	}
	r.known.overwrite(x, r.z, alpha, sigma)
	return nil
}
