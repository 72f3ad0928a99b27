// Package diffusion is the mathematics of diffusion models, independent of any network: how data is noised,
// what a network predicts, and how its errors are weighted. What a configuration chooses by name is a
// choice.Set here (Processes, Schedules, Predictions, Weights, TimestepSamplers): a kind is a struct whose
// fields are its section. To add a kind, write a file and add a line to its Set.
//
// Start reading at Process (process.go), and go on in the order of the data:
//
//	process.go    the process that noises data, as an SDE with Gaussian marginals, and the set of its kinds
//	flow.go       the simplest process, and the pattern for a new one; also vp.go, subvp.go, ve.go, edm.go
//	chain.go      the processes of discrete steps, which ddpm.go and ncsn.go make
//	schedule.go   the β of a chain: schedule_beta.go those given by β, schedule_alphabar.go those given by ᾱ
//	forward.go    x_t from x_0 for a batch, the posterior q(x_s | x_t, x_0), whether the process reaches noise
//	prediction.go eps, x0, v, score, F, u: one table of them, training targets and conversions
//	weight.go     the loss weights, one kind in each weight_*.go; hybrid.go adds a learned variance
//	timesteps.go  the t of each training row, one kind in each timesteps_*.go
//	model.go      the interface to a network, and the wrapper that gives every prediction; rescale.go other scales of x
//	noise.go      a solver's random numbers, and where its first x comes from
//
// Package solver runs the reverse process; packages likelihood and guidance build on it. Package multinomial
// is the mathematics of categories.
//
// Notation: α_t = 1−β_t, ᾱ_t = Π α_s, the timesteps of a chain are 0 … T−1 and ᾱ₋₁ = 1; λ = ln(α/σ). Batches are row-major
// []float32 of shape [rows, dim]; coefficients are float64. Everything here works row by row, so any
// partition of the rows over workers gives the same bits.
package diffusion
