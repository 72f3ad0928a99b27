// Package rng gives addressed random numbers: each is a function of (seed, stream, step, row) and of its
// position in the row, and of nothing else. So noise does not depend on who asks for it, in which order or
// in what chunks, and a run that is resumed at step s needs no saved generator state.
//
// A Stream is made once from the run's seed and the purpose of the numbers (weights, shuffling, noise ...).
// Its methods take a step and the number of the first row wanted, and fill rows from there on:
//
//	noise := rng.NewStream(seed, rng.TrainingNoise)
//	noise.Normal(eps, step, firstRow, dim) // [rows, dim]
//
// Start reading at Stream. The generator, Philox, and the loop that makes normal numbers of its words are in
// package kernel.
package rng

import (
	"math/bits"

	"euryale/kernel"
)

// Purpose separates the streams of one seed. The numbers are part of the checkpoint contract: a purpose
// keeps its number for ever.
type Purpose uint64

// The purposes of random numbers in a run.
const (
	Data          Purpose = 1  // points of a generated data set; step = which of a point's numbers, row = point; from step 2⁴⁰ on what is drawn once a set
	Weights       Purpose = 2  // initial weights; step = position of the parameter in its net
	Shuffle       Purpose = 3  // order of an epoch; step = epoch
	Timesteps     Purpose = 4  // t of a training row; step = training step, row = row in the batch
	TrainingNoise Purpose = 5  // eps of a training row; likewise
	Start         Purpose = 6  // x_T of a sample; step 0 = noise, 1 = choice of a data point, row = sample
	SamplingNoise Purpose = 7  // noise of a reverse step; step = the sampler's draw, from 2³⁰ on that of known coordinates, row = sample
	Projections   Purpose = 8  // directions of sliced distances; step = attempt, row = direction
	Fresh         Purpose = 9  // data drawn for evaluation alone; likewise as Data; from step 2⁴⁵ on a likelihood's noise and probes
	LabelDropout  Purpose = 10 // whether a training row loses its label; step = training step, row = row in the batch
	Evaluation    Purpose = 11 // noise on which a classifier is measured; row = point
	HeldOut       Purpose = 12 // which rows of the data are kept from training; step 0
)

// Stream is one stream of one seed. It is a value: copying it costs nothing and shares nothing.
type Stream struct {
	key [2]uint32
}

// NewStream returns the stream of a seed for a purpose.
func NewStream(seed uint64, purpose Purpose) Stream {
	// Two rounds of a 64-bit finalizer: neighboring seeds and purposes get unrelated keys, and for one
	// purpose different seeds never share a key.
	k := finalize(finalize(seed) + uint64(purpose)*0x9e3779b97f4a7c15)
	return Stream{key: [2]uint32{uint32(k), uint32(k >> 32)}}
}

// finalize is the bijection that ends SplitMix64 (Steele, Lea and Flood 2014).
func finalize(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// block returns four random words: block b of the row. Steps and rows have 48 bits.
func (s Stream) block(step, row uint64, b uint32) [4]uint32 {
	w0, w1, w2, w3 := kernel.Philox(s.key, step, row, b)
	return [4]uint32{w0, w1, w2, w3}
}

// Uint64 returns the first 64 bits of a row.
func (s Stream) Uint64(step, row uint64) uint64 {
	w0, w1, _, _ := kernel.Philox(s.key, step, row, 0)
	return uint64(w1)<<32 | uint64(w0)
}

// Float64 returns the row's uniform number in [0, 1), a multiple of 2⁻⁵³.
func (s Stream) Float64(step, row uint64) float64 {
	return float64(s.Uint64(step, row)>>11) * 0x1p-53
}

// IntN returns the row's integer in [0, n), n > 0. Its distribution differs from uniform by less than
// n·2⁻⁶⁴.
func (s Stream) IntN(step, row uint64, n int) int {
	hi, _ := bits.Mul64(s.Uint64(step, row), uint64(n))
	return int(hi)
}

// Uniform fills dst, rows of dim numbers, with uniform numbers in [0, 1), multiples of 2⁻²⁴. The first row
// of dst is row firstRow of the step.
func (s Stream) Uniform(dst []float32, step, firstRow uint64, dim int) {
	for row := firstRow; len(dst) > 0; row++ {
		for j := 0; j < dim; j += 4 {
			w := s.block(step, row, uint32(j/4))
			for k := 0; k < 4 && j+k < dim; k++ {
				dst[j+k] = float32(w[k]>>8) * 0x1p-24
			}
		}
		dst = dst[dim:]
	}
}

// Normal fills dst, rows of dim numbers, with standard normal numbers. The first row of dst is row firstRow
// of the step; a row's numbers depend on nothing else. kernel.FillNormal says how they are made.
func (s Stream) Normal(dst []float32, step, firstRow uint64, dim int) {
	kernel.FillNormal(dst, s.key, step, firstRow, dim)
}

// Permutation fills dst with a uniformly drawn order of 0 … len(dst)−1.
func (s Stream) Permutation(dst []int32, step uint64) {
	for i := range dst {
		dst[i] = int32(i)
	}
	// Fisher and Yates; the choice for position i is row i, so no state is carried.
	for i := len(dst) - 1; i > 0; i-- {
		j := s.IntN(step, uint64(i), i+1)
		dst[i], dst[j] = dst[j], dst[i]
	}
}

// Source returns the words of one row as a source for math/rand/v2, for distributions that this package
// does not have.
func (s Stream) Source(step, row uint64) *Source {
	return &Source{stream: s, step: step, row: row}
}

// Source implements rand.Source of math/rand/v2. A row holds 2³³ numbers of 64 bits.
type Source struct {
	stream    Stream
	step, row uint64
	next      uint64
}

// Uint64 returns the next 64 bits of the row.
func (s *Source) Uint64() uint64 {
	w := s.stream.block(s.step, s.row, uint32(s.next/2))
	i := s.next % 2 * 2
	s.next++
	return uint64(w[i+1])<<32 | uint64(w[i])
}
