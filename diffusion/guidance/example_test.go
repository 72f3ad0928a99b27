package guidance_test

import (
	"context"
	"fmt"

	"euryale/diffusion"
	"euryale/diffusion/guidance"
	"euryale/diffusion/solver"
	"euryale/internal/gaussian"
)

// Two labels, and a net trained with and without them. With weight 0 samples of label 1 have its mean, 1; guided,
// they go further away from label 0.
func ExampleNewClassifierFree() {
	process, err := diffusion.NewEDM(0.002, 80)
	if err != nil {
		fmt.Println(err)
		return
	}
	both := gaussian.Mixture{{Weight: 1, Mean: []float64{-1}, Deviation: 0.8}, {Weight: 1, Mean: []float64{1}, Deviation: 0.8}}
	network := diffusion.Parameterization{Prediction: diffusion.X0}
	conditional, unconditional := both[1:].Denoiser(process, network), both.Denoiser(process, network)

	options := solver.DefaultOptions()
	options.Solver, options.Spacing, options.Steps = solver.Solvers().Choose("heun"), solver.Spacings().Choose("karras"), 20
	heun, _, times, err := options.Prepare(process)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, weight := range []float64{0, 1, 3} {
		guided, err := guidance.NewClassifierFree(conditional, unconditional, weight, guidance.Interval{})
		if err != nil {
			fmt.Println(err)
			return
		}
		model, err := diffusion.NewModel(guided, process, network)
		if err != nil {
			fmt.Println(err)
			return
		}
		const rows = 2000
		x := make([]float32, rows)
		diffusion.StartFromPrior(process, x, 1, 0, 1)
		if err := heun.Solve(context.Background(), &solver.Run{Model: model, Dim: 1}, x, times); err != nil {
			fmt.Println(err)
			return
		}
		mean := 0.0
		for _, v := range x {
			mean += float64(v) / rows
		}
		fmt.Printf("weight %v: mean %.1f\n", weight, mean)
	}
	// Output:
	// weight 0: mean 1.0
	// weight 1: mean 1.5
	// weight 3: mean 2.1
}
