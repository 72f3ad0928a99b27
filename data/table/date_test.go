package table

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"euryale/data"
)

// Dates in any of the layouts, with any time of day, are found to be of one that writes all of them as they are, and the
// numbers that they become are those times.
func TestAnyLayout(t *testing.T) {
	folder := t.TempDir()
	var all []string
	for _, date := range dateLayouts() {
		all = append(all, date.text)
		for _, clock := range clockLayouts() {
			all = append(all, date.text+" "+clock, date.text+"T"+clock+"Z07:00")
		}
	}
	all = append(all, clockLayouts()...)
	rapid.Check(t, func(t *rapid.T) {
		layout := rapid.SampledFrom(all).Draw(t, "layout")
		text, previous := "y,x\n", ""
		var moments []time.Time
		for i := range 8 {
			moment := time.Unix(rapid.Int64Range(-1e9, 4e9).Draw(t, "seconds"), rapid.Int64Range(0, 1e6).Draw(t, "thousands")*1000).UTC()
			cell := moment.Format(layout)
			if i == 1 && cell == previous {
				return // too few to be no constant
			}
			previous = cell
			moments = append(moments, moment)
			text += fmt.Sprintf("%d,\"%s\"\n", i, cell)
		}
		path := folder + "/F.csv"
		table, err := readAt(path, text)
		if err != nil {
			t.Fatal(err)
		}
		x := table.Column("x")
		if x.Type != Date && x.Type != Time {
			t.Fatalf("%s: %v\n%s", layout, x.Type, text)
		}
		if !x.Exact {
			t.Fatalf("%s: %v\n%s", layout, table.Notes, text)
		}
		zone := zoneOf(x.Format)
		for i, moment := range moments {
			want := moment.Format(layout)
			got, err := appendTime(nil, x.Number(i), x.Format, zone)
			if err != nil || string(got) != want {
				t.Fatalf("%s: row %d, %s, is written as %s, %v", layout, i, want, got, err)
			}
		}
	})
}

func TestCountOf(t *testing.T) {
	for _, c := range []struct {
		text  string
		unit  time.Duration
		clock bool
		want  int64
	}{
		{"1969-12-31T23:59:59Z", time.Second, false, -1},
		{"1969-12-31T00:00:00Z", 24 * time.Hour, false, -1},
		{"1969-12-31T23:00:00Z", 24 * time.Hour, false, -1},
		{"1969-12-31T23:59:59.5Z", time.Millisecond, false, -500},
		{"0000-01-01T00:01:30Z", time.Second, true, 90},
		{"2024-02-29T00:00:00+02:00", time.Hour, false, 474766},
	} {
		moment, err := time.Parse(time.RFC3339Nano, c.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := countOf(moment, c.unit, c.clock); got != c.want {
			t.Errorf("%s in units of %v: got %d, expected %d", c.text, c.unit, got, c.want)
		}
	}
}

func TestCheckFormat(t *testing.T) {
	for _, good := range []string{"", "2006-01-02", "15:04", "Jan 2, 2006 at 3:04pm (MST)", "2006"} {
		if err := checkFormat(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"%Y-%m-%d", "YYYY-MM-DD", "date", " "} {
		if err := checkFormat(bad); err == nil {
			t.Errorf("%q is no layout", bad)
		}
	}
	if !layoutOf("15:04").clock || layoutOf("2006").clock || layoutOf("Mon 15:04").clock {
		t.Error("which layouts have no date")
	}
}

// The order of day and month is that of the column, where one cell decides it, and of the file where none does.
func TestDayAndMonth(t *testing.T) {
	for _, c := range []struct{ delimiter, cells, layout string }{
		{",", "01/02/2024 13/02/2024", "02/01/2006"},
		{",", "01/02/2024 02/13/2024", "01/02/2006"},
		{",", "01/02/2024 03/04/2024", "01/02/2006"},
		{";", "01/02/2024 03/04/2024", "02/01/2006"},
		{",", "1/2/2024 13/2/2024", "2/1/2006"},
	} {
		var first, second string
		fmt.Sscan(c.cells, &first, &second)
		_, x := readColumn(t, c.delimiter, first, second)
		if x.Kind != data.Real || x.Format.Layout != c.layout {
			t.Errorf("%s: got %+v, expected %s", c.cells, x.Format, c.layout)
		}
	}
}
