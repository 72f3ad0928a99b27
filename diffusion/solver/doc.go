// Package solver turns noise into data: every reverse process of the field, one algorithm a file, each a function in
// the order of its paper and in the paper's symbols.
//
//   - Solver is what they have in common: given a Run and a list of times, take x from the first time to the last.
//     "Previous" is always the next entry of that list. A list usually ends at the data, where no noise is left.
//   - Run (run.go) is what a solver works with: the model, noise, a bound on x_0 (bound.go), a hook, memory.
//   - Times (times.go) makes lists of times: leading, trailing, Karras, …
//   - Choices (choices.go) lists the solvers by name, New makes one of a Config (config.go, validate.go), and Prepare
//     (prepare.go) all that a sampling needs of a process.
//
// A solver never asks what its network predicts or on which process it was trained: x stays in the process's own
// coordinates, and the update of a paper that is written for another (α = 1, say) is rescaled in its coefficients.
// These are float64; x is float32. Everything works row by row, so any partition of the rows over workers gives the
// same bits.
//
// Start reading at Run, then ancestral.go and ddim.go.
package solver
