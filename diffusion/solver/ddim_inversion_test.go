package solver

import (
	"math"
	"slices"
	"testing"

	"euryale/diffusion"
)

// Data turned into noise and back is the data again, and the noise is where the ODE takes it: twice as many steps
// halve both errors.
func TestDDIMInversion(t *testing.T) {
	const mean, deviation = 0.3, 0.5
	p := vp(t)
	data, _, last := p.Span()
	model := oracle(t, p, normalData(mean, deviation), diffusion.Velocity)
	var away, apart []float64
	for _, n := range []int{100, 200, 400, 800} {
		back := linearTimes(p, n, true)
		times := slices.Clone(back)
		slices.Reverse(times)
		start := []float32{-1, 0.1, 1.4}
		x := slices.Clone(start)
		run := &Run{Model: model, Dim: 1}
		mustSolve(t, DDIMInversion{}, run, x, times)
		worst := 0.0
		for i, v := range x {
			worst = max(worst, math.Abs(float64(v)-endOfFlow(p, mean, deviation, float64(start[i]), data, last)))
		}
		away = append(away, worst)
		mustSolve(t, DDIM{}, run, x, back)
		worst = 0
		for i, v := range x {
			worst = max(worst, math.Abs(float64(v-start[i])))
		}
		apart = append(apart, worst)
	}
	for _, errors := range [][]float64{away, apart} {
		if errors[3] > 0.02 || errors[0]/errors[1] < 1.7 || errors[1]/errors[2] < 1.7 || errors[2]/errors[3] < 1.6 {
			t.Errorf("errors %v", errors)
		}
	}
	// A list may begin within the noise, and then the network is evaluated at that time.
	x := []float32{0.4}
	mustSolve(t, DDIMInversion{}, &Run{Model: model, Dim: 1}, x, []float64{0.5, 0.501})
	if want := endOfFlow(p, mean, deviation, 0.4, 0.5, 0.501); math.Abs(float64(x[0])-want) > 1e-4 {
		t.Errorf("x = %v, want %v", x[0], want)
	}
}

// ddimInversionTimes records the times at which the network is evaluated.
type ddimInversionTimes struct{ asked *[]float64 }

func (n ddimInversionTimes) Predict(dst, x []float32, t float64) {
	*n.asked = append(*n.asked, t)
	clear(dst)
}

// One evaluation of the network per step: at the data it is evaluated at its first time. A chain that ends in
// pure noise can also be inverted, to the noise of its ε.
func TestDDIMInversionAsks(t *testing.T) {
	chain, err := diffusion.FromBetas([]float64{0.1, 0.2, 0.3, 1})
	if err != nil {
		t.Fatal(err)
	}
	var asked []float64
	model, err := diffusion.NewModel(ddimInversionTimes{&asked}, chain, diffusion.Parameterization{Prediction: diffusion.X0})
	if err != nil {
		t.Fatal(err)
	}
	x := []float32{2}
	mustSolve(t, DDIMInversion{}, &Run{Model: model, Dim: 1}, x, []float64{-1, 1, 2, 3})
	if !slices.Equal(asked, []float64{0, 1, 2}) {
		t.Errorf("evaluated at %v", asked)
	}
	// x_0 = 0 by the network, so at the data ε = x/σ_0, and then all of x is noise.
	alpha, sigma := chain.Marginal(1)
	_, sigma0 := chain.Marginal(0)
	if want := 2 * (alpha + sigma/sigma0) / sigma; math.Abs(float64(x[0])-want) > 1e-5 {
		t.Errorf("x = %v, want %v", x[0], want)
	}
}
