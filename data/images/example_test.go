package images_test

import (
	"context"
	"fmt"

	"euryale/data"
	"euryale/data/images"
	"euryale/rng"
)

// A disc as a net sees it: from −1, black, to 1.
func ExampleDiscs() {
	ctx := context.Background()
	section := data.Section{Source: images.Kinds().With(&images.Discs{Rows: 100, Size: images.Size{Height: 8, Width: 8}, Channels: 1})}
	source, _, err := section.Open(ctx, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	encoder := section.Encoder()
	if err := encoder.Fit(ctx, source); err != nil {
		fmt.Println(err)
		return
	}
	set, err := data.Load(ctx, source, encoder)
	if err != nil {
		fmt.Println(err)
		return
	}
	row := make([]float32, set.Dim)
	set.Cells.Draw(row, nil, []int32{7}, rng.NewStream(1, rng.Dequantization), 0, 0)
	for y := range 8 {
		for _, v := range row[8*y : 8*y+8] {
			fmt.Printf("%5.1f", v)
		}
		fmt.Println()
	}
	// Output:
	//  -1.0 -1.0 -1.0 -1.0 -1.0 -1.0 -1.0 -1.0
	//  -1.0 -0.4  0.2  0.2 -0.3 -1.0 -1.0 -1.0
	//  -0.5  0.4  0.4  0.4  0.4 -0.3 -1.0 -1.0
	//  -0.0  0.4  0.4  0.4  0.4  0.2 -1.0 -1.0
	//  -0.1  0.4  0.4  0.4  0.4  0.1 -1.0 -1.0
	//  -0.6  0.4  0.4  0.4  0.4 -0.4 -1.0 -1.0
	//  -1.0 -0.6 -0.1 -0.1 -0.5 -1.0 -1.0 -1.0
	//  -1.0 -1.0 -1.0 -1.0 -1.0 -1.0 -1.0 -1.0
}

// Images that a program has in memory.
func ExampleNew() {
	pixels := []byte{0, 255, 128, 64} // two images of 1×2 pixels
	set, err := images.New(pixels, 1, 2, 1, []int32{0, 1}, []string{"bright", "dark"})
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := images.Describe(context.Background(), set)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d images of %dx%d, mean %.2f\n", d.Images, d.Height, d.Width, d.Channels[0].Mean)
	// Output: 2 images of 1x2, mean 111.75
}
