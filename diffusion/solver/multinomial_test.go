package solver

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/diffusion"
	"euryale/diffusion/multinomial"
)

// cellsOf is a table of known distribution, and as a denoiser its exact model: a number and two categories, of 2 and of 3. In
// each of the 6 cells the number is normal.
type cellsOf struct {
	process     diffusion.Process
	p           [2][3]float64
	mean        [2][3]float64
	deviation   float64
	sigmaData   float64
	evaluations int // how often it was called
}

const cellDim = 1 + 2 + 3

func cellSolver(variance Variance) Multinomial {
	return Multinomial{Variance: variance, SigmaData: 0.5, Numbers: 1,
		Groups: []multinomial.Group{{First: 1, Categories: 2}, {First: 3, Categories: 3}}}
}

func newCells(p diffusion.Process) *cellsOf {
	return &cellsOf{
		process: p, sigmaData: 0.5, deviation: 0.1,
		p:    [2][3]float64{{0.3, 0.02, 0.08}, {0.05, 0.15, 0.4}},
		mean: [2][3]float64{{-0.6, 0.2, 0.3}, {0.1, -0.1, 0.7}},
	}
}

// Predict implements diffusion.Denoiser. The distribution that a step back needs of a category is that of x_0 given all of
// x_t but the category itself, whose x_t the step accounts for.
func (c *cellsOf) Predict(dst, x []float32, t float64) {
	c.evaluations++
	alpha, sigma := c.process.Marginal(t)
	scale := c.sigmaData * sigma
	variance := alpha*alpha*c.deviation*c.deviation + scale*scale
	for r := 0; r < len(x); r += cellDim {
		x, dst := x[r:r+cellDim], dst[r:r+cellDim]
		stays := func(group []float32, k int) float64 { // q(x_t | x_0 = k)
			q := sigma * sigma / float64(len(group))
			if multinomial.Highest(group) == k {
				q += alpha * alpha
			}
			return q
		}
		var first [2]float64
		var second [3]float64
		total, noise := 0.0, 0.0
		for i := range 2 {
			for j := range 3 {
				e := float64(x[0]) - alpha*c.mean[i][j]
				w := c.p[i][j] * math.Exp(-e*e/(2*variance))
				qi, qj := stays(x[1:3], i), stays(x[3:], j)
				first[i] += w * qj
				second[j] += w * qi
				total += w * qi * qj
				noise += w * qi * qj * scale / variance * e
			}
		}
		dst[0] = float32(noise / total)
		for i, v := range first {
			dst[1+i] = float32(math.Log(v))
		}
		for j, v := range second {
			dst[3+j] = float32(math.Log(v))
		}
	}
}

