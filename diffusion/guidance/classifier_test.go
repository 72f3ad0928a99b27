package guidance

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"euryale/diffusion"
	"euryale/diffusion/solver"
)

// With s = 1 the exact classifier of a label turns the unconditional denoiser into that of the label: in any prediction,
// on any process, at any time, and on another scale of the process.
func TestExactClassifierMakesTheConditional(t *testing.T) {
	for name, p := range processes {
		rapid.Check(t, func(t *rapid.T) {
			q := diffusion.Parameterization{Prediction: rapid.SampledFrom(predictions).Draw(t, "prediction"), SigmaData: 0.9,
				ScaleInput: rapid.Bool().Draw(t, "scale input")}
			label := rapid.IntRange(0, 1).Draw(t, "label")
			guided := must(diffusion.NewModel(must(NewClassifierGuided(two.Denoiser(p, q), newExactClassifier(two, p), p, q, 1,
				label)), p, q))
			conditional := must(diffusion.NewModel(two[label:label+1].Denoiser(p, q), p, q))
			if rapid.Bool().Draw(t, "preserving") {
				to := diffusion.Preserving(p)
				guided, conditional = guided.Rescaled(to), conditional.Rescaled(to)
			}
			x, at := point(t, guided.Process())
			got, want := make([]float32, len(x)), make([]float32, len(x))
			guided.V(got, x, at)
			conditional.V(want, x, at)
			alpha, sigma := guided.Process().Marginal(at)
			for i := range got {
				// v is ε and x_0, magnified where a prediction determines them badly.
				tolerance := 1e-5 * (1 + math.Abs(float64(x[i]))) * (1/alpha + 1/sigma) * (1 + sigma)
				if math.Abs(float64(got[i]-want[i])) > tolerance {
					t.Fatalf("%s, t = %v, x = %v: v = %v, want %v ± %v", name, at, x[i], got[i], want[i], tolerance)
				}
			}
		})
	}
}

// Samples of a label, from the unconditional denoiser and a classifier, have the label's distribution.
func TestClassifierGuidedSamples(t *testing.T) {
	chain, flow := linear(150), processes["flow"]
	reachesTheLabel(t, chain, fullTimes(chain), diffusion.Epsilon)
	reachesTheLabel(t, flow, evenly(flow, 150), diffusion.U)
}

func reachesTheLabel(t *testing.T, p diffusion.Process, times []float64, speaks diffusion.Prediction) {
	t.Helper()
	const rows = 2000
	q := diffusion.Parameterization{Prediction: speaks}
	guided := must(NewClassifierGuided(two.Denoiser(p, q), newExactClassifier(two, p), p, q, 1, 0))
	x := make([]float32, 2*rows)
	diffusion.StartFromPrior(p, x, 1, 0, 2)
	run := &solver.Run{Model: modelOf(t, guided, p, q), Dim: 2, Noise: diffusion.NewRowNoise(2, 0, 2)}
	mustSolve(t, solver.Ancestral{}, run, x, times)
	// 99.9% point of Kolmogorov's distance is 1.95/√n; the steps' own error is below 0.01.
	if got := kolmogorov(x, func(v float64) float64 { return math.Erfc((0.5-v)/(0.6*math.Sqrt2)) / 2 }); got > 1.95/math.Sqrt(rows)+0.01 {
		t.Errorf("%T: the Kolmogorov distance to the label's distribution is %v", p, got)
	}
}
