package logistic

import (
	"context"
	"math"
)

// problem is the function that Fit minimizes. Its argument is [w, b], [dim+1].
type problem struct {
	x     []float64 // [rows, dim]
	dim   int
	signs []float64 // ±1 per row
	c     float64

	curvature []float64 // second derivative of each row's loss by w·x + b, at the argument of the last gradient
}

// minimize is Newton's method. The steps come from conjugate gradients, which need only products with the Hessian, so wide
// rows are no different from narrow ones; each step is halved until the loss falls enough (Nocedal and Wright 2006,
// algorithm 7.1).
func (p *problem) minimize(ctx context.Context, o Options) (w []float64, err error) {
	w, next := make([]float64, p.dim+1), make([]float64, p.dim+1)
	p.curvature = make([]float64, len(p.signs))
	gradient, steps := make([]float64, p.dim+1), newSteps(p)
	loss := p.gradient(gradient, w)
	for range o.Iterations {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		size := norm(gradient)
		if !finite(loss) || !finite(size) {
			return nil, errDiverged
		}
		if size <= o.Tolerance*p.c*float64(len(p.signs)) {
			break
		}
		step, slope := steps.solve(ctx, gradient, size)
		// Armijo's condition; near the minimum the fall is smaller than the rounding of the loss.
		length, rounding := 1.0, 1e-14*loss
		for ; length > 1e-10; length /= 2 {
			for i := range w {
				next[i] = w[i] + length*step[i]
			}
			if p.loss(next) <= loss+1e-4*length*slope+rounding {
				break
			}
		}
		if length <= 1e-10 {
			break // rounding alone is left
		}
		w, next = next, w
		loss = p.gradient(gradient, w)
	}
	return w, nil
}

// margin is w·x + b of a row.
func (p *problem) margin(w []float64, i int) float64 { return w[p.dim] + dot(w[:p.dim], p.x[i*p.dim:]) }

func (p *problem) loss(w []float64) float64 {
	sum := 0.0
	for i, s := range p.signs {
		sum += softplus(-s * p.margin(w, i))
	}
	return dot(w[:p.dim], w)/2 + p.c*sum
}

// gradient writes the gradient at w to dst, keeps the curvatures, and returns the loss.
func (p *problem) gradient(dst, w []float64) (loss float64) {
	clear(dst)
	copy(dst, w[:p.dim])
	sum := 0.0
	for i, s := range p.signs {
		z := s * p.margin(w, i)
		sum += softplus(-z)
		q := sigmoid(-z)
		p.curvature[i] = q * (1 - q)
		p.addRow(dst, i, -p.c*s*q)
	}
	return dot(w[:p.dim], w)/2 + p.c*sum
}

// addRow adds f times [x of row i, 1].
func (p *problem) addRow(dst []float64, i int, f float64) {
	row := p.x[i*p.dim:][:p.dim]
	for j, v := range row {
		dst[j] += f * v
	}
	dst[p.dim] += f
}

// hessian writes the Hessian times v to dst: v + C Xᵀ(curvature ∘ Xv), without the first v for the intercept.
func (p *problem) hessian(dst, v []float64) {
	copy(dst, v)
	dst[p.dim] = 0
	for i, k := range p.curvature {
		p.addRow(dst, i, p.c*k*p.margin(v, i))
	}
}

// diagonal writes the diagonal of the Hessian to dst.
func (p *problem) diagonal(dst []float64) {
	for j := range p.dim {
		dst[j] = 1
	}
	dst[p.dim] = 1e-12 // the curvatures may all be 0
	for i, k := range p.curvature {
		for j, v := range p.x[i*p.dim:][:p.dim] {
			dst[j] += p.c * k * v * v
		}
		dst[p.dim] += p.c * k
	}
}

// steps solves Hessian·step = −gradient by conjugate gradients, preconditioned by the Hessian's diagonal.
type steps struct {
	p                                            *problem
	diagonal, step, residual, direction, product []float64
}

func newSteps(p *problem) *steps {
	n := p.dim + 1
	return &steps{p, make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)}
}

// solve returns the step, and its product with the gradient. The smaller the gradient, the more exact the step is, so that
// convergence is quadratic.
func (s *steps) solve(ctx context.Context, gradient []float64, size float64) (step []float64, slope float64) {
	s.p.diagonal(s.diagonal)
	clear(s.step)
	rho := 0.0
	for i, g := range gradient {
		s.residual[i] = -g
		s.direction[i] = -g / s.diagonal[i]
		rho += s.residual[i] * s.direction[i]
	}
	enough := size * min(0.1, size/(s.p.c*float64(len(s.p.signs))))
	for range 10 * len(gradient) {
		s.p.hessian(s.product, s.direction)
		curvature := dot(s.direction, s.product)
		if !(curvature > 0) || ctx.Err() != nil {
			break // rounding alone is left, or the caller notices
		}
		alpha := rho / curvature
		next := 0.0
		for i := range s.step {
			s.step[i] += alpha * s.direction[i]
			s.residual[i] -= alpha * s.product[i]
			next += s.residual[i] * s.residual[i] / s.diagonal[i]
		}
		if norm(s.residual) <= enough {
			break
		}
		for i := range s.direction {
			s.direction[i] = s.residual[i]/s.diagonal[i] + next/rho*s.direction[i]
		}
		rho = next
	}
	return s.step, dot(s.step, gradient)
}

// softplus is ln(1 + exp z) without overflow.
func softplus(z float64) float64 { return max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))) }

func norm(v []float64) float64 { return math.Sqrt(dot(v, v)) }

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
