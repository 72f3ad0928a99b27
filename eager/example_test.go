package eager_test

import (
	"fmt"

	"euryale/eager"
	"euryale/nets"
)

// The output of a net at two points, and its divergence there from the tangents along the axes.
func Example() {
	built, err := nets.Build(nets.DefaultMLP(), nets.Spec{Sample: []int{2}, Outputs: 2, Steps: 100})
	if err != nil {
		fmt.Println(err)
		return
	}
	machine, err := eager.New(built, built.Init(0))
	if err != nil {
		fmt.Println(err)
		return
	}
	x, at := []float32{0.5, -0.5, 1, 2}, eager.Condition{Time: 50, Label: -1}
	output, tangent := make([]float32, 4), make([]float32, 4)
	divergence := make([]float32, 2)
	for axis := range 2 {
		v := make([]float32, 4)
		v[axis], v[2+axis] = 1, 1
		machine.Tangent(output, tangent, x, v, at)
		divergence[0], divergence[1] = divergence[0]+tangent[axis], divergence[1]+tangent[2+axis]
	}
	fmt.Printf("%.3f %.3f\n", output, divergence)
	// Output:
	// [0.101 -0.116 0.116 -0.023] [0.032 -0.035]
}
