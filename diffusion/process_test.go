package diffusion

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// The marginals solve the moments' equations of the SDE, dα/dt = f α and dσ²/dt = 2fσ² + g², and dλ/dt = −g²/2σ²,
// between the knots of chains too, below the first time, and at any scale.
func TestMarginalsSolveTheSDE(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProcess(t, 50, true)
		data, first, last := p.Span()
		at := drawAnyTime(t, p)
		h := 1e-6 * (at - data)
		if p.Steps() > 0 {
			floor := math.Min(math.Floor(at), last-1)
			at, h = floor+min(max(at-floor, 0.01), 0.99), 1e-6
		}
		if f, _ := p.SDE(at); h*math.Abs(f) > 1e-3 {
			h = 1e-3 / math.Abs(f) // where the signal ends in a line
		}
		if h <= 1e-11*math.Abs(data) || math.Abs(at-first) <= h || at-h < data || at+h > last {
			return // a knot, or the data
		}
		alpha, sigma := p.Marginal(at)
		below, above := at-h, at+h
		h = above - below
		alphaBelow, sigmaBelow := p.Marginal(below)
		alphaAbove, sigmaAbove := p.Marginal(above)
		f, g := p.SDE(at)
		rounding := func(v float64) float64 { return 1e-14 * math.Abs(v) / h }
		if got, want := (alphaAbove-alphaBelow)/h, f*alpha; !(math.Abs(got-want) <= 1e-5*math.Abs(want)+rounding(alpha)) {
			t.Fatalf("dα/dt = %v at %v, f α = %v", got, at, want)
		}
		got, want := (sigmaAbove*sigmaAbove-sigmaBelow*sigmaBelow)/h, 2*f*sigma*sigma+g*g
		if !(math.Abs(got-want) <= 1e-5*(math.Abs(2*f*sigma*sigma)+g*g)+rounding(sigma*sigma)) {
			t.Fatalf("dσ²/dt = %v at %v, 2fσ² + g² = %v", got, at, want)
		}
		got, want = (p.Lambda(above)-p.Lambda(below))/h, -g*g/(2*sigma*sigma)
		if !(math.Abs(got-want) <= 1e-5*math.Abs(want)+rounding(1+math.Abs(p.Lambda(at)))) {
			t.Fatalf("dλ/dt = %v at %v, −g²/2σ² = %v", got, at, want)
		}
	})
}

// At the first time f and g are the limits from above, at the others of a chain from below, at the data those that
// the marginals have.
func TestSDEAtKnots(t *testing.T) {
	near := func(p Process, at, beside float64) {
		t.Helper()
		f, g := p.SDE(at)
		wantF, wantG := p.SDE(beside)
		if !(math.Abs(f-wantF) <= 1e-6*(1+math.Abs(wantF)) && math.Abs(g-wantG) <= 1e-6*(1+wantG)) {
			t.Errorf("%T at %v: f %v, g %v; at %v: %v, %v", p, at, f, g, beside, wantF, wantG)
		}
	}
	chain := newChainOf(t, "linear", 0.01, 0.3, 10)
	zero := newChainOf(t, "jsd", 0, 0, 2)
	single := newChainOf(t, "jsd", 0, 0, 1)
	ncsn, err := FromSigmas([]float64{0.1, 0.5, 2})
	if err != nil {
		t.Fatal(err)
	}
	const e = 1e-9
	for _, p := range []Process{chain, Preserving(ncsn), ncsn, VE{0.01, 50}, zero} {
		near(p, 0, e)
	}
	near(chain, 4, 4-e)
	near(ncsn, 2, 2-e)
	near(single, -1, -1+e)
	near(single, -0.25, -0.25-e)
	near(chain, -1, -1+e*e)
	exploding, err := Exploding(VP{0.1, 20, 1e-3})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []Process{VP{0.1, 20, 1e-3}, exploding, Preserving(EDM{0.002, 80}), Preserving(SubVP{0.1, 20, 1e-3}),
		Flow{1e-3, 1}, Preserving(Flow{1e-3, 1})} {
		near(p, 0, 1e-14)
	}
}

