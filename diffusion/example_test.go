package diffusion_test

import (
	"fmt"

	"euryale/diffusion"
)

// A process by its name, with the defaults of its section, and how much of the data and of noise x_t has.
func ExampleProcesses() {
	options, err := diffusion.Processes().New("flow")
	if err != nil {
		fmt.Println(err)
		return
	}
	process, err := options.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, t := range []float64{0.25, 0.5, 0.75} {
		alpha, sigma := process.Marginal(t)
		fmt.Printf("x_%v = %v x_0 + %v noise, log-SNR %.3f\n", t, alpha, sigma, 2*process.Lambda(t))
	}
	_, err = diffusion.Processes().New("flew")
	fmt.Println(err)
	// Output:
	// x_0.25 = 0.75 x_0 + 0.25 noise, log-SNR 2.197
	// x_0.5 = 0.5 x_0 + 0.5 noise, log-SNR 0.000
	// x_0.75 = 0.25 x_0 + 0.75 noise, log-SNR -2.197
	// must be one of flow, ddpm, ncsn, vp, sub_vp, ve, edm, got "flew"
}

// Processes made by a program, and the error of a schedule that leaves no signal.
func ExampleDDPM() {
	options := &diffusion.DDPM{Steps: 1000, Schedule: diffusion.Schedules().With(&diffusion.LinearSchedule{BetaStart: 1e-4, BetaEnd: 0.02})}
	process, err := options.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	alpha, _ := process.Marginal(999)
	fmt.Printf("signal left: %.3g\n", alpha*alpha)
	options.Steps = 50_000
	fmt.Println(options.Validate())
	// Output:
	// signal left: 4.04e-05
	// schedule with 50000 steps: the signal is gone at t = 26052 of 50000 (alpha-bar is below 1e-60): use fewer steps or smaller betas
}

// Conversions from the prediction of a network to those that solvers use.
func ExampleParameterization_Convert() {
	const alpha, sigma = 0.7, 0.3
	const x0, eps = 0.75, -1.25
	x, u := alpha*x0+sigma*eps, eps-x0
	q := diffusion.Parameterization{Prediction: diffusion.U}
	for _, to := range []diffusion.Prediction{diffusion.X0, diffusion.Epsilon, diffusion.Velocity} {
		a, b := q.Convert(to, alpha, sigma)
		fmt.Printf("%v = %.2f x + %.2f u = %.2f\n", to, a, b, a*x+b*u)
	}
	// Output:
	// x0 = 1.00 x + -0.30 u = 0.75
	// eps = 1.00 x + 0.70 u = -1.25
	// v = 0.40 x + 0.58 u = -1.10
}

// The weight of one kind at some times, for two predictions of the network.
func ExampleMinSNRWeight() {
	process, err := diffusion.NewChain(&diffusion.CosineSchedule{}, 1000)
	if err != nil {
		fmt.Println(err)
		return
	}
	weight := &diffusion.MinSNRWeight{Gamma: 5}
	for _, prediction := range []diffusion.Prediction{diffusion.Epsilon, diffusion.X0} {
		q, err := diffusion.NewParameterization(prediction, false, 0)
		if err == nil {
			err = diffusion.CheckWeight(weight, q, process)
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, t := range []float64{100, 500, 900} {
			fmt.Printf("%v at %v: %.3f\n", prediction, t, weight.Weight(q, process, t))
		}
	}
	// Output:
	// eps at 100: 0.146
	// eps at 500: 1.000
	// eps at 900: 1.000
	// x0 at 100: 5.000
	// x0 at 500: 0.970
	// x0 at 900: 0.024
}
