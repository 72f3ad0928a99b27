package model

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"euryale/data"
)

// Labels are dealt out by the rows per class: exactly for as many samples as rows, and but for less than one sample for any
// number; those of fewer samples are the first of those of more.
func TestApportion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counts := rapid.SliceOfN(rapid.Int64Range(0, 60), 1, 6).Draw(t, "counts")
		total := int64(0)
		for _, n := range counts {
			total += n
		}
		all := Apportion(counts, 1000)
		if int64(len(all)) != min(total, 1000) || total == 0 && all != nil {
			t.Fatalf("%d labels of %d rows", len(all), total)
		}
		given := make([]int64, len(counts))
		for i, label := range all {
			given[label]++
			for class, n := range counts {
				if share := float64(n) / float64(total) * float64(i+1); math.Abs(float64(given[class])-share) > 1-1e-9 {
					t.Fatalf("of %d samples class %d has %d, want %.2f", i+1, class, given[class], share)
				}
			}
		}
		if !slices.Equal(given, counts) {
			t.Fatalf("%d samples have the counts %v, want %v", len(all), given, counts)
		}
		if n := rapid.IntRange(0, len(all)).Draw(t, "n"); !slices.Equal(Apportion(counts, n), all[:n]) {
			t.Fatalf("%d labels are not the first of %d", n, len(all))
		}
	})
}

// classesOf counts the classes of samples.
func classesOf(t testing.TB, m *Model, r Request) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, line := range written(t, m, r) {
		counts[strings.Split(line, ",")[1]]++
	}
	return counts
}

// The classes of a table are kept to the row, unless a request has others.
func TestClassesOfTables(t *testing.T) {
	m := kindsModel(t)
	if got := m.Table().Shape(); got[0] != m.Dim() {
		t.Errorf("shape %v", got)
	}
	for name, test := range map[string]struct {
		n      int
		change func(r *Request) error
		want   map[string]int
	}{
		"as many as rows": {60, func(*Request) error { return nil }, map[string]int{"low": 10, "mid": 20, "high": 30}},
		"ten times":       {600, func(*Request) error { return nil }, map[string]int{"low": 100, "mid": 200, "high": 300}},
		"few":             {6, func(*Request) error { return nil }, map[string]int{"low": 1, "mid": 2, "high": 3}},
		"one class": {7, func(r *Request) (err error) {
			r.Sampling.Guidance.Label, err = m.ClassNamed("mid")
			return err
		}, map[string]int{"mid": 7}},
		"balanced": {9, func(r *Request) error { r.Labels = m.BalancedLabels(); return nil }, map[string]int{"low": 3, "mid": 3, "high": 3}},
		"proportions": {10, func(r *Request) (err error) {
			r.Labels, err = m.ProportionalLabels([]Share{{"low", 0.3}, {"high", 0.7}}, r.N)
			return err
		}, map[string]int{"low": 3, "high": 7}},
		"thirds": {10, func(r *Request) (err error) {
			r.Labels, err = m.ProportionalLabels([]Share{{"low", 1.0 / 3}, {"high", 2.0 / 3}}, r.N)
			return err
		}, map[string]int{"low": 3, "high": 7}},
	} {
		r := m.Request(test.n)
		if err := test.change(&r); err != nil {
			t.Fatal(err)
		}
		if got := classesOf(t, m, r); !maps.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
	for want, shares := range map[string][]Share{
		"must add up to 1, got 0.9":       {{"low", 0.3}, {"mid", 0.6}},
		"must be from 0 to 1, got -0.5":   {{"low", -0.5}, {"mid", 1.5}},
		`must be one of mid`:              {{"med", 1}},
		`class "low" is given twice`:      {{"low", 0.5}, {"low", 0.5}},
		"must add up to 1, got 0":         nil,
		"must be from 0 to 1, got NaN":    {{"low", math.NaN()}},
		"must add up to 1, got 1.0000001": {{"low", 0.5}, {"mid", 0.5000001}},
	} {
		if _, err := m.ProportionalLabels(shares, 10); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, want %s", shares, err, want)
		}
	}
	m.Schema.ClassCounts[0] = 0
	if got := m.BalancedLabels(); !slices.Equal(got, []int32{1, 2}) {
		t.Errorf("balanced without rows of class 0: %v", got)
	}
	if _, err := m.ClassNamed(m.Schema.Classes[0]); err == nil || !strings.Contains(err.Error(), "no training row has the class") {
		t.Errorf("a class without rows: %v", err)
	}
	if _, err := smallModel(t).ClassNamed("low"); err == nil || !strings.Contains(err.Error(), "rows have no class") {
		t.Errorf("no classes: %v", err)
	}
}

// Rows come as the file of the table has them: made-up ids by the row, missing cells, dates, decimals and constants.
func TestRowsOfTables(t *testing.T) {
	m := kindsModel(t)
	for i, line := range written(t, m, m.Request(300)) {
		cells := strings.Split(strings.ReplaceAll(line, `"Köln, Dom"`, "Köln"), ",")
		if len(cells) != 7 || cells[0] != fmt.Sprintf("K-%04d", i) || cells[6] != "kg" || len(cells[3]) != 5 ||
			!strings.HasPrefix(cells[5], "2024-") {
			t.Fatalf("line %d: %q", i, line)
		}
	}
	if s := m.SampleSchema(m.Request(3)); !s.HasClassColumn() || len(s.Classes) != 3 {
		t.Errorf("schema %+v", s)
	}
	if _, ok := data.MixedOf(m.Encoder); !ok || smallModel(t).Table() != nil {
		t.Error("a model of points is one of a table, or the other way about")
	}
}
