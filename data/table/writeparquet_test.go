package table

import (
	"bytes"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"euryale/data"
)

// parquetCells are the cells of a Parquet file as text, and its schema.
func parquetCells(t *testing.T, content string) (*parquet.File, [][]string) {
	t.Helper()
	file, err := parquet.OpenFile(bytes.NewReader([]byte(content)), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var cells [][]string
	for _, group := range file.RowGroups() {
		rows := group.Rows()
		for {
			var buffer [10]parquet.Row
			n, err := rows.ReadRows(buffer[:])
			for _, row := range buffer[:n] {
				line := make([]string, len(row))
				for _, v := range row {
					line[v.Column()] = v.String()
				}
				cells = append(cells, line)
			}
			if err != nil {
				break
			}
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return file, cells
}

func TestParquet(t *testing.T) {
	s := shop()
	s.Columns = append(s.Columns,
		data.Column{Name: "true", Kind: data.Category, Categories: []string{"TRUE", "False"}},
		data.Column{Name: "level", Kind: data.Category, Categories: []string{"1", "-2", "30"}, Missing: pointer("?")},
		data.Column{Name: "zip", Kind: data.Category, Categories: []string{"01", "2", "3"}},
		data.Column{Name: "day", Format: &data.Format{Layout: "02.01.2006", Unit: 24 * time.Hour}, Missing: pointer("")},
		data.Column{Name: "clock", Format: &data.Format{Layout: "15:04", Unit: time.Minute}},
		data.Column{Name: "zeros", Format: &data.Format{Padded: true, Zeros: 1}},
		data.Column{Name: "instant", Format: &data.Format{Layout: "2006-01-02T15:04:05Z07:00", Unit: time.Second, Offset: 3600}},
		data.Column{Name: "fine", Format: &data.Format{Layout: "2006-01-02T15:04:05.000000000", Unit: time.Nanosecond}},
	)
	s.File = &data.File{Delimiter: ","}
	rows := &data.Batch{First: 5, Rows: 2, Labels: []int32{1, 0}}
	rows.Real = []float64{
		5.4, 28333320, 3, 0.1, 19723, 61, 5, 3600, 1,
		math.NaN(), -1, 1 << 40, -1e-9, math.NaN(), 0, 6, 0, -1,
	}
	rows.Index = []int32{1, 0, 2, 0, -1, 1, -1, 1}
	file, cells := parquetCells(t, written(t, "a.parquet", s, rows))
	want := `message table {
	required binary id (STRING);
	optional double price;
	required binary kind (STRING);
	optional binary city, state (STRING);
	required int64 sold (TIMESTAMP(isAdjustedToUTC=false,unit=MICROS));
	required int64 count (INT(64,true));
	required double weight;
	required binary unit (STRING);
	optional binary note (STRING);
	required int64 row (INT(64,true));
	required boolean true;
	optional int64 level (INT(64,true));
	required binary zip (STRING);
	optional int32 day (DATE);
	required int64 clock (TIME(isAdjustedToUTC=false,unit=MICROS));
	required double zeros;
	required int64 instant (TIMESTAMP(isAdjustedToUTC=true,unit=MICROS));
	required int64 fine (TIMESTAMP(isAdjustedToUTC=false,unit=NANOS));
}`
	if got := file.Schema().String(); got != want {
		t.Errorf("schema\n%s\nwant\n%s", got, want)
	}
	wantCells := [][]string{
		{"D-012", "5.4", "old", "a \"b\"\nc", "1699999200000000", "3", "0.1", "kg", "<null>", "6", "true", "30", "01", "19723",
			"3660000000", "5", "3600000000", "1"},
		{"D-013", "<null>", "new", "<null>", "-60000000", "1099511627776", "-1e-09", "kg", "<null>", "7", "false", "<null>", "2",
			"<null>", "0", "6", "0", "-1"},
	}
	if fmt.Sprintf("%q", cells) != fmt.Sprintf("%q", wantCells) {
		t.Errorf("cells\n%q\nwant\n%q", cells, wantCells)
	}
}

// Texts that are whole numbers stay texts where the input was no text, unless the column has a format without decimals.
func TestParquetWholeTexts(t *testing.T) {
	for _, c := range []struct {
		file   *data.File
		format *data.Format
		want   string
	}{
		{nil, nil, "required binary n (STRING)"},
		{&data.File{}, nil, "required binary n (STRING)"},
		{&data.File{Delimiter: "\t"}, nil, "required int64 n (INT(64,true))"},
		{&data.File{}, &data.Format{}, "required int64 n (INT(64,true))"},
		{&data.File{Delimiter: ";"}, &data.Format{Decimals: 1}, "required binary n (STRING)"},
	} {
		s := data.Schema{Columns: []data.Column{{Name: "n", Kind: data.Class, Format: c.format}}, Classes: []string{"0", "12"}, File: c.file}
		file, cells := parquetCells(t, written(t, "a.parquet", s, &data.Batch{Rows: 1, Labels: []int32{1}}))
		if got := file.Schema().String(); got != "message table {\n\t"+c.want+";\n}" || cells[0][0] != "12" {
			t.Errorf("%v, %v: %s, %q", c.file, c.format, got, cells)
		}
	}
}

// Row groups end where they are full, and a file may have no rows.
func TestParquetRowGroups(t *testing.T) {
	s := data.Schema{Columns: make([]data.Column, 100)}
	for j := range s.Columns {
		s.Columns[j].Format = &data.Format{Decimals: j % 2}
	}
	const rows = 45_000
	numbers := make([]float64, rows*100)
	for i := range numbers {
		numbers[i] = float64(i)
	}
	file, _ := parquetCells(t, written(t, "a.parquet", s, &data.Batch{Rows: rows, Real: numbers}))
	var sizes []int64
	for _, group := range file.RowGroups() {
		sizes = append(sizes, group.NumRows())
	}
	if fmt.Sprint(sizes) != "[40960 4040]" {
		t.Errorf("row groups of %v", sizes)
	}
	column := make([]parquet.Value, 1)
	pages := file.RowGroups()[1].ColumnChunks()[99].Pages()
	defer pages.Close()
	page, err := pages.ReadPage()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := page.Values().ReadValues(column); err != nil || column[0].Double() != 40960*100+99 {
		t.Errorf("the second row group begins with %v, %v", column, err)
	}
	if file, cells := parquetCells(t, written(t, "b.parquet", s)); file.NumRows() != 0 || len(cells) != 0 {
		t.Errorf("a file without rows has %d", file.NumRows())
	}
}
