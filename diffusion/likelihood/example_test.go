package likelihood_test

import (
	"context"
	"fmt"

	"euryale/diffusion"
	"euryale/diffusion/likelihood"
)

// The log-density that the exact model of a mixture gives two points is that of the mixture itself.
func ExampleLogLikelihood() {
	process, err := diffusion.NewVP(0.1, 20, 1e-3)
	if err != nil {
		fmt.Println(err)
		return
	}
	data := diffusion.Mixture{{Weight: 1, Mean: []float64{-1, 0}, Deviation: 0.4}, {Weight: 1, Mean: []float64{1, 0}, Deviation: 0.4}}
	network := diffusion.Parameterization{Prediction: diffusion.Velocity}
	model, err := diffusion.NewModel(data.Denoiser(process, network), process, network)
	if err != nil {
		fmt.Println(err)
		return
	}
	points := []float32{1, 0.2, 0, 0}
	logDensity, _, err := likelihood.LogLikelihood(context.Background(), model, points, 2, likelihood.ExactOptions{ScaleData: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	for r, v := range logDensity {
		truth := data.LogDensity([]float64{float64(points[2*r]), float64(points[2*r+1])}, 1, 0)
		fmt.Printf("%.2f nats, the truth is %.2f\n", v, truth)
	}
	// Output:
	// -0.82 nats, the truth is -0.82
	// -3.13 nats, the truth is -3.13
}
