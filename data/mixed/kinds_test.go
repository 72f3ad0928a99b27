package mixed

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"euryale/choice"
	"euryale/data"
)

func TestEveryCombinationOfKinds(t *testing.T) {
	numbers := [][]float64{{1, 2, 2, 3, 9, 4}, {5, 5, 5, 5, 5, 5}, {0, 0, 1, 0, 1, 1}}
	codes := [][]int32{{0, 1, 2, 0, 1, 1}, {0, 0, 0, 0, 0, 0}, {0, 1, 0, 0, -1, -1}}
	for mask := 1; mask < 64; mask++ {
		source := &table{rows: 6}
		var columns [][]float64
		for j, column := range numbers {
			if mask>>j&1 == 1 {
				columns = append(columns, column)
			}
		}
		if len(columns) > 0 {
			source = realColumns(0, columns...)
		}
		for j, column := range codes {
			if mask>>(3+j)&1 == 1 {
				source.addCategories(fmt.Sprint("category ", j), column)
			}
		}
		c := New(Settings{Missing: Model})
		err := c.Fit(context.Background(), source)
		if mask&^(1<<1|1<<4) == 0 { // nothing but constants
			if err != errNothing {
				t.Errorf("kinds %b: %v", mask, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("kinds %b: %v", mask, err)
		}
		b := decoded(t, c, encoded(t, c, source.batch()))
		if !slices.Equal(b.Real, source.real) || !slices.Equal(b.Index, source.index) {
			t.Errorf("kinds %b: %v %v became %v %v", mask, source.real, source.index, b.Real, b.Index)
		}
		if x := drawn(t, c, source, 0); len(x) != 6*c.layout.Dim {
			t.Errorf("kinds %b: drew %d numbers", mask, len(x))
		}
	}
}

// randomTable is a table of any kinds, of which some numbers and categories are missing.
func randomTable(t *rapid.T) *table {
	n := rapid.IntRange(1, 40).Draw(t, "rows")
	source := &table{rows: n}
	var columns [][]float64
	for range rapid.IntRange(0, 4).Draw(t, "numbers") {
		few := rapid.IntRange(1, 30).Draw(t, "values")
		column := make([]float64, n)
		for i := range column {
			if column[i] = float64(rapid.IntRange(-few, few).Draw(t, "number")) / 4; rapid.IntRange(0, 9).Draw(t, "missing") == 0 {
				column[i] = math.NaN()
			}
		}
		columns = append(columns, column)
	}
	if len(columns) > 0 {
		source = realColumns(2, columns...)
	}
	for j := range rapid.IntRange(max(0, 1-len(columns)), 3).Draw(t, "categories") {
		codes := make([]int32, n)
		for i := range codes {
			codes[i] = int32(rapid.IntRange(-1, rapid.IntRange(0, 90).Draw(t, "k")).Draw(t, "code"))
		}
		codes[0] = max(codes[0], 0)
		source.addCategories(fmt.Sprint("category ", j), codes)
	}
	return source
}

func TestRandomTables(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		source := randomTable(t)
		s := Settings{
			Missing:    Model,
			Numbers:    rapid.SampledFrom(append(scaleNames(), "")).Draw(t, "scale"),
			Categories: rapid.SampledFrom([]string{"", OneHot, Codes}).Draw(t, "code"),
		}
		c := New(s)
		if err := c.Fit(context.Background(), source); err != nil {
			constant := strings.Contains(err.Error(), "nothing to learn")
			for i, v := range source.real {
				constant = constant && same(v, source.real[i%source.schema.Dim()])
			}
			if !constant {
				t.Fatal(err)
			}
			return
		}
		x := make([]float32, source.rows*c.layout.Dim)
		if err := c.Encode(x, source.batch()); err != nil {
			t.Fatal(err)
		}
		text, err := c.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		back := new(Codec)
		if err := back.UnmarshalJSON(text); err != nil {
			t.Fatal(err)
		}
		var b data.Batch
		if err := back.Decode(&b, x); err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(b.Real, source.real, same) || !slices.Equal(b.Index, source.index) {
			t.Fatalf("%v %v became %v %v", source.real, source.index, b.Real, b.Index)
		}
		next := c.layout.Numbers
		for _, g := range c.layout.Groups {
			sum := 0.0
			for _, share := range g.Shares {
				if sum += share; share <= 0 {
					t.Fatalf("shares %v", g.Shares)
				}
			}
			if g.First != next || math.Abs(sum-1) > 1e-12 || g.Codes == nil && g.Width != len(g.Shares) {
				t.Fatalf("layout %+v", c.layout)
			}
			next += g.Width
		}
		if next != c.layout.Dim {
			t.Fatalf("layout %+v", c.layout)
		}
	})
}

func TestEqualPatternsOfMissingNumbersShareAGroup(t *testing.T) {
	source := diamonds(300).withMissing(0).withMissing(4).withMissing(2)
	source.real[2*7+2] = math.NaN() // another pattern
	c := fitted(t, Settings{Missing: Model}, source)
	l := c.Layout()
	if want := []int{3, -1, 4, -1, 3, -1, -1}; !slices.Equal(l.Missing, want) || len(l.Groups) != 5 {
		t.Fatalf("missing by %v of %d groups, want %v", l.Missing, len(l.Groups), want)
	}
}

