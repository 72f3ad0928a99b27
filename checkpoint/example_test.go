package checkpoint_test

import (
	"fmt"
	"os"
	"path/filepath"

	"euryale/checkpoint"
)

// Tensors and strings go into a file that Python's safetensors reads too, and come back as they were.
func Example() {
	folder, err := os.MkdirTemp("", "checkpoint")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "small.safetensors")
	file := &checkpoint.File{
		Tensors:  []checkpoint.Tensor{{Name: "weight", Shape: []int{2, 2}, Data: []float32{1, 2, 3, 4}}},
		Metadata: map[string]string{"step": "12"},
	}
	if err := checkpoint.Write(path, file); err != nil {
		fmt.Println(err)
		return
	}
	read, err := checkpoint.Read(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	weight, err := read.Tensor("weight", 2, 2)
	fmt.Println(weight, read.Metadata["step"], err)
	// Output: [1 2 3 4] 12 <nil>
}
