package configs_test

import (
	"fmt"
	"log"

	"euryale/configs"
	"euryale/diffusion"
)

// A preset with overrides. A kind is chosen by its name, and brings the defaults of its section.
func ExamplePreset() {
	c, err := configs.Preset("scurve", []string{"process=edm", "process.sigma_max=20", "net.time=fourier", "objective.prediction=v",
		"timesteps=uniform", "sample.solver=heun", "sample.steps=18"})
	if err != nil {
		log.Fatal(err)
	}
	edm := c.Process.Kind.(*diffusion.EDM)
	fmt.Println(edm.SigmaMin, edm.SigmaMax, c.Sample.Solver.Name(), c.Sample.Steps)
	// Output:
	// 0.002 20 heun 18
}

// Errors name the place and the nearest key.
func ExampleDecode() {
	_, err := configs.Decode("mine.yaml", []byte("version: 2\nname: mine\ntrain:\n  epoch: 3\n"), nil)
	fmt.Println(err)
	// Output:
	// mine.yaml:4:3: unknown key "epoch" in train; did you mean "epochs"?
	//   2 | name: mine
	//   3 | train:
	// > 4 |   epoch: 3
	//     |   ^
}

// A program may change fields, and validates the whole.
func ExampleConfig_Validate() {
	c := configs.Default()
	c.Train.Batch = 0
	fmt.Println(c.Validate())
	c.Train.Batch = 64
	fmt.Println(c.Validate())
	steps, err := c.Steps(10_000)
	fmt.Println(steps, err)
	// Output:
	// train.batch must be at least 1, got 0
	// <nil>
	// 628000 <nil>
}
