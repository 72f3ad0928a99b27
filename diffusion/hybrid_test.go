package diffusion

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

// The second part of the hybrid loss is the divergence of two Gaussians, or a Gaussian's negative log-likelihood.
func TestHybridRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProcess(t, 50, true)
		if p.Steps() == 0 {
			return
		}
		name := rapid.SampledFrom(Predictions().Names()).Draw(t, "prediction")
		l, parameterization := &Hybrid{}, parameterizationOf(t, name)
		err := CheckWeight(l, parameterization, p)
		at := drawTime(t, p, true)
		alpha, sigma := p.Marginal(at)
		if err != nil || alpha == 0 && (name == "eps" || name == "score") {
			return
		}
		if l.Weight(parameterization, p, at) != 1 {
			t.Fatal("the first part of hybrid is simple")
		}
		weight, low, high, variance, scale, constant := l.HybridRow(parameterization, p, at)
		q := PosteriorOf(p, at, at-1)
		if weight != float64(p.Steps())/1000 || math.Abs(high-math.Log(q.Beta)) > 1e-12*(1+math.Abs(high)) || low > high+1e-9 ||
			at > 0 && math.Abs(low-math.Log(q.Variance)) > 1e-12*(1+math.Abs(low)) {
			t.Fatalf("t = %v: weight %v, log-variances from %v to %v of %+v", at, weight, low, high, q)
		}
		const x0, guess, x = 0.7, -0.4, 1.1
		// The network's prediction for x_0 = guess, and its target, given x.
		of := func(x0 float64) float64 {
			c, d := parameterization.Coefficients(alpha, sigma)
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
