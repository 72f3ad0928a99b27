package diffusion

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

func lossConfig(weight, prediction string) Config {
	c := DefaultConfig()
	c.Loss.Weight, c.Prediction = weight, prediction
	return c
}

func newLoss(t failer, weight, prediction string, p Process) *Loss {
	t.Helper()
	l, err := NewLoss(lossConfig(weight, prediction), p)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// The weights as the papers write them, for each prediction.
func TestLossWeights(t *testing.T) {
	chain := newChainOf(t, "linear", 1e-4, 0.02, 1000)
	const i = 437
	bar, before, beta := chain.AlphaBar(i), chain.AlphaBar(i-1), chain.Beta(i)
	tilde := (1 - before) / (1 - bar) * beta
	snr := bar / (1 - bar)
	ratio, d := math.Sqrt(1/snr), 0.5 // σ̂, σ_d
	out := ratio * d / math.Hypot(ratio, d)
	ofEps := beta * beta / (2 * tilde * (1 - beta) * (1 - bar)) // Ho et al. 2020, equation 12
	for _, test := range []struct {
		weight, prediction string
		want               float64
	}{
		{"simple", "eps", 1}, {"simple", "x0", 1}, {"simple", "v", 1}, {"simple", "score", 1}, {"simple", "F", 1},
		{"bound", "eps", ofEps},
		{"bound", "x0", before * beta * beta / (2 * tilde * (1 - bar) * (1 - bar))},
		{"bound", "v", ofEps * bar},
		{"bound", "score", ofEps * (1 - bar)},
		{"rescaled", "eps", 1000 * ofEps},
		{"hybrid", "eps", 1}, {"hybrid", "v", 1},
		{"score_matching", "score", 1 - bar}, {"score_matching", "eps", 1}, {"score_matching", "x0", snr},
		{"edm", "F", 1},
		{"edm", "x0", (ratio*ratio + d*d) / (ratio * d * ratio * d)},
		{"edm", "eps", (ratio*ratio + d*d) / (ratio * d * ratio * d) * ratio * ratio},
		{"min_snr", "eps", min(snr, 5) / snr}, {"min_snr", "x0", min(snr, 5)}, {"min_snr", "v", min(snr, 5) / (snr + 1)},
		{"min_snr", "F", min(snr, 5) * out * out},
		{"p2", "eps", math.Pow(1+snr, -1)}, {"p2", "x0", snr * math.Pow(1+snr, -1)}, {"p2", "v", bar * math.Pow(1+snr, -1)},
	} {
		if got := newLoss(t, test.weight, test.prediction, chain).Weight(i); relativeError(got, test.want) > 1e-9 {
			t.Errorf("%s on %s: %v, want %v", test.weight, test.prediction, got, test.want)
		}
	}
	// γ = 5 is at work on either side.
	for at, want := range map[float64]float64{10: 5 / chain.SNR(10), 900: 1} {
		if got := newLoss(t, "min_snr", "eps", chain).Weight(at); relativeError(got, want) > 1e-9 {
			t.Errorf("min_snr on eps at %v, SNR = %v: %v, want %v", at, chain.SNR(int(at)), got, want)
		}
	}
	// The decoder at t = 0: −ln N(x_0; x̂_0, β̃_1).
	if got, want := newLoss(t, "bound", "x0", chain).Weight(0), 1/(2*math.Exp(chain.PosteriorLogVariance(0))); relativeError(got, want) > 1e-12 {
		t.Errorf("bound on x0 at 0: %v, want %v", got, want)
	}
	// Karras et al. 2022: λ(σ) = (σ² + σ_d²)/(σσ_d)², and 1 on F at any noise. Song et al. 2021: g² on the score, halved.
	edm := EDM{0.002, 80}
	for _, sigma := range []float64{0.002, 0.3, 80} {
		if got := newLoss(t, "edm", "F", edm).Weight(sigma); math.Abs(got-1) > 1e-12 {
			t.Errorf("edm on F at σ = %v: %v", sigma, got)
		}
		if got, want := newLoss(t, "edm", "x0", edm).Weight(sigma), (sigma*sigma+d*d)/(sigma*d*sigma*d); relativeError(got, want) > 1e-12 {
			t.Errorf("edm on x0 at σ = %v: %v, want %v", sigma, got, want)
		}
	}
	for _, p := range []Process{VP{0.1, 20, 1e-3}, SubVP{0.1, 20, 1e-3}, VE{0.01, 50}, edm} {
		_, first, last := p.Span()
		_, g := p.SDE((first + last) / 2)
		if got := newLoss(t, "bound", "score", p).Weight((first + last) / 2); relativeError(got, g*g/2) > 1e-12 {
			t.Errorf("%T: bound on score: %v, want %v", p, got, g*g/2)
		}
		if got := newLoss(t, "rescaled", "score", p).Weight((first + last) / 2); relativeError(got, g*g/2*(last-first)) > 1e-12 {
			t.Errorf("%T: rescaled on score: %v, want %v", p, got, g*g/2*(last-first))
		}
	}
}

// An error is one error whatever the network predicts: with x_t given, it weighs the same.
func TestLossDoesNotDependOnThePrediction(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProcess(t, 50, false)
		at := drawTime(t, p, true)
		alpha, sigma := p.Marginal(at)
		weight := rapid.SampledFrom(LossWeights()).Draw(t, "weight")
		if weight == "simple" || weight == "hybrid" {
			return // these do depend on it
		}
		loss := func(name string) *Loss {
			l, err := NewLoss(lossConfig(weight, name), p)
			if err != nil {
				return nil // too large for this prediction
			}
			return l
		}
		x0 := loss("x0")
		for _, name := range predictionNames {
			other := loss(name)
			if x0 == nil || other == nil {
				continue
			}
			_, b := other.parameterisation.Convert(X0, alpha, sigma) // an error of 1 in p is one of b in x_0
			if got, want := other.Weight(at), x0.Weight(at)*b*b; !(math.Abs(got-want) <= 1e-9*want) {
				t.Fatalf("%s on %s at %v: %v, want %v", weight, name, at, got, want)
			}
		}
	})
}

