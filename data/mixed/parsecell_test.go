package mixed

import (
	"math"
	"strings"
	"testing"
)

// ParseCell gives what a batch holds, also for cells that follow from others and so have no coordinates.
func TestParseCell(t *testing.T) {
	source := shop()
	c := fitted(t, Settings{Missing: Model, Constraints: []string{"fixed(color, size)"}}, source)
	for _, w := range []struct {
		column int
		text   string
		want   float64
	}{
		{0, "1,5", 1.5}, {0, "", math.NaN()}, {1, "2019-05-05", 18021}, {2, "7", 7}, {3, "green", 1}, {3, "NA", -1}, {4, "M", 0},
	} {
		v, err := c.ParseCell(source.schema, w.column, w.text)
		if err != nil || v != w.want && !(math.IsNaN(v) && math.IsNaN(w.want)) {
			t.Errorf("%q: %v %v, want %v", w.text, v, err, w.want)
		}
	}
	for _, w := range []struct {
		column     int
		text, want string
	}{
		{0, "1,2x", "column price: expected a number"}, {1, "5 May", "expected a date"}, {2, "7,5", "column constant: numbers have 0 decimals"},
		{3, "gren", `must be one of green`}, {4, "", "must be one of M"}, {5, "1", "is of kind generated"}, {6, "no", "is of kind class"},
		{7, "", "column 7 of a schema of 7"}, {-1, "", "column -1"},
	} {
		if _, err := c.ParseCell(source.schema, w.column, w.text); err == nil || !strings.Contains(err.Error(), w.want) {
			t.Errorf("column %d, %q: error %v, want %s", w.column, w.text, err, w.want)
		}
	}
	if _, err := New(Settings{}).ParseCell(source.schema, 0, "1"); err == nil {
		t.Error("a codec that was not fitted reads a cell")
	}
}
