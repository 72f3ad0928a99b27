package solver

import (
	"math"
	"testing"

	"euryale/diffusion"
)

// exponentialGoldenTimes are the times of the runs below: ten steps, and where the last one goes.
func exponentialGoldenTimes(last float64) []float64 {
	return []float64{999, 899, 799, 699, 599, 500, 400, 300, 200, 100, last}
}

// Values of huggingface/diffusers, tests/schedulers, and clean values with the same set-up: T = 1000, ten steps, the
// last one to the least σ (t = 0) or to the data. Means are sums over 768.
func TestExponentialIntegratorsGiveTheReferenceValues(t *testing.T) {
	chain := linearChain(t, 1000)
	tests := []struct {
		name      string
		solver    Solver
		speaks    diffusion.Prediction
		last      float64
		sum       float64
		tolerance float64
	}{
		{"DPM-Solver++ 1", DPMPP1{}, diffusion.Epsilon, 0, 172.264, 1e-2},
		{"DPM-Solver++ 2M midpoint", DPMPP2M{}, diffusion.Epsilon, 0, 768 * 0.3301, 768 * 1e-3},
		{"DPM-Solver++ 2M heun", DPMPP2M{Variant: "heun"}, diffusion.Epsilon, 0, 292.129, 1e-2},
		{"DPM-Solver++ 2M, v", DPMPP2M{Variant: "midpoint"}, diffusion.Velocity, 0, 768 * 0.2251, 768 * 1e-3},
		{"DPM-Solver++ 3M", DPMPP3M{}, diffusion.Epsilon, 0, 176.965, 1e-2},
		{"DPM-Solver++ 2M to the data, lower order at the end", DPMPP2M{LowerOrderFinal: true}, diffusion.Epsilon, -1, 185.0113, 1e-2},
		{"UniPC bh2, order 2", UniPC{Order: 2, LowerOrderFinal: true}, diffusion.Epsilon, 0, 768 * 0.2464, 768 * 1e-3},
		{"DEIS, order 2", DEIS{Order: 2, LowerOrderFinal: true}, diffusion.Epsilon, 0, 768 * 0.23916, 768 * 1e-3},
		// The published formulas in float64, for a single number, from another program.
		{"DPM-Solver++ 3M, lower order at the end", DPMPP3M{LowerOrderFinal: true}, diffusion.Epsilon, 0, 190.1709, 1e-3},
		{"DPM-Solver++ 3M with the whole parabola", DPMPP3M{Variant: "quadratic"}, diffusion.Epsilon, 0, 97.4922, 1e-3},
		{"DEIS, order 2 to the end", DEIS{Order: 2}, diffusion.Epsilon, 0, 203.6040, 1e-3},
		{"DEIS, order 3 to the end", DEIS{Order: 3}, diffusion.Epsilon, 0, 205.0899, 1e-3},
		{"DEIS, order 3", DEIS{Order: 3, LowerOrderFinal: true}, diffusion.Epsilon, 0, 185.5797, 1e-3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			model, err := diffusion.NewModel(diffusersModel{}, chain, diffusion.Parameterization{Prediction: test.speaks})
			if err != nil {
				t.Fatal(err)
			}
			x := diffusersStart()
			mustSolve(t, test.solver, &Run{Model: model, Dim: 192}, x, exponentialGoldenTimes(test.last))
			got := sumAbs(x)
			if !(math.Abs(got-test.sum) <= test.tolerance) {
				t.Errorf("sum of |x_0| is %.4f, want %.4f", got, test.sum)
			}
		})
	}
}

// middles is a chain with given halfway times.
type middles struct {
	*diffusion.Chain
	times []float64
}

func (m *middles) Time(float64) float64 {
	t := m.times[0]
	m.times = m.times[1:]
	return t
}

// diffusers counts evaluations as steps, and takes every second one of its times as the inner point of a step; its r
// is then not ½.
func TestDPMPP2SGivesTheReferenceValue(t *testing.T) {
	process := &middles{linearChain(t, 1000), []float64{899, 699, 500, 300, 100}}
	model, err := diffusion.NewModel(diffusersModel{}, process, diffusion.Parameterization{})
	if err != nil {
		t.Fatal(err)
	}
	x := diffusersStart()
	mustSolve(t, DPMPP2S{}, &Run{Model: model, Dim: 192}, x, []float64{999, 799, 599, 400, 200, 0})
	if got := sumAbs(x) / 768; !(math.Abs(got-0.2791) <= 1e-3) {
		t.Errorf("mean of |x_0| is %.4f, want 0.2791", got)
	}
}
