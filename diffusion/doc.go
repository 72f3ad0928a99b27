// Package diffusion holds the mathematics of diffusion models, apart from any network: how data is noised,
// what a network is asked to predict, and how noise is turned back into data.
//
// Read the files in the order of the data:
//
//	config.go      what a user can choose
//	schedule.go    β_t, ᾱ_t and all that follows from them
//	forward.go     x_t from x_0 for a batch, the posterior q(x_s | x_t, x_0), does the schedule reach noise
//	prediction.go  eps, x0, v, score: training targets and conversions
//	timesteps.go   which t a training row gets
//	model.go       the one interface to a network, and the wrapper that speaks every prediction
//	noise.go       random numbers of a sampler, and where x_T comes from
//	ancestral.go   the reverse chain of DDPM
//
// Notation: α_t = 1−β_t, ᾱ_t = Π α_s, timesteps are t = 0 … T−1 and ᾱ₋₁ = 1. Batches are row-major
// []float32 of shape [rows, dim]; coefficients are float64. Everything here works row by row, so any
// partition of the rows over workers gives the same bits.
package diffusion
