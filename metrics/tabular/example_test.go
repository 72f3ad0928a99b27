package tabular_test

import (
	"context"
	"fmt"

	"euryale/metrics/tabular"
)

// A synthetic table that repeats its training rows passes every test of quality; the leak block tells.
func ExampleCompare() {
	people := func(first int) *tabular.Table {
		t := &tabular.Table{Rows: 200, Columns: []tabular.Column{
			{Name: "height", Numbers: make([]float64, 200)},
			{Name: "shoe", Codes: make([]int32, 200), Categories: []string{"38", "41", "44"}},
		}}
		for i := range t.Rows {
			height := (first + i) * 7919 % 4001 // all different, spread over 40 cm
			t.Columns[0].Numbers[i] = 150 + float64(height)/100
			t.Columns[1].Codes[i] = int32(height / 1334)
		}
		return t
	}
	train, test := people(0), people(200)
	report, err := tabular.Compare(context.Background(), train, test, train, tabular.Options{Target: "shoe", Workers: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	copied, _ := report.Figures.Get("copied_rows")
	fmt.Printf("copied rows: %.2f, of test rows %.2f\n", copied.Value, *copied.Floor)
	fmt.Printf("closer to a training row than to a test row: %.2f\n", report.Figures.Value("dcr_share"))
	fmt.Println("leak passed:", report.Verdict("leak").OK)
	// Output:
	// copied rows: 1.00, of test rows 0.00
	// closer to a training row than to a test row: 1.00
	// leak passed: false
}
