package table

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/sbinet/npyio"

	"euryale/data"
)

func TestNPY(t *testing.T) {
	whole := data.Column{Format: &data.Format{}}
	for _, c := range []struct {
		schema data.Schema
		rows   data.Batch
		kind   string
		want   string
	}{
		{data.Schema{Columns: []data.Column{whole, {Name: "g", Kind: data.Generated, Generate: &data.Generator{Name: "sequence", Start: 3}}}},
			data.Batch{First: 1, Rows: 2, Real: []float64{1 << 40, -2}}, "<i8", "[1099511627776 4 -2 5]"},
		{data.Schema{Columns: []data.Column{whole, {Name: "b"}}},
			data.Batch{Rows: 2, Real: []float64{1, 0.1, 2, math.NaN()}}, "<f8", "[1 0.1 2 NaN]"},
		{data.Schema{Columns: []data.Column{whole, {Name: "c", Kind: data.Class}}, Classes: []string{"0", "-7"}},
			data.Batch{Rows: 2, Real: []float64{1, 2}, Labels: []int32{1, 0}}, "<i8", "[1 -7 2 0]"},
		{data.Schema{Columns: []data.Column{{Name: "c", Kind: data.Category, Categories: []string{"5"}, Missing: pointer("")}}},
			data.Batch{Rows: 2, Index: []int32{-1, 0}}, "<f8", "[NaN 5]"},
		{data.Schema{Columns: []data.Column{whole,
			{Name: "k", Kind: data.Generated, Generate: &data.Generator{Name: "constant", Pattern: "2.5"}},
			{Name: "e", Kind: data.Generated, Generate: &data.Generator{Name: "empty"}}}},
			data.Batch{Rows: 1, Real: []float64{1}}, "<f8", "[1 2.5 NaN]"},
	} {
		r, err := npyio.NewReader(strings.NewReader(written(t, "a.npy", c.schema, &c.rows)))
		if err != nil {
			t.Fatal(err)
		}
		var got any
		if c.kind == "<i8" {
			var numbers []int64
			err = r.Read(&numbers)
			got = numbers
		} else {
			var numbers []float64
			err = r.Read(&numbers)
			got = numbers
		}
		shape := fmt.Sprint([]int{c.rows.Rows, len(c.schema.Columns)})
		if err != nil || r.Header.Descr.Type != c.kind || fmt.Sprint(r.Header.Descr.Shape) != shape || fmt.Sprint(got) != c.want {
			t.Errorf("%v, %v %v of shape %v, want %s %s", err, r.Header.Descr.Type, got, r.Header.Descr.Shape, c.kind, c.want)
		}
	}
}
