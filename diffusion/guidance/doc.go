// Package guidance steers samples toward a label, or toward known values of some coordinates (inpainting).
//
//   - NewClassifierFree (classifier_free.go) and NewClassifierGuided (classifier.go) combine denoisers, or a denoiser and a
//     classifier, into a guided denoiser. In a diffusion.Model it works with every solver; optional.go preserves the
//     optional interfaces of denoisers.
//   - Replacement (inpaint.go) is a hook for any solver that overwrites the known coordinates after each step. RePaint
//     (repaint.go) is itself a solver, which also jumps back into noise so that the unknown coordinates adapt to the known.
//   - Options (options.go) and RePaintOptions (repaint_options.go) are the sections of the configuration. Options.Check
//     checks a label and a weight against the net and the data; NewRePaint makes RePaint from an ancestral solver.
//
// Everything works row by row, so any partition of the rows over workers gives the same bits. A value with buffers
// belongs to one goroutine, as its comment notes.
//
// Start reading at NewClassifierFree and RePaint.
package guidance
