package table_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"euryale/data/table"
)

func ExampleRead() {
	folder, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "sold.csv")
	text := "day;product;price;vat\n29.02.2024;tea;4,50;7\n01.03.2024;tea;4,25;7\n01.03.2024;cup;12,00;7\n"
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		fmt.Println(err)
		return
	}
	t, err := table.Read(context.Background(), path, table.DefaultReadOptions())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range t.Columns {
		fmt.Printf("%s: %v, %d different\n", c.Name, c.Type, c.Distinct)
	}
	fmt.Println(t.Column("price").Number(2), t.Column("product").Categories)
	for _, note := range t.Notes {
		fmt.Println(note)
	}
	// Output:
	// day: date, 2 different
	// product: category, 2 different
	// price: number, 3 different
	// vat: constant, 1 different
	// 12 [tea cup]
	// column "vat" is "7" in every row: it is written as it is, and nothing is learned of it
}
