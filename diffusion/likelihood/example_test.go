package likelihood_test

import (
	"context"
	"fmt"
	"math"

	"euryale/diffusion"
	"euryale/diffusion/likelihood"
	"euryale/internal/gaussian"
)

// The log-density that the exact model of a mixture gives two points is that of the mixture itself.
func ExampleLogLikelihood() {
	process, err := diffusion.NewVP(0.1, 20, 1e-3)
	if err != nil {
		fmt.Println(err)
		return
	}
	data := gaussian.Mixture{{Weight: 1, Mean: []float64{-1, 0}, Deviation: 0.4}, {Weight: 1, Mean: []float64{1, 0}, Deviation: 0.4}}
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

// The probes of Hutchinson estimate the divergence that is otherwise computed exactly. On a line a probe of ±1 is exact.
func ExampleHutchinson() {
	process, err := diffusion.NewVP(0.1, 20, 1e-3)
	if err != nil {
		fmt.Println(err)
		return
	}
	data := gaussian.Mixture{{Weight: 1, Mean: []float64{0}, Deviation: 0.4}, {Weight: 1, Mean: []float64{2}, Deviation: 0.4}}
	network := diffusion.Parameterization{Prediction: diffusion.Velocity}
	model, err := diffusion.NewModel(data.Denoiser(process, network), process, network)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, probes := range []*likelihood.Hutchinson{nil, {Samples: 1, Seed: 3}} {
		o := likelihood.ExactOptions{ScaleData: true, Hutchinson: probes}
		logDensity, _, err := likelihood.LogLikelihood(context.Background(), model, []float32{0.3}, 1, o)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%.3f nats\n", logDensity[0])
	}
	// Output:
	// -0.975 nats
	// -0.975 nats
}

// A pixel of 256 levels near the network's x_0 costs few bits, one far from it many. The level 128 is 1/255 on [−1, 1].
func ExampleDiscretizedDecoder() {
	var decoder likelihood.Decoder = likelihood.DiscretizedDecoder{Levels: 256}
	const deviation = 0.01
	for _, level := range []float64{128, 130, 140} {
		x0 := 2*level/255 - 1
		if err := decoder.Check(x0); err != nil {
			fmt.Println(err)
			return
		}
		nats := decoder.LogProbability(x0, 1./255, deviation*deviation)
		fmt.Printf("level %v costs %.1f bits\n", level, -nats/math.Ln2)
	}
	// Output:
	// level 128 costs 1.7 bits
	// level 130 costs 3.4 bits
	// level 140 costs 63.2 bits
}
