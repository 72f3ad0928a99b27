package diffusion

import (
	"errors"
	"math"
	"strings"
	"testing"

	"euryale/choice"

	"gonum.org/v1/gonum/integrate/quad"
	"pgregory.net/rapid"
)

// weighed is a weight for a prediction on a process, by names, which CheckWeight passes.
func weighed(t failer, weight, prediction string, p Process) func(t float64) float64 {
	t.Helper()
	w, q := weightOf(t, weight), parameterizationOf(t, prediction)
	if err := CheckWeight(w, q, p); err != nil {
		t.Fatal(err)
	}
	return func(at float64) float64 { return w.Weight(q, p, at) }
}

// The weights as the papers write them, for each prediction.
func TestWeights(t *testing.T) {
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
		{"simple", "eps", 1}, {"simple", "x0", 1}, {"simple", "v", 1}, {"simple", "score", 1}, {"simple", "F", 1}, {"simple", "u", 1},
		{"bound", "eps", ofEps},
		{"bound", "x0", before * beta * beta / (2 * tilde * (1 - bar) * (1 - bar))},
		{"bound", "v", ofEps * bar},
		{"bound", "score", ofEps * (1 - bar)},
		{"rescaled", "eps", 1000 * ofEps},
		{"hybrid", "eps", 1}, {"hybrid", "v", 1},
		{"score_matching", "score", 1 - bar}, {"score_matching", "eps", 1}, {"score_matching", "x0", snr},
		{"score_matching", "u", 1 / (1 + ratio) / (1 + ratio)}, // an error e in ε is (1 + σ̂) e in u
		{"edm", "F", 1},
		{"edm", "x0", (ratio*ratio + d*d) / (ratio * d * ratio * d)},
		{"edm", "eps", (ratio*ratio + d*d) / (ratio * d * ratio * d) * ratio * ratio},
		{"min_snr", "eps", min(snr, 5) / snr}, {"min_snr", "x0", min(snr, 5)}, {"min_snr", "v", min(snr, 5) / (snr + 1)},
		{"min_snr", "F", min(snr, 5) * out * out},
		{"p2", "eps", math.Pow(1+snr, -1)}, {"p2", "x0", snr * math.Pow(1+snr, -1)}, {"p2", "v", bar * math.Pow(1+snr, -1)},
	} {
		if got := weighed(t, test.weight, test.prediction, chain)(i); relativeError(got, test.want) > 1e-9 {
			t.Errorf("%s on %s: %v, want %v", test.weight, test.prediction, got, test.want)
		}
	}
	// γ = 5 is at work on either side.
	for at, want := range map[float64]float64{10: 5 / chain.SNR(10), 900: 1} {
		if got := weighed(t, "min_snr", "eps", chain)(at); relativeError(got, want) > 1e-9 {
			t.Errorf("min_snr on eps at %v, SNR = %v: %v, want %v", at, chain.SNR(int(at)), got, want)
		}
	}
	// The decoder at t = 0: −ln N(x_0; x̂_0, β̃_1).
	if got, want := weighed(t, "bound", "x0", chain)(0), 1/(2*math.Exp(chain.PosteriorLogVariance(0))); relativeError(got, want) > 1e-12 {
		t.Errorf("bound on x0 at 0: %v, want %v", got, want)
	}
	// Karras et al. 2022: λ(σ) = (σ² + σ_d²)/(σσ_d)², and 1 on F at any noise. Song et al. 2021: g² on the score, halved.
	edm := EDM{0.002, 80}
	for _, sigma := range []float64{0.002, 0.3, 80} {
		if got := weighed(t, "edm", "F", edm)(sigma); math.Abs(got-1) > 1e-12 {
			t.Errorf("edm on F at σ = %v: %v", sigma, got)
		}
		if got, want := weighed(t, "edm", "x0", edm)(sigma), (sigma*sigma+d*d)/(sigma*d*sigma*d); relativeError(got, want) > 1e-12 {
			t.Errorf("edm on x0 at σ = %v: %v, want %v", sigma, got, want)
		}
	}
	for _, p := range []Process{VP{0.1, 20, 1e-3}, SubVP{0.1, 20, 1e-3}, VE{0.01, 50}, edm, Flow{1e-3, 0.999}} {
		_, first, last := p.Span()
		_, g := p.SDE((first + last) / 2)
		if got := weighed(t, "bound", "score", p)((first + last) / 2); relativeError(got, g*g/2) > 1e-12 {
			t.Errorf("%T: bound on score: %v, want %v", p, got, g*g/2)
		}
		if got := weighed(t, "rescaled", "score", p)((first + last) / 2); relativeError(got, g*g/2*(last-first)) > 1e-12 {
			t.Errorf("%T: rescaled on score: %v, want %v", p, got, g*g/2*(last-first))
		}
	}
}