func TestTimeInvertsLambda(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProcess(t, 50, true)
		data, _, last := p.Span()
		at := drawAnyTime(t, p)
		if p.Steps() > 0 && rapid.Bool().Draw(t, "whole") {
			at = math.Floor(at)
		}
		lambda := p.Lambda(at)
		alpha, sigma := p.Marginal(at)
		if want := math.Log(alpha / sigma); !math.IsInf(lambda, 0) && !(math.Abs(lambda-want) <= 1e-9*(1+math.Abs(want))) ||
			math.IsInf(lambda, 0) && lambda != want {
			t.Fatalf("λ(%v) = %v, ln(α/σ) = %v", at, lambda, want)
		}
		got := p.Time(lambda)
		if !(got >= data && got <= last) {
			t.Fatalf("Time(%v) = %v is outside", lambda, got)
		}
		_, g := p.SDE(at)
		slope := g * g / (2 * sigma * sigma)
		if back := p.Lambda(got); back != lambda && !(math.Abs(back-lambda) <= 1e-9*(1+math.Abs(lambda))+1e-15*(1+math.Abs(at))*slope) {
			t.Fatalf("λ(Time(%v)) = %v", lambda, back)
		}
		if at > data && got != at && !(math.Abs(got-at) <= 1e-9*(1+math.Abs(at))+1e-12*(1+math.Abs(lambda))/slope) {
			t.Fatalf("Time(λ(%v)) = %v", at, got)
		}
		// Beyond both ends.
		if got := p.Time(math.Inf(1)); got != data {
			t.Fatalf("Time(∞) = %v", got)
		}
		for _, below := range []float64{math.Inf(-1), p.Lambda(last) - 1} {
			if got := p.Time(below); got != last {
				t.Fatalf("Time(%v) = %v, want the last time", below, got)
			}
		}
	})
}

// λ falls from the data to the last time, and every scale of a process has the same.
func TestLambdaFallsAtEveryScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProcess(t, 200, true)
		data, _, last := p.Span()
		if alpha, sigma := p.Marginal(data); alpha != 1 || sigma != 0 || !math.IsInf(p.Lambda(data), 1) || SigmaRatio(p, data) != 0 {
			t.Fatalf("the data has α = %v, σ = %v, λ = %v", alpha, sigma, p.Lambda(data))
		}
		at, other := drawAnyTime(t, p), drawAnyTime(t, p)
		a, b := p.Lambda(min(at, other)), p.Lambda(max(at, other))
		if !(a == b || a > b-1e-13*(1+math.Abs(a))) {
			t.Fatalf("λ(%v) = %v, λ(%v) = %v", min(at, other), a, max(at, other), b)
		}
		alpha, sigma := Preserving(p).Marginal(at)
		own, ownSigma := p.Marginal(at)
		norm := math.Hypot(own, ownSigma)
		if !(math.Abs(alpha*alpha+sigma*sigma-1) <= 1e-9 && math.Abs(alpha-own/norm) <= 1e-8 && math.Abs(sigma-ownSigma/norm) <= 1e-8) {
			t.Fatalf("α %v and σ %v become %v and %v", own, ownSigma, alpha, sigma)
		}
		if prior, _ := Preserving(p).Marginal(last); prior > 1 {
			t.Fatalf("α = %v", prior)
		}
		exploding, err := Exploding(p)
		if alphaLast, _ := p.Marginal(last); (err != nil) != (alphaLast == 0) {
			t.Fatalf("Exploding of a process that ends at α = %v: %v", alphaLast, err)
		}
		if err == nil {
			alpha, sigma := exploding.Marginal(at)
			if math.Abs(alpha-1) > 1e-12 || math.Abs(sigma-ownSigma/own) > 1e-9*(1+sigma) {
				t.Fatalf("α %v and σ %v become %v and %v", own, ownSigma, alpha, sigma)
			}
			_, ownLast := p.Marginal(last)
			_, sigmaLast := exploding.Marginal(last)
			if relativeError(exploding.PriorDeviation()*ownLast, p.PriorDeviation()*sigmaLast) > 1e-9 {
				t.Fatalf("the prior's deviation %v becomes %v", p.PriorDeviation(), exploding.PriorDeviation())
			}
		}
	})
}

