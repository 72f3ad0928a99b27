package diffusion

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Source: the formulas named at NewChain, evaluated in float64 apart from this package; to the digits given.
func TestTerminalAlphaBar(t *testing.T) {
	tests := []struct {
		name       string
		start, end float64
		steps      int
		want       float64
		tolerance  float64
	}{
		{"linear", 1e-4, 0.02, 1000, 4.03582977e-5, 1e-8},
		{"scaled_linear", 1e-4, 0.02, 1000, 7.3341e-4, 1e-5},
		{"scaled_linear", 0.00085, 0.012, 1000, 4.6601e-3, 1e-5},
		{"cosine", 0, 0, 1000, 2.42876691e-9, 1e-8},
		{"sigmoid", 1e-4, 0.02, 1000, 3.96818e-5, 1e-5},
		{"sigmoid", 1e-5, 0.5e-2, 100, 0.778003432, 1e-9},
		{"sigmoid_alphabar", 0, 0, 1000, 3.0028e-7, 1e-4},
		{"const", 1e-4, 0.02, 1000, 1.68297e-9, 1e-5},
		{"warmup10", 1e-4, 0.02, 1000, 4.61369e-9, 1e-5},
		{"warmup50", 1e-4, 0.02, 1000, 2.60614e-7, 1e-5},
		{"sqrt", 0, 0, 1000, 4.5465e-7, 1e-4},
	}
	for _, test := range tests {
		c := newChainOf(t, test.name, test.start, test.end, test.steps)
		if got := c.AlphaBar(test.steps - 1); relativeError(got, test.want) > test.tolerance {
			t.Errorf("%s, %d steps: last alpha-bar = %.9g, want %.9g", test.name, test.steps, got, test.want)
		}
	}
	if got := newChainOf(t, "cosine", 0, 0, 1000).Beta(0); relativeError(got, 4.12842248e-5) > 1e-8 {
		t.Errorf("cosine: first beta = %.9g", got)
	}
	jsd := newChainOf(t, "jsd", 0, 0, 1000)
	for i := range 1000 { // the product telescopes
		if want := 1 - float64(i+1)/1000; math.Abs(jsd.AlphaBar(i)-want) > 1e-12 || jsd.Beta(i) != 1/float64(1000-i) {
			t.Fatalf("jsd at %d: alpha-bar = %v, want %v", i, jsd.AlphaBar(i), want)
		}
	}
	if jsd.AlphaBar(999) != 0 || !math.IsInf(jsd.Lambda(999), -1) {
		t.Errorf("jsd ends at alpha-bar = %v", jsd.AlphaBar(999))
	}
}

// A schedule depends on each key of its section.
func TestScheduleReadsItsKeys(t *testing.T) {
	for _, name := range Schedules().Names() {
		plain, err := scheduleOf(t, name, map[string]any{"beta_start": 1e-3, "beta_end": 0.05}).Betas(200)
		if err != nil {
			t.Fatal(err)
		}
		for key, value := range map[string]any{"beta_start": 2e-3, "beta_end": 0.1, "scale_betas": true, "zero_terminal_snr": true} {
			keys := map[string]any{"beta_start": 1e-3, "beta_end": 0.05}
			keys[key] = value
			s := scheduleOf(t, name, keys)
			changed, err := s.Betas(200)
			if err != nil {
				t.Fatal(err)
			}
			_, reads := fieldOf(s, key)
			if name == "jsd" {
				reads = false // it ends without signal anyway
			}
			if slices.Equal(plain, changed) == reads {
				t.Errorf("%s has the key %s: %v, but does not depend on it so", name, key, reads)
			}
		}
	}
}

// With ScaleBetas ∫β does not depend on T.
func TestScaleBetas(t *testing.T) {
	schedule := &LinearSchedule{BetaStart: 1e-4, BetaEnd: 0.02, ScaleBetas: true}
	thousand, err := NewChain(schedule, 1000)
	if err != nil {
		t.Fatal(err)
	}
	plain := newChainOf(t, "linear", 1e-4, 0.02, 1000)
	if !slices.Equal(thousand.beta, plain.beta) {
		t.Error("1000 steps are scaled")
	}
	c, err := NewChain(schedule, 250)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(c.Beta(0)-4e-4) > 1e-18 || math.Abs(c.Beta(249)-0.08) > 1e-16 {
		t.Errorf("250 steps go from %v to %v", c.Beta(0), c.Beta(249))
	}
}

