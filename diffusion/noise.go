package diffusion

import (
	"euryale/kernel"
	"euryale/rng"
)

// Noise gives a sampler its random numbers.
type Noise interface {
	// Fill sets z to standard normal numbers for the rows being sampled, at a sampler's step 0, 1, …
	Fill(z []float32, step int)
}

// RowNoise is Noise in which every number is a function of the seed, the step and the row, from the stream
// rng.SamplingNoise. So a sample is the same alone and among any others, in chunks of any size.
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
func (n *RowNoise) Fill(z []float32, step int) { n.stream.Normal(z, uint64(step), n.firstRow, n.dim) }

// StartFromPrior fills x, rows firstRow, firstRow+1, … of dim numbers, with x_T ~ N(0, I), from the stream
// rng.Start.
func StartFromPrior(x []float32, seed, firstRow uint64, dim int) {
	rng.NewStream(seed, rng.Start).Normal(x, 0, firstRow, dim)
}

// StartFromMarginal fills x with draws from q(x_t | x_0) for rows x0 of the data, both [rows, dim], by the
// same numbers as StartFromPrior. With t = T−1, or the first entry of a sampler's times, this is the right
// start for a schedule that does not reach noise (see Schedule.TerminalWarning). x and x0 must not overlap.
func (s *Schedule) StartFromMarginal(x, x0 []float32, t int, seed, firstRow uint64, dim int) {
	StartFromPrior(x, seed, firstRow, dim)
	alpha, sigma := s.Marginal(t)
	kernel.Combine2(x, float32(alpha), x0, float32(sigma), x)
}