func TestImputedNumbers(t *testing.T) {
	source := realColumns(0, []float64{math.NaN(), 1, 2, 3, 10, math.NaN()})
	c := fitted(t, Settings{Missing: Impute}, source)
	if got := decoded(t, c, encoded(t, c, source.batch())).Real; !slices.Equal(got, []float64{2, 1, 2, 3, 10, 2}) {
		t.Errorf("imputed %v", got)
	}
	if notes := strings.Join(c.Remarks(), ""); notes != "a: missing cells become 2, the median" {
		t.Errorf("notes: %s", notes)
	}
}

func TestBadInput(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	ids := new(table)
	ids.rows = 3
	ids.schema.Columns = []data.Column{{Name: "id", Kind: data.Generated, Generate: &data.Generator{Name: "uuid"}}}
	for _, c := range []struct {
		source   *table
		settings Settings
		want     string
	}{
		{realColumns(0, []float64{1, 2, nan}), Settings{}, "mixed: row 2, column a: is missing: set missing to drop, impute or model"},
		{realColumns(0, []float64{1, inf, 2}), Settings{Missing: Model}, "mixed: row 1, column a: must be a finite number, got +Inf"},
		{realColumns(0, []float64{nan, nan}), Settings{Missing: Impute}, "column a: all cells are missing, so there is nothing to impute"},
		{realColumns(0, []float64{nan, nan}), Settings{Missing: Model}, errNothing.Error()},
		{realColumns(0, []float64{3}), Settings{}, errNothing.Error()},
		{new(table).addCategories("c", []int32{-1, -1}), Settings{Missing: Impute}, "has 0 categories"},
		{ids, Settings{}, "mixed: there is nothing to learn: no column holds numbers or categories"},
		{&table{schema: data.Schema{Image: []int{1, 2, 2}}}, Settings{}, "mixed: rows are images, want a table"},
		{pets(0), Settings{Columns: map[string]ColumnSettings{"pets": {}}}, `columns: the name of a column must be one of pet, got "pets"`},
		{pets(0), Settings{Numbers: "quantil"}, "numbers must be one of quantile, "},
		{pets(0), Settings{MinCount: -1}, "min_count must be at least 1"},
	} {
		if err := New(c.settings).Fit(context.Background(), c.source); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	empty := realColumns(0, []float64{1, 2})
	empty.rows = 0
	if err := New(Settings{}).Fit(context.Background(), empty); err == nil || !strings.Contains(err.Error(), "there are no rows") {
		t.Errorf("no rows: %v", err)
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	if err := New(Settings{}).Fit(cancelled, pets(0)); err == nil {
		t.Error("a cancelled fit succeeds")
	}
}

func TestRowsThatCannotBeEncodedOrDecoded(t *testing.T) {
	c := fitted(t, Settings{}, realColumns(0, []float64{1, 2, 2, 3}).addCategories("c", []int32{0, 1, 0, 1}))
	x := make([]float32, 3)
	for _, w := range []struct {
		rows data.Batch
		want string
	}{
		{data.Batch{First: 4, Rows: 1, Real: []float64{math.NaN()}, Index: []int32{0}}, "row 4, column a: is missing"},
		{data.Batch{First: 4, Rows: 1, Real: []float64{math.Inf(-1)}, Index: []int32{0}},
			"row 4, column a: must be a finite number, got -Inf"},
		{data.Batch{First: 4, Rows: 1, Real: []float64{1}, Index: []int32{2}}, "row 4, column c: has category 2, want 0 to 1"},
		{data.Batch{Rows: 1, Real: []float64{1}}, "want 1 rows of 1 numbers and 1 categories, got 1 and 0 in all"},
		{data.Batch{Rows: 2, Real: []float64{1, 2}, Index: []int32{0, 0}}, "2 rows of 3 numbers do not fit in 3"},
	} {
		if err := c.Encode(x, &w.rows); err == nil || !strings.Contains(err.Error(), w.want) {
			t.Errorf("got %v, want %s", err, w.want)
		}
	}
	b := data.Batch{First: 6}
	if err := c.Decode(&b, []float32{0, 0, 1, float32(math.NaN()), 1, 0}); err == nil ||
		!strings.Contains(err.Error(), "row 7, column a: a coordinate of it is not finite") {
		t.Errorf("got %v", err)
	}
	if err := c.Decode(&b, []float32{0, float32(math.Inf(1)), 1}); err == nil || !strings.Contains(err.Error(), "row 6, column c") {
		t.Errorf("got %v", err)
	}
	if err := c.Decode(&b, x[:2]); err == nil || !strings.Contains(err.Error(), "whole rows of 3 numbers") {
		t.Errorf("got %v", err)
	}
}

func TestSettingsNameTheirKey(t *testing.T) {
	for _, c := range []struct {
		settings Settings
		key      string
	}{
		{Settings{Numbers: "x"}, "numbers"}, {Settings{Categories: "x"}, "categories"}, {Settings{Missing: "drop"}, "missing"},
		{Settings{EmbedAbove: -1}, "embed_above"}, {Settings{MinCount: -1}, "min_count"},
		{Settings{Constraints: []string{"x"}}, "constraints"},
		{Settings{Columns: map[string]ColumnSettings{"a": {Missing: "x"}}}, "columns.a.missing"},
	} {
		err := c.settings.Validate()
		field, ok := err.(*choice.FieldError)
		if !ok || field.Key != c.key {
			t.Errorf("got %v, want an error of %s", err, c.key)
		}
	}
	if err := (Settings{}).Validate(); err != nil {
		t.Error(err)
	}
	if err := (Settings{Constraints: []string{"pet > 3"}}).Check(pets(0).schema); err == nil {
		t.Error("a bound of a category passes")
	}
	if err := (Settings{}).Check(pets(0).schema); err != nil {
		t.Error(err)
	}
}
