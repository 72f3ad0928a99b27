package ops

import (
	"slices"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	b := NewBuilder()
	x := b.Input("x", 4, 2, 6)
	if same := b.Split("one", x, 1); same != x {
		t.Errorf("one part is %v", same)
	}
	y := b.Split("two", x, 2)
	if s, ok := y.Op.(Split); !ok || s.X != x || s.Parts != 2 || !slices.Equal(y.Shape(), []int{48}) || !y.PerRow() || b.Err() != nil {
		t.Errorf("got %v, %+v, %v", y, y.Op, b.Err())
	}
	for _, test := range []struct {
		shape []int
		parts int
		want  string
	}{
		{[]int{4, 2, 6}, 4, `layer "s": 6 channels cannot be divided into 4 parts`},
		{[]int{4, 2, 6}, 0, `layer "s": 6 channels cannot be divided into 0 parts`},
		{[]int{48}, 2, `layer "s": the input must be an image`},
	} {
		b := NewBuilder()
		if y := b.Split("s", b.Input("x", test.shape...), test.parts); y != nil || b.Err() == nil || !strings.Contains(b.Err().Error(), test.want) {
			t.Errorf("%v in %d: %v, %v", test.shape, test.parts, y, b.Err())
		}
	}
}
