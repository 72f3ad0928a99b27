package solver

import (
	"math"
	"testing"

	"euryale/diffusion"
)

// Source of the sum: huggingface/diffusers, tests/schedulers/test_scheduler_pndm.py: 10 steps of the schedule of
// TestAncestralAgainstDiffusers without clipping. There the step from t = 0 ends at t = 0 again, so the list ends there.
func TestPNDMAgainstDiffusers(t *testing.T) {
	x := diffusersStart()
	run := &Run{Model: ancestralDiffusersModel(t, linearChain(t, 1000)), Dim: 192}
	mustSolve(t, PNDM{}, run, x, []float64{900, 800, 700, 600, 500, 400, 300, 200, 100, 0})
	if sum := sumAbs(x); math.Abs(sum-198.1318) > 1e-2 {
		t.Errorf("sum of magnitudes %v, want 198.1318", sum)
	}
}

// pndmCalls counts the calls of a network.
type pndmCalls struct {
	diffusion.Denoiser
	calls *int
}

func (n pndmCalls) Predict(dst, x []float32, t float64) {
	*n.calls++
	n.Denoiser.Predict(dst, x, t)
}

// Lists of any length work: four evaluations in each of the first three steps, one in the others and in that to the data.
func TestPNDMShortLists(t *testing.T) {
	p := vp(t)
	const mean, deviation = 1.5, 0.5
	q := diffusion.Parameterization{Prediction: diffusion.Velocity}
	calls := 0
	model, err := diffusion.NewModel(pndmCalls{normalData(mean, deviation).Denoiser(p, q), &calls}, p, q)
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]int{1: 4, 2: 8, 3: 12, 4: 13, 5: 14} {
		for _, toData := range []bool{false, true} {
			times := []float64{0.6}
			for i := range n {
				times = append(times, 0.6-0.5*float64(i+1)/float64(n))
			}
			end := 0.1
			if toData {
				times, want, end = append(times, 0), want+1, 0
			}
			x := []float32{0.2}
			calls = 0
			mustSolve(t, PNDM{}, &Run{Model: model, Dim: 1}, x, times)
			off := math.Abs(float64(x[0]) - endOfFlow(p, mean, deviation, 0.2, 0.6, end))
			if calls != want || off > 0.15 {
				t.Errorf("times %v: %d calls, want %d; error %v", times, calls, want, off)
			}
		}
	}
	x, want := []float32{0.2}, make([]float32, 1)
	model.X0(want, x, 0.6)
	mustSolve(t, PNDM{}, &Run{Model: model, Dim: 1}, x, []float64{0.6, 0})
	if x[0] != want[0] {
		t.Errorf("in one step to the data x = %v, want x_0 = %v", x[0], want[0])
	}
}

// On the ODE of normal data the error falls as the square of the step, which is the order that the paper proves, also
// where steps are unequal.
func TestPNDMOrder(t *testing.T) {
	const mean, deviation = 1, 0.5
	p := vp(t)
	model := oracle(t, p, normalData(mean, deviation), diffusion.Velocity)
	for _, power := range []float64{1, 2} {
		var off []float64
		for _, n := range []int{64, 128, 256} {
			var times []float64
			for i := range n + 1 {
				times = append(times, 0.1+0.7*math.Pow(1-float64(i)/float64(n), power))
			}
			x := []float32{-1, 0.2, 1.5}
			mustSolve(t, PNDM{}, &Run{Model: model, Dim: 1}, x, times)
			worst := 0.0
			for i, start := range []float64{-1, 0.2, 1.5} {
				worst = max(worst, math.Abs(float64(x[i])-endOfFlow(p, mean, deviation, start, times[0], times[n])))
			}
			off = append(off, worst)
		}
		if slope := math.Log2(off[0]/off[2]) / 2; slope < 1.7 {
			t.Errorf("power %v: errors %v, order %v", power, off, slope)
		}
	}
}
