package run_test

import (
	"fmt"
	"log"
	"os"

	"euryale/configs"
	"euryale/run"
)

// A folder is checked before any work, then made; a second run may not take it unless it overwrites.
func ExampleFolder() {
	dir, err := os.MkdirTemp("", "run")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	folder := run.Folder(dir)
	fmt.Println(folder.Check(false, false))
	if err := folder.Create(configs.Default(), false); err != nil {
		log.Fatal(err)
	}
	config, err := folder.Config()
	if err != nil {
		log.Fatal(err)
	}
	held, err := folder.Held()
	fmt.Println(held, err, config.Name)
	fmt.Println("a second run may start there:", folder.Check(false, false) == nil)
	// Output:
	// <nil>
	// true <nil> scurve
	// a second run may start there: false
}

// A checkpoint carries its configuration. One that version 1 wrote is read as well.
func ExampleRead() {
	c, err := run.Read("../testdata/version1/scurve_edm/checkpoints/step-00000004.safetensors")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("step", c.Step, "of", c.Config.Name)
	fmt.Println("averaged weights:", c.Averaged(), c.Weights())
	weight, err := c.Tensor(run.ModelPrefix+"linears.0.weight", 8, 2)
	fmt.Println(len(weight), err)
	// Output:
	// step 4 of scurve_edm
	// averaged weights: true ema.
	// 16 <nil>
}

// The log of a run that goes on loses the steps that will be done again.
func ExampleOpenMetrics() {
	dir, err := os.MkdirTemp("", "run")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := run.Folder(dir).MetricsPath()
	for _, from := range []int64{0, 200} {
		metrics, err := run.OpenMetrics(path, from)
		if err != nil {
			log.Fatal(err)
		}
		for step := from + 100; step <= from+300; step += 100 {
			if err := metrics.Write(run.LogPoint{Step: step, Loss: 1 / float64(step)}); err != nil {
				log.Fatal(err)
			}
		}
		metrics.Close()
	}
	points, err := run.ReadMetrics(path)
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range points {
		fmt.Print(p.Step, " ")
	}
	// Output:
	// 100 200 300 400 500
}
