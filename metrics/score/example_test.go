package score_test

import (
	"fmt"

	"euryale/metrics/score"
)

// Of the four pairs of a row of class 1 and another, three are in order.
func ExampleAUC() {
	auc, err := score.AUC([]float64{0.1, 0.4, 0.35, 0.8}, []int32{0, 0, 1, 1}, 1)
	fmt.Println(auc, err)
	// Output: 0.75 <nil>
}
