package run_test

import (
	"fmt"
	"log"
	"os"

	"euryale/configs"
	"euryale/run"
)

// A folder is checked before any work, then made. A second run may not start there unless it overwrites.
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

// A checkpoint carries its configuration. One that version 1 wrote is read too.
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

// A checkpoint is chosen by its step, by "best", or by its file; without a choice it is the newest whole one.
func ExampleFolder_Open() {
	folder := run.Folder("../testdata/version1/scurve_edm")
	for _, which := range []string{"", "4", "../testdata/version1/scurve/checkpoints/step-00000004.safetensors", "5"} {
		c, err := folder.Open(which)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(c.Config.Name, c.Step)
	}
	// Output:
	// scurve_edm 4
	// scurve_edm 4
	// scurve 4
	// run: ../testdata/version1/scurve_edm has no checkpoint of step 5; it has those of steps 4
}

// A resumed run drops from the log the steps that it will do again.
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
