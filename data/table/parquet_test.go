package table

import (
	"bytes"
	"context"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"

	"euryale/data"
)

// parquetRow has a column of every type that is read.
type parquetRow struct {
	Whole   int64    `parquet:"whole"`
	Small   int32    `parquet:"small"`
	Byte    uint8    `parquet:"byte"`
	Number  float64  `parquet:"number"`
	Half    float32  `parquet:"half"`
	Maybe   *float64 `parquet:"maybe,optional"`
	Count   *int64   `parquet:"count,optional"`
	Word    string   `parquet:"word"`
	Digits  string   `parquet:"digits"`
	Truth   bool     `parquet:"truth"`
	Day     int32    `parquet:"day,date"`
	Moment  int64    `parquet:"moment,timestamp(microsecond:utc)"`
	Local   int64    `parquet:"local,timestamp(millisecond:local)"`
	Clock   int64    `parquet:"clock,time(microsecond)"`
	Price   int64    `parquet:"price,decimal(2:18)"`
	Fixed   [16]byte `parquet:"fixed,uuid"`
	Inner   inner    `parquet:"inner"`
	Colored *string  `parquet:"colored,optional,dict"`
}

type inner struct {
	Depth int32 `parquet:"depth"`
}

func pointers[T any](v T) *T { return &v }

func parquetRows() []parquetRow {
	day := int32(19782) // 2024-02-29
	return []parquetRow{
		{3, -1, 200, 0.25, 0.1, pointers(1.5), pointers(int64(7)), "a, b", "007", true, day, 1709164801500000, 1709164800000,
			45015000000, -5, [16]byte{1}, inner{2}, pointers("red")},
		{5, 2, 201, 1e-7, 2.5, nil, nil, "c\nd", "12", false, day + 1, 1709164801000000, 1709164801000, 0, 12345, [16]byte{2}, inner{3}, nil},
		{5, 2, 201, 1, 2.5, pointers(math.NaN()), pointers(int64(7)), "c\nd", "12", false, day + 1, 1709164801000000, 1709164801000,
			0, 100, [16]byte{2}, inner{3}, pointers("")},
	}
}

func writeParquet(t *testing.T, rows []parquetRow, options ...parquet.WriterOption) string {
	t.Helper()
	var file bytes.Buffer
	if err := parquet.Write(&file, rows, options...); err != nil {
		t.Fatal(err)
	}
	return fileOf(t, "F.parquet", file.String())
}

func TestReadParquet(t *testing.T) {
	for _, codec := range []compress.Codec{&parquet.Uncompressed, &parquet.Zstd, &parquet.Snappy} {
		path := writeParquet(t, parquetRows(), parquet.Compression(codec), parquet.MaxRowsPerRowGroup(2))
		table, err := Read(context.Background(), path, DefaultReadOptions())
		if err != nil {
			t.Fatal(err)
		}
		if *table.Schema().File != (data.File{Encoding: "utf-8", Decimal: "."}) {
			t.Errorf("the file is %+v", *table.Schema().File)
		}
		checkNumbers(t, table)
		for name, want := range map[string][]string{
			"word": {"a, b", "c\nd", "c\nd"}, "digits": {"007", "12", "12"}, "truth": {"true", "false", "false"}, "colored": {"red", "NULL", ""},
			"fixed": {"01000000-0000-0000-0000-000000000000", "02000000-0000-0000-0000-000000000000", "02000000-0000-0000-0000-000000000000"},
		} {
			c := table.Column(name)
			if c.Kind != data.Category {
				t.Errorf("%s is of kind %v", name, c.Kind)
				continue
			}
			for i, text := range want {
				got := "NULL"
				if code := c.Code(i); code >= 0 {
					got = c.Categories[code]
				}
				if got != text {
					t.Errorf("%s: row %d is %q, expected %q", name, i, got, text)
				}
			}
		}
	}
}

