package mixed

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"euryale/data"
)

// shop is a table with a column of every kind: price (missing at times), sold, color (missing at times), size, id and class.
func shop() *table {
	r := newRand(12)
	const n = 400
	price, sold, constant := make([]float64, n), make([]float64, n), make([]float64, n)
	color, size := make([]int32, n), make([]int32, n)
	for i := range n {
		price[i] = 1 + math.Round(100*r.ExpFloat64())/100
		sold[i] = float64(18_000 + r.IntN(300))
		constant[i] = 7
		color[i] = int32(r.IntN(4) - 1)
	}
	t := realColumns(2, price, sold, constant).withMissing(0).addCategories("color", color).addCategories("size", size)
	for j, name := range []string{"price", "sold", "constant"} {
		t.schema.Columns[j].Name = name
	}
	t.schema.Columns[1].Format = &data.Format{Layout: "2006-01-02", Unit: 24 * time.Hour}
	t.schema.Columns[2].Format = &data.Format{}
	t.schema.Columns[3].Categories = []string{"red", "green", "blue"}
	t.schema.Columns[4].Categories = []string{"M"}
	t.schema.Columns = append(t.schema.Columns, data.Column{Name: "id", Kind: data.Generated, Generate: &data.Generator{Name: "sequence"}},
		data.Column{Name: "class", Kind: data.Class})
	t.schema.Classes = []string{"no", "yes"}
	t.schema.File = &data.File{Decimal: ","}
	return t
}

func TestEncodeCell(t *testing.T) {
	source := shop()
	c := fitted(t, Settings{Missing: Model}, source)
	for _, w := range []struct {
		column      int
		text        string
		coordinates []int
	}{
		{0, "1,5", []int{0, 6, 7}}, {0, "", []int{6, 7}}, {1, "2019-05-05", []int{1}}, {2, "7", nil}, {3, "green", []int{2, 3, 4, 5}},
		{3, "NA", []int{2, 3, 4, 5}}, {4, "M", nil},
	} {
		coordinates, values, err := c.EncodeCell(source.schema, w.column, w.text)
		if err != nil || !slices.Equal(coordinates, w.coordinates) || len(values) != len(coordinates) {
			t.Errorf("%s: %v %v %v, want %v", w.text, coordinates, values, err, w.coordinates)
			continue
		}
		x := make([]float32, c.layout.Dim)
		for i, at := range coordinates {
			x[at] = values[i]
		}
		b := decoded(t, c, x)
		var got any
		switch w.column {
		case 0, 1, 2:
			got = b.Real[w.column]
		default:
			got = int(b.Index[w.column-3])
		}
		want := map[string]any{"1,5": 1.5, "2019-05-05": 18021.0, "7": 7.0, "green": 1, "NA": -1, "M": 0}[w.text]
		if w.text == "" {
			if !math.IsNaN(got.(float64)) {
				t.Errorf("a missing cell became %v", got)
			}
		} else if got != want {
			t.Errorf("%s became %v, want %v", w.text, got, want)
		}
	}
}

func TestEncodeCellOfEveryTrainingValue(t *testing.T) {
	source := diamonds(3_000)
	c := fitted(t, Settings{}, source)
	for j, column := range source.schema.Columns[:7] {
		for i := range 200 {
			v := source.real[i*7+j]
			_, values, err := c.EncodeCell(source.schema, j, shown(v, column.Format))
			if err != nil {
				t.Fatal(err)
			}
			if got, _, _ := c.numbers[j].scale.value(values[0]); got != v {
				t.Fatalf("column %d: %v became %v", j, v, got)
			}
		}
	}
}

func TestEncodeCellErrors(t *testing.T) {
	source := shop()
	c := fitted(t, Settings{Missing: Model, Constraints: []string{"price >= 1"}}, source)
	for _, w := range []struct {
		column     int
		text, want string
	}{
		{0, "cheap", `column price: expected a number, got "cheap"`},
		{0, "1,234", "numbers have 2 decimals, got 1,234"},
		{0, "0,5", "0,5 violates a constraint"},
		{0, "1e9", "column price: training rows have 1 to "},
		{1, "5.5.2019", `expected a date or a time like "2006-01-02"`},
		{1, "1999-01-01", "training rows have 2019-04-1"},
		{2, "8", "every training row has 7 here, got 8"},
		{3, "gren", "must be one of green, red, blue"},
		{4, "NA", "must be one of M"},
		{5, "3", "is not learned from the data"},
		{6, "yes", "is the class of a row"},
		{7, "yes", "column 7 of a schema of 7"},
		{-1, "yes", "column -1 of a schema of 7"},
	} {
		if _, _, err := c.EncodeCell(source.schema, w.column, w.text); err == nil || !strings.Contains(err.Error(), w.want) {
			t.Errorf("column %d, %q: %v, want %s", w.column, w.text, err, w.want)
		}
	}
	// A date with a time of day, of which the day or the time is beyond those of the training rows, and a linear scale.
	moments := realColumns(0, []float64{9, 10 + 24, 9 + 48, 12 + 72})
	moments.schema.Columns[0].Format = &data.Format{Layout: "2006-01-02 15:04", Unit: time.Hour}
	c = fitted(t, Settings{}, moments)
	for text, want := range map[string]string{
		"1970-01-09 10:00": "training rows have 1970-01-01 to 1970-01-04 here, got 1970-01-09",
		"1970-01-02 13:00": "training rows have 09:00:00 to 12:00:00 here, got 13:00:00",
	} {
		if _, _, err := c.EncodeCell(moments.schema, 0, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	line := realColumns(0, []float64{1, 2, 3}).addCategories("one", []int32{1, 1, 1})
	line.schema.Columns[0].Missing = new(string)
	c = fitted(t, Settings{Numbers: Standard, Missing: Impute}, line)
	if at, values, err := c.EncodeCell(line.schema, 0, "200"); err != nil || len(at) != 1 || values[0] < 50 {
		t.Errorf("200 on a linear scale: %v %v %v", at, values, err)
	}
	if _, _, err := c.EncodeCell(line.schema, 0, ""); err == nil || !strings.Contains(err.Error(), "is missing in no training row") {
		t.Errorf("a missing cell: %v", err)
	}
	trip := trips(100)
	c = fitted(t, Settings{Constraints: []string{"low <= high", "total = a + b", "fixed(city, state)"}}, trip)
	for _, column := range []int{1, 4, 5, 6} {
		if _, _, err := c.EncodeCell(trip.schema, column, "0"); err == nil || !strings.Contains(err.Error(), "cannot be known by itself") {
			t.Errorf("column %d: %v", column, err)
		}
	}
}
