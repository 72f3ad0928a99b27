package diffusion

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// valuesOf are all predictions at x_0 and ε, by their definitions; F by equation 7 of Karras et al. (2022), in σ̂ and x̂.
func valuesOf(q Parameterization, alpha, sigma, x0, eps float64) [len(predictions)]float64 {
	ratio, deviation := sigma/alpha, q.SigmaData
	skip := deviation * deviation / (ratio*ratio + deviation*deviation)
	rest := ratio * ratio / (ratio*ratio + deviation*deviation) // 1 − skip
	out := ratio * deviation / math.Hypot(ratio, deviation)
	return [...]float64{
		Epsilon: eps, X0: x0, Velocity: alpha*eps - sigma*x0, Score: -eps / sigma,
		Preconditioned: (rest*x0 - skip*ratio*eps) / out, U: eps - x0,
	}
}

// Every conversion against the definitions of the predictions, and back, on every process.
func TestConversions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProcess(t, 1000, false)
		at := drawTime(t, p, false)
		alpha, sigma := p.Marginal(at)
		if alpha < 1e-6 || sigma < 1e-6 {
			return // the conversions are right, but the values by definition cancel
		}
		x0, eps := rapid.Float64Range(-3, 3).Draw(t, "x0"), rapid.Float64Range(-5, 5).Draw(t, "eps")
		x := alpha*x0 + sigma*eps
		base := Parameterization{SigmaData: math.Pow(10, rapid.Float64Range(-2, 2).Draw(t, "log data deviation"))}
		values := valuesOf(base, alpha, sigma, x0, eps)
		for from := range values {
			for to := range values {
				p, q := base, base
				p.Prediction, q.Prediction = Prediction(from), Prediction(to)
				c, d := p.Coefficients(alpha, sigma)
				size := math.Abs(c*x0) + math.Abs(d*eps)
				if got := c*x0 + d*eps; !(math.Abs(got-values[from]) <= 1e-8*(size+math.Abs(values[from]))) {
					t.Fatalf("%v = %v x_0 + %v ε = %v, want %v", p.Prediction, c, d, got, values[from])
				}
				a, b := p.Convert(q.Prediction, alpha, sigma)
				// The rounding of the two terms, which may cancel.
				e, f := q.Coefficients(alpha, sigma)
				rounding := 1e-200 + 1e-13*(math.Abs(a)*(math.Abs(alpha*x0)+math.Abs(sigma*eps))+math.Abs(b)*size)
				if got, want := a*x+b*(c*x0+d*eps), e*x0+f*eps; !(math.Abs(got-want) <= rounding) {
					t.Fatalf("%v from %v = %v, want %v", q.Prediction, p.Prediction, got, want)
				}
				a2, b2 := q.Convert(p.Prediction, alpha, sigma)
				if !(math.Abs(b2*b-1) <= 1e-12 && math.Abs(a2+b2*a) <= 1e-12*(math.Abs(a2)+math.Abs(b2*a))) {
					t.Fatalf("%v to %v and back: %v x + %v %v", p.Prediction, q.Prediction, a2+b2*a, b2*b, p.Prediction)
				}
				if from == to && (a != 0 || math.Abs(b-1) > 1e-15) {
					t.Fatalf("%v from itself: %v, %v", p.Prediction, a, b)
				}
			}
		}
	})
}

// F and its input have unit variance on data of deviation σ_d, at any time (Karras et al. 2022, appendix B.6).
func TestPreconditioningHasUnitVariance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProcess(t, 1000, true)
		alpha, sigma := p.Marginal(drawTime(t, p, false))
		q := Parameterization{Preconditioned, math.Pow(10, rapid.Float64Range(-2, 2).Draw(t, "log data deviation")), true}
		c, d := q.Coefficients(alpha, sigma)
		if got := math.Hypot(c*q.SigmaData, d); !(math.Abs(got-1) <= 1e-12) {
			t.Fatalf("F has deviation %v", got)
		}
		if got := q.InputScale(alpha, sigma) * math.Hypot(alpha*q.SigmaData, sigma); !(math.Abs(got-1) <= 1e-12) {
			t.Fatalf("the input has deviation %v", got)
		}
		q.ScaleInput = false
		if q.InputScale(alpha, sigma) != 1 {
			t.Fatal("the input is scaled, but should not be")
		}
	})
}

// At α = 0 v, x0, F and u still give the data; at σ → 0 each but x0 gives the noise.
func TestConversionsAtTheEnds(t *testing.T) {
	for _, from := range []Prediction{X0, Velocity, Preconditioned, U} {
		q := Parameterization{Prediction: from, SigmaData: 0.5}
		c, d := q.Coefficients(0, 1)
		a, b := q.Convert(X0, 0, 1)
		if got := a*0.7 + b*(c*1.5+d*0.7); math.Abs(got-1.5) > 1e-15 { // x = ε = 0.7
			t.Errorf("%v at α = 0: x_0 = %v, want 1.5", from, got)
		}
	}
}

func TestTargets(t *testing.T) {
	chain := newChainOf(t, "linear", 1e-4, 0.02, 1000)
	x0, eps, times := []float32{1, -2, 0.5, 3}, []float32{0.5, 1, -1, 2}, []float64{0.25, 0.7}
	got := make([]float32, 4)
	for process, scale := range map[Process]float64{chain: 999, VE{0.01, 50}: 1, SubVP{0.1, 20, 1e-3}: 1, Flow{1e-3, 1}: 1} {
		times := []float64{math.Floor(times[0] * scale), math.Floor(times[1] * scale)}
		if scale == 1 {
			times = []float64{0.25, 0.7}
		}
		for p := range Prediction(len(predictions)) {
			q := Parameterization{Prediction: p, SigmaData: 0.5}
			q.Target(process, got, x0, eps, times, 2)
			for i := range got {
				alpha, sigma := process.Marginal(times[i/2])
				want := valuesOf(q, alpha, sigma, float64(x0[i]), float64(eps[i]))[p]
				if math.Abs(float64(got[i])-want) > 1e-6*(1+math.Abs(want)) {
					t.Errorf("%T: %v target %d = %v, want %v", process, p, i, got[i], want)
				}
			}
		}
	}
}

func TestPredictionNames(t *testing.T) {
	for _, name := range []string{"eps", "x0", "v", "score", "F", "u"} {
		if p, err := Predictions().New(name); err != nil || p.String() != name || Predictions().NameOf(p) != name {
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
	if _, err := Predictions().New("epsilon"); err == nil ||
		!strings.Contains(err.Error(), `one of eps, x0, v, score, F, u, got "epsilon"`) {
		t.Errorf("unknown name: %v", err)
	}
	if got := Prediction(9).String(); got != "Prediction(9)" {
		t.Error(got)
	}
}