// Lin et al. 2024, algorithm 1, as it is written.
func TestZeroTerminalSNR(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(Schedules().Names()).Draw(t, "schedule")
		keys := map[string]any{"beta_start": 1e-4, "beta_end": 0.02}
		steps := rapid.IntRange(2, 1000).Draw(t, "steps")
		before, err := NewChain(scheduleOf(t, name, keys), steps)
		if err != nil {
			t.Fatal(err)
		}
		keys["zero_terminal_snr"] = true
		after, err := NewChain(scheduleOf(t, name, keys), steps)
		if err != nil {
			t.Fatal(err)
		}
		first, last := math.Sqrt(before.AlphaBar(0)), math.Sqrt(before.AlphaBar(steps-1))
		for i := range steps {
			want := (math.Sqrt(before.AlphaBar(i)) - last) * first / (first - last)
			if got := math.Sqrt(after.AlphaBar(i)); math.Abs(got-want) > 1e-9 {
				t.Fatalf("√ᾱ_%d = %v, want %v", i, got, want)
			}
		}
		if after.AlphaBar(steps-1) != 0 || after.Beta(steps-1) != 1 || after.SNR(steps-1) != 0 || after.Beta(0) != before.Beta(0) {
			t.Fatalf("ends with ᾱ = %v, β = %v; starts with β = %v, was %v", after.AlphaBar(steps-1), after.Beta(steps-1),
				after.Beta(0), before.Beta(0))
		}
	})
}

// Source: see the file; PyTorch rounds to float32 and the file to nine decimals.
func TestSigmoidAgainstPyTorch(t *testing.T) {
	content, err := os.ReadFile("testdata/pytorch_scurve_20.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Betas         []float64 `json:"betas"`
		AlphasCumprod []float64 `json:"alphas_cumprod"`
	}
	if err := json.Unmarshal(content, &golden); err != nil {
		t.Fatal(err)
	}
	own := newChainOf(t, "sigmoid", 1e-5, 0.5e-2, 20)
	given, err := FromBetas(golden.Betas)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range golden.AlphasCumprod {
		if math.Abs(own.Beta(i)-golden.Betas[i]) > 2e-9 {
			t.Errorf("beta %d = %v, want %v", i, own.Beta(i), golden.Betas[i])
		}
		for _, c := range []*Chain{own, given} {
			if math.Abs(c.AlphaBar(i)-want) > 3e-7 {
				t.Errorf("alpha-bar %d = %v, want %v", i, c.AlphaBar(i), want)
			}
		}
	}
}

func TestChainLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawChain(t, 300, true)
		if c.AlphaBar(-1) != 1 || !math.IsInf(c.SNR(-1), 1) || !c.Preserving() {
			t.Fatal("before the first step the signal must be whole")
		}
		product := 1.0
		for i := range c.Steps() {
			product *= 1 - c.Beta(i)
			alpha, sigma := c.Marginal(float64(i))
			if product > 0 && relativeError(c.AlphaBar(i), product) > 1e-12 || product == 0 && alpha != 0 ||
				math.Abs(alpha*alpha+sigma*sigma-1) > 1e-14 {
				t.Fatalf("t = %d: alpha-bar %v, product of 1-beta %v, alpha %v, sigma %v", i, c.AlphaBar(i), product, alpha, sigma)
			}
			if c.AlphaBar(i) >= c.AlphaBar(i-1) {
				t.Fatalf("t = %d: alpha-bar does not decrease", i)
			}
			if want := alpha * alpha / (sigma * sigma); math.Abs(c.SNR(i)-want) > 1e-12*want {
				t.Fatalf("t = %d: SNR %v, want %v", i, c.SNR(i), want)
			}
		}
	})
}