// The weight of an error does not depend on what the network predicts, given x_t.
func TestWeightDoesNotDependOnThePrediction(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProcess(t, 50, false)
		at := drawTime(t, p, true)
		alpha, sigma := p.Marginal(at)
		name := rapid.SampledFrom(weightNames()).Draw(t, "weight")
		if name == "simple" || name == "hybrid" {
			return // these do depend on it
		}
		w, ofX0 := weightOf(t, name), parameterizationOf(t, "x0")
		if CheckWeight(w, ofX0, p) != nil {
			return // too large for this prediction
		}
		for _, prediction := range Predictions().Names() {
			q := parameterizationOf(t, prediction)
			if CheckWeight(w, q, p) != nil {
				continue
			}
			_, b := q.Convert(X0, alpha, sigma) // an error of 1 in p is one of b in x_0
			if got, want := w.Weight(q, p, at), w.Weight(ofX0, p, at)*b*b; !(math.Abs(got-want) <= 1e-9*want) {
				t.Fatalf("%s on %s at %v: %v, want %v", name, prediction, at, got, want)
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
		w, ofX0 := &BoundWeight{}, parameterizationOf(t, "x0")
		if CheckWeight(w, ofX0, p) != nil {
			return
		}
		q := PosteriorOf(p, at, at-1)
		const x0, guess = 0.7, -0.4
		difference := q.X0 * (x0 - guess) // of the means q.X0 x_0 + q.Xt x
		want := difference * difference / (2 * q.Variance)
		if got := w.Weight(ofX0, p, at) * (x0 - guess) * (x0 - guess); !(math.Abs(got-want) <= 1e-7*want) {
			t.Fatalf("t = %v: %v, KL = %v", at, got, want)
		}
	})
}

// Summed over t the weights of x_0 telescope to ½ (SNR(0) − SNR(T−1)), for any steps between; in continuous time
// they integrate to the same, and the sum tends to the integral term by term.
func TestBoundTelescopes(t *testing.T) {
	for _, p := range []Process{newChainOf(t, "cosine", 0, 0, 50), newChainOf(t, "jsd", 0, 0, 50),
		Preserving(newChainOf(t, "sqrt", 0, 0, 10))} {
		l, sum := weighed(t, "bound", "x0", p), 0.0
		for i := 1; i < p.Steps(); i++ {
			sum += l(float64(i))
		}
		snr := func(t float64) float64 { return math.Exp(2 * p.Lambda(t)) }
		if want := (snr(0) - snr(float64(p.Steps()-1))) / 2; relativeError(sum, want) > 1e-11 {
			t.Errorf("sum %v, want %v", sum, want)
		}
	}
	for _, p := range []Process{VP{0.1, 20, 0.1}, SubVP{0.1, 20, 0.1}, VE{0.1, 50}, EDM{0.1, 2}, Preserving(EDM{0.1, 2}), Flow{0.1, 0.9}} {
		_, first, last := p.Span()
		l := weighed(t, "bound", "x0", p)
		got := quad.Fixed(l, first, last, 300, quad.Legendre{}, 0)
		if want := (math.Exp(2*p.Lambda(first)) - math.Exp(2*p.Lambda(last))) / 2; relativeError(got, want) > 1e-9 {
			t.Errorf("%T: integral %v, want %v", p, got, want)
		}
	}
	vp := VP{0.1, 20, 1e-3}
	chain := discretize(t, vp, 4000)
	for _, at := range []float64{0.2, 0.5, 0.9} {
		got := weighed(t, "rescaled", "eps", chain)(at*4000 - 0.5) // the step around it, t−1 … t being (t+½)/T
		if want := weighed(t, "bound", "eps", vp)(at); relativeError(got, want) > 5e-3 {
			t.Errorf("at %v: %v, in continuous time %v", at, got, want)
		}
	}
}

