package table

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"euryale/data"
)

// Categories on either side of what a byte holds, with missing cells, when rows are dropped and when missing becomes a class.
func TestManyClasses(t *testing.T) {
	for _, classes := range []int{2, 254, 255, 256, 300} {
		var text strings.Builder
		text.WriteString("x,y,z\n")
		for i := range 2 * classes {
			fmt.Fprintf(&text, "%d,class %d,%s\n", i%5, i%classes, []string{"1", "", "2"}[min(2, i)]) // row 1 lacks z
			if i == classes {
				text.WriteString("4,,3\n")
			}
		}
		both := 2*classes + 1
		for how, want := range map[string]int{"model": classes + 1, "drop": classes} {
			table, err := open(t, text.String(), func(o *Options) { o.Target, o.Missing = "y", how })
			if err != nil {
				t.Fatal(err)
			}
			y, s := table.Column("y"), table.Schema()
			sum := int64(0)
			for _, n := range s.ClassCounts {
				sum += n
			}
			rows := map[string]int{"model": both, "drop": both - 2}[how]
			if len(s.Classes) != want || table.Rows() != rows || sum != int64(rows) {
				t.Errorf("%d classes, %s: got %d classes and %d of %d rows", classes, how, len(s.Classes), sum, table.Rows())
			}
			counts := make([]int64, len(s.Classes))
			codes := make([]int32, table.Rows())
			y.Codes(codes, 0)
			for i, code := range codes {
				if code < 0 || code != y.Code(i) {
					t.Fatalf("%d classes, %s: row %d has the class %d", classes, how, i, code)
				}
				counts[code]++
			}
			if !slices.Equal(counts, s.ClassCounts) {
				t.Errorf("%d classes, %s: other counts than those of the rows", classes, how)
			}
			if how == "model" && s.Classes[codes[classes+1]] != "" {
				t.Errorf("%d classes: the missing one is called %q", classes, s.Classes[codes[classes+1]])
			}
		}
	}
}

// A category that only a dropped row has is forgotten.
func TestDroppedCategory(t *testing.T) {
	table, err := open(t, "a,b,c\n1,x,1\n2,y,\n3,z,2\n4,x,2\n", func(o *Options) { o.Missing = "drop" })
	if err != nil {
		t.Fatal(err)
	}
	b := table.Column("b")
	if !slices.Equal(b.Categories, []string{"x", "z"}) || b.Code(1) != 1 || b.Distinct != 2 || b.Kind != data.Category {
		t.Errorf("got %+v, row 1 is %d", b.Column, b.Code(1))
	}
	if a := table.Column("a"); a.Number(1) != 3 {
		t.Errorf("row 1 has %v", a.Number(1))
	}
}
