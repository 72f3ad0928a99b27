package npy_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"euryale/data"
	"euryale/data/npy"
)

// Points written by a sink, and read again as data to train on.
func ExampleFiles() {
	folder, err := os.MkdirTemp("", "npy")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "points.npy")
	w, err := data.NewSink(path, data.Numbers(2, 0))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer w.Abort()
	if err := w.Write(&data.Batch{Rows: 3, Real: []float64{1, 2, 3, 4, 5, 6}}); err != nil {
		fmt.Println(err)
		return
	}
	if err := w.Close(); err != nil {
		fmt.Println(err)
		return
	}
	source, err := (&npy.Files{File: path}).Open(context.Background(), 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(source.Rows(), "rows of", source.Schema().Dim())
	// Output:
	// 3 rows of 2
}
