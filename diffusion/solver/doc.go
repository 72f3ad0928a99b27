// Package solver turns noise into data. It has the solvers of the field, one algorithm per file, each a function in the
// order of its paper and with the paper's symbols.
//
//   - Solver is what they have in common: given a Run and a list of times, take x from the first time to the last.
//     "Previous" is always the next entry of that list. A list usually ends at the data, where no noise is left.
//   - Run (run.go) is what a solver works with: the model, noise, a bound on x_0 (bound.go), a hook, buffers.
//   - Solvers (solvers.go) lists the solvers by name. A solver's fields are its section of the configuration, and its
//     Validate checks their ranges; validate.go has the checks that several solvers share.
//   - Multinomial (multinomial.go) is the solver of rows with categories, which one objective makes.
//   - Spacings (spacing.go) lists the ways to place times over a process, and Times (times.go) makes a list with one.
//   - Options (options.go) is all that a user chooses. For a given process, Options.Prepare (prepare.go) makes of it the
//     solver and its times. Inverse (inverse.go) is the way from data to noise.
//
// A solver does not depend on what its network predicts or on which process it was trained. x stays in the coordinates
// of the process; where a paper's update is written for others, such as α = 1, its coefficients are rescaled.
// Coefficients are float64; x is float32. Everything works row by row, so any partition of the rows over workers gives the
// same bits.
//
// To add a solver, write a file with the algorithm, its fields with yaml tags and a Validate for them, and add a line to
// Solvers.
//
// Start reading at Run, then ancestral.go and ddim.go.
package solver
