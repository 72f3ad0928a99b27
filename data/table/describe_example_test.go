package table_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"euryale/data"
	"euryale/data/table"
)

// The schema decides how cells are written; a generated column is made from the number of the row.
func ExampleNewStream() {
	missing := "n/a"
	schema := data.Schema{
		Columns: []data.Column{
			{Name: "order", Kind: data.Generated, Generate: &data.Generator{Name: "pattern", Start: 1, Pattern: "D-%04d"}},
			{Name: "price", Kind: data.Real, Format: &data.Format{Decimals: 2, Padded: true}, Missing: &missing},
			{Name: "color", Kind: data.Category, Categories: []string{"red", "sea; green"}},
		},
		File: &data.File{Delimiter: ";", Decimal: ",", Header: true},
	}
	sink, err := table.NewStream(os.Stdout, schema)
	if err != nil {
		log.Fatal(err)
	}
	if err := sink.Write(&data.Batch{Rows: 2, Real: []float64{5.4, 1234.5}, Index: []int32{0, 1}}); err != nil {
		log.Fatal(err)
	}
	if err := sink.Close(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// order;price;color
	// D-0001;5,40;red
	// D-0002;1234,50;"sea; green"
}

func ExampleDescribe() {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	options := table.DefaultOptions()
	options.File = filepath.Join(folder, "prices.csv")
	if err := os.WriteFile(options.File, []byte("color,price\nred,1.5\nblue,2.5\nred,\n"), 0o600); err != nil {
		log.Fatal(err)
	}
	t, err := table.Read(ctx, options.File, options.ReadOptions)
	if err != nil {
		log.Fatal(err)
	}
	d, err := table.Describe(ctx, t, options)
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range d.Columns {
		fmt.Printf("%s: %s, %d different, %d missing, %s\n", c.Name, c.Type, c.Distinct, c.Missing, c.Encoding)
	}
	fmt.Println("coordinates:", d.Coordinates)
	// Output:
	// color: category, 2 different, 0 missing, a coordinate per category
	// price: number, 2 different, 1 missing, number by ranks (quantile)
	// coordinates: 5
}
