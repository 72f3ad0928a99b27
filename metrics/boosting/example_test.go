package boosting_test

import (
	"context"
	"fmt"

	"euryale/metrics/boosting"
)

// A class that depends on a number and a category.
func ExampleTrainClassifier() {
	var size []float64
	var color, dear []int32
	for i := range 200 {
		size, color = append(size, float64(i%10)), append(color, int32(i%3))
		isDear := int32(0)
		if i%10 > 6 || i%3 == 2 {
			isDear = 1
		}
		dear = append(dear, isDear)
	}
	x := []boosting.Column{{Numbers: size}, {Codes: color}}
	trees, err := boosting.TrainClassifier(context.Background(), x, dear, 2, boosting.Defaults())
	if err != nil {
		fmt.Println(err)
		return
	}
	p := make([]float64, 2*2) // [rows, classes]
	if err := trees.Probabilities(p, []boosting.Column{{Numbers: []float64{1, 1}}, {Codes: []int32{0, 2}}}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.1f %.1f\n", p[1], p[3])
	// Output: 0.0 1.0
}