func (c *cellsOf) run(t testing.TB, seed uint64) *Run {
	t.Helper()
	model, err := diffusion.NewModel(c, c.process, diffusion.Parameterization{Prediction: diffusion.Epsilon, SigmaData: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	return &Run{Model: model, Dim: cellDim, Noise: diffusion.NewRowNoise(seed, 0, cellDim)}
}

func cosineChain(t testing.TB, steps int) *diffusion.Chain {
	t.Helper()
	c, err := diffusion.NewChain(scheduled("cosine", 0, 0, false), steps)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func allTimes(p diffusion.Process) []float64 {
	var times []float64
	for t := p.Steps() - 1; t >= -1; t-- {
		times = append(times, float64(t))
	}
	return times
}

// With the exact model, the samples have the distribution of the data: the categories jointly, and the number in each cell.
func TestMultinomialDistribution(t *testing.T) {
	const rows = 4000
	for _, variance := range []Variance{VarianceBeta, VarianceBetaTilde} {
		cells := newCells(cosineChain(t, 120))
		x := make([]float32, rows*cellDim)
		diffusion.StartFromPrior(cells.process, x, 11, 0, cellDim)
		mustSolve(t, cellSolver(variance), cells.run(t, 11), x, allTimes(cells.process))
		var n, sum, squares [2][3]float64
		for r := 0; r < len(x); r += cellDim {
			i, j := multinomial.Highest(x[r+1:r+3]), multinomial.Highest(x[r+3:r+6])
			n[i][j]++
			sum[i][j] += float64(x[r])
			squares[i][j] += float64(x[r]) * float64(x[r])
		}
		chi2 := 0.0
		for i := range 2 {
			for j := range 3 {
				want := rows * cells.p[i][j]
				chi2 += (n[i][j] - want) * (n[i][j] - want) / want
				mean := sum[i][j] / n[i][j]
				deviation := math.Sqrt(squares[i][j]/n[i][j] - mean*mean)
				if e := math.Abs(mean - cells.mean[i][j]); e > 0.01+4*cells.deviation/math.Sqrt(n[i][j]) {
					t.Errorf("%v: mean of cell %d, %d: %v, want %v", variance, i, j, mean, cells.mean[i][j])
				}
				if math.Abs(deviation/cells.deviation-1) > 0.05+4/math.Sqrt(2*n[i][j]) {
					t.Errorf("%v: deviation of cell %d, %d: %v, want %v", variance, i, j, deviation, cells.deviation)
				}
			}
		}
		// The 99.9th percentile for 5 degrees of freedom: scipy.stats.chi2.ppf(0.999, 5) of SciPy 1.10.1.
		if chi2 > 20.515 {
			t.Errorf("%v: cells %v of %d, want shares %v: chi-square %v", variance, n, rows, cells.p, chi2)
		}
		if cells.evaluations != cells.process.Steps() {
			t.Errorf("%v: %d evaluations in %d steps", variance, cells.evaluations, cells.process.Steps())
		}
	}
}

// Fewer steps keep the categories' distribution nearly, and every state on the way has one-hot categories.
func TestMultinomialStates(t *testing.T) {
	cells := newCells(cosineChain(t, 100))
	x := make([]float32, 50*cellDim)
	diffusion.StartFromPrior(cells.process, x, 5, 0, cellDim)
	run, states := cells.run(t, 5), 0
	run.OnStep = func(step int, at float64, x []float32) error {
		if step == 0 {
			return nil
		}
		states++
		for r := 0; r < len(x); r += cellDim {
			for _, group := range [][]float32{x[r+1 : r+3], x[r+3 : r+6]} {
				ones := slices.Clone(group)
				slices.Sort(ones)
				if last := len(ones) - 1; ones[last] != 1 || slices.Max(ones[:last]) != 0 || ones[0] != 0 {
					return fmt.Errorf("at %v a group is %v", at, group)
				}
			}
		}
		return nil
	}
	mustSolve(t, cellSolver(VarianceBeta), run, x, []float64{99, 70, 40, 12, 3, 0, -1})
	if states != 6 {
		t.Errorf("%d states after 6 steps", states)
	}
}

// The bound holds for the predicted numbers, and not for the logits: both kinds of it.
func TestMultinomialBound(t *testing.T) {
	for _, bound := range []Bound{{Limit: 0.25}, {Limit: 0.25, Percentile: 0.5}} {
		cells := newCells(cosineChain(t, 20))
		free, bounded := make([]float32, 200*cellDim), make([]float32, 200*cellDim)
		diffusion.StartFromPrior(cells.process, free, 5, 0, cellDim)
		copy(bounded, free)
		mustSolve(t, cellSolver(VarianceBeta), cells.run(t, 5), free, allTimes(cells.process))
		run := cells.run(t, 5)
		run.Bound = bound
		mustSolve(t, cellSolver(VarianceBeta), run, bounded, allTimes(cells.process))
		beyond := 0
		for r := 0; r < len(free); r += cellDim {
			if math.Abs(float64(bounded[r])) > 0.25+1e-6 {
				t.Fatalf("a number of %v under the bound %+v", bounded[r], bound)
			}
			if math.Abs(float64(free[r])) > 0.3 {
				beyond++
			}
		}
		if beyond == 0 {
			t.Error("no number reaches the bound without one, so this test proves nothing")
		}
	}
}

// Any partition of the rows gives the same bits, and a call allocates nothing.
func TestMultinomialRows(t *testing.T) {
	cells := newCells(cosineChain(t, 12))
	times := allTimes(cells.process)
	whole := make([]float32, 7*cellDim)
	diffusion.StartFromPrior(cells.process, whole, 5, 0, cellDim)
	parts := slices.Clone(whole)
	mustSolve(t, cellSolver(VarianceBeta), cells.run(t, 5), whole, times)
	for _, bounds := range [][2]int{{0, 1}, {1, 5}, {5, 5}, {5, 7}} {
		run := cells.run(t, 5)
		run.Noise = diffusion.NewRowNoise(5, uint64(bounds[0]), cellDim)
		mustSolve(t, cellSolver(VarianceBeta), run, parts[bounds[0]*cellDim:bounds[1]*cellDim], times)
	}
	if !slices.Equal(whole, parts) {
		t.Error("the samples depend on the partition of the rows")
	}
	run, s := cells.run(t, 5), Solver(cellSolver(VarianceBeta))
	if n := testing.AllocsPerRun(5, func() { mustSolve(t, s, run, whole, times) }); n != 0 {
		t.Errorf("%v allocations in a call", n)
	}
}

func TestMultinomialErrors(t *testing.T) {
	chain := cosineChain(t, 10)
	ended, end := context.WithCancel(context.Background())
	end()
	for _, test := range []struct {
		change func(s *Multinomial, run *Run)
		times  []float64
		want   string
	}{
		{func(_ *Multinomial, run *Run) { run.Noise = nil }, allTimes(chain), "multinomial: it needs noise"},
		{func(s *Multinomial, _ *Run) { s.Groups = s.Groups[:1] }, allTimes(chain), "of a row end at 3, and rows have 6 coordinates"},
		{func(s *Multinomial, _ *Run) { s.Groups = nil }, allTimes(chain), "of a row end at 1, and rows have 6 coordinates"},
		{func(*Multinomial, *Run) {}, []float64{3, 4}, "times must decrease"},
		{func(_ *Multinomial, run *Run) {
			run.OnStep = func(int, float64, []float32) error { return errors.New("enough") }
		}, allTimes(chain), "enough"},
	} {
		cells := newCells(chain)
		s, run := cellSolver(VarianceBeta), cells.run(t, 1)
		test.change(&s, run)
		err := s.Solve(context.Background(), run, make([]float32, cellDim), test.times)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
	cells := newCells(chain)
	err := cellSolver(VarianceBeta).Solve(ended, cells.run(t, 1), make([]float32, cellDim), allTimes(chain))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a context that has ended: %v", err)
	}
	exploding, err := diffusion.Exploding(chain)
	if err != nil {
		t.Fatal(err)
	}
	if err := cellSolver(VarianceBeta).Check(exploding, allTimes(chain)); err == nil {
		t.Error("takes a process that is not variance-preserving")
	}
}
