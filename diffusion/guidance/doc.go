// Package guidance steers samples: towards a label, or to agree with coordinates that are known.
//
//   - NewClassifierFree (classifier_free.go) and NewClassifierGuided (classifier.go) make a denoiser of other denoisers.
//     Put into a diffusion.Model it serves every solver; optional.go keeps what else the denoiser can do.
//   - Replacement (inpaint.go) is a hook for any solver that overwrites the known coordinates after each step. RePaint
//     (repaint.go) is itself a solver, which also goes back and forth so that the two parts come to agree.
//   - Options (options.go) and RePaintOptions (repaint_options.go) are the sections of the configuration. Options.Check
//     holds a label and a weight to what net and data can do; NewRePaint makes RePaint of an ancestral solver.
//
// Everything works row by row, so any partition of the rows over workers gives the same bits. What has memory says so:
// each goroutine makes its own.
//
// Start reading at NewClassifierFree and RePaint.
package guidance
