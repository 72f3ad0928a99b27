// Package diffusion holds the mathematics of diffusion models, apart from any network: how data is noised,
// what a network is asked to predict, and how noise is turned back into data.
//
// Read the files in the order of the data:
//
//	config.go      what a user can choose; validate.go and names.go say what is wrong with it
//	process.go     the process that noises data, as an SDE with Gaussian marginals
//	chain.go       the processes of discrete steps: DDPM's and NCSN's chains; schedule.go has the schedules of β
//	continuous.go  the processes of continuous time: VP, sub-VP, VE, EDM
//	forward.go     x_t from x_0 for a batch, the posterior q(x_s | x_t, x_0), does the process reach noise
//	prediction.go  eps, x0, v, score, F: training targets and conversions
//	loss.go        what each row's error weighs
//	timesteps.go   which t a training row gets
//	model.go       the one interface to a network, the wrapper that speaks every prediction, and other scales of x
//	noise.go       random numbers of a sampler, and where its first x comes from
//	mixture.go     mixtures of Gaussians, for which all of it is known exactly
//
// What runs the reverse process is in package solver; packages likelihood and guidance build on it.
//
// Notation: α_t = 1−β_t, ᾱ_t = Π α_s, the timesteps of a chain are 0 … T−1 and ᾱ₋₁ = 1; λ = ln(α/σ). Batches are row-major
// []float32 of shape [rows, dim]; coefficients are float64. Everything here works row by row, so any
// partition of the rows over workers gives the same bits.
package diffusion
