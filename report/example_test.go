package report_test

import (
	"bytes"
	"fmt"

	"euryale/report"
)

// A picture is a value: fill it in, and encode it, or save it under a path whose extension names the format.
func ExampleScatter() {
	picture := report.Scatter{Title: "three points", Points: []float32{0, 0, 1, 1, 2, 0}, Dim: 2}
	var file bytes.Buffer
	err := picture.Encode(&file, report.SVG)
	fmt.Println(bytes.Contains(file.Bytes(), []byte("three points")), err)
	// Output: true <nil>
}
