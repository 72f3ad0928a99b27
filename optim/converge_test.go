package optim

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"euryale/choice"
)

// problem is a function to minimize, by its gradient.
type problem struct {
	name         string
	start, want  []float32
	learningRate float64
	steps        int64
	tolerance    float64 // of Adam at a constant rate
	gradient     func(g, p []float32)
}

func problems() []problem {
	return []problem{
		{
			// f = ½ pᵀAp, eigenvalues 1, 10, 100 in axes turned by the reflection I − 2wwᵀ, w = (1, 1, 1)/√3.
			"quadratic, condition number 100", []float32{3, -2, 1}, []float32{0, 0, 0}, 0.02, 3000, 1e-3,
			func(g, p []float32) {
				s := 2 * (p[0] + p[1] + p[2]) / 3
				g[0], g[1], g[2] = p[0]-s, 10*(p[1]-s), 100*(p[2]-s)
				s = 2 * (g[0] + g[1] + g[2]) / 3
				g[0], g[1], g[2] = g[0]-s, g[1]-s, g[2]-s
			},
		},
		{"Rosenbrock", []float32{-1.2, 1}, []float32{1, 1}, 0.02, 8000, 1e-3, rosenbrock},
		// The two problems on which optax tests all its optimizers, with their starts, rate, steps and tolerance.
		{"optax's parabola", []float32{-1, 10, 1}, []float32{1, -1, 1}, 0.1, 10000, 3e-2, parabola},
		{"optax's Rosenbrock", []float32{0, 0}, []float32{1, 1}, 0.1, 10000, 3e-2, rosenbrock},
	}
}

// solve returns the point at which a transform ends, and its largest distance from the minimum along an axis.
func (q problem) solve(t *testing.T, schedule Schedule, mover TransformOptions) (p []float32, distance float64) {
	p, g := slices.Clone(q.start), make([]float32, len(q.start))
	worker := newChain(t, optionsOf(schedule, mover), p, q.steps).Worker()
	for step := int64(1); step <= q.steps; step++ {
		q.gradient(g, p)
		worker.Step(step, g)
	}
	for i := range p {
		distance = math.Max(distance, math.Abs(float64(p[i]-q.want[i])))
	}
	return p, distance
}

func TestAdamConverges(t *testing.T) {
	for _, q := range problems() {
		if p, distance := q.solve(t, &Constant{Rate: q.learningRate}, defaultAdam()); !(distance <= q.tolerance) {
			t.Errorf("%s: %v after %d steps, want %v", q.name, p, q.steps, q.want)
		}
	}
}

// Every transform that moves the weights solves the same problems within 2e-4 once the rate falls, and within optax's
// tolerance without. A decay moves the minimum, along Rosenbrock's flat valley by much; 1e-4 is optax's default.
func TestConverges(t *testing.T) {
	eachMover(t, func(t *testing.T, e choice.Entry[TransformOptions]) {
		mover := e.New()
		if w, ok := mover.(*AdamW); ok {
			w.WeightDecay = 1e-4
		}
		for _, q := range problems() {
			if p, distance := q.solve(t, &Constant{Rate: q.learningRate}, mover); !(distance <= 3e-2) {
				t.Errorf("%s: %v after %d steps, want %v", q.name, p, q.steps, q.want)
			}
			if p, distance := q.solve(t, &Cosine{Rate: q.learningRate}, mover); !(distance <= 2e-4) {
				t.Errorf("%s: %v after %d steps with a falling rate, want %v", q.name, p, q.steps, q.want)
			}
		}
	})
}

// rosenbrock is the gradient of f = (1 − x)² + 100 (y − x²)².
func rosenbrock(g, p []float32) {
	r := p[1] - p[0]*p[0]
	g[0], g[1] = -2*(1-p[0])-400*p[0]*r, 200*r
}

// parabola is the gradient of f = |p − (1, −1, 1)|².
func parabola(g, p []float32) {
	g[0], g[1], g[2] = 2*(p[0]-1), 2*(p[1]+1), 2*(p[2]-1)
}

// Under every schedule the longest chain converges too, clipped as it is.
func TestConvergesUnderEverySchedule(t *testing.T) {
	eachMover(t, func(t *testing.T, e choice.Entry[TransformOptions]) {
		for _, schedule := range []Schedule{
			&Constant{0.1}, &Warmup{0.1, 100}, &Cosine{0.1, 100, 0}, &Linear{0.1, 100, 0.01}, &StepDecay{0.1, 1000, 0.5},
		} {
			p, g := []float32{-1, 10, 1}, make([]float32, 3)
			chain := newChain(t, optionsOf(schedule, full(e.New())...), p, 3000)
			worker := chain.Worker()
			for step := int64(1); step <= 3000; step++ {
				parabola(g, p)
				worker.Step(step, g)
			}
			for _, got := range [][]float32{p, chain.Average()} {
				if math.Abs(float64(got[0])-1)+math.Abs(float64(got[1])+1)+math.Abs(float64(got[2])-1) > 3e-2 {
					t.Errorf("%T: %v, want 1, −1, 1", schedule, got)
				}
			}
		}
	})
}

// What a falling rate and an average are for: with noise in the gradient, the last weights of a constant rate keep moving
// about the minimum, and both end nearer to it.
func TestNoiseIsAveraged(t *testing.T) {
	const size, steps = 200, 2000
	final := func(schedule Schedule) (last, mean float64) {
		p, g := make([]float32, size), make([]float32, size)
		chain := newChain(t, optionsOf(schedule, defaultAdam(), &EMA{Decay: 0.99}), p, steps)
		worker := chain.Worker()
		noise := rand.New(rand.NewPCG(1, 2))
		for step := int64(1); step <= steps; step++ {
			for i := range g {
				g[i] = p[i] - 1 + float32(noise.NormFloat64())
			}
			worker.Step(step, g)
		}
		for i := range p {
			last += math.Pow(float64(p[i])-1, 2) / size
			mean += math.Pow(float64(chain.Average()[i])-1, 2) / size
		}
		return last, mean
	}
	constant, averaged := final(&Constant{Rate: 0.05})
	cosine, _ := final(&Cosine{Rate: 0.05})
	if !(averaged < constant/2 && cosine < constant/5) {
		t.Errorf("mean squared errors: %v at a constant rate, %v averaged, %v with a falling rate", constant, averaged, cosine)
	}
}
