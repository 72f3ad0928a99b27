package solver

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"euryale/diffusion"
	"euryale/internal/gaussian"
)

// The tests of this file compare the solvers that follow a formula with that formula. For data N(μ, s²) the
// score is −(x − αμ)/(α²s² + σ²), so a step is x ← slope x + shift + deviation z: with known z the path of x is known
// up to rounding, and so are mean and variance of its distribution.
const linearMean, linearDeviation = 1.5, 0.5

// linearPath follows one x, with draw number n all linearDraw(n), and the two moments of the distribution of x.
type linearPath struct {
	x, mean, variance float64
	draws             int
}

func (l *linearPath) step(slope, shift, deviation float64) {
	l.x, l.mean, l.variance = slope*l.x+shift, slope*l.mean+shift, slope*slope*l.variance+deviation*deviation
	if deviation > 0 {
		l.x += deviation * linearDraw(l.draws)
		l.draws++
	}
}

func linearDraw(n int) float64 { return math.Sin(float64(n + 1)) }

// linearNoise is noise of linearDraw.
type linearNoise struct{}

func (linearNoise) Fill(z []float32, draw int) {
	for i := range z {
		z[i] = float32(linearDraw(draw))
	}
}

// linearScore returns the score as slope x + shift.
func linearScore(p diffusion.Process, t float64) (slope, shift float64) {
	alpha, sigma := p.Marginal(t)
	variance := alpha*alpha*linearDeviation*linearDeviation + sigma*sigma
	return -1 / variance, alpha * linearMean / variance
}

// denoise is Tweedie's formula, x_0 = (x + σ² score)/α.
func (l *linearPath) denoise(p diffusion.Process, t float64) {
	alpha, sigma := p.Marginal(t)
	slope, shift := linearScore(p, t)
	l.step((1+sigma*sigma*slope)/alpha, sigma*sigma*shift/alpha, 0)
}

// linearCase is a solver and its step i, from times[i] to times[i+1], as in the paper.
type linearCase struct {
	name   string
	solver Solver
	step   func(l *linearPath, p diffusion.Process, times []float64, i int)
}

func linearCases() []linearCase {
	// toData takes the step to the data.
	toData := func(step func(l *linearPath, p diffusion.Process, times []float64, i int)) func(*linearPath, diffusion.Process,
		[]float64, int) {
		return func(l *linearPath, p diffusion.Process, times []float64, i int) {
			if _, sigma := p.Marginal(times[i+1]); sigma == 0 {
				l.denoise(p, times[i])
				return
			}
			step(l, p, times, i)
		}
	}
	reverseDiffusion := func(l *linearPath, p diffusion.Process, times []float64, i int) {
		alpha, sigma := p.Marginal(times[i])
		alphaTo, sigmaTo := p.Marginal(times[i+1])
		a := alpha / alphaTo
		g2 := sigma*sigma - a*a*sigmaTo*sigmaTo
		slope, shift := linearScore(p, times[i])
		l.step(2-a+g2*slope, g2*shift, math.Sqrt(g2))
	}
	langevin := func(l *linearPath, p diffusion.Process, t, epsilon float64) {
		slope, shift := linearScore(p, t)
		l.step(1+epsilon*slope, epsilon*shift, math.Sqrt(2*epsilon))
	}
	return []linearCase{
		{"euler_maruyama", EulerMaruyama{}, toData(func(l *linearPath, p diffusion.Process, times []float64, i int) {
			f, g := p.SDE(times[i])
			delta := times[i] - times[i+1]
			slope, shift := linearScore(p, times[i])
			l.step(1-(f-g*g*slope)*delta, g*g*shift*delta, g*math.Sqrt(delta))
		})},
		{"flow_euler", FlowEuler{}, toData(func(l *linearPath, p diffusion.Process, times []float64, i int) {
			f, g := p.SDE(times[i])
			delta := times[i] - times[i+1]
			slope, shift := linearScore(p, times[i])
			l.step(1-(f-g*g*slope/2)*delta, g*g*shift/2*delta, 0)
		})},
		{"reverse_diffusion", ReverseDiffusion{}, toData(reverseDiffusion)},
		{"predictor_corrector", PredictorCorrector{Corrector: Langevin{Steps: 2, SNR: 0.2}},
			toData(func(l *linearPath, p diffusion.Process, times []float64, i int) {
				reverseDiffusion(l, p, times, i)
				alpha, sigma := p.Marginal(times[i+1])
				before := 1.0
				if i+2 < len(times) {
					before, _ = p.Marginal(times[i+2])
				}
				for range 2 {
					langevin(l, p, times[i+1], 2*(alpha/before)*(alpha/before)*math.Pow(0.2*sigma, 2))
				}
			})},
		{"annealed_langevin", AnnealedLangevin{Langevin{Steps: 3, SNR: 0.2}},
			func(l *linearPath, p diffusion.Process, times []float64, i int) {
				_, smallest := p.Marginal(times[len(times)-1])
				if smallest == 0 {
					_, smallest = p.Marginal(times[len(times)-2])
				}
				epsilon := 4 * 0.2 * 0.2 * smallest * smallest
				level := func(t float64) {
					_, sigma := p.Marginal(t)
					for range 3 {
						langevin(l, p, t, epsilon*sigma*sigma/(smallest*smallest)/2)
					}
				}
				if i == 0 {
					level(times[0])
				}
				if _, sigma := p.Marginal(times[i+1]); sigma == 0 {
					l.denoise(p, times[i])
				} else {
					level(times[i+1])
				}
			}},
		{"ddim", DDIM{Eta: 0.6}, func(l *linearPath, p diffusion.Process, times []float64, i int) {
			linearDDIM(l, p, times[i], times[i+1], 0.6)
		}},
		{"ddim", DDIM{}, func(l *linearPath, p diffusion.Process, times []float64, i int) {
			linearDDIM(l, p, times[i], times[i+1], 0)
		}},
	}
}

