package optim_test

import (
	"fmt"

	"euryale/optim"
)

// The minimum of (x − 3)² + (y + 1)², clipped gradients, Adam and an average of the weights.
func ExampleChain() {
	options := optim.DefaultOptions()
	options.LearningRate = optim.Schedules().With(&optim.Cosine{Rate: 0.1, Warmup: 20})
	options.Transforms = append(options.Transforms, optim.Transforms().With(&optim.EMA{Decay: 0.9}))

	const steps = 500
	weights := []float32{0, 0}
	chain, err := optim.New(options, weights, steps)
	if err != nil {
		fmt.Println(err)
		return
	}
	worker := chain.Worker()
	for step := int64(1); step <= steps; step++ {
		gradient := []float32{2 * (weights[0] - 3), 2 * (weights[1] + 1)}
		if s := worker.Step(step, gradient); s.Diverged() {
			fmt.Println("diverged")
			return
		}
	}
	fmt.Printf("weights %.2f, averaged %.2f\n", weights, chain.Average())
	// Output: weights [3.00 -1.00], averaged [3.00 -1.00]
}

// Two workers take disjoint ranges of the weights. Each begins the step by itself, and they wait for each other only
// before the next.
func ExampleWorker() {
	weights, gradient := make([]float32, 1000), make([]float32, 1000)
	for i := range gradient {
		gradient[i] = 0.1
	}
	chain, err := optim.New(optim.DefaultOptions(), weights, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	done := make(chan optim.Step)
	for _, lo := range []int{0, 500} {
		worker := chain.Worker()
		go func() {
			step := worker.Begin(1, 1000*0.01)
			worker.Apply(gradient, lo, lo+500)
			done <- step
		}()
	}
	first, second := <-done, <-done
	fmt.Printf("norm %.3f, scale %.3f, the same for both: %v\n", first.Norm, first.Scale, first == second)
	fmt.Printf("first weight %.4f, last %.4f\n", weights[0], weights[999])
	// Output:
	// norm 3.162, scale 0.316, the same for both: true
	// first weight -0.0010, last -0.0010
}

func ExampleOptions_Validate() {
	options := optim.DefaultOptions()
	options.Transforms[0], options.Transforms[1] = options.Transforms[1], options.Transforms[0]
	fmt.Println(options.Validate())
	// Output: transforms[1] must come before adam: clip changes the gradient before the weights move
}

func ExampleCosine() {
	schedule := &optim.Cosine{Rate: 1, Warmup: 4, Final: 0.1}
	for _, step := range []int64{1, 2, 4, 8, 12} {
		fmt.Printf("%d: %.3f\n", step, schedule.At(step, 12))
	}
	// Output:
	// 1: 0.250
	// 2: 0.500
	// 4: 1.000
	// 8: 0.550
	// 12: 0.100
}

func ExampleTransforms() {
	for _, kind := range optim.Transforms() {
		fmt.Printf("%-6s %s\n", kind.Name, kind.Summary)
	}
	// Output:
	// clip   scale the gradient down to an L2 norm (Pascanu et al. 2013)
	// adam   adaptive moments (Kingma and Ba 2015)
	// adamw  Adam with decoupled weight decay (Loshchilov and Hutter 2019)
	// ema    exponential moving average of the weights, used to sample
}
