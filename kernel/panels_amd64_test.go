//go:build !purego

package kernel

import (
	"reflect"
	"testing"
)

// The assembly reads the fields of these structs by their offsets: all of one size, in this order.
func TestFieldOffsetsMatchTheAssembly(t *testing.T) {
	product := []string{"a", "aRow", "aStep", "aTile", "b", "bStep", "k", "rows", "dst", "dstRow", "part", "partRow", "bias",
		"table", "tableRow", "index", "mask", "maskRow", "scale", "scaleRow", "cols", "relu", "accumulate", "add", "addRow"}
	for _, layout := range []struct {
		of    any
		size  uintptr
		names []string
	}{
		{panel{}, 8, product},
		{gatherPanel{}, 8, append(product, "targets", "sources", "sourceTap", "taps", "tapCount", "bTap")},
		{outerPanel{}, 8, []string{"x", "xRow", "d", "dRow", "pairs", "other", "count", "dst", "dstRow", "rows", "cols"}},
		{squarePanel{}, 8, []string{"dst", "dstRow", "source", "sourceRow", "table", "rows", "zeros", "bias", "cols"}},
		{pair{}, 4, []string{"x", "d"}},
		{AdamStep{}, 4, []string{"Beta1", "Beta2", "OneMinusBeta1", "OneMinusBeta2", "StepSize", "InvSqrtBias2", "Epsilon", "GradScale"}},
	} {
		s := reflect.TypeOf(layout.of)
		var fields []reflect.StructField // of an embedded struct, which comes first, and then the others
		for _, f := range reflect.VisibleFields(s) {
			if !f.Anonymous {
				fields = append(fields, f)
			}
		}
		if len(fields) != len(layout.names) {
			t.Fatalf("%v has %d fields, want %d", s, len(fields), len(layout.names))
		}
		for i, name := range layout.names {
			if f := fields[i]; f.Name != name || f.Offset != uintptr(i)*layout.size {
				t.Errorf("%v: field %d is %s at %d, want %s at %d", s, i, f.Name, f.Offset, name, uintptr(i)*layout.size)
			}
		}
	}
}