// linearDDIM is equations 12 and 16 of DDIM, in ᾱ and ε = −√(1−ᾱ) score.
func linearDDIM(l *linearPath, p diffusion.Process, t, s, eta float64) {
	a, _ := p.Marginal(t)
	b, _ := p.Marginal(s)
	at, as := a*a, b*b
	slope, shift := linearScore(p, t)
	slope, shift = -math.Sqrt(1-at)*slope, -math.Sqrt(1-at)*shift
	sigma := eta * math.Sqrt((1-as)/(1-at)) * math.Sqrt(1-at/as)
	toX0, toS := math.Sqrt(as/at), math.Sqrt(1-as-sigma*sigma)-math.Sqrt(as/at)*math.Sqrt(1-at)
	l.step(toX0+toS*slope, toS*shift, sigma)
}

func linearProcesses(t *testing.T) map[string]diffusion.Process {
	t.Helper()
	subVP, err1 := diffusion.NewSubVP(0.1, 20, 1e-3)
	ve, err2 := diffusion.NewVE(0.01, 50)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	return map[string]diffusion.Process{"chain": linearChain(t, 1000), "vp": vp(t), "sub-vp": subVP, "ve": ve, "edm": edm(t),
		"flow":             flowLine(t),
		"flow, preserving": diffusion.Preserving(flowLine(t)), "flow, exploding": timesMust(diffusion.Exploding(flowLine(t)))}
}

// linearTimes are n steps, equal in ln(α/σ), from the last time to the network's first, and the data if toData is set.
func linearTimes(p diffusion.Process, n int, toData bool) []float64 {
	data, first, last := p.Span()
	low, high := p.Lambda(last), p.Lambda(first)
	times := []float64{last}
	for i := 1; i < n; i++ {
		times = append(times, p.Time(low+float64(i)/float64(n)*(high-low)))
	}
	times = append(times, first)
	if toData {
		times = append(times, data)
	}
	return times
}

func TestLinearSolversFollowTheirFormulas(t *testing.T) {
	ran := map[string]int{}
	for name, p := range linearProcesses(t) {
		for _, toData := range []bool{true, false} {
			times := linearTimes(p, 40, toData)
			model := oracle(t, p, normalData(linearMean, linearDeviation), diffusion.Velocity)
			for _, c := range linearCases() {
				if c.solver.Check(p, times) != nil {
					continue // the process is of another kind
				}
				ran[c.name]++
				for _, start := range []float64{-1, 2} {
					path := &linearPath{x: start * p.PriorDeviation(), variance: p.PriorDeviation() * p.PriorDeviation()}
					x := []float32{float32(path.x)}
					run := &Run{Model: model, Dim: 1, Noise: linearNoise{}, OnStep: func(step int, at float64, x []float32) error {
						if step > 0 {
							c.step(path, p, times, step-1)
						}
						if scale := math.Max(1, math.Abs(path.x)); !(math.Abs(float64(x[0])-path.x) < 1e-4*scale) {
							return fmt.Errorf("x is %v, by the formula %v", x[0], path.x)
						}
						return nil
					}}
					if err := c.solver.Solve(t.Context(), run, x, times); err != nil {
						t.Errorf("%s, %+v: %v", name, c.solver, err)
					}
					if toData && start < 0 {
						many := make([]float32, 3000)
						diffusion.StartFromPrior(p, many, 5, 0, 1)
						mustSolve(t, c.solver, &Run{Model: model, Dim: 1, Noise: diffusion.NewRowNoise(5, 0, 1)}, many, times)
						checkMoments(t, fmt.Sprintf("%s, %+v", name, c.solver), many, path.mean, path.variance)
					}
				}
			}
		}
	}
	for _, c := range linearCases() {
		if ran[c.name] < 4 {
			t.Errorf("%s ran on %d combinations of process and times", c.name, ran[c.name])
		}
	}
}