// The weight "bound" times a squared error is the divergence of the posterior from the network's reverse step.
func TestBoundIsTheDivergence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProcess(t, 50, true)
		if p.Steps() < 2 {
			return
		}
		at := float64(rapid.IntRange(1, p.Steps()-1).Draw(t, "t"))
		l, err := NewLoss(lossConfig("bound", "x0"), p)
		if err != nil {
			return
		}
		q := PosteriorOf(p, at, at-1)
		const x0, guess = 0.7, -0.4
		difference := q.X0 * (x0 - guess) // of the means q.X0 x_0 + q.Xt x
		want := difference * difference / (2 * q.Variance)
		if got := l.Weight(at) * (x0 - guess) * (x0 - guess); !(math.Abs(got-want) <= 1e-7*want) {
			t.Fatalf("t = %v: %v, KL = %v", at, got, want)
		}
	})
}

// Summed over t the weights of x_0 telescope to ½ (SNR(0) − SNR(T−1)), whatever the steps between; in continuous time
// they integrate to the same, and the sum tends to the integral term by term.
func TestBoundTelescopes(t *testing.T) {
	for _, p := range []Process{newChainOf(t, "cosine", 0, 0, 50), newChainOf(t, "jsd", 0, 0, 50), Preserving(newChainOf(t, "sqrt", 0, 0, 10))} {
		l, sum := newLoss(t, "bound", "x0", p), 0.0
		for i := 1; i < p.Steps(); i++ {
			sum += l.Weight(float64(i))
		}
		snr := func(t float64) float64 { return math.Exp(2 * p.Lambda(t)) }
		if want := (snr(0) - snr(float64(p.Steps()-1))) / 2; relativeError(sum, want) > 1e-11 {
			t.Errorf("sum %v, want %v", sum, want)
		}
	}
	for _, p := range []Process{VP{0.1, 20, 0.1}, SubVP{0.1, 20, 0.1}, VE{0.1, 50}, EDM{0.1, 2}, Preserving(EDM{0.1, 2})} {
		_, first, last := p.Span()
		l := newLoss(t, "bound", "x0", p)
		got := quad.Fixed(l.Weight, first, last, 300, quad.Legendre{}, 0)
		if want := (math.Exp(2*p.Lambda(first)) - math.Exp(2*p.Lambda(last))) / 2; relativeError(got, want) > 1e-9 {
			t.Errorf("%T: integral %v, want %v", p, got, want)
		}
	}
	vp := VP{0.1, 20, 1e-3}
	chain, err := Discretise(vp, 4000)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []float64{0.2, 0.5, 0.9} {
		got := newLoss(t, "rescaled", "eps", chain).Weight(at*4000 - 0.5) // the step around it, t−1 … t being (t+½)/T
		if want := newLoss(t, "bound", "eps", vp).Weight(at); relativeError(got, want) > 5e-3 {
			t.Errorf("at %v: %v, in continuous time %v", at, got, want)
		}
	}
}

