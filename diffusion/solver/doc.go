// Package solver turns noise into data: every reverse process of the field, one algorithm a file, each a function in
// the order of its paper and in the paper's symbols.
//
//   - Solver is what they have in common: given a Run and a list of times, take x from the first time to the last.
//     "Previous" is always the next entry of that list. A list usually ends at the data, where no noise is left.
//   - Run (run.go) is what a solver works with: the model, noise, a bound on x_0 (bound.go), a hook, memory.
//   - Solvers (solvers.go) lists the solvers by name. A solver's fields are its section of the configuration, and its
//     Validate holds them to their ranges; validate.go has the keys that several solvers share.
//   - Spacings (spacing.go) lists the ways to place times over a process, and Times (times.go) makes a list by one.
//   - Options (options.go) is all that a user chooses, and Options.Prepare (prepare.go) makes of it what a sampling
//     needs of a process. Inverse (inverse.go) is the way from data to noise.
//
// A solver never asks what its network predicts or on which process it was trained: x stays in the process's own
// coordinates, and the update of a paper that is written for another (α = 1, say) is rescaled in its coefficients.
// These are float64; x is float32. Everything works row by row, so any partition of the rows over workers gives the
// same bits.
//
// To add a solver: a file with the algorithm, its fields with yaml tags, Validate if it has any, and a line in Solvers.
//
// Start reading at Run, then ancestral.go and ddim.go.
package solver
