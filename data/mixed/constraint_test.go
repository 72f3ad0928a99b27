package mixed

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/data"
)

// trips is a table with numbers low ≤ high, a + b = total, categories city → state, and the date of each row.
func trips(n int) *table {
	r := newRand(10)
	columns := make([][]float64, 5)
	city, state := make([]int32, n), make([]int32, n)
	for i := range n {
		low := math.Round(1000*r.Float64()) / 100
		high := math.Round(100*(low+math.Abs(r.NormFloat64())*float64(r.IntN(2)))) / 100
		a, b := math.Round(100*r.Float64())/100, math.Round(200*r.Float64())/100
		for j, v := range []float64{low, high, a, b, rounded(a+b, &data.Format{Decimals: 2})} {
			columns[j] = append(columns[j], v)
		}
		city[i] = int32(r.IntN(12))
		state[i] = city[i] / 3
	}
	t := realColumns(2, columns...).addCategories("city", city).addCategories("state", state)
	for j, name := range []string{"low", "high", "a", "b", "total"} {
		t.schema.Columns[j].Name = name
	}
	return t
}

// samples decodes coordinates as a model that has learned little would draw them.
func samples(t *testing.T, c *Codec, n int) *data.Batch {
	t.Helper()
	r := newRand(11)
	x := make([]float32, n*c.layout.Dim)
	for i := range x {
		x[i] = float32(0.6 * r.NormFloat64())
	}
	return decoded(t, c, x)
}

func TestConstraintsHoldExactly(t *testing.T) {
	source := trips(3_000)
	for _, numbers := range []string{Quantile, Standard} {
		c := fitted(t, Settings{Numbers: numbers, Constraints: []string{
			"low <= high", "total = a + b", "fixed(state, city)", "low >= 0", "0 <= high", "a < 5", "b >= 0.00"}}, source)
		if got := len(c.layout.Groups); got != 1 || c.layout.Numbers != 4 {
			t.Fatalf("layout %+v", c.layout)
		}
		if got := decoded(t, c, encoded(t, c, source.batch())); numbers == Quantile &&
			(!slices.Equal(got.Real, source.real) || !slices.Equal(got.Index, source.index)) {
			t.Error("training rows do not come back")
		}
		b := samples(t, c, 5_000)
		equal := 0
		for i := range b.Rows {
			low, high, a, bb, total := b.Real[5*i], b.Real[5*i+1], b.Real[5*i+2], b.Real[5*i+3], b.Real[5*i+4]
			if low > high || low < 0 || high < 0 || a >= 5 || bb < 0 || total != math.Round((a+bb)*100)/100 {
				t.Fatalf("%s: row %v violates a constraint", numbers, b.Real[5*i:5*i+5])
			}
			if b.Index[2*i+1] != b.Index[2*i]/3 {
				t.Fatalf("%s: city %d is in state %d", numbers, b.Index[2*i], b.Index[2*i+1])
			}
			if low == high {
				equal++
			}
		}
		if numbers == Quantile && (equal < 2_000 || equal > 3_000) {
			t.Errorf("%d of 5000 rows have low = high, want about half as in training", equal)
		}
	}
}

func TestStrictOrder(t *testing.T) {
	source := trips(500)
	for i := range source.rows {
		source.real[5*i+1] += 0.01
		source.real[5*i+1] = math.Round(source.real[5*i+1]*100) / 100
	}
	c := fitted(t, Settings{Numbers: Standard, Constraints: []string{"high > low"}}, source)
	b := samples(t, c, 2_000)
	least := math.Inf(1)
	for i := range b.Rows {
		least = min(least, b.Real[5*i+1]-b.Real[5*i])
	}
	if !(least > 0.009 && least < 0.011) {
		t.Errorf("the smallest distance is %v, want 0.01", least)
	}
	if c.Clipped()[1] == 0 {
		t.Error("no distance was counted as clipped")
	}
}

func TestParseConstraint(t *testing.T) {
	for text, want := range map[string]constraint{
		"carat > 0":             {kind: bounded, names: []string{"carat", "0"}, above: true, strict: true},
		`"a <= b" <= c`:         {kind: bounded, names: []string{"a <= b", "c"}},
		"price (USD)>=1":        {kind: bounded, names: []string{"price (USD)", "1"}, above: true},
		"t = a+ b +c":           {kind: sum, names: []string{"t", "a", "b", "c"}},
		" unique( a,b )":        {kind: unique, names: []string{"a", "b"}},
		`fixed ("a,b", c d, é)`: {kind: fixed, names: []string{"a,b", "c d", "é"}},
		"sold on < 2020-01-01":  {kind: bounded, names: []string{"sold on", "2020-01-01"}, strict: true},
		`t == a + "b + c" `:     {kind: sum, names: []string{"t", "a", "b + c"}},
	} {
		got, err := parseConstraint(text)
		if err != nil || got.kind != want.kind || !slices.Equal(got.names, want.names) || got.above != want.above ||
			got.strict != want.strict {
			t.Errorf("%s: %+v %v", text, got, err)
		}
	}
}