// The second part of the hybrid loss is the divergence of two Gaussians, or a Gaussian's negative log-likelihood.
func TestHybridRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProcess(t, 50, true)
		if p.Steps() == 0 {
			return
		}
		name := rapid.SampledFrom(predictionNames[:]).Draw(t, "prediction")
		l, err := NewLoss(lossConfig("hybrid", name), p)
		at := drawTime(t, p, true)
		alpha, sigma := p.Marginal(at)
		if err != nil || alpha == 0 && (name == "eps" || name == "score") {
			return
		}
		if !l.Hybrid() || l.Weight(at) != 1 {
			t.Fatal("the first part of hybrid is simple")
		}
		weight, low, high, variance, scale, constant := l.HybridRow(at)
		q := PosteriorOf(p, at, at-1)
		if weight != float64(p.Steps())/1000 || math.Abs(high-math.Log(q.Beta)) > 1e-12*(1+math.Abs(high)) || low > high+1e-9 || at > 0 && math.Abs(low-math.Log(q.Variance)) > 1e-12*(1+math.Abs(low)) {
			t.Fatalf("t = %v: weight %v, log-variances from %v to %v of %+v", at, weight, low, high, q)
		}
		const x0, guess, x = 0.7, -0.4, 1.1
		// What the network would say for x_0 = guess, and should have said, with x given.
		of := func(x0 float64) float64 {
			c, d := l.parameterisation.Coefficients(alpha, sigma)
			return c*x0 + d*(x-alpha*x0)/sigma
		}
		v := rapid.Float64Range(-1, 1).Draw(t, "v")
		logvar := (v+1)/2*high + (1-v)/2*low
		e := of(x0) - of(guess)
		got := (constant + logvar + (variance+scale*e*e)*math.Exp(-logvar)) / 2
		mean, guessed := q.X0*x0+q.Xt*x, q.X0*guess+q.Xt*x
		want := (logvar - math.Log(q.Variance) - 1 + (q.Variance+(mean-guessed)*(mean-guessed))*math.Exp(-logvar)) / 2
		if at == 0 {
			want = -distuv.Normal{Mu: guessed, Sigma: math.Exp(logvar / 2)}.LogProb(x0)
		}
		// An error of ε is a difference of numbers as large as x/σ.
		if !(math.Abs(got-want) <= 1e-9*(1+math.Abs(want))*(1+1/sigma+sigma)) {
			t.Fatalf("%s at t = %v: %v, want %v", name, at, got, want)
		}
	})
}

