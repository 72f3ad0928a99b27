package tabular

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// one is a table of one column.
func one(c Column) *Table {
	return &Table{Rows: max(len(c.Numbers), len(c.Codes), c.Missing), Columns: []Column{c}}
}

func count(n int, f func(i int) float64) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = f(i)
	}
	return values
}

// Every combination of kinds and the smallest tables give a report whose figures are numbers, or are left out.
func TestSmallAndOneSidedTables(t *testing.T) {
	nan := math.NaN()
	numbers := Column{Name: "n", Numbers: count(30, func(i int) float64 { return float64(i * 7 % 30) })}
	codes := Column{Name: "k", Codes: cycle(30, func(i int) int { return i % 3 }), Categories: []string{"a", "b", "c"}}
	for name, c := range map[string]struct {
		table  *Table
		target string
	}{
		"numbers":        {one(numbers), "n"},
		"categories":     {one(codes), "k"},
		"both":           {&Table{Rows: 30, Columns: []Column{codes, numbers}}, "k"},
		"equal numbers":  {&Table{Rows: 30, Columns: []Column{codes, {Name: "n", Numbers: make([]float64, 30)}}}, "n"},
		"all missing":    {&Table{Rows: 30, Columns: []Column{codes, {Name: "n", Numbers: slices.Repeat([]float64{nan}, 30)}}}, "n"},
		"half missing":   {one(Column{Name: "n", Numbers: count(30, func(i int) float64 { return []float64{nan, 1, 2}[i%3] })}), "n"},
		"infinite":       {one(Column{Name: "n", Numbers: count(30, func(i int) float64 { return 1 / float64(i) })}), ""},
		"huge":           {one(Column{Name: "n", Numbers: count(30, func(i int) float64 { return math.Pow(-10, float64(10*i)) })}), "n"},
		"one row":        {one(Column{Name: "n", Numbers: []float64{5}}), "n"},
		"two rows":       {one(Column{Name: "k", Codes: []int32{0, 1}, Categories: []string{"a", "b"}}), "k"},
		"a text, too":    {&Table{Rows: 30, Columns: []Column{numbers, {Name: "note", Missing: 7}}}, "note"},
		"unused classes": {one(Column{Name: "k", Codes: make([]int32, 30), Categories: []string{"a", "b"}}), "k"},
	} {
		for _, test := range []*Table{c.table, nil} {
			if test == nil && c.table.Rows < 2 {
				continue
			}
			for _, quick := range []bool{false, true} {
				r, err := Compare(t.Context(), c.table, test, c.table, Options{Target: c.target, Baselines: true, Quick: quick})
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				for _, f := range r.Figures {
					if math.IsInf(f.Value, 0) || math.IsNaN(f.Value) && !strings.HasPrefix(f.Name, "tstr") && f.Name != "column_pair_trends" {
						t.Errorf("%s: %s = %v", name, f.Name, f.Value)
					}
				}
				if v := r.Figures.Value("column_shapes"); v != 1 {
					t.Errorf("%s: column_shapes of a copy = %v", name, v)
				}
				text(t, r)
			}
		}
	}
}

func TestWithoutTestRows(t *testing.T) {
	train, _, other := halves(400)
	r := compare(t, train, nil, other, Options{Target: "size", Workers: 2})
	for _, name := range []string{
		"column_shapes", "pairs_tv10", "c2st_boosting_auc", "precision", "tstr_auc", "copied_rows", "duplicate_rows",
	} {
		if f, ok := r.Figures.Get(name); !ok || math.IsNaN(f.Value) {
			t.Errorf("%s is not measured", name)
		} else if f.Floor == nil {
			t.Errorf("%s has no floor", name)
		}
	}
	for _, name := range []string{"column_shapes_test", "dcr_share", "membership_auc", "rare_values"} {
		if _, ok := r.Figures.Get(name); ok {
			t.Errorf("%s is measured without test rows", name)
		}
	}
	if len(r.NotMeasured) != 3 || !strings.Contains(r.Verdict("leak").Text, "without test rows") {
		t.Errorf("not measured: %v; verdict %+v", r.NotMeasured, r.Verdict("leak"))
	}
}

