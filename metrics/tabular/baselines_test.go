package tabular

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func makers(t *testing.T) map[string]func(train *Table, target string, rows int, seed uint64, workers int) *Table {
	must := func(table *Table, err error) *Table {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
	return map[string]func(*Table, string, int, uint64, int) *Table{
		"independent": func(train *Table, _ string, rows int, seed uint64, _ int) *Table {
			return must(Independent(train, rows, seed))
		},
		"copula": func(train *Table, _ string, rows int, seed uint64, workers int) *Table {
			return must(Copula(t.Context(), train, rows, seed, workers))
		},
		"smote": func(train *Table, target string, rows int, seed uint64, workers int) *Table {
			return must(SMOTE(t.Context(), train, target, rows, seed, workers))
		},
	}
}

func sameTable(a, b *Table) bool {
	return a.Rows == b.Rows && slices.EqualFunc(a.Columns, b.Columns, func(x, y Column) bool {
		bits := func(u, v float64) bool { return math.Float64bits(u) == math.Float64bits(v) }
		return x.Name == y.Name && slices.EqualFunc(x.Numbers, y.Numbers, bits) && slices.Equal(x.Codes, y.Codes) &&
			slices.Equal(x.Categories, y.Categories) && x.Missing == y.Missing
	})
}

// Every baseline makes valid rows, as many as asked for, that depend on the seed and not on the workers.
func TestBaselinesKeepTheColumns(t *testing.T) {
	train := mixedTable(300, 1)
	for name, make := range makers(t) {
		table := make(train, "size", 500, 1, 1)
		if err := table.check(name); err != nil || table.Rows != 500 {
			t.Errorf("%s: %d rows, %v", name, table.Rows, err)
		}
		v := measureValidity(train, table, func(int) bool { return true })
		if v.cells != 1 || mean(v.adherence) != 1 {
			t.Errorf("%s: valid cells %v, adherence %v", name, v.cells, v.adherence)
		}
		if similar := missingSimilarities(train, table, func(int) bool { return true }); slices.Min(similar) < 0.95 {
			t.Errorf("%s: missing similarities %v", name, similar)
		}
		if !sameTable(table, make(train, "size", 500, 1, 3)) {
			t.Errorf("%s depends on the number of workers", name)
		}
		if sameTable(table, make(train, "size", 500, 2, 1)) {
			t.Errorf("%s does not depend on the seed", name)
		}
	}
}

// correlationOf is r of columns a and b over the rows that have both.
func correlationOf(t *Table) float64 {
	var u, v []float64
	a, b := t.column("a").Numbers, t.column("b").Numbers
	for i := range a {
		if finite(a[i]) && finite(b[i]) {
			u, v = append(u, a[i]), append(v, b[i])
		}
	}
	return Correlation(u, v)
}

func TestBaselinesRelateColumnsOrNot(t *testing.T) {
	train := mixedTable(1500, 2)
	real := correlationOf(train)
	if real < 0.9 {
		t.Fatalf("the table has r = %v", real)
	}
	for name, make := range makers(t) {
		table := make(train, "", 1500, 3, 2)
		r := correlationOf(table)
		switch name {
		case "independent":
			near(t, "r of independent columns", r, 0, 0.1)
		default:
			near(t, "r of "+name, r, real, 0.06)
		}
		for _, column := range []string{"a", "c"} {
			if ks := KSComplement(train.column(column).Numbers, table.column(column).Numbers); ks < 0.93 {
				t.Errorf("%s: shape of %s = %v", name, column, ks)
			}
		}
	}
}

// With a target that is a category, SMOTE keeps to one class: column a of small rows is below that of large ones.
func TestSMOTEKeepsClasses(t *testing.T) {
	train := mixedTable(200, 4)
	table := makers(t)["smote"](train, "size", 400, 5, 1)
	for i, v := range table.column("a").Numbers {
		if class := table.column("size").Codes[i]; (v >= 6) != (class == 1) {
			t.Fatalf("row %d: a = %v in class %d", i, v, class)
		}
	}
}

// Baselines of the smallest tables are defined: one row, equal rows, all missing, a class with one row.
func TestBaselinesOfSmallTables(t *testing.T) {
	nan := math.NaN()
	table := func(numbers []float64, codes ...int32) *Table {
		return &Table{Rows: len(codes), Columns: []Column{{Name: "n", Numbers: numbers}, {Name: "k", Codes: codes, Categories: []string{"a", "b"}}}}
	}
	for what, train := range map[string]*Table{
		"one row":       table([]float64{3}, 0),
		"equal rows":    table([]float64{3, 3, 3}, 0, 0, 0),
		"all missing":   table([]float64{nan, nan}, -1, -1),
		"a rare class":  table([]float64{1, 2, 30}, 0, 0, 1),
		"only text":     {Rows: 2, Columns: []Column{{Name: "note", Missing: 1}}},
		"one category":  {Rows: 2, Columns: []Column{{Name: "k", Codes: []int32{0, 1}, Categories: []string{"a", "b"}}}},
		"infinite cell": {Rows: 2, Columns: []Column{{Name: "n", Numbers: []float64{1, math.Inf(1)}}}},
	} {
		for name, make := range makers(t) {
			table := make(train, "k", 20, 1, 2)
			if err := table.check(name); err != nil {
				t.Errorf("%s of %s: %v", name, what, err)
			}
			if v := measureValidity(train, table, func(int) bool { return true }); v.cells != 1 {
				t.Errorf("%s of %s: valid cells %v", name, what, v.cells)
			}
		}
	}
}

// The search for neighbors finds what looking at all of them does.
func TestKSearchIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, dim := rapid.IntRange(1, 30).Draw(t, "n"), rapid.IntRange(1, 6).Draw(t, "dim")
		x := make([]float32, n*dim)
		for i := range x {
			x[i] = float32(rapid.IntRange(0, 5).Draw(t, "x"))
		}
		members := []int32{}
		for i := range n {
			if rapid.Bool().Draw(t, "member") || i == 0 {
				members = append(members, int32(i))
			}
		}
		s, list := newKSearch(x, dim, members), &nearestList{}
		for _, row := range members {
			s.nearest(list, row)
			distance := func(other int32) float32 {
				return squaredWithin(x[int(row)*dim:int(row+1)*dim], x[int(other)*dim:int(other+1)*dim], float32(math.Inf(1)))
			}
			others := slices.DeleteFunc(slices.Clone(members), func(m int32) bool { return m == row })
			slices.SortStableFunc(others, func(a, b int32) int { return int(distance(a) - distance(b)) })
			if want := others[:min(smoteNeighbors, len(others))]; !slices.Equal(list.rows, want) {
				t.Fatalf("nearest to %d are %v, want %v", row, list.rows, want)
			}
		}
	})
}
