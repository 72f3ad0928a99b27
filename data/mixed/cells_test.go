package mixed

import (
	"context"
	"math"
	"slices"
	"testing"

	"euryale/data"
	"euryale/rng"
)

// diamonds is a table like the one of that name: seven numbers and three categories.
func diamonds(n int) *table {
	r := newRand(1)
	columns := make([][]float64, 7)
	for range n {
		size := math.Exp(0.5 * r.NormFloat64())
		columns[0] = append(columns[0], math.Round(size*100)/100)
		columns[1] = append(columns[1], math.Round((61+r.NormFloat64())*10)/10)
		columns[2] = append(columns[2], math.Round(57+2*r.NormFloat64()))
		columns[3] = append(columns[3], math.Round(3000*size*math.Exp(0.2*r.NormFloat64())))
		for j := 4; j < 7; j++ {
			columns[j] = append(columns[j], math.Round(600*math.Cbrt(size)+3*r.NormFloat64())/100)
		}
	}
	t := realColumns(2, columns...)
	for j, k := range []int{5, 7, 8} {
		codes := make([]int32, n)
		for i := range codes {
			codes[i] = int32(r.IntN(k))
		}
		t.addCategories([]string{"cut", "color", "clarity"}[j], codes)
	}
	return t
}

// withMissing makes every third number of real r missing.
func (t *table) withMissing(r int) *table {
	missing := ""
	t.schema.Columns[r].Missing = &missing
	for i := r; i < len(t.real); i += 3 * t.schema.Dim() {
		t.real[i] = math.NaN()
	}
	return t
}

func compacted(t testing.TB, c *Codec, source data.Source) data.Cells {
	t.Helper()
	cells, err := c.Compact(context.Background(), source)
	if err != nil {
		t.Fatal(err)
	}
	return cells
}

func TestDrawIsAFunctionOfItsAddress(t *testing.T) {
	source := diamonds(3_000).withMissing(2)
	c := fitted(t, Settings{Missing: Model, Columns: map[string]ColumnSettings{"color": {Categories: Codes}}}, source)
	cells := compacted(t, c, source)
	rows := []int32{5, 17, 5, 2_999, 0, 5}
	dim, groups := c.layout.Dim, len(c.layout.Groups)
	stream := rng.NewStream(3, rng.Dequantization)
	x, codes := make([]float32, len(rows)*dim), make([]int32, len(rows)*groups)
	cells.Draw(x, codes, rows, stream, 11, 40)
	for i := range rows { // alone as among others
		alone, code := slices.Repeat([]float32{9}, dim), slices.Repeat([]int32{9}, groups)
		cells.Draw(alone, code, rows[i:i+1], stream, 11, 40+i)
		if !slices.Equal(alone, x[i*dim:(i+1)*dim]) || !slices.Equal(code, codes[i*groups:(i+1)*groups]) {
			t.Errorf("row %d is %v alone and %v among others", i, alone, x[i*dim:(i+1)*dim])
		}
	}
	if slices.Equal(x[:7], x[2*dim:2*dim+7]) {
		t.Error("one data row is drawn twice with the same numbers")
	}
	again := make([]float32, len(x))
	cells.Draw(again, codes, rows, stream, 12, 40)
	if slices.Equal(x, again) {
		t.Error("two steps draw the same numbers")
	}
	// Categories are those of Encode, and so are the rows behind the coordinates.
	all := encoded(t, c, source.batch())
	for i, r := range rows {
		want := all[int(r)*dim : (int(r)+1)*dim]
		if !slices.Equal(want[7:], x[i*dim+7:(i+1)*dim]) {
			t.Errorf("categories %v, want %v", x[i*dim+7:(i+1)*dim], want[7:])
		}
		for j, g := range c.layout.Groups {
			k := int(codes[i*groups+j])
			if g.Codes == nil && want[g.First+k] != 1 || g.Codes != nil && !slices.Equal(g.Codes[k*16:k*16+16], want[g.First:g.First+16]) {
				t.Errorf("group %d has the code %d, and the coordinates %v", j, k, want[g.First:g.First+g.Width])
			}
		}
	}
}

func TestMissingNumbersAreDrawnAsNoise(t *testing.T) {
	source := diamonds(30_000).withMissing(0)
	c := fitted(t, Settings{Missing: Model}, source)
	x := drawn(t, c, source, 1)
	g := c.layout.Groups[c.layout.Missing[0]]
	var noise []float32
	for i := range source.rows {
		missing := i%3 == 0
		if got := x[i*c.layout.Dim+g.First+1] == 1; got != missing {
			t.Fatalf("row %d: missing %v, want %v", i, got, missing)
		}
		if missing {
			noise = append(noise, x[i*c.layout.Dim])
		}
	}
	if got := kolmogorov(noise); got > unlikely {
		t.Errorf("missing numbers differ from the normal distribution by %v/√n", got)
	}
	for i, v := range encoded(t, c, source.batch()) {
		if i%(3*c.layout.Dim) == 0 && v != 0 {
			t.Fatalf("a missing number is encoded as %v, want 0", v)
		}
	}
	if share := g.Shares[1]; math.Abs(share-1.0/3) > 1e-12 {
		t.Errorf("the share of missing numbers is %v", share)
	}
}

func TestChecksum(t *testing.T) {
	source := diamonds(500)
	c := fitted(t, Settings{}, source)
	sum := compacted(t, c, source).Checksum()
	if again := compacted(t, c, source).Checksum(); again != sum || len(sum) != 64 {
		t.Errorf("checksums %q and %q of the same rows", sum, again)
	}
	source.real[3], source.real[10] = source.real[10], source.real[3]
	if compacted(t, c, source).Checksum() == sum {
		t.Error("rows in another order have the same checksum")
	}
}

func BenchmarkDraw(b *testing.B) {
	t := diamonds(20_000)
	c := fitted(b, Settings{}, t)
	cells := compacted(b, c, t)
	const n = 1024
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(i * 7919 % t.rows)
	}
	dst, codes := make([]float32, n*c.layout.Dim), make([]int32, n*3)
	stream := rng.NewStream(1, rng.Dequantization)
	b.ReportAllocs()
	for i := range b.N {
		cells.Draw(dst, codes, rows, stream, uint64(i), 0)
	}
}

func BenchmarkDecode(b *testing.B) {
	t := diamonds(20_000)
	c := fitted(b, Settings{}, t)
	x := encoded(b, c, t.batch())
	var rows data.Batch
	for range b.N {
		if err := c.Decode(&rows, x); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	t := diamonds(20_000)
	c := fitted(b, Settings{}, t)
	rows := t.batch()
	x := make([]float32, t.rows*c.layout.Dim)
	for range b.N {
		if err := c.Encode(x, rows); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFit(b *testing.B) {
	t := diamonds(200_000)
	for range b.N {
		fitted(b, Settings{}, t)
	}
}