func TestQuick(t *testing.T) {
	train, test, other := halves(400)
	calls := 0
	r := compare(t, train, test, other, Options{Target: "size", Quick: true, Progress: func(done, total int) {
		if calls++; done != calls || total != 2 {
			t.Errorf("progress is %d of %d after %d calls", done, total, calls)
		}
	}})
	for _, name := range []string{"column_shapes", "pairs_tv10", "c2st_boosting_auc", "dcr_share", "membership_auc", "copied_rows"} {
		if _, ok := r.Figures.Get(name); !ok {
			t.Errorf("%s is not measured", name)
		}
	}
	if _, ok := r.Figures.Get("tstr_auc"); ok || calls != 2 {
		t.Errorf("trees learn the target: %v; %d calls of progress", ok, calls)
	}
}

func TestBadTables(t *testing.T) {
	good := one(Column{Name: "n", Numbers: []float64{1, 2, 3}})
	words := one(Column{Name: "n", Codes: []int32{0, 0, 0}, Categories: []string{"a"}})
	for _, c := range []struct {
		name               string
		train, test, synth *Table
		target, want       string
	}{
		{"no training table", nil, good, good, "", "there is no training table"},
		{"no synthetic table", good, good, nil, "", "there is no synthetic table"},
		{"no rows", good, &Table{Columns: good.Columns}, good, "", "the test table has no rows"},
		{"no columns", good, nil, &Table{Rows: 3}, "", "the synthetic table has no columns"},
		{"ragged", &Table{Rows: 4, Columns: good.Columns}, nil, good, "", `the training table, column "n": has 3 numbers for 4 rows`},
		{"two of a name", &Table{Rows: 3, Columns: append(good.Columns, good.Columns[0])}, nil, good, "", `two columns named "n"`},
		{"bad code", one(Column{Name: "k", Codes: []int32{0, 2}, Categories: []string{"a"}}), nil, good, "", "row 1 has code 2, must be from -1"},
		{"equal categories", one(Column{Name: "k", Codes: []int32{0}, Categories: []string{"a", "a"}}), nil, good, "", `"a" twice`},
		{"two kinds", &Table{Rows: 1, Columns: []Column{{Name: "n", Numbers: []float64{1}, Codes: []int32{0}}}}, nil, good, "", "one of them"},
		{"kinds differ", good, nil, words, "", `column "n" holds numbers in the training table and categories in the synthetic table`},
		{"no target", good, nil, good, "price", `no column "price" to predict`},
		{"nothing to compare", one(Column{Name: "note", Missing: 3}), good, good, "", "there is nothing to compare"},
		{"one row alone", one(Column{Name: "n", Numbers: []float64{1}}), nil, good, "", "2 are needed"},
	} {
		_, err := Compare(t.Context(), c.train, c.test, c.synth, Options{Target: c.target})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}

func TestOtherColumns(t *testing.T) {
	train := &Table{Rows: 30, Columns: []Column{
		{Name: "a", Numbers: count(30, func(i int) float64 { return float64(i) })},
		{Name: "b", Numbers: count(30, func(i int) float64 { return float64(i % 7) })},
	}}
	absent := &Table{Rows: 30, Columns: train.Columns[:1]}
	r := compare(t, train, train, absent, Options{})
	if v := r.Verdict("schema"); v.OK || !strings.Contains(v.Text, `"b" is absent`) {
		t.Errorf("an absent column: %+v", v)
	}
	turned := &Table{Rows: 30, Columns: []Column{train.Columns[1], train.Columns[0], {Name: "c", Missing: 1}}}
	r = compare(t, train, train, turned, Options{})
	if v := r.Verdict("schema"); v.OK || !strings.Contains(v.Text, `"c" is none of them`) || r.Figures.Value("columns_equal") != 0 {
		t.Errorf("columns in another order and one more: %+v", v)
	}
	near(t, "column_shapes", r.Figures.Value("column_shapes"), 1, 1e-15)
}

// A target of few whole numbers is a class.
func TestTargetAsClass(t *testing.T) {
	target := func(n int) Column {
		return Column{Name: "y", Numbers: count(60, func(i int) float64 { return float64(i % n) })}
	}
	for _, c := range []struct {
		classes int
		want    string
	}{{10, "tstr_auc"}, {11, "tstr_r2"}} {
		x := Column{Name: "x", Numbers: count(60, func(i int) float64 { return float64(i) })}
		table := &Table{Rows: 60, Columns: []Column{target(c.classes), x}}
		if _, ok := compare(t, table, table, table, Options{Target: "y"}).Figures.Get(c.want); !ok {
			t.Errorf("%s of %d whole numbers is not measured", c.want, c.classes)
		}
		if table.Columns[0].Codes != nil {
			t.Error("the table was changed")
		}
	}
}
