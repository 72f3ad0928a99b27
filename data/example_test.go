package data_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"euryale/data"
)

// The way of a program's points: encoded for a net, decoded again, written to a file.
func Example() {
	ctx := context.Background()
	points, err := data.Rows([][]float64{{100, 1}, {102, 1}, {104, 1}}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	standardize := new(data.Standardize)
	encoder := data.NewChain(standardize)
	if err := encoder.Fit(ctx, points); err != nil {
		fmt.Println(err)
		return
	}
	set, err := data.Encode(ctx, points, encoder)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("encoded", set.Points)
	for _, j := range standardize.Constant() {
		fmt.Println("constant:", points.Schema().ColumnName(j))
	}
	var rows data.Batch
	if err := encoder.Decode(&rows, set.Points); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("decoded", rows.Real)
	// Output:
	// encoded [-1.2247449 0 0 0 1.2247449 0]
	// constant: x1
	// decoded [100 1 102 1 104 1]
}

func ExampleNewSink() {
	folder, err := os.MkdirTemp("", "data")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "samples.csv")
	w, err := data.NewSink(path, data.Numbers(2, 0))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer w.Abort()
	for i := range 3 {
		if err := w.Write(&data.Batch{Rows: 1, Real: []float64{float64(i), float64(i) / 4}}); err != nil {
			fmt.Println(err)
			return
		}
	}
	if err := w.Close(); err != nil {
		fmt.Println(err)
		return
	}
	file, _ := os.ReadFile(path)
	fmt.Print(string(file))
	// Output:
	// x0,x1
	// 0,0
	// 1,0.25
	// 2,0.5
}

// Part of the rows kept from training. A part of a distribution still draws fresh rows of the whole.
func ExampleSplit() {
	points, err := data.Flat([]float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 1, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	train, held, err := data.Split(points, 0.2, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, part := range []data.Source{train, held} {
		var rows data.Batch
		if err := part.Read(context.Background(), &rows, 0, part.Rows()); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(rows.Real)
	}
	// Output:
	// [0 1 2 3 5 6 7 9]
	// [4 8]
}
