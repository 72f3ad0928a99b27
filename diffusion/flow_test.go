package diffusion

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Source: ln((1−t)/t) and 1/(1+e^λ) in decimal arithmetic of 50 digits, at the float64 nearest to t.
func TestFlowValues(t *testing.T) {
	p := Flow{1e-30, 1}
	for at, want := range map[float64]float64{
		1e-25: 57.564627324851142, 1e-3: 6.9067547786485535, 0.3: 0.84729786038720367, 0.5: 0,
		0.999: -6.9067547786485526, 1 - 0x1p-53: -36.736800569677101,
	} {
		if got := p.Lambda(at); !(math.Abs(got-want) <= 4e-16*max(1, math.Abs(want))) {
			t.Errorf("λ(%v) = %v, want %v", at, got, want)
		}
	}
	for lambda, want := range map[float64]float64{
		-700: 1, -30: 0.99999999999990642, -0.25: 0.56217650088579811, 30: 9.3576229688392990e-14, 700: 9.8596765437597709e-305,
		math.Inf(1): 0, math.Inf(-1): 1,
	} {
		if got := p.Time(lambda); got != want && relativeError(got, want) > 4e-16*max(1, math.Abs(lambda)) {
			t.Errorf("Time(%v) = %v, want %v", lambda, got, want)
		}
	}
	// By hand at t = ¼: α = ¾, σ = ¼, f = −4/3, g² = ½/¾.
	alpha, sigma := p.Marginal(0.25)
	f, g := p.SDE(0.25)
	if alpha != 0.75 || sigma != 0.25 || relativeError(f, -4.0/3) > 1e-15 || relativeError(g*g, 2.0/3) > 1e-15 {
		t.Errorf("at ¼: α = %v, σ = %v, f = %v, g² = %v", alpha, sigma, f, g*g)
	}
	// Source: huggingface/diffusers, FlowMatchEulerDiscreteScheduler: timesteps = sigmas · num_train_timesteps, 1000.
	if p.NetworkTime(0.25) != 250 || p.PriorDeviation() != 1 || p.Steps() != 0 {
		t.Errorf("the network's time is %v, the prior's deviation %v, %d steps", p.NetworkTime(0.25), p.PriorDeviation(), p.Steps())
	}
	if data, first, last := (Flow{1e-3, 0.9}).Span(); data != 0 || first != 1e-3 || last != 0.9 {
		t.Errorf("from %v, %v to %v", data, first, last)
	}
	if got := (Flow{1e-3, 0.9}).Time(-10); got != 0.9 {
		t.Errorf("beyond the last time: %v", got)
	}
	// Without signal: λ = −∞, and drift and diffusion are infinite.
	f, g = p.SDE(1)
	if alpha, sigma := p.Marginal(1); alpha != 0 || sigma != 1 || !math.IsInf(p.Lambda(1), -1) || !math.IsInf(f, -1) || !math.IsInf(g, 1) {
		t.Errorf("at 1: α = %v, σ = %v, λ = %v, f = %v, g = %v", alpha, sigma, p.Lambda(1), f, g)
	}
}

// Against differences: dα/dt = f α, dσ²/dt = 2fσ² + g² and dλ/dt = −g²/2σ².
func TestFlowSDEByDifferences(t *testing.T) {
	p := Flow{1e-3, 1}
	for _, at := range []float64{0.01, 0.3, 0.5, 0.8, 0.99} {
		const h = 1e-5
		alphaAbove, sigmaAbove := p.Marginal(at + h)
		alphaBelow, sigmaBelow := p.Marginal(at - h)
		alpha, sigma := p.Marginal(at)
		f, g := p.SDE(at)
		for name, pair := range map[string][2]float64{
			"α":  {(alphaAbove - alphaBelow) / (2 * h), f * alpha},
			"σ²": {(sigmaAbove*sigmaAbove - sigmaBelow*sigmaBelow) / (2 * h), 2*f*sigma*sigma + g*g},
			"λ":  {(p.Lambda(at+h) - p.Lambda(at-h)) / (2 * h), -g * g / (2 * sigma * sigma)},
		} {
			if relativeError(pair[1], pair[0]) > 1e-6 {
				t.Errorf("d%s/dt at %v: %v by differences, %v by the SDE", name, at, pair[0], pair[1])
			}
		}
	}
}