// Where NewLoss is content, any time that training draws has a weight that float32 can hold.
func TestLossWeightsAreFinite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProcess(t, 50, true)
		weight := rapid.SampledFrom(LossWeights()).Draw(t, "weight")
		l, err := NewLoss(lossConfig(weight, rapid.SampledFrom(predictionNames[:]).Draw(t, "prediction")), p)
		if err != nil {
			return
		}
		_, sampler := drawSampler(t, p)
		times := make([]float64, 16)
		sampler.Fill(times, make([]float32, 16), 1, 0, 16)
		for _, at := range times {
			if w := l.Weight(at); !(w >= 0 && w <= maxWeight*1.01) {
				t.Fatalf("%s weighs %v at %v", weight, w, at)
			}
			if !l.Hybrid() {
				continue
			}
			boundWeight, low, high, variance, scale, constant := l.HybridRow(at)
			for _, v := range []float64{boundWeight, low, high, variance, scale, constant, (variance + scale) * math.Exp(-low)} {
				if math.IsNaN(v) || math.Abs(v) > math.MaxFloat32 {
					t.Fatalf("t = %v: %v in the hybrid's row", at, v)
				}
			}
		}
	})
}

func TestLossErrors(t *testing.T) {
	zero := newChainOf(t, "jsd", 0, 0, 10)
	narrow, err := FromBetas([]float64{0.5, 1e-20})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		weight, prediction string
		p                  Process
		set                func(*Config)
		want               string
	}{
		{"bound", "eps", zero, nil, "weight bound of prediction eps at t = 9 is"},
		{"bound", "x0", VP{0.1, 20, 1e-40}, nil, "weight bound of prediction x0 at t = 1e-40 is"},
		{"hybrid", "eps", VP{0.1, 20, 1e-3}, nil, "learns the variance of a chain's reverse step"},
		{"hybrid", "eps", narrow, nil, "at t = 0 has variance"},
		{"bounds", "eps", zero, nil, "must be one of bound"},
		{"simple", "noise", zero, nil, "must be one of eps"},
		{"simple", "eps", zero, func(c *Config) { c.Loss.Distance = "cubic" }, "must be one of squared"},
		{"min_snr", "v", zero, func(c *Config) { c.Loss.Distance = "huber" }, `must be squared with the weight min_snr, which is defined for squared errors, got "huber"`},
		{"edm", "v", zero, func(c *Config) { c.DataDeviation = 0 }, "standard deviation of the data"},
	} {
		c := lossConfig(test.weight, test.prediction)
		if test.set != nil {
			test.set(&c)
		}
		if _, err := NewLoss(c, test.p); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want one with %q", err, test.want)
		}
	}
	if w := newLoss(t, "bound", "v", zero).Weight(9); math.Abs(w-zero.SNR(8)/2) > 1e-12 {
		t.Errorf("bound on v without signal: %v, want ½ SNR(8) = %v", w, zero.SNR(8)/2)
	}
}

func TestLossDoesNotAllocate(t *testing.T) {
	chain := newChainOf(t, "cosine", 0, 0, 100)
	for _, weight := range LossWeights() {
		l := newLoss(t, weight, "v", chain)
		if n := testing.AllocsPerRun(10, func() {
			l.Weight(50)
			l.HybridRow(50)
		}); n != 0 {
			t.Errorf("%s: %v allocations", weight, n)
		}
	}
}

// The warning is for the simple loss in the score where σ spans three orders of magnitude, and for nothing else.
func TestLossWarning(t *testing.T) {
	for _, test := range []struct {
		process, prediction, weight string
		low                         float64
		warns                       bool
	}{
		{"ncsn", "score", "simple", 0.002, true}, {"ncsn", "score", "hybrid", 0.002, true}, {"edm", "score", "simple", 0.002, true},
		{"ncsn", "score", "score_matching", 0.002, false}, {"ncsn", "eps", "simple", 0.002, false}, {"ncsn", "score", "simple", 1, false},
		{"vp", "score", "simple", 0, false},
	} {
		c := DefaultConfig()
		c.Process, c.Prediction, c.Loss.Weight, c.Timesteps, c.Sigma.Min = test.process, test.prediction, test.weight, "uniform", test.low
		p, err := NewProcess(c)
		if err != nil {
			t.Fatal(err)
		}
		l, err := NewLoss(c, p)
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Warning(); (got != "") != test.warns {
			t.Errorf("%s, %s, %s, sigma from %v: warning %q", test.process, test.prediction, test.weight, test.low, got)
		}
	}
}