func checkNumbers(t *testing.T, table *Table) {
	t.Helper()
	day, nan := 24*time.Hour, math.NaN()
	for name, want := range map[string]struct {
		kind   Type
		format data.Format
		values []float64
	}{
		"whole":  {Int, data.Format{}, []float64{3, 5, 5}},
		"small":  {Int, data.Format{}, []float64{-1, 2, 2}},
		"byte":   {Int, data.Format{}, []float64{200, 201, 201}},
		"number": {Float, data.Format{Decimals: -1}, []float64{0.25, 1e-7, 1}},
		"half":   {Float, data.Format{Decimals: 1, Padded: true}, []float64{0.1, 2.5, 2.5}},
		"maybe":  {Float, data.Format{Decimals: 1, Padded: true}, []float64{1.5, nan, nan}},
		"count":  {Int, data.Format{}, []float64{7, nan, 7}},
		"day":    {Date, data.Format{Layout: "2006-01-02", Unit: day}, []float64{19782, 19783, 19783}},
		"moment": {Date, data.Format{Layout: "2006-01-02T15:04:05.999999999Z07:00", Unit: time.Millisecond},
			[]float64{1709164801500, 1709164801000, 1709164801000}},
		"local":       {Date, data.Format{Layout: "2006-01-02T15:04:05", Unit: time.Second}, []float64{1709164800, 1709164801, 1709164801}},
		"clock":       {Time, data.Format{Layout: "15:04:05", Unit: time.Second}, []float64{45015, 0, 0}},
		"price":       {Float, data.Format{Decimals: 2, Padded: true}, []float64{-0.05, 123.45, 1}},
		"inner.depth": {Int, data.Format{}, []float64{2, 3, 3}},
	} {
		c := table.Column(name)
		if c.Type != want.kind || c.Format == nil || *c.Format != want.format {
			t.Errorf("%s: got %v, %+v", name, c.Type, c.Format)
			continue
		}
		for i, v := range want.values {
			if got := c.Number(i); got != v && !(math.IsNaN(v) && math.IsNaN(got)) {
				t.Errorf("%s: row %d is %v, expected %v", name, i, got, v)
			}
		}
	}
}

// What is written as Parquet is read as what it was.
func TestParquetRoundTrip(t *testing.T) {
	const text = "whole,number,word,truth,day,moment,holed\n1,1.50,a,true,2024-02-29,2024-02-29 12:00:01,\n" +
		"2,2.25,\"b\n, c\",false,2024-03-01,2024-02-29 12:00:00,3\n1,1.50,a,true,2024-02-29,2024-02-29 12:00:01,4\n"
	first := mustRead(t, text, nil)
	second, err := Read(context.Background(), fileOf(t, "F.parquet", writeBack(t, first, ".parquet")), DefaultReadOptions())
	if err != nil {
		t.Fatal(err)
	}
	for j, c := range first.Columns {
		d := second.Columns[j]
		if c.Name != d.Name || c.Kind != d.Kind || c.Type != d.Type || c.MissingCells != d.MissingCells ||
			!slices.Equal(c.Categories, d.Categories) {
			t.Errorf("%s: %+v became %+v", c.Name, c.Column, d.Column)
			continue
		}
		for i := range first.Rows() {
			if c.Kind == data.Real && c.Number(i) != d.Number(i)*float64(d.unit())/float64(c.unit()) && !math.IsNaN(c.Number(i)) ||
				c.Kind == data.Category && c.Code(i) != d.Code(i) {
				t.Errorf("%s: row %d became another", c.Name, i)
			}
		}
	}
}

// unit is that of a date, 1 of a number.
func (c *Column) unit() time.Duration { return max(1, c.Format.Unit) }

type listRow struct {
	Number int64   `parquet:"number"`
	List   []int64 `parquet:"list"`
}

type binaryRow struct {
	Number int64  `parquet:"number"`
	Bytes  []byte `parquet:"bytes"`
}

func TestBadParquet(t *testing.T) {
	var lists, bytesOf bytes.Buffer
	if err := parquet.Write(&lists, []listRow{{1, []int64{1, 2}}}); err != nil {
		t.Fatal(err)
	}
	if err := parquet.Write(&bytesOf, []binaryRow{{1, []byte("a")}, {2, []byte{0xff, 0xfe}}}); err != nil {
		t.Fatal(err)
	}
	for want, text := range map[string]string{
		`column "list" holds a list per row`:                     lists.String(),
		`row 1: column "bytes": bytes that are no text in UTF-8`: bytesOf.String(),
		`no Parquet that can be read`:                            lists.String()[:lists.Len()-9],
		`column "maybe": expected finite numbers, got "+Inf"`:    contentOf(t, writeParquet(t, infinite())),
	} {
		_, err := Read(context.Background(), fileOf(t, "F.parquet", text), DefaultReadOptions())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, expected %s", err, want)
		}
	}
}

func infinite() []parquetRow {
	rows := parquetRows()
	rows[1].Maybe = pointers(math.Inf(1))
	return rows
}

// Files that are damaged anywhere are errors, or tables that are whole, but no panic.
func TestDamagedParquet(t *testing.T) {
	file := []byte(contentOf(t, writeParquet(t, parquetRows())))
	path := fileOf(t, "F.parquet", "")
	for i := 0; i < len(file); i += 11 {
		damaged := bytes.Clone(file)
		damaged[i] ^= 0x55
		if err := os.WriteFile(path, damaged, 0o666); err != nil {
			t.Fatal(err)
		}
		if table, err := Read(context.Background(), path, DefaultReadOptions()); err == nil && table.Rows() == 0 {
			t.Errorf("byte %d: no error and no rows", i)
		}
	}
}