// Near both ends Time inverts Lambda to the last digits of t.
func TestFlowIsStableAtBothEnds(t *testing.T) {
	p := Flow{1e-30, 1}
	rapid.Check(t, func(t *rapid.T) {
		small := math.Pow(10, rapid.Float64Range(-29, -0.31).Draw(t, "log t"))
		if got := p.Time(p.Lambda(small)); relativeError(got, small) > 1e-13 {
			t.Fatalf("Time(λ(%v)) = %v", small, got)
		}
		left := max(math.Pow(2, -float64(rapid.IntRange(1, 53).Draw(t, "left"))), 0x1p-53)
		if got := p.Time(p.Lambda(1 - left)); math.Abs(got-(1-left)) > 0x1p-52 {
			t.Fatalf("Time(λ(1 − %v)) = 1 − %v", left, 1-got)
		}
		// t and 1−t change places: λ changes its sign.
		if got, want := p.Lambda(1-left), -p.Lambda(left); !(math.Abs(got-want) <= 1e-14*(1+math.Abs(want))) {
			t.Fatalf("λ(1−%v) = %v, −λ = %v", left, got, want)
		}
	})
}

// The probability-flow ODE of Flow is the mean of u itself: dx/dt = E[ε − x_0 | x_t] (Lipman et al. 2023; Liu et al.
// 2023, equation 1).
func TestFlowODEIsU(t *testing.T) {
	p := Flow{1e-3, 0.999}
	of := func(speaks Prediction) Denoiser { return normalDenoiser{p, Parameterization{Prediction: speaks}} }
	u, score := make([]float32, 2), make([]float32, 2)
	for _, at := range []float64{0.05, 0.4, 0.95} {
		x := []float32{0.3, -0.8}
		of(U).Predict(u, x, at)
		of(Score).Predict(score, x, at)
		ode := ProbabilityFlowODE(p, at)
		for j := range x {
			if got := ode.X*float64(x[j]) + ode.Score*float64(score[j]); math.Abs(got-float64(u[j])) > 2e-5*(1+math.Abs(got)) {
				t.Errorf("at %v: dx/dt = %v, u = %v", at, got, u[j])
			}
		}
	}
}

// By hand: x_0 = 0.75 and ε = −1.25, so u = −2, on Flow at t = 0.3, where x = 0.15, and where α = 0.8 and σ = 0.6,
// x = −0.15. With x_t and u given, x_0 = (x − σu)/(α+σ), ε = (x + αu)/(α+σ).
func TestConversionsOfU(t *testing.T) {
	for _, test := range []struct {
		alpha, sigma, x float64
		to              Prediction
		a, b, want      float64
	}{
		{0.7, 0.3, 0.15, X0, 1, -0.3, 0.75},
		{0.7, 0.3, 0.15, Epsilon, 1, 0.7, -1.25},
		{0.7, 0.3, 0.15, Velocity, 0.4, 0.58, -1.1},
		{0.7, 0.3, 0.15, Score, -1 / 0.3, -0.7 / 0.3, 1.25 / 0.3},
		{0.7, 0.3, 0.15, U, 0, 1, -2},
		{0.8, 0.6, -0.15, X0, 1 / 1.4, -0.6 / 1.4, 0.75},
		{0.8, 0.6, -0.15, Epsilon, 1 / 1.4, 0.8 / 1.4, -1.25},
		{0.8, 0.6, -0.15, Velocity, 0.2 / 1.4, 1 / 1.4, -1.45},
		{0, 1, -1.25, X0, 1, -1, 0.75},
		{1, 0, 0.75, Epsilon, 1, 1, -1.25},
	} {
		q := Parameterization{Prediction: U}
		a, b := q.Convert(test.to, test.alpha, test.sigma)
		if got := a*test.x + b*-2; math.Abs(a-test.a) > 1e-14 || math.Abs(b-test.b) > 1e-14 || math.Abs(got-test.want) > 1e-14 {
			t.Errorf("%v from u at α = %v: %v x + %v u = %v, want %v, %v and %v", test.to, test.alpha, a, b, got, test.a, test.b, test.want)
		}
		if test.sigma == 0 {
			continue
		}
		// Back, from the predictions that determine u.
		q.Prediction = test.to
		if a, b = q.Convert(U, test.alpha, test.sigma); math.Abs(a*test.x+b*test.want+2) > 1e-13 {
			t.Errorf("u from %v at α = %v is %v, want −2", test.to, test.alpha, a*test.x+b*test.want)
		}
	}
}
