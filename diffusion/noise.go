package diffusion

import (
	"euryale/kernel"
	"euryale/rng"
)

// Noise gives a solver its random numbers.
type Noise interface {
	// Fill sets z [rows, dim] to standard normal numbers, those of a solver's draw 0, 1, … for the rows being sampled.
	Fill(z []float32, draw int)
}

// RowNoise is Noise in which every number is a function of the seed, the draw and the row, from the stream
// rng.SamplingNoise. So a sample is the same by itself and in any batch.
type RowNoise struct {
	stream   rng.Stream
	firstRow uint64
	dim      int
}

// NewRowNoise returns the noise of rows firstRow, firstRow+1, … of dim numbers each.
func NewRowNoise(seed, firstRow uint64, dim int) *RowNoise {
	return &RowNoise{stream: rng.NewStream(seed, rng.SamplingNoise), firstRow: firstRow, dim: dim}
}

// Fill implements Noise.
func (n *RowNoise) Fill(z []float32, draw int) { n.stream.Normal(z, uint64(draw), n.firstRow, n.dim) }

// StartFromPrior fills x, rows firstRow, firstRow+1, … of dim numbers, with x_T ~ N(0, σ_prior² I), from the
// stream rng.Start.
func StartFromPrior(p Process, x []float32, seed, firstRow uint64, dim int) {
	rng.NewStream(seed, rng.Start).Normal(x, 0, firstRow, dim)
	if deviation := p.PriorDeviation(); deviation != 1 {
		scale(x, deviation)
	}
}

// StartFromMarginal fills x with draws from q(x_t | x_0) for rows x0 of the data, both [rows, dim], by the
// same numbers as StartFromPrior. With t the first of a solver's times, this is the right start for a process
// that does not reach noise (see TerminalWarning). x and x0 must not overlap.
func StartFromMarginal(p Process, x, x0 []float32, t float64, seed, firstRow uint64, dim int) {
	rng.NewStream(seed, rng.Start).Normal(x, 0, firstRow, dim)
	alpha, sigma := p.Marginal(t)
	kernel.Combine2(x, float32(alpha), x0, float32(sigma), x)
}