// If CheckWeight passes, any time that training draws has a weight in the range of float32.
func TestWeightsAreFinite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProcess(t, 50, true)
		name := rapid.SampledFrom(weightNames()).Draw(t, "weight")
		w, q := weightOf(t, name), parameterizationOf(t, rapid.SampledFrom(Predictions().Names()).Draw(t, "prediction"))
		if CheckWeight(w, q, p) != nil {
			return
		}
		_, sampler := drawSampler(t, p)
		times := make([]float64, 16)
		sampler.Fill(times, make([]float32, 16), 1, 0, 16)
		for _, at := range times {
			if v := w.Weight(q, p, at); !(v >= 0 && v <= maxWeight*1.01) {
				t.Fatalf("%s weighs %v at %v", name, v, at)
			}
			hybrid, ok := w.(*Hybrid)
			if !ok {
				continue
			}
			boundWeight, low, high, variance, scale, constant := hybrid.HybridRow(q, p, at)
			for _, v := range []float64{boundWeight, low, high, variance, scale, constant, (variance + scale) * math.Exp(-low)} {
				if math.IsNaN(v) || math.Abs(v) > math.MaxFloat32 {
					t.Fatalf("t = %v: %v in the hybrid's row", at, v)
				}
			}
		}
	})
}

func TestWeightErrors(t *testing.T) {
	zero := newChainOf(t, "jsd", 0, 0, 10)
	narrow, err := FromBetas([]float64{0.5, 1e-20})
	if err != nil {
		t.Fatal(err)
	}
	eps, x0, v := parameterizationOf(t, "eps"), parameterizationOf(t, "x0"), parameterizationOf(t, "v")
	for _, test := range []struct {
		weight    Weight
		q         Parameterization
		p         Process
		key, want string
	}{
		{&BoundWeight{}, eps, zero, "weight", "weight bound of prediction eps at t = 9 is"},
		{&BoundWeight{}, x0, VP{0.1, 20, 1e-40}, "weight", "weight bound of prediction x0 at t = 1e-40 is"},
		{&BoundWeight{}, x0, Flow{1e-3, 1}, "weight", "weight bound of prediction x0 at t = 1 is"},
		{&ScoreMatchingWeight{}, x0, VP{0.1, 20, 1e-33}, "weight", "weight score_matching of prediction x0 at t = 1e-33 is"},
		{&Hybrid{}, eps, VP{0.1, 20, 1e-3}, "",
			"must not be hybrid on a process of continuous time: it learns the variance of a chain's reverse step"},
		{&Hybrid{}, eps, narrow, "", "at t = 0 has variance"},
		{&SimpleWeight{}, Parameterization{Prediction: 6}, zero, "prediction", "must be a known prediction"},
		{&EDMWeight{}, Parameterization{Prediction: Velocity}, zero, "sigma_data",
			"standard deviation of the data, from 1e-12 to 1e+12, for the weight edm, got 0"},
		{&EDMWeight{}, Parameterization{Prediction: Velocity, SigmaData: math.Inf(1)}, zero, "sigma_data", "for the weight edm"},
		{&P2Weight{Gamma: 1000, K: 2}, eps, VP{0.1, 20, 1e-3}, "weight", "weight p2 of prediction eps is at most"},
		{&MinSNRWeight{Gamma: -1}, v, zero, "weight.gamma", "must be from 1e-6 to 1e6, got -1"},
		{constant(-2), v, zero, "weight", "weight -2 of prediction v at t = 0 is -2, expected a number from 0 to 1e+30"},
	} {
		err := CheckWeight(test.weight, test.q, test.p)
		var field *choice.FieldError
		if !errors.As(err, &field) || field.Key != test.key || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want one about %q with %q", err, test.key, test.want)
		}
	}
	if w := weighed(t, "bound", "v", zero)(9); math.Abs(w-zero.SNR(8)/2) > 1e-12 {
		t.Errorf("bound on v without signal: %v, want ½ SNR(8) = %v", w, zero.SNR(8)/2)
	}
}