// VE and VP are one process at two scales: x/√(1+σ²) has ᾱ = 1/(1+σ²), and back, as chains and in continuous time.
func TestVEAndVPAreOneProcess(t *testing.T) {
	ncsn := processOf(t, &NCSN{200, 0.01, 50})
	for _, ve := range []Process{ncsn, VE{0.01, 50}, EDM{0.002, 80}} {
		vp := Preserving(ve)
		data, first, last := ve.Span()
		for _, at := range []float64{first, first + (last-first)*0.37, last} {
			_, sigma := ve.Marginal(at)
			alpha, vpSigma := vp.Marginal(at)
			if relativeError(alpha*alpha, 1/(1+sigma*sigma)) > 1e-12 || relativeError(vpSigma, sigma/math.Sqrt(1+sigma*sigma)) > 1e-12 {
				t.Errorf("%T at %v with σ = %v: α = %v, σ = %v", ve, at, sigma, alpha, vpSigma)
			}
			// The rates of both: ∫β = ln(1+σ²), so β = 2σσ̇/(1+σ²), f = −β/2, g² = β.
			_, g := ve.SDE(at)
			beta := g * g / (1 + sigma*sigma)
			f, vpG := vp.SDE(at)
			if relativeError(f, -beta/2) > 1e-9 || relativeError(vpG*vpG, beta) > 1e-9 {
				t.Errorf("%T at %v: f = %v, g² = %v, β = %v", ve, at, f, vpG*vpG, beta)
			}
		}
		back, err := Exploding(vp)
		if err != nil {
			t.Fatal(err)
		}
		_, sigma := ve.Marginal((first + last) / 2)
		if alpha, got := back.Marginal((first + last) / 2); alpha != 1 || relativeError(got, sigma) > 1e-12 {
			t.Errorf("%T there and back: α = %v, σ = %v, want 1 and %v", ve, alpha, got, sigma)
		}
		if deviation := back.PriorDeviation(); relativeError(deviation, ve.PriorDeviation()) > 1e-12 {
			t.Errorf("%T there and back: the prior's deviation is %v", ve, deviation)
		}
		if ve.Steps() == 0 {
			continue
		}
		// The β_t that the rescaled steps have make DDPM's chain of those marginals.
		betas := make([]float64, ve.Steps())
		for i := range betas {
			betas[i] = PosteriorOf(vp, float64(i), math.Max(data, float64(i-1))).Beta
		}
		ddpm, err := FromBetas(betas)
		if err != nil {
			t.Fatal(err)
		}
		for i := range betas {
			alpha, sigma := vp.Marginal(float64(i))
			gotAlpha, gotSigma := ddpm.Marginal(float64(i))
			if relativeError(gotAlpha, alpha) > 1e-11 || relativeError(gotSigma, sigma) > 1e-11 {
				t.Errorf("step %d: α %v, σ %v, want %v, %v", i, gotAlpha, gotSigma, alpha, sigma)
			}
		}
	}
	vp := newChainOf(t, "linear", 1e-4, 0.02, 1000)
	ve, err := Exploding(vp)
	if err != nil {
		t.Fatal(err)
	}
	for i := range vp.Steps() {
		alpha, sigma := ve.Marginal(float64(i))
		if want := math.Sqrt(1/vp.AlphaBar(i) - 1); alpha != 1 || relativeError(sigma, want) > 1e-10 ||
			relativeError(SigmaRatio(vp, float64(i)), want) > 1e-10 {
			t.Fatalf("step %d: α = %v, σ = %v, want 1, %v", i, alpha, sigma, want)
		}
	}
}

// NCSN's levels are geometric, with both ends exact, however extreme.
func TestNCSNLevels(t *testing.T) {
	for _, o := range []NCSN{{10, 0.01, 50}, {10, 1e-12, 1e12}, {10, 0.7, 0.9}} {
		p := processOf(t, &o)
		for i := range 10 {
			_, sigma := p.Marginal(float64(i))
			if want := o.SigmaMin * math.Pow(o.SigmaMax/o.SigmaMin, float64(i)/9); relativeError(sigma, want) > 1e-12 ||
				(i == 0 || i == 9) && sigma != o.SigmaMin && sigma != o.SigmaMax {
				t.Errorf("level %d is %v, want %v", i, sigma, want)
			}
		}
	}
}