// The formulas above converge to the data's distribution, and twice as many steps halve the error of the variance.
func TestLinearFormulasConverge(t *testing.T) {
	p := vp(t)
	_, first, last := p.Span()
	for _, c := range linearCases() {
		if c.name == "annealed_langevin" || c.name == "predictor_corrector" { // their error is their step's, not the list's
			continue
		}
		var off []float64
		for _, n := range []int{400, 800, 1600} {
			var times []float64
			for i := range n + 1 {
				w := float64(i) / float64(n)
				times = append(times, last*(1-w)+first*w)
			}
			path := &linearPath{mean: math.Exp(-5.025) * linearMean, variance: 1}
			for i := range n {
				c.step(path, p, times, i)
			}
			alpha, sigma := p.Marginal(first)
			want := math.Pow(alpha*linearDeviation, 2) + sigma*sigma
			off = append(off, math.Abs(path.variance-want)/want)
			if math.Abs(path.mean-alpha*linearMean) > 2/float64(n) {
				t.Errorf("%+v, %d steps: mean %v, want %v", c.solver, n, path.mean, alpha*linearMean)
			}
		}
		if off[2] > 0.02 || off[0]/off[1] < 1.7 || off[1]/off[2] < 1.7 {
			t.Errorf("%+v: relative errors of the variance %v", c.solver, off)
		}
	}
}

// Every solver turns noise into a mixture of two normal distributions.
func TestLinearSolversReachMixture(t *testing.T) {
	data := gaussian.Mixture{
		{Weight: 0.3, Mean: []float64{-2}, Deviation: 0.2},
		{Weight: 0.7, Mean: []float64{1}, Deviation: 0.5},
	}
	edm, err := diffusion.NewEDM(0.01, 30)
	if err != nil {
		t.Fatal(err)
	}
	chain := linearChain(t, 1000)
	for _, test := range []struct {
		solver Solver
		p      diffusion.Process
		times  []float64
	}{
		{Ancestral{VarianceBeta}, chain, linearTimes(chain, 200, true)},
		{Ancestral{VarianceBetaTilde}, chain, linearTimes(chain, 200, true)},
		{Ancestral{VarianceBeta}, edm, linearTimes(edm, 200, true)},
		{DDIM{}, chain, linearTimes(chain, 100, true)},
		{DDIM{Eta: 1}, chain, linearTimes(chain, 200, true)},
		{PNDM{}, chain, linearTimes(chain, 40, true)},
		{EulerMaruyama{}, vp(t), linearTimes(vp(t), 300, true)},
		{EulerMaruyama{}, edm, linearTimes(edm, 300, true)},
		{FlowEuler{}, vp(t), linearTimes(vp(t), 200, true)},
		{ReverseDiffusion{}, chain, linearTimes(chain, 300, true)},
		{PredictorCorrector{Corrector: Langevin{Steps: 1, SNR: 0.1}}, chain, linearTimes(chain, 200, true)},
		{PredictorCorrector{Corrector: Langevin{Steps: 2, SNR: 0.1}}, edm, linearTimes(edm, 100, true)},
		{AnnealedLangevin{Langevin{Steps: 30, SNR: 0.15}}, edm, linearTimes(edm, 80, true)},
	} {
		run := &Run{Model: oracle(t, test.p, data, diffusion.Velocity), Dim: 1, Noise: diffusion.NewRowNoise(2, 0, 1)}
		x := make([]float32, 2000)
		diffusion.StartFromPrior(test.p, x, 2, 0, 1)
		mustSolve(t, test.solver, run, x, test.times)
		slices.Sort(x)
		n, worst := float64(len(x)), 0.0
		for i, v := range x {
			cumulative := 0.0
			for _, c := range data {
				cumulative += c.Weight * math.Erfc((c.Mean[0]-float64(v))/(c.Deviation*math.Sqrt2)) / 2
			}
			worst = max(worst, math.Abs(cumulative-float64(i)/n), math.Abs(cumulative-float64(i+1)/n))
		}
		// The 0.1% point of Kolmogorov's distance, and one percent for the finite steps.
		if worst > 1.95/math.Sqrt(n)+0.01 {
			t.Errorf("%s %+v: Kolmogorov distance %v", test.solver.Name(), test.solver, worst)
		}
	}
}
