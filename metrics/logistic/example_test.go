package logistic_test

import (
	"context"
	"fmt"

	"euryale/metrics/logistic"
)

// Of three columns, the first tells the two kinds of rows apart.
func ExampleFit() {
	x := []float64{
		1, 5, 0,
		2, 4, 1,
		8, 5, 1,
		9, 4, 0,
	}
	positive := []bool{false, false, true, true}
	m, err := logistic.Fit(context.Background(), x, 3, positive, logistic.Defaults())
	if err != nil {
		fmt.Println(err)
		return
	}
	p := make([]float64, 2)
	if err := m.Probabilities(p, []float64{1, 4, 0, 9, 5, 1}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f %.2f\n", p[0], p[1])
	// Output: 0.04 0.96
}
