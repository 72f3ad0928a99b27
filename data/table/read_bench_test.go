package table

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// writeWide writes a file of 20 columns: whole numbers, decimals, full precision, categories, dates, ids, missing cells.
func writeWide(b *testing.B, rows int) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "wide.csv")
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w, r := bufio.NewWriterSize(file, 1<<20), rand.New(rand.NewPCG(1, 2))
	fmt.Fprintln(w, "id,i1,i2,i3,i4,d1,d2,d3,d4,f1,f2,c1,c2,c3,truth,day,moment,zip,name,holed")
	for i := range rows {
		day := fmt.Sprintf("%04d-%02d-%02d", 2000+r.IntN(20), 1+r.IntN(12), 1+r.IntN(28))
		holed := ""
		if r.IntN(10) > 0 {
			holed = fmt.Sprintf("%.3f", r.ExpFloat64())
		}
		fmt.Fprintf(w, "%d,%d,%d,%d,%d,%.1f,%.2f,%.2f,%.3f,%v,%v,city %d,%c,%c,%v,%s,%s %02d:%02d:%02d,%05d,user %d,%s\n",
			i+1, r.IntN(5), r.IntN(100), r.IntN(1e5), r.IntN(1e9), r.NormFloat64(), r.ExpFloat64()*100, r.Float64(),
			r.NormFloat64(), r.NormFloat64(),
			r.ExpFloat64(), r.IntN(3000),
			'A'+r.IntN(3), 'a'+r.IntN(20), r.IntN(2) == 0, day, day, r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(30000), i*7, holed)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := file.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

// BenchmarkRead reads 1,000,000 rows of 20 columns.
func BenchmarkRead(b *testing.B) {
	path := writeWide(b, 1_000_000)
	for b.Loop() {
		table, err := Read(context.Background(), path, DefaultReadOptions())
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(table.Rows()), "rows")
	}
}
