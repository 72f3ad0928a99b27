package solver

import (
	"math"
	"slices"
	"testing"

	"euryale/diffusion"
	"euryale/internal/gaussian"
)

// denseUniPC is the algorithm of Zhao et al. as published, with its matrix R and vector b, for a number x and a
// network x_0 = model(x, t), in float64. Its corrector starts again from the x before the step.
func denseUniPC(p diffusion.Process, model func(x, t float64) float64, times []float64, x float64, order int, variant string,
	lower bool) float64 {
	var levels []level
	for _, t := range times {
		levels = append(levels, levelAt(p, t))
	}
	n := len(times) - 1
	var m []float64 // predictions, oldest first
	// update goes from level i to i+1 with p predictions, and the one at i+1 if there is one.
	update := func(x float64, i, p int, next []float64) float64 {
		at, to := levels[i], levels[i+1]
		h := to.lambda - at.lambda
		nodes, d := []float64{}, []float64{}
		for k := 1; k < p; k++ {
			r := (levels[i-k].lambda - at.lambda) / h
			nodes, d = append(nodes, r), append(d, (m[i-k]-m[i])/r)
		}
		if next != nil {
			nodes, d = append(nodes, 1), append(d, next[0]-m[i])
		}
		b := map[string]float64{"bh1": h, "bh2": 1 - math.Exp(-h)}[variant]
		rows := make([][]float64, len(nodes)) // R | b
		phi, factorial := (math.Exp(-h)-1)/-h-1, 1.0
		for j := range rows {
			for _, r := range nodes {
				rows[j] = append(rows[j], math.Pow(r, float64(j)))
			}
			rows[j] = append(rows[j], -phi*factorial/b)
			factorial *= float64(j + 2)
			phi = phi/-h - 1/factorial
		}
		if len(nodes) == 1 {
			rows[0][1] = 0.5
		}
		x = to.sigma/at.sigma*x + to.alpha*(1-math.Exp(-h))*m[i]
		for k, rho := range unipcEliminate(rows) {
			x += to.alpha * b * rho * d[k]
		}
		return x
	}
	predicted, last, used := x, x, 0
	for i := range n {
		next := model(predicted, times[i])
		if i > 0 {
			x = update(last, i-1, used, []float64{next})
		}
		m = append(m, next)
		used = min(order, i+1)
		if lower {
			used = min(used, n-i)
		}
		last, predicted = x, update(x, i, used, nil)
	}
	return predicted
}

// unipcEliminate solves the linear equations of an augmented matrix.
func unipcEliminate(rows [][]float64) []float64 {
	for i := range rows {
		for j := range rows {
			if j == i {
				continue
			}
			f := rows[j][i] / rows[i][i]
			for k := range rows[j] {
				rows[j][k] -= f * rows[i][k]
			}
		}
	}
	var x []float64
	for i, row := range rows {
		x = append(x, row[len(row)-1]/row[i])
	}
	return x
}

func TestUniPCIsTheAlgorithm(t *testing.T) {
	p := vp(t)
	times := []float64{1, 0.93, 0.8, 0.7, 0.52, 0.3, 0.22, 0.1, 0.01, 0.001}
	data := gaussian.Mixture{{Weight: 1, Mean: []float64{-1}, Deviation: 0.3}, {Weight: 2, Mean: []float64{1}, Deviation: 0.4}}
	model := oracle(t, p, data, diffusion.X0)
	start := []float32{-2, -0.6, 0.2, 1.5}
	for order := 1; order <= 3; order++ {
		for _, variant := range []string{"bh1", "bh2"} {
			for _, lower := range []bool{false, true} {
				x := slices.Clone(start)
				mustSolve(t, UniPC{order, variant, lower}, &Run{Model: model, Dim: 1}, x, times)
				for i := range x {
					want := denseUniPC(p, func(x, t float64) float64 {
						var x0 [1]float32
						model.X0(x0[:], []float32{float32(x)}, t)
						return float64(x0[0])
					}, times, float64(start[i]), order, variant, lower)
					if !(math.Abs(float64(x[i])-want) < 2e-5) {
						t.Errorf("order %d, %s, lower order at the end %v: from %v to %v, want %v", order, variant, lower, start[i],
							x[i], want)
					}
				}
			}
		}
	}
}

// What a hook does to x is not undone by the correction that follows it: where x_0 is certain, so that
// corrections are 0, x continues from the value that the hook set.
func TestUniPCCorrectsWhatTheHookLeaves(t *testing.T) {
	p := vp(t)
	times := []float64{1, 0.7, 0.5, 0.3, 0.1}
	run := &Run{Model: oracle(t, p, normalData(0.5, 0), diffusion.X0), Dim: 1}
	run.OnStep = func(step int, _ float64, x []float32) error {
		if step == 2 {
			x[0] = 3
		}
		return nil
	}
	x := []float32{-1}
	mustSolve(t, UniPC{Order: 3}, run, x, times)
	at, to := levelAt(p, 0.5), levelAt(p, 0.1)
	want := to.alpha*0.5 + to.sigma/at.sigma*(3-at.alpha*0.5)
	if !(math.Abs(float64(x[0])-want) < 1e-5) {
		t.Errorf("x is %v, want %v", x[0], want)
	}
}
