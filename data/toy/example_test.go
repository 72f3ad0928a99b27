package toy_test

import (
	"context"
	"fmt"

	"euryale/data"
	"euryale/data/toy"
)

// The training points of a distribution, fresh points of one class, and the class that a point belongs to.
func ExampleDistributions() {
	ctx := context.Background()
	options, err := toy.Distributions().New("moons")
	if err != nil {
		fmt.Println(err)
		return
	}
	options.(*toy.Moons).Noise = 0
	source, err := options.Open(ctx, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	moons := source.(data.Distribution)
	lower, err := data.Fresh(moons, 1, 3, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	var rows data.Batch
	if err := lower.Read(ctx, &rows, 0, 3); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(moons.Rows(), "points of", len(moons.Schema().Classes), "classes")
	for i := range rows.Rows {
		fmt.Println(rows.Labels[i], moons.NearestClass(rows.Real[2*i:2*i+2]))
	}
	// Output:
	// 10000 points of 2 classes
	// 1 1
	// 1 1
	// 1 1
}

// A distribution in a program, with settings other than the defaults.
func ExampleGaussianMixture() {
	mixture := &toy.GaussianMixture{
		Plain: toy.Plain{Points: 1000, Scale: 1},
		Components: []toy.Component{
			{Weight: 1, Mean: []float64{-1, 0, 0}, Deviation: 0.1},
			{Weight: 3, Mean: []float64{1, 0, 0}, Deviation: 0.5},
		},
	}
	source, err := mixture.Open(context.Background(), 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	schema := source.Schema()
	fmt.Println(source.Rows(), schema.Dim(), schema.Classes)

	mixture.Components[1].Weight = 0
	fmt.Println(mixture.Validate())
	// Output:
	// 1000 3 [0 1]
	// components.1.weight must be from 1e-12 to 1e6, got 0
}