// constant is a weight of a Go program.
type constant float64

func (c constant) Weight(Parameterization, Process, float64) float64 { return float64(c) }

// Where a flow has no signal left, weights that decrease with the SNR are 0, and none is 0/0.
func TestWeightsOfAFlowWithoutSignal(t *testing.T) {
	p, u := Flow{1e-3, 1}, parameterizationOf(t, "u")
	for name, want := range map[string]float64{"simple": 1, "score_matching": 0, "edm": 4, "min_snr": 0, "p2": 0} {
		w := weightOf(t, name)
		if err := CheckWeight(w, u, p); err != nil || w.Weight(u, p, 1) != want {
			t.Errorf("%s: %v, %v, want %v", name, w.Weight(u, p, 1), err, want)
		}
	}
}

// Only the simple weight may go with other distances, and only those of the bound need uniform times.
func TestWhatWeightsNeed(t *testing.T) {
	for _, name := range weightNames() {
		w := weightOf(t, name)
		if got := SquaredOnly(w); got != (name != "simple") {
			t.Errorf("%s is for squared errors only: %v", name, got)
		}
		for _, times := range TimestepSamplers().Names() {
			o, err := TimestepSamplers().New(times)
			if err != nil {
				t.Fatal(err)
			}
			bound := name == "bound" || name == "rescaled" || name == "hybrid"
			uneven := times == "log_normal" || times == "logit_normal"
			err = CheckTimesteps(o, w)
			if (err != nil) != (bound && uneven) {
				t.Errorf("%s with %s: %v", times, name, err)
			}
			if want := "must not be " + times + " with " + name + ": the bound is a mean over uniform times"; err != nil &&
				err.Error() != want {
				t.Errorf("%q, want %q", err, want)
			}
		}
	}
}

func TestWeightDoesNotAllocate(t *testing.T) {
	chain, q := newChainOf(t, "cosine", 0, 0, 100), parameterizationOf(t, "v")
	for _, name := range weightNames() {
		w := weightOf(t, name)
		if n := testing.AllocsPerRun(10, func() { w.Weight(q, chain, 50) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	if n := testing.AllocsPerRun(10, func() { (&Hybrid{}).HybridRow(q, chain, 50) }); n != 0 {
		t.Errorf("a row of hybrid: %v allocations", n)
	}
}

// The warning is for the simple loss in the score where σ spans three orders of magnitude, and for nothing else.
func TestWeightWarning(t *testing.T) {
	ncsn := processOf(t, &NCSN{100, 0.002, 80})
	for _, test := range []struct {
		p                  Process
		prediction, weight string
		want               string
	}{
		{ncsn, "score", "simple", "with the weight simple an error in the score has 1.6e+09 times the weight"},
		{ncsn, "score", "hybrid", "with the objective hybrid an error"},
		{EDM{0.002, 80}, "score", "simple", "use the weight score_matching"},
		{ncsn, "score", "score_matching", ""},
		{ncsn, "eps", "simple", ""},
		{processOf(t, &NCSN{100, 1, 80}), "score", "simple", ""},
		{VP{0.1, 20, 1e-3}, "score", "simple", ""},
		{Flow{1e-4, 1}, "u", "simple", ""},
	} {
		got := WeightWarning(weightOf(t, test.weight), parameterizationOf(t, test.prediction), test.p)
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%+v, %s, %s: warning %q, want %q", test.p, test.prediction, test.weight, got, test.want)
		}
	}
}
