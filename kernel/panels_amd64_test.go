//go:build !purego

package kernel

import (
	"reflect"
	"testing"
)

// The assembly reads the fields of panel and AdamStep by their offsets: all of one size, in this order.
func TestFieldOffsetsMatchTheAssembly(t *testing.T) {
	for _, layout := range []struct {
		of    any
		size  uintptr
		names []string
	}{
		{panel{}, 8, []string{"a", "aRow", "aStep", "aTile", "b", "bStep", "k", "rows", "dst", "dstRow", "part", "partRow", "bias",
			"table", "tableRow", "index", "mask", "maskRow", "scale", "scaleRow", "cols", "relu", "accumulate"}},
		{AdamStep{}, 4, []string{"Beta1", "Beta2", "OneMinusBeta1", "OneMinusBeta2", "StepSize", "InvSqrtBias2", "Epsilon", "GradScale"}},
	} {
		s := reflect.TypeOf(layout.of)
		if s.NumField() != len(layout.names) {
			t.Fatalf("%v has %d fields, want %d", s, s.NumField(), len(layout.names))
		}
		for i, name := range layout.names {
			if f := s.Field(i); f.Name != name || f.Offset != uintptr(i)*layout.size {
				t.Errorf("%v: field %d is %s at %d, want %s at %d", s, i, f.Name, f.Offset, name, uintptr(i)*layout.size)
			}
		}
	}
}
