package tabular

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawTable draws a table with equal values, missing cells and both kinds of columns.
func drawTable(t *rapid.T, rows, numbers, categories int) *Table {
	table := &Table{Rows: rows}
	for range numbers {
		c := Column{Numbers: make([]float64, rows)}
		for i := range c.Numbers {
			c.Numbers[i] = float64(rapid.IntRange(-2, 9).Draw(t, "number"))
			if c.Numbers[i] == -2 {
				c.Numbers[i] = math.NaN()
			}
		}
		table.Columns = append(table.Columns, c)
	}
	for range categories {
		codes := rapid.SliceOfN(rapid.Int32Range(-1, 2), rows, rows).Draw(t, "codes")
		table.Columns = append(table.Columns, Column{Codes: codes, Categories: []string{"a", "b", "c"}})
	}
	return table
}

// The search finds the first of the closest records, as looking at all of them does.
func TestClosestRecordsIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, m := rapid.IntRange(1, 40).Draw(t, "n"), rapid.IntRange(1, 40).Draw(t, "m")
		numbers := rapid.IntRange(0, 6).Draw(t, "numbers")
		categories := rapid.IntRange(max(0, 1-numbers), 2).Draw(t, "categories")
		a, b := drawTable(t, n, numbers, categories), drawTable(t, m, numbers, categories)
		d := NewDistance(a)
		points, set := d.Records(a), d.Records(b)
		got, err := ClosestRecords(t.Context(), points, set, rapid.IntRange(1, 3).Draw(t, "workers"))
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			best := Closest{-1, float32(math.Inf(1))}
			for j := range m {
				if v := points.distance(i, set, j, float32(math.Inf(1))); v < best.Distance {
					best = Closest{int32(j), v}
				}
			}
			if got[i] != best {
				t.Fatalf("closest to %d is %+v, want %+v", i, got[i], best)
			}
		}
	})
}

func TestDistance(t *testing.T) {
	nan := math.NaN()
	train := &Table{Rows: 3, Columns: []Column{
		{Numbers: []float64{0, 10, nan}}, {Numbers: []float64{1, 1, 1}},
		{Codes: []int32{0, 1, -1}, Categories: []string{"a", "b", "new"}},
	}}
	other := &Table{Rows: 4, Columns: []Column{
		{Numbers: []float64{5, 1000, nan, nan}}, {Numbers: []float64{1, 1, 1.5, 1}},
		{Codes: []int32{1, 0, -1, 2}, Categories: []string{"a", "b", "new"}},
	}}
	d := NewDistance(train)
	r, s := d.Records(train), d.Records(other)
	for _, c := range []struct {
		i, j int
		want float64
	}{
		{0, 0, (0.5 + 0 + 1) / 3}, // half the range; equal; another category
		{0, 1, (2.0 + 0 + 0) / 3}, // at most one range beyond the greatest
		{2, 2, (0 + 0.5 + 0) / 3}, // both missing are alike; a constant column has the unit for a range
		{0, 2, (1 + 0.5 + 1) / 3}, // missing is half a range away, from the middle
		{0, 3, (1.0 + 0 + 1) / 3}, // a category never seen in training
	} {
		near(t, "distance", float64(r.distance(c.i, s, c.j, 9)), c.want, 1e-6)
	}
}

func TestCloserShare(t *testing.T) {
	at := func(distances ...float32) []Closest {
		out := make([]Closest, len(distances))
		for i, d := range distances {
			out[i] = Closest{int32(i), d}
		}
		return out
	}
	share, err := closerShare(at(1, 1, 3, 0.5), at(2, 1, 1, 0.5), 100)
	near(t, "share", share, 0.5, 1e-15) // nearer, tied, farther, tied
	near(t, "error without ties", second(closerShare(at(1, 1, 1, 1), at(2, 2, 2, 2), 10_000)), math.Sqrt(0.25/4), 1e-4)
	if few := second(closerShare(at(1, 1, 1, 1), at(2, 2, 2, 2), 2)); few >= math.Sqrt(0.25/4) || err <= 0 {
		t.Errorf("errors: %v where rows are exhausted, %v with ties", few, err)
	}
	// All points share one closest row, which is as likely a test row.
	one := []Closest{{0, 1}, {0, 1}, {0, 1}, {0, 1}}
	near(t, "error of one row", second(closerShare(one, at(2, 2, 2, 2), 10_000)), 0.5, 1e-4)
}

