package mixed

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/data"
)

// Values 0 … 3 occur 40, 30, 2 and 1 times, and some cells are missing.
func pets(missing int) *table {
	var codes []int32
	for v, n := range []int{40, 30, 2, 1} {
		codes = append(codes, slices.Repeat([]int32{int32(v)}, n)...)
	}
	return new(table).addCategories("pet", append(codes, slices.Repeat([]int32{-1}, missing)...))
}

func TestCategoriesAreOneHotInOrder(t *testing.T) {
	source := pets(7)
	c := fitted(t, Settings{Missing: Model}, source)
	l := c.Layout()
	if l.Dim != 5 || l.Numbers != 0 || l.Missing != nil || len(l.Groups) != 1 || l.Groups[0].Width != 5 || l.Groups[0].Codes != nil {
		t.Fatalf("layout %+v", l)
	}
	for k, n := range []float64{40, 30, 2, 1, 7} {
		if math.Abs(l.Groups[0].Shares[k]-n/80) > 1e-15 {
			t.Errorf("share of code %d is %v, want %v", k, l.Groups[0].Shares[k], n/80)
		}
	}
	x := encoded(t, c, source.batch())
	for i, v := range source.index {
		want := make([]float32, 5)
		if want[(int(v)+5)%5] = 1; !slices.Equal(x[i*5:i*5+5], want) {
			t.Fatalf("category %d is encoded as %v", v, x[i*5:i*5+5])
		}
	}
	if got := decoded(t, c, x); !slices.Equal(got.Index, source.index) {
		t.Errorf("decoded %v", got.Index)
	}
	if got := decoded(t, c, []float32{0.2, 0.5, -1, 0.5, 0.4}).Index[0]; got != 1 {
		t.Errorf("of two equal coordinates the first wins, got %d", got)
	}
}

func TestRareCategoriesArePooled(t *testing.T) {
	source := pets(0)
	c := fitted(t, Settings{MinCount: 5}, source)
	if l := c.Layout(); l.Dim != 3 || math.Abs(l.Groups[0].Shares[2]-3.0/73) > 1e-15 {
		t.Fatalf("layout %+v", l)
	}
	// Pooled values are drawn by their shares, each by the number of its row.
	const n = 30_000
	x := slices.Repeat([]float32{0, 0, 1}, n)
	b := data.Batch{First: 100}
	if err := c.Decode(&b, x); err != nil {
		t.Fatal(err)
	}
	counts := map[int32]int{}
	for _, v := range b.Index {
		counts[v]++
	}
	if got := float64(counts[2]) / n; math.Abs(got-2.0/3) > 0.01 || counts[2]+counts[3] != n {
		t.Errorf("pooled values became %v", counts)
	}
	tail := data.Batch{First: 100 + n - 7}
	if err := c.Decode(&tail, x[3*(n-7):]); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(tail.Index, b.Index[n-7:]) {
		t.Errorf("rows in another chunk are %v, want %v", tail.Index, b.Index[n-7:])
	}
	if notes := strings.Join(c.Remarks(), "\n"); notes != "pet: 2 values that fewer than 5 training rows have are pooled" {
		t.Errorf("notes: %s", notes)
	}
}

func TestAllCategoriesRare(t *testing.T) {
	source := pets(0).addCategories("other", slices.Repeat([]int32{0, 1}, 37)[:73])
	c := fitted(t, Settings{Columns: map[string]ColumnSettings{"pet": {MinCount: 100}}}, source)
	if c.layout.Dim != 2 {
		t.Fatalf("layout %+v", c.layout)
	}
	counts := map[int32]int{}
	for i, v := range decoded(t, c, slices.Repeat([]float32{1, 0}, 7300)).Index {
		if i%2 == 0 {
			counts[v]++
		}
	}
	for v, want := range []int{4000, 3000, 200, 100} {
		if math.Abs(float64(counts[int32(v)]-want)) > 5*math.Sqrt(float64(want)) {
			t.Errorf("value %d occurs %d times, want about %d", v, counts[int32(v)], want)
		}
	}
}

// Categories that the schema has and the training rows do not: held-out rows may have them.
func TestUnseenCategories(t *testing.T) {
	source := pets(0)
	source.schema.Columns[0].Categories = []string{"0", "1", "2", "3", "4", "5"}
	c := fitted(t, Settings{}, source)
	if l := c.Layout(); l.Dim != 5 || !(l.Groups[0].Shares[4] > 0) {
		t.Fatalf("layout %+v", l)
	}
	x := encoded(t, c, &data.Batch{Rows: 2, Index: []int32{4, 5}})
	if !slices.Equal(x, []float32{0, 0, 0, 0, 1, 0, 0, 0, 0, 1}) {
		t.Errorf("unseen categories are encoded as %v", x)
	}
}

func TestMissingCategories(t *testing.T) {
	err := New(Settings{}).Fit(context.Background(), pets(2))
	if want := "mixed: row 73, column pet: is missing: set missing to drop, impute or model"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	source := pets(2)
	c := fitted(t, Settings{Missing: Impute}, source)
	got := decoded(t, c, encoded(t, c, source.batch()))
	if want := append(slices.Clone(source.index[:73]), 0, 0); !slices.Equal(got.Index, want) {
		t.Errorf("imputed %v", got.Index[73:])
	}
	if shares := c.layout.Groups[0].Shares; math.Abs(shares[0]-42.0/75) > 1e-15 {
		t.Errorf("shares %v", shares)
	}
	// With model, held-out rows may lack what all training rows have.
	source = pets(0)
	missing := "?"
	source.schema.Columns[0].Missing = &missing
	c = fitted(t, Settings{Missing: Model}, source)
	x := encoded(t, c, &data.Batch{Rows: 1, Index: []int32{-1}})
	if got := decoded(t, c, x).Index[0]; got != -1 {
		t.Errorf("missing became %d", got)
	}
	for _, v := range []int32{-2, 4} {
		err := c.Encode(x, &data.Batch{First: 8, Rows: 1, Index: []int32{v}})
		if err == nil || !strings.Contains(err.Error(), "row 8, column pet") {
			t.Errorf("category %d: %v", v, err)
		}
	}
}
