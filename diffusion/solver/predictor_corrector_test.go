package solver

import (
	"math"
	"testing"

	"euryale/diffusion"
	"euryale/internal/gaussian"
)

// One correction is the paper's with √d and √d/σ for the norms, computed here from x as it was before.
func TestPredictorCorrectorStep(t *testing.T) {
	const snr = 0.16
	p := edm(t)
	data := gaussian.Mixture{{Weight: 1, Mean: []float64{1, -1}, Deviation: 0.5}}
	model := oracle(t, p, data, diffusion.Epsilon)
	start := []float32{3, 1, -2, 0.5, 4, -4}
	times := []float64{3, 2}
	noise := diffusion.NewRowNoise(9, 0, 2)
	predicted := append([]float32(nil), start...)
	mustSolve(t, ReverseDiffusion{}, &Run{Model: model, Dim: 2, Noise: noise}, predicted, times)

	z, score := make([]float32, 6), make([]float32, 6)
	noise.Fill(z, 1)
	model.Score(score, predicted, 2)
	step := 2 * math.Pow(snr*2, 2) // σ = 2
	x := append([]float32(nil), start...)
	mustSolve(t, PredictorCorrector{Langevin{Steps: 1, SNR: snr}}, &Run{Model: model, Dim: 2, Noise: noise}, x, times)
	for i := range x {
		want := float64(predicted[i]) + step*float64(score[i]) + math.Sqrt(2*step)*float64(z[i])
		if math.Abs(float64(x[i])-want) > 1e-5 {
			t.Errorf("x[%d] = %v, want %v", i, x[i], want)
		}
	}
}

// The step from expected norms never exceeds that from the exact root mean square of the score, and equals it at high
// noise.
func TestPredictorCorrectorStepIsCautious(t *testing.T) {
	p := edm(t)
	data := gaussian.Mixture{{Weight: 1, Mean: []float64{-1}, Deviation: 0.3}, {Weight: 2, Mean: []float64{1}, Deviation: 0.1}}
	model := oracle(t, p, data, diffusion.Epsilon)
	x, x0, score := make([]float32, 4000), make([]float32, 4000), make([]float32, 4000)
	data.Sample(x0, 1, 0)
	for _, at := range []float64{0.01, 0.1, 1, 10, 80} {
		diffusion.StartFromMarginal(p, x, x0, at, 1, 0, 1)
		model.Score(score, x, at)
		share := 0.0 // of σ² E‖g‖² in d
		for _, g := range score {
			share += at * at * float64(g) * float64(g) / 4000
		}
		if share > 1+4.5*math.Sqrt(2./4000) || at == 80 && share < 0.9 {
			t.Errorf("σ = %v: σ²E‖g‖² is %v d", at, share)
		}
	}
}