func second(_, v float64) float64 { return v }

func TestMembershipAUC(t *testing.T) {
	got, err := MembershipAUC([]float64{.1, .2, .2, .5, .9}, []float64{.2, .6, .7, .9})
	// scikit-learn 1.2.1: roc_auc_score([1]*5 + [0]*4, the negative distances)
	if near(t, "membership AUC", got, 0.725, 1e-15); err != nil {
		t.Error(err)
	}
}

func TestCopiesAndDuplicates(t *testing.T) {
	nan := math.NaN()
	table := func(numbers []float64, codes []int32) *Table {
		return &Table{Rows: len(numbers), Columns: []Column{{Numbers: numbers}, {Codes: codes, Categories: []string{"a", "b"}}, {Missing: 1}}}
	}
	train := table([]float64{0, 1, nan, 1}, []int32{0, 1, -1, 1})
	other := table([]float64{math.Copysign(0, -1), 1, nan, nan, 2}, []int32{0, 0, -1, -1, 1})
	near(t, "copied rows", CopiedRows(other, train), 0.6, 1e-15) // rows 0, 2 and 3
	near(t, "duplicate rows", DuplicateRows(other), 0.2, 1e-15)
	near(t, "duplicate rows", DuplicateRows(train), 0.25, 1e-15)
	near(t, "twin rows", twinRows(train), 0.5, 1e-15)
}

// Keys are equal for equal rows only, also where values change places.
func TestRowKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := drawTable(t, rapid.IntRange(2, 30).Draw(t, "rows"), 2, 2)
		keys := rowKeys(table)
		row := func(i int) []float64 {
			c := table.Columns
			r := []float64{c[0].Numbers[i], c[1].Numbers[i], float64(c[2].Codes[i]), float64(c[3].Codes[i])}
			for k, v := range r {
				if math.IsNaN(v) {
					r[k] = -99
				}
			}
			return r
		}
		for i := range keys {
			for j := range i {
				if (keys[i] == keys[j]) != slices.Equal(row(i), row(j)) {
					t.Fatalf("rows %v and %v have keys %x and %x", row(i), row(j), keys[i], keys[j])
				}
			}
		}
	})
}

func TestRareValues(t *testing.T) {
	train := &Table{Rows: 8, Columns: []Column{
		{Numbers: []float64{1, 1, 1, 1, 2, 3, 3, math.NaN()}}, // 2 and 3 are rare
		{Codes: []int32{0, 0, 0, 0, 1, 1, 2, -1}, Categories: []string{"a", "b", "c", "d"}},
	}}
	names := train.Columns[1].Categories
	test := &Table{Rows: 2, Columns: []Column{{Numbers: []float64{3, 1}}, {Codes: []int32{0, 3}, Categories: names}}}
	synthetic := &Table{Rows: 2, Columns: []Column{{Numbers: []float64{2, 3}}, {Codes: []int32{2, 2}, Categories: names}}}
	all, columns, err := rareValues(t.Context(), train, test, synthetic, 2)
	if err != nil {
		t.Fatal(err)
	}
	if all.Values != 4 || columns[0].Values != 2 || columns[1].Values != 2 {
		t.Errorf("rare values: %d, of %d and %d", all.Values, columns[0].Values, columns[1].Values)
	}
	near(t, "reproduced", all.Reproduced, 0.75, 1e-15)
	near(t, "in test", all.InTest, 0.25, 1e-15)
	near(t, "standard error", all.StandardError, math.Sqrt((0.5-0.25)/4), 1e-15) // differences 1, 0, 0, 1
}