func TestConstraintErrors(t *testing.T) {
	source := trips(50)
	for _, c := range []struct{ text, want string }{
		{"", "expected a comparison"},
		{"low", "expected a comparison"},
		{"fixd(city, state)", `what stands before the parenthesis must be one of fixed, unique, got "fixd"`},
		{"fixed(city)", "fixed needs two columns or more"},
		{"fixed(city, )", "a column without a name"},
		{"fixed(city, city)", `"city" is given twice`},
		{"unique(city) x", "expected a comparison"},
		{"total = a", "expected a sum of columns"},
		{"lo <= high", `nor a column, whose name must be one of low`},
		{"lo <= 3", `the name of a column must be one of low`},
		{"low <= hig", `"hig" is neither a value of "low" (expected a number, got "hig") nor a column, whose name must be one of high`},
		{"city > 3", `column "city" is of kind category, want numbers`},
		{"low > 1e999", "expected a number"},
		{"low > 100, low < 5", "neither a value of"},
		{"low < 5", `row 0 violates the constraint "low < 5": low is `},
		{"high <= low", `violates the constraint "high <= low": high is `},
		{"total = low + b", `violates the constraint "total = low + b": total is `},
		{"unique(city)", `violates the constraint "unique(city)": an earlier row has the same values`},
		{"low >= 20; low <= 10", `leaves no value of "low"`},
		{"low <= high; total = a + high; high = a + b", "both would determine column \"high\""},
		{"low <= high; high <= 99", `"high <= 99" cannot be combined with "low <= high", by which "high" is computed`},
		{"total = a + b; total > 0", "cannot be combined"},
		{"low <= high; high <= low", "would be computed from itself"},
		{"fixed(city, state); fixed(low, state)", `both would determine column "state"`},
	} {
		s := Settings{Constraints: strings.Split(c.text, "; ")}
		err := New(s).Fit(context.Background(), source)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.text, err, c.want)
		}
	}
}

func TestConstraintsAndMissingCells(t *testing.T) {
	for _, c := range []struct {
		real            int
		constraint      string
		missing, wanted string
	}{
		{1, "low <= high", Model, ""},
		{0, "low <= high", Model, "row 0 violates the constraint \"low <= high\": low is missing and high is not"},
		{2, "total = a + b", Model, "total must be missing where a number of the sum is"},
		{0, "low <= high", Impute, "cannot be imputed because of the constraint"},
		{0, "low >= 0", Impute, ""},
		{3, "fixed(b, city)", Model, ""},
	} {
		source := trips(60).withMissing(c.real)
		codec := New(Settings{Missing: c.missing, Constraints: []string{c.constraint}})
		err := codec.Fit(context.Background(), source)
		switch {
		case c.wanted == "" && err == nil:
			b := decoded(t, codec, encoded(t, codec, source.batch()))
			for i, v := range b.Real {
				if w := source.real[i]; v != w && !(v != v && w != w) && c.missing == Model {
					t.Fatalf("%s: %v became %v", c.constraint, w, v)
				}
			}
		case c.wanted == "" || err == nil || !strings.Contains(err.Error(), c.wanted):
			t.Errorf("%s of missing numbers: %v, want %q", c.constraint, err, c.wanted)
		}
	}
}

func TestUnique(t *testing.T) {
	source := trips(40)
	for i := range source.rows {
		source.real[5*i] = float64(i)
	}
	c := fitted(t, Settings{Constraints: []string{"unique(low, city)"}}, source)
	u := c.Unique()
	b := source.batch()
	b.Real[5] = 0 // as row 0
	b.Index[2] = b.Index[0]
	if text, ok := u.Add(b, 0); !ok || text != "" {
		t.Errorf("the first row: %q", text)
	}
	for range 2 {
		if text, ok := u.Add(b, 1); ok || text != "unique(low, city)" {
			t.Errorf("a repeated row: %v %q", ok, text)
		}
	}
	if _, ok := u.Add(b, 2); !ok {
		t.Error("another row is taken for a repeated one")
	}
	if fitted(t, Settings{}, source).Unique() != nil {
		t.Error("there is a checker where nothing must be unique")
	}
}

// A row of a combination that no training row has is encoded as the one most like it.
func TestUnseenCombination(t *testing.T) {
	source := trips(300)
	c := fitted(t, Settings{Constraints: []string{"fixed(city, state)"}}, source)
	b := source.batch()
	b.Index[0], b.Index[1] = 7, 0 // city 7 is in state 2
	got := decoded(t, c, encoded(t, c, b))
	if equal := b2i(got.Index[0] == 7) + b2i(got.Index[1] == 0); equal != 1 {
		t.Errorf("(7, 0) became (%d, %d)", got.Index[0], got.Index[1])
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Whatever the text, a constraint either is refused, or names columns that it can be resolved with.
func FuzzParseConstraint(f *testing.F) {
	for _, text := range []string{"low > 0", "low <= high", "total = a + b", "unique(city, low)", "fixed(city, state)",
		`"low" >= -1e3`, "3 < low"} {
		f.Add(text)
	}
	schema := trips(5).schema
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseConstraint(text)
		if err != nil {
			return
		}
		for _, name := range c.names {
			if name == "" {
				t.Fatalf("%q: %+v", text, c)
			}
		}
		if err := c.resolve(schema); err != nil {
			return
		}
		for _, j := range c.columns {
			if j < 0 || j >= len(schema.Columns) {
				t.Fatalf("%q: %+v", text, c)
			}
		}
		if _, err := newPlan(schema, Settings{Constraints: []string{text}}); err != nil && !strings.Contains(err.Error(), "constraint") {
			t.Fatalf("%q: %v", text, err)
		}
	})
}
