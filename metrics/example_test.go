package metrics_test

import (
	"fmt"

	"euryale/metrics"
)

// Two sets, one of which is the other moved by 1 along x: the mean over directions of |cos| is 2/π.
func ExampleSlicedWasserstein() {
	a, b := []float32{0, 0, 1, 1}, []float32{1, 0, 2, 1}
	distance, err := metrics.SlicedWasserstein(a, b, 2, 10_000, 0, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f\n", distance)
	// Output: 0.64
}
