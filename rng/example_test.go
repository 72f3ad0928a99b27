package rng_test

import (
	"fmt"
	"slices"

	"euryale/rng"
)

// A row's numbers depend only on its address: rows 2 and 3 are the same, drawn alone or with others.
func ExampleStream_Normal() {
	noise := rng.NewStream(1, rng.TrainingNoise)
	const step, dim = 7, 3
	all, some := make([]float32, 5*dim), make([]float32, 2*dim)
	noise.Normal(all, step, 0, dim)
	noise.Normal(some, step, 2, dim)
	fmt.Println(slices.Equal(some, all[2*dim:4*dim]))
	// Output: true
}