// Sources: Song et al. 2021, appendix C, evaluated apart from this package (reference values of β 0.1 … 20), and the
// formulas of Karras et al. 2022, table 1.
func TestContinuousValues(t *testing.T) {
	vp, sub, ve, edm := VP{0.1, 20, 1e-3}, SubVP{0.1, 20, 1e-3}, VE{0.01, 50}, EDM{0.002, 80}
	for at, want := range map[float64]float64{1: 4.318575e-5, 0.5: 0.0790638} {
		alpha, sigma := vp.Marginal(at)
		if relativeError(alpha*alpha, want) > 1e-6 || math.Abs(alpha*alpha+sigma*sigma-1) > 1e-14 {
			t.Errorf("vp: α² = %v at %v, want %v", alpha*alpha, at, want)
		}
		subAlpha, subSigma := sub.Marginal(at)
		if subAlpha != alpha || math.Abs(subSigma-(1-alpha*alpha)) > 1e-15 {
			t.Errorf("sub_vp: α = %v, σ = %v at %v", subAlpha, subSigma, at)
		}
		_, g := sub.SDE(at)
		f, vpG := vp.SDE(at)
		beta := 0.1 + at*19.9
		if math.Abs(f+beta/2) > 1e-12 || math.Abs(vpG*vpG-beta) > 1e-12 || math.Abs(g*g-beta*(1-math.Pow(alpha, 4))) > 1e-12 {
			t.Errorf("at %v: f = %v, g² = %v, sub_vp's %v", at, f, vpG*vpG, g*g)
		}
	}
	alpha, sigma := ve.Marginal(0.25)
	if want := 0.01 * math.Pow(5000, 0.25); alpha != 1 || relativeError(sigma, want) > 1e-14 {
		t.Errorf("ve: %v, %v", alpha, sigma)
	}
	if f, g := ve.SDE(0.25); f != 0 || relativeError(g, sigma*math.Sqrt(2*math.Log(5000))) > 1e-14 {
		t.Errorf("ve: f = %v, g = %v", f, g)
	}
	if got := ve.NetworkTime(1); relativeError(got, math.Log(50)) > 1e-14 || ve.PriorDeviation() != 50 {
		t.Errorf("ve: network's time %v, prior %v", got, ve.PriorDeviation())
	}
	// The step of NCSN's chain from level s to t adds noise of variance σ_t² − σ_s².
	c, err := FromSigmas([]float64{0.1, 0.5, 2})
	if err != nil {
		t.Fatal(err)
	}
	if got := PosteriorOf(c, 2, 1).Beta; relativeError(got, 2*2-0.5*0.5) > 1e-14 || c.Beta(2) != 0 || c.PriorDeviation() != 2 {
		t.Errorf("ncsn: β = %v, %v, prior %v", got, c.Beta(2), c.PriorDeviation())
	}
	if got := edm.NetworkTime(2); got != math.Log(2)/4 {
		t.Errorf("edm: c_noise = %v", got)
	}
	if f, g := edm.SDE(8); f != 0 || g != 4 {
		t.Errorf("edm: f = %v, g = %v", f, g)
	}
	if vp.NetworkTime(1) != 999 || sub.NetworkTime(0.5) != 499.5 || vp.PriorDeviation() != 1 || sub.PriorDeviation() != 1 {
		t.Error("vp and sub_vp tell a network 999 t")
	}
}

func TestProcessErrors(t *testing.T) {
	for name, f := range map[string]func() error{
		"beta 0":         func() error { _, err := NewVP(0, 20, 1e-3); return err },
		"betas fall":     func() error { _, err := NewVP(2, 1, 1e-3); return err },
		"beta 201":       func() error { _, err := NewSubVP(1, 201, 1e-3); return err },
		"first 0":        func() error { _, err := NewSubVP(0.1, 20, 0); return err },
		"first 1":        func() error { _, err := NewVP(0.1, 20, 1); return err },
		"no signal":      func() error { _, err := NewVP(200, 200, 1e-3); return err },
		"no noise":       func() error { _, err := NewVP(1e-30, 1, 1e-40); return err },
		"no sub_vp's":    func() error { _, err := NewSubVP(1e-20, 1, 1e-20); return err },
		"sigmas fall":    func() error { _, err := NewVE(2, 1); return err },
		"sigma 0":        func() error { _, err := NewEDM(0, 1); return err },
		"sigma infinite": func() error { _, err := NewEDM(1, math.Inf(1)); return err },
		"no schedule":    func() error { _, err := (&DDPM{Steps: 5}).New(); return err },
		"one ncsn step":  func() error { _, err := (&NCSN{1, 1, 2}).New(); return err },
		"ncsn sigmas":    func() error { _, err := (&NCSN{5, 2, 1}).New(); return err },
		"flow backwards": func() error { _, err := NewFlow(0.5, 0.5); return err },
		"flow too long":  func() error { _, err := NewFlow(1e-3, 1.01); return err },
		"flow's noise":   func() error { _, err := NewFlow(1e-31, 1); return err },
	} {
		if err := f(); err == nil {
			t.Errorf("%s is no error", name)
		}
	}
	for name, f := range map[string]func(){
		"chain above":  func() { newChainOf(t, "cosine", 0, 0, 5).Marginal(4.5) },
		"chain below":  func() { newChainOf(t, "cosine", 0, 0, 5).Lambda(-1.5) },
		"vp":           func() { VP{0.1, 20, 1e-3}.Marginal(1.01) },
		"vp NaN":       func() { VP{0.1, 20, 1e-3}.SDE(math.NaN()) },
		"sub_vp":       func() { SubVP{0.1, 20, 1e-3}.Lambda(-0.1) },
		"ve":           func() { VE{0.01, 50}.Lambda(-1.1) },
		"edm negative": func() { EDM{0.002, 80}.Marginal(-1) },
		"flow above":   func() { Flow{1e-3, 0.9}.Marginal(0.91) },
		"flow below":   func() { Flow{1e-3, 0.9}.SDE(-1e-9) },
		"flow NaN":     func() { Flow{1e-3, 1}.Lambda(math.NaN()) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: a time outside the process is no panic", name)
				}
			}()
			f()
		}()
	}
}
