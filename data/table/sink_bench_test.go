package table

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"euryale/data"
)

// BenchmarkSink writes rows of 20 columns: 8 of decimals, 4 whole, 2 dates, 4 of categories, an id and a constant.
func BenchmarkSink(b *testing.B) {
	var s data.Schema
	for j := range 20 {
		c := data.Column{Name: fmt.Sprint("c", j)}
		switch {
		case j < 8:
			c.Format = &data.Format{Decimals: j%3 + 1}
		case j < 12:
			c.Format = &data.Format{}
		case j < 14:
			c.Format = &data.Format{Layout: "2006-01-02 15:04:05", Unit: time.Second}
		case j < 18:
			c.Kind, c.Categories = data.Category, []string{"red", "green", "light blue"}
		case j == 18:
			c.Kind, c.Generate = data.Generated, &data.Generator{Name: "pattern", Pattern: "D-%06d"}
		default:
			c.Kind, c.Generate = data.Generated, &data.Generator{Name: "constant", Pattern: "kg"}
		}
		s.Columns = append(s.Columns, c)
	}
	rows := &data.Batch{Rows: 4096, Real: make([]float64, 4096*14), Index: make([]int32, 4096*4)}
	for i := range rows.Real {
		rows.Real[i] = float64(i*7919%100_000) / 10
	}
	for i := range rows.Index {
		rows.Index[i] = int32(i % 3)
	}
	for _, extension := range []string{".csv", ".parquet"} {
		b.Run(extension, func(b *testing.B) {
			w, err := NewSink(filepath.Join(b.TempDir(), "a"+extension), s)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := w.Write(rows); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096/20, "ns/cell")
			if err := w.Abort(); err != nil {
				b.Fatal(err)
			}
		})
	}
}
