package mixed_test

import (
	"context"
	"fmt"

	"euryale/data"
	"euryale/data/mixed"
)

// fruit is a table in memory of a price, a weight that may be missing, and a kind.
type fruit struct{}

func (fruit) Schema() data.Schema {
	missing := ""
	cents := &data.Format{Decimals: 2, Padded: true}
	return data.Schema{Columns: []data.Column{
		{Name: "price", Format: cents},
		{Name: "weight", Format: &data.Format{}, Missing: &missing},
		{Name: "kind", Kind: data.Category, Categories: []string{"apple", "pear"}},
	}}
}

func (fruit) Rows() int { return 4 }

func (f fruit) Read(_ context.Context, dst *data.Batch, first, n int) error {
	dst.Resize(f.Schema(), first, n)
	copy(dst.Real, []float64{0.50, 120, 0.50, 130, 0.80, 170, 0.95, 170}[2*first:])
	copy(dst.Index, []int32{0, 0, 1, 1}[first:])
	return nil
}

func ExampleCodec() {
	ctx := context.Background()
	codec := mixed.New(mixed.Settings{Missing: mixed.Model, Constraints: []string{"price > 0"}})
	if err := codec.Fit(ctx, fruit{}); err != nil {
		fmt.Println(err)
		return
	}
	layout := codec.Layout()
	fmt.Println(layout.Numbers, "numbers,", len(layout.Groups), "groups,", layout.Dim, "coordinates")

	var rows, back data.Batch
	if err := (fruit{}).Read(ctx, &rows, 0, 4); err != nil {
		fmt.Println(err)
		return
	}
	x := make([]float32, rows.Rows*layout.Dim)
	if err := codec.Encode(x, &rows); err != nil {
		fmt.Println(err)
		return
	}
	if err := codec.Decode(&back, x); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(back.Real)
	fmt.Println(back.Index)

	coordinates, values, err := codec.EncodeCell(fruit{}.Schema(), 2, "pear")
	fmt.Println(coordinates, values, err)
	// Output:
	// 2 numbers, 2 groups, 6 coordinates
	// [0.5 120 0.5 130 0.8 170 0.95 170]
	// [0 0 1 1]
	// [2 3] [0 1] <nil>
}
