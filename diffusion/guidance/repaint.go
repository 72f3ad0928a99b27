package guidance

import (
	"context"
	"fmt"
	"math"
	"slices"

	"euryale/diffusion"
	"euryale/diffusion/solver"
	"euryale/kernel"
)

// RePaint inpaints by algorithm 1 of Lugmayr et al. (2022), "RePaint: inpainting using denoising diffusion probabilistic
// models". Over the times t_0 > … > t_n, each step from t to s is
//
//	x^known   = α_s x_0 + σ_s z                      q(x_s | x_0), with new noise
//	x^unknown = an ancestral step from x_t to s      p(x_s | x_t)
//	x_s       = x^known where known, x^unknown elsewhere
//
// and every JumpLength steps x jumps JumpLength steps back into noise by the forward process, x_t = a x_s + √β z, and is
// denoised again, so that each stretch is passed Resample times: this lets the unknown coordinates adapt to the known ones.
// The stretches are counted from the second-to-last time (the schedule of the paper's appendix). Resample = 1 is
// Replacement with ancestral steps.
//
// With more passes the distribution of the unknown coordinates approaches the conditional one, if a jump reaches times with
// enough noise for a sample to move to another mode, but not so much that x_t no longer depends on the known values.
//
// It evaluates the network n times, and JumpLength (Resample−1) more times per stretch. The hook of the run is called after
// every move, jumps included, with the number of the move and the time reached.
//
// A RePaint has buffers: each goroutine makes its own. A second run of the same size allocates nothing.
type RePaint struct {
	Known Known
	// Variance of the ancestral steps.
	Variance solver.Variance
	// JumpLength is j, in steps, and Resample r, both at least 1.
	JumpLength, Resample int

	inner solver.Run
	noise shifted
	jumps []int // remaining jumps at each time
	z     []float32
}

// Name implements solver.Solver.
func (*RePaint) Name() string { return "repaint" }

// Check implements solver.Solver.
func (s *RePaint) Check(p diffusion.Process, times []float64) error {
	if s.JumpLength < 1 || s.Resample < 1 {
		return fmt.Errorf("the jump length and the number of passes must be at least 1, got %d and %d", s.JumpLength, s.Resample)
	}
	return solver.Ancestral{Variance: s.Variance}.Check(p, times)
}

// StepVariance implements solver.VarianceChooser.
func (s *RePaint) StepVariance() solver.Variance { return s.Variance }

// Solve implements solver.Solver.
func (s *RePaint) Solve(ctx context.Context, run *solver.Run, x []float32, times []float64) error {
	if err := s.solve(ctx, run, x, times); err != nil {
		return fmt.Errorf("repaint: %w", err)
	}
	return nil
}

func (s *RePaint) solve(ctx context.Context, run *solver.Run, x []float32, times []float64) error {
	switch {
	case run.Model == nil || run.Noise == nil:
		return fmt.Errorf("it needs a model and noise")
	case run.Dim < 1 || len(x)%run.Dim != 0:
		return fmt.Errorf("x must hold rows of Dim numbers, got %d numbers and Dim = %d", len(x), run.Dim)
	}
	p := run.Model.Process()
	if err := s.Check(p, times); err != nil {
		return err
	}
	if err := s.Known.check(run.Dim, len(x)/run.Dim); err != nil {
		return err
	}
	s.inner.Model, s.inner.Dim, s.inner.Bound, s.inner.Noise = run.Model, run.Dim, run.Bound, &s.noise
	s.noise.Noise = run.Noise
	s.z = slices.Grow(s.z[:0], len(x))[:len(x)]
	n := len(times) - 1
	s.jumps = slices.Grow(s.jumps[:0], n)[:n]
	for i := range s.jumps {
		s.jumps[i] = 0
		if i >= s.JumpLength && (n-1-i)%s.JumpLength == 0 {
			s.jumps[i] = s.Resample - 1
		}
	}

	// Move number k uses draw k of the noise. The step uses z at the unknown coordinates, and q(x_s | x_0) uses it at the
	// known ones, where the result of the step is overwritten.
	move := 0
	arrive := func(i int, known bool) error {
		if known {
			alpha, sigma := p.Marginal(times[i])
			if sigma != 0 {
				run.Noise.Fill(s.z, move)
			}
			s.Known.overwrite(x, s.z, alpha, sigma)
		}
		if run.OnStep == nil {
			return nil
		}
		return run.OnStep(move, times[i], x)
	}
	if err := arrive(0, true); err != nil {
		return err
	}
	for i := 0; i < n; {
		move++
		s.noise.by = move
		if err := (solver.Ancestral{Variance: s.Variance}).Solve(ctx, &s.inner, x, times[i:i+2]); err != nil {
			return err
		}
		i++
		if err := arrive(i, true); err != nil {
			return err
		}
		if i == n || s.jumps[i] == 0 {
			continue
		}
		s.jumps[i]--
		move++
		from := times[i]
		i -= s.JumpLength
		a, deviation := forwardStep(p, from, times[i])
		run.Noise.Fill(s.z, move)
		kernel.Combine2(x, float32(a), x, float32(deviation), s.z)
		if err := arrive(i, false); err != nil {
			return err
		}
	}
	return nil
}

// forwardStep returns a and √β of x_t = a x_s + √β z, s < t.
func forwardStep(p diffusion.Process, s, t float64) (a, deviation float64) {
	alphaS, _ := p.Marginal(s)
	alpha, _ := p.Marginal(t)
	return alpha / alphaS, math.Sqrt(diffusion.PosteriorOf(p, t, s).Beta)
}

// shifted is Noise whose draws begin at a number.
type shifted struct {
	diffusion.Noise
	by int
}

// Fill implements diffusion.Noise.
func (n *shifted) Fill(z []float32, draw int) { n.Noise.Fill(z, n.by+draw) }
