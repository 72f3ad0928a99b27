// Package rng gives counter-based random numbers: each is a function of its seed, purpose, step, row and position in the
// row, and of nothing else. So noise does not depend on the order, the chunks or the goroutines in which it is drawn, and
// a run that is resumed at step s needs no saved generator state.
//
// A Stream is made once from the run's seed and the purpose of the numbers (weights, shuffling, noise, …). Its methods
// take a step and the number of the first row, and fill rows from there on:
//
//	noise := rng.NewStream(seed, rng.TrainingNoise)
//	noise.Normal(eps, step, firstRow, dim) // [rows, dim]
//
// Start reading at Stream. The generator, Philox, and the loop that turns its words into normal numbers are in package
// kernel.
package rng

import (
	"math/bits"

	"euryale/kernel"
)

// Purpose separates the streams of one seed. The numbers are part of the checkpoint contract: a purpose keeps its number
// forever.
type Purpose uint64

// The purposes of random numbers in a run, with the meaning of a step and a row of each.
const (
	// Data: rows of a generated data set. step = index of a row's numbers, row = data row; from step 2⁴⁰ on, the numbers
	// that the whole set shares.
	Data Purpose = 1
	// Weights: initial weights. step = position of the parameter in its net; step 2⁴⁰ = random frequencies.
	Weights Purpose = 2
	// Shuffle: order of an epoch. step = epoch.
	Shuffle Purpose = 3
	// Timesteps: t of a training row. step = training step, row = row in the batch.
	Timesteps Purpose = 4
	// TrainingNoise: ε of a training row. step = training step, row = row in the batch.
	TrainingNoise Purpose = 5
	// Start: x_T of a sample. step 0 = noise, step 1 = choice of a data row, row = sample.
	Start Purpose = 6
	// SamplingNoise: noise of a reverse step. step = draw of the solver, or from 2³⁰ on of known coordinates; row = sample.
	SamplingNoise Purpose = 7
	// Projections: directions of sliced distances. step = attempt, row = direction.
	Projections Purpose = 8
	// Fresh: data drawn only for evaluation. step and row as for Data; from step 2⁴⁴ on, for likelihoods and the choice of images.
	Fresh Purpose = 9
	// LabelDropout: whether a training row loses its label. step = training step, row = row in the batch.
	LabelDropout Purpose = 10
	// Evaluation: noise for measuring a classifier. step 0, row = data row.
	Evaluation Purpose = 11
	// HeldOut: rows of the data that are held out from training. step 0.
	HeldOut Purpose = 12
	// Dequantization: places of a training row's numbers in their intervals; how an image is flipped and moved. step =
	// training step, row = row in the batch.
	Dequantization Purpose = 13
	// Identifiers: made-up ids of rows. step = column of the table, row = row of the file.
	Identifiers Purpose = 14
	// HeldOutLoss: times, noise and places in intervals by which the loss of held-out rows is measured. step = which of them.
	HeldOutLoss Purpose = 15
	// Dropout: which numbers of a net a training row loses. step = training step, row = row in the batch; see kernel.Dropout.
	Dropout Purpose = 16
	// Search: values that a sweep draws. step = draw, row = checksum of the key.
	Search Purpose = 17
	// Pictures: what pictures show. step 0 = noise of rows, 1 = places of categories; row = data row.
	Pictures Purpose = 18
)

// Stream is the random numbers of one seed and one purpose. It has no state, so it may be copied and used concurrently.
type Stream struct {
	key [2]uint32
}

// NewStream returns the stream of a seed and a purpose.
func NewStream(seed uint64, purpose Purpose) Stream {
	// Two rounds of a 64-bit finalizer give neighboring seeds and purposes unrelated keys; for one purpose, different
	// seeds never share a key.
	k := finalize(finalize(seed) + uint64(purpose)*0x9e3779b97f4a7c15)
	return Stream{key: [2]uint32{uint32(k), uint32(k >> 32)}}
}

// Key is the stream's key, for kernel.Dropout.
func (s Stream) Key() [2]uint32 { return s.key }

// finalize is the bijection that ends SplitMix64 (Steele, Lea and Flood 2014).
func finalize(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// block returns the four random words of block b of the row.
func (s Stream) block(step, row uint64, b uint32) [4]uint32 {
	w0, w1, w2, w3 := kernel.Philox(s.key, step, row, b)
	return [4]uint32{w0, w1, w2, w3}
}

// Uint64 returns the first 64 bits of the row. Here and below, steps and rows have 48 bits.
func (s Stream) Uint64(step, row uint64) uint64 {
	w0, w1, _, _ := kernel.Philox(s.key, step, row, 0)
	return uint64(w1)<<32 | uint64(w0)
}

// Float64 returns the row's uniform number in [0, 1), a multiple of 2⁻⁵³.
func (s Stream) Float64(step, row uint64) float64 {
	return float64(s.Uint64(step, row)>>11) * 0x1p-53
}

// IntN returns the row's integer in [0, n), n > 0. The probability of each differs from 1/n by less than 2⁻⁶⁴.
func (s Stream) IntN(step, row uint64, n int) int {
	hi, _ := bits.Mul64(s.Uint64(step, row), uint64(n))
	return int(hi)
}

// Uniform fills dst [rows, dim] with uniform numbers in [0, 1), multiples of 2⁻²⁴. The first row of dst is row firstRow of
// the step.
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

// Normal fills dst [rows, dim] with standard normal numbers. The first row of dst is row firstRow of the step; a row's
// numbers depend only on its address. See kernel.FillNormal for the method.
func (s Stream) Normal(dst []float32, step, firstRow uint64, dim int) {
	kernel.FillNormal(dst, s.key, step, firstRow, dim)
}

// Permutation fills dst with a uniformly distributed order of 0 … len(dst)−1.
func (s Stream) Permutation(dst []int32, step uint64) {
	for i := range dst {
		dst[i] = int32(i)
	}
	// Fisher and Yates; row i chooses for position i, so there is no state.
	for i := len(dst) - 1; i > 0; i-- {
		j := s.IntN(step, uint64(i), i+1)
		dst[i], dst[j] = dst[j], dst[i]
	}
}
