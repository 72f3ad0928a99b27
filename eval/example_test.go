package eval_test

import (
	"context"
	"fmt"
	"log"

	"euryale/eval"
	"euryale/model"
)

// Samples of a hardly trained run are compared with fresh rows of its data.
func ExampleEvaluate() {
	m, err := model.Open("../testdata/version1/scurve")
	if err != nil {
		log.Fatal(err)
	}
	e, err := eval.Evaluate(context.Background(), m, m.Request(500))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(e.Samples, "samples of", e.NFE, "evaluations of the net, trained for", e.Step, "steps")
	fmt.Println("nearer to the data than data:", e.SlicedW1 < e.Floor)
	// Output:
	// 500 samples of 20 evaluations of the net, trained for 4 steps
	// nearer to the data than data: false
}

// Solvers are compared by NFE (network evaluations per sample), in the most steps that fit.
func ExampleCompareSolvers() {
	m, err := model.Open("../testdata/version1/scurve_edm")
	if err != nil {
		log.Fatal(err)
	}
	c, err := eval.CompareSolvers(context.Background(), m, m.Request(20), []int{9, 10}, 1)
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{"heun", "dpm++_2m", "ancestral"} {
		for i, result := range c.Results[name] {
			if result != nil && i < len(c.Budgets) {
				fmt.Println(name, "within", c.Budgets[i], "evaluations:", result.Steps, "steps,", result.NFE, "evaluations")
			}
		}
	}
	// Output:
	// heun within 9 evaluations: 5 steps, 9 evaluations
	// dpm++_2m within 9 evaluations: 9 steps, 9 evaluations
	// dpm++_2m within 10 evaluations: 10 steps, 10 evaluations
	// ancestral within 9 evaluations: 9 steps, 9 evaluations
	// ancestral within 10 evaluations: 10 steps, 10 evaluations
}
