package solver_test

import (
	"context"
	"fmt"
	"math"

	"euryale/diffusion"
	"euryale/diffusion/solver"
	"euryale/internal/gaussian"
)

// The exact model of two normal distributions, one at −1 and one at 1, and Heun's method in ten steps: samples lie around
// the two means, half of them around each.
func ExampleOptions_Prepare() {
	process, err := diffusion.NewEDM(0.002, 80)
	if err != nil {
		fmt.Println(err)
		return
	}
	data := gaussian.Mixture{{Weight: 1, Mean: []float64{-1}, Deviation: 0.1}, {Weight: 1, Mean: []float64{1}, Deviation: 0.1}}
	network := diffusion.Parameterization{Prediction: diffusion.X0}
	model, err := diffusion.NewModel(data.Denoiser(process, network), process, network)
	if err != nil {
		fmt.Println(err)
		return
	}

	options := solver.DefaultOptions()
	options.Solver = solver.Solvers().Choose("heun")
	options.Spacing = solver.Spacings().With(&solver.Karras{Rho: 7})
	options.Steps = 10
	heun, scaled, times, err := options.Prepare(process)
	if err != nil {
		fmt.Println(err)
		return
	}
	const rows, dim, seed = 1000, 1, 1
	x := make([]float32, rows*dim)
	diffusion.StartFromPrior(scaled, x, seed, 0, dim)
	run := &solver.Run{Model: model, Dim: dim, Noise: diffusion.NewRowNoise(seed, 0, dim)}
	if err := heun.Solve(context.Background(), run, x, times); err != nil {
		fmt.Println(err)
		return
	}
	right, near := 0, 0
	for _, v := range x {
		if v > 0 {
			right++
		}
		if math.Abs(math.Abs(float64(v))-1) < 0.4 {
			near++
		}
	}
	fmt.Printf("%.1f of the samples are on the right, %.1f near a mean\n", float64(right)/rows, float64(near)/rows)
	// Output: 0.5 of the samples are on the right, 1.0 near a mean
}

// Five steps over a chain of a thousand, by three spacings. The last step goes to the data, whose time is −1.
func ExampleTimes() {
	chain, err := diffusion.NewChain(&diffusion.LinearSchedule{BetaStart: 1e-4, BetaEnd: 0.02}, 1000)
	if err != nil {
		fmt.Println(err)
		return
	}
	options := solver.DefaultOptions()
	options.Steps = 5
	for _, name := range []string{"respaced", "trailing", "karras"} {
		options.Spacing = solver.Spacings().Choose(name)
		times, err := solver.Times(chain, options)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%.0f\n", times)
	}
	// Output:
	// [999 749 500 250 0 -1]
	// [999 799 599 399 199 -1]
	// [999 843 593 142 0 -1]
}

// Data becomes the noise from which the solver reconstructs the data.
func ExampleOptions_PrepareInverse() {
	process, err := diffusion.NewFlow(1e-3, 0.999)
	if err != nil {
		fmt.Println(err)
		return
	}
	data := gaussian.Mixture{{Weight: 1, Mean: []float64{-1}, Deviation: 0.3}, {Weight: 1, Mean: []float64{1}, Deviation: 0.3}}
	network := diffusion.Parameterization{Prediction: diffusion.U}
	model, err := diffusion.NewModel(data.Denoiser(process, network), process, network)
	if err != nil {
		fmt.Println(err)
		return
	}
	options := solver.DefaultOptions()
	options.Solver = solver.Solvers().Choose("rk45")
	options.Steps = 1
	forward, _, times, err := options.Prepare(process)
	if err != nil {
		fmt.Println(err)
		return
	}
	inverse, _, back, err := options.PrepareInverse(process)
	if err != nil {
		fmt.Println(err)
		return
	}
	x, run := []float32{-1.2, 0.9}, &solver.Run{Model: model, Dim: 1}
	if err := inverse.Solve(context.Background(), run, x, back); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("noise %.2f\n", x)
	if err := forward.Solve(context.Background(), run, x, times); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("data %.2f\n", x)
	// Output:
	// noise [-1.14 0.48]
	// data [-1.20 0.90]
}