// Between steps λ is the line between its values at them; below the first, σ/α is.
func TestChainBetweenSteps(t *testing.T) {
	ncsn, err := FromSigmas([]float64{0.1, 0.5, 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*Chain{newChainOf(t, "linear", 0.01, 0.3, 10), ncsn} {
		for _, w := range []float64{0.1, 0.5, 0.9} {
			if got, want := c.Lambda(1+w), (1-w)*c.Lambda(1)+w*c.Lambda(2); math.Abs(got-want) > 1e-14 {
				t.Errorf("λ(%v) = %v, want %v", 1+w, got, want)
			}
			if got, want := SigmaRatio(c, w-1), w*SigmaRatio(c, 0); relativeError(got, want) > 1e-14 {
				t.Errorf("σ/α at %v is %v, want %v", w-1, got, want)
			}
		}
		if got := c.NetworkTime(1.5); got != 1.5 {
			t.Errorf("the network's time is %v", got)
		}
	}
	for steps, times := range map[int][]float64{1: {-0.8, -0.3}, 2: {-0.8, 0.2, 0.7}, 5: {2.2, 3.1, 3.9}} {
		c := newChainOf(t, "jsd", 0, 0, steps)
		for _, at := range times {
			if got := c.Time(c.Lambda(at)); math.Abs(got-at) > 1e-12 {
				t.Errorf("Time(λ(%v)) = %v", at, got)
			}
		}
	}
	if alpha, sigma := newChainOf(t, "jsd", 0, 0, 2).Marginal(0.25); alpha != math.Sqrt(0.5)*0.75 ||
		math.Abs(sigma*sigma+alpha*alpha-1) > 1e-15 {
		t.Errorf("toward alpha-bar = 0: α = %v, σ = %v", alpha, sigma)
	}
}

func TestOneStepSchedules(t *testing.T) {
	for name, want := range map[string]float64{
		"linear": 0.1, "scaled_linear": 0.1, "sigmoid": 0.1 + 0.1*logistic(-6), "const": 0.2, "warmup10": 0.2, "warmup50": 0.2,
		"jsd": 1, "cosine": 0.999, "sigmoid_alphabar": 0.999, "sqrt": 0.999,
	} {
		if got := newChainOf(t, name, 0.1, 0.2, 1).Beta(0); math.Abs(got-want) > 1e-15 {
			t.Errorf("%s: beta = %v, want %v", name, got, want)
		}
	}
}

// DDPM's chain with β_t from β_min/T to β_max/T tends to VP, NCSN's to VE. A chain with the marginals of a continuous
// process at its times, at any T, tends to the SDE of that process as T grows.
func TestChainsTendToContinuousTime(t *testing.T) {
	vp, ve := VP{0.1, 20, 1e-3}, VE{0.01, 50}
	errors := func(steps int) (ofVP, ofVE, ofDrift float64) {
		ddpm := newChainOf(t, "linear", 0.1/float64(steps), 20/float64(steps), steps)
		ncsn := processOf(t, &NCSN{steps, 0.01, 50})
		ofVPChain, ofVEChain := discretize(t, vp, steps), discretize(t, ve, steps)
		for i := range steps {
			at := float64(i)
			alpha, sigma := vp.Marginal((at + 1) / float64(steps))
			gotAlpha, gotSigma := ofVPChain.Marginal(at)
			_, wantVE := ve.Marginal((at + 1) / float64(steps))
			_, gotVE := ofVEChain.Marginal(at)
			if relativeError(gotAlpha, alpha) > 1e-10 || relativeError(gotSigma, sigma) > 1e-10 || relativeError(gotVE, wantVE) > 1e-12 {
				t.Fatalf("step %d of %d: marginals %v, %v and %v, want %v, %v and %v", i, steps, gotAlpha, gotSigma, gotVE, alpha,
					sigma, wantVE)
			}
			chainAlpha, _ := ddpm.Marginal(at)
			ofVP = max(ofVP, math.Abs(chainAlpha-alpha))
			_, chainSigma := ncsn.Marginal(at)
			ofVE = max(ofVE, math.Abs(math.Log(chainSigma/wantVE)))
		}
		for _, at := range []float64{0.2, 0.5, 0.9} {
			f, _ := ofVPChain.SDE(at*float64(steps) - 1 - 0.5)
			want, _ := vp.SDE(at)
			ofDrift = max(ofDrift, relativeError(f*float64(steps), want))
		}
		return ofVP, ofVE, ofDrift
	}
	vpCoarse, veCoarse, driftCoarse := errors(1000)
	vpFine, veFine, driftFine := errors(4000)
	for name, pair := range map[string][2]float64{"vp": {vpCoarse, vpFine}, "ve": {veCoarse, veFine}, "drift": {driftCoarse, driftFine}} {
		if ratio := pair[0] / pair[1]; pair[0] > 0.02 || ratio < 3.5 {
			t.Errorf("%s: the error falls from %v to %v with four times the steps", name, pair[0], pair[1])
		}
	}
}

func TestScheduleErrors(t *testing.T) {
	for _, test := range []struct {
		err  func() error
		want string
	}{
		{func() error { _, err := FromBetas(nil); return err }, "at least one beta"},
		{func() error { _, err := FromBetas([]float64{0.1, 1, 0.1}); return err }, "beta at t = 1 must be above 0 and below 1, got 1"},
		{func() error { _, err := FromBetas([]float64{math.NaN()}); return err }, "got NaN"},
		{func() error { _, err := FromBetas([]float64{1e-70}); return err }, "beta at t = 0 must be at least 1e-60"},
		{func() error { _, err := FromSigmas(nil); return err }, "at least one sigma"},
		{func() error { _, err := FromSigmas([]float64{1, 1}); return err }, "sigma at t = 1 must be above 1"},
		{func() error { _, err := FromSigmas([]float64{1e-13}); return err }, "from 1e-12 to 1e+12, got 1e-13"},
		{func() error { _, err := FromSigmas([]float64{1, math.NaN()}); return err }, "got NaN"},
		{func() error { _, err := NewChain(&CosineSchedule{}, 0); return err }, "steps must be from 1"},
		{func() error { _, err := Schedules().New("cosin"); return err }, `must be one of cosine, linear, scaled_linear`},
		{func() error {
			_, err := NewChain(&LinearSchedule{BetaStart: 1e-4, BetaEnd: 0.02}, 20_000)
			return err
		}, `schedule "linear" with 20000 steps: the signal is gone at t =`},
		{func() error { _, err := NewChain(&CosineSchedule{ZeroTerminalSNR: true}, 1); return err }, "at least 2 steps"},
	} {
		if err := test.err(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want one with %q", err, test.want)
		}
	}
}
