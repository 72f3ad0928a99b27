package mixed

import (
	"context"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"euryale/rng"
)

// kolmogorov is the largest difference between the distribution of 2z and the standard normal one, times √n. Of n numbers
// that have the distribution it is above 2.23 once in 10,000 (Kolmogorov 1933).
func kolmogorov(z []float32) float64 {
	z = slices.Clone(z)
	slices.Sort(z)
	n, most := float64(len(z)), 0.0
	for i, v := range z {
		u := normal(2 * float64(v))
		most = max(most, u-float64(i)/n, float64(i+1)/n-u)
	}
	return most * math.Sqrt(n)
}

const unlikely = 2.23

// marginals are columns of different kinds, each of n numbers.
func marginals(n int) map[string][]float64 {
	r := newRand(2)
	columns := map[string][]float64{}
	for range n {
		g := r.NormFloat64()
		columns["continuous"] = append(columns["continuous"], g)
		columns["decimals"] = append(columns["decimals"], math.Round(g*100)/100)
		columns["two values"] = append(columns["two values"], float64(r.IntN(2)))
		columns["heavy tail"] = append(columns["heavy tail"], math.Exp(4*g))
		columns["half zero"] = append(columns["half zero"], math.Exp(g)*float64(r.IntN(2)))
		columns["large"] = append(columns["large"], math.Copysign(math.MaxFloat64/2, g)+g*1e300)
	}
	return columns
}

func TestEncodedAndDrawnNumbersAreNormal(t *testing.T) {
	for _, n := range []int{2_000, 20_000} { // all values are knots, and some
		for name, column := range marginals(n) {
			source := realColumns(-1, column)
			c := fitted(t, Settings{}, source)
			if got := kolmogorov(encoded(t, c, source.batch())); got > unlikely {
				t.Errorf("%s, %d rows: encoded numbers differ from the normal distribution by %v/√n", name, n, got)
			}
			if got := kolmogorov(drawn(t, c, source, 3)); got > unlikely {
				t.Errorf("%s, %d rows: drawn numbers differ from the normal distribution by %v/√n", name, n, got)
			}
		}
	}
}

// drawn is all rows, drawn at a step.
func drawn(t testing.TB, c *Codec, source *table, step uint64) []float32 {
	t.Helper()
	cells, err := c.Compact(context.Background(), source)
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]int32, source.rows)
	for i := range rows {
		rows[i] = int32(i)
	}
	x := make([]float32, source.rows*c.layout.Dim)
	cells.Draw(x, make([]int32, source.rows*len(c.layout.Groups)), rows, rng.NewStream(5, rng.Dequantization), step, 0)
	return x
}

// Every value that occurs comes back, and one that occurs several times from wherever it was drawn to.
func TestNumbersComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		decimals := rapid.IntRange(-1, 6).Draw(t, "decimals")
		column := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 2, 60).Draw(t, "column")
		column = append(column, column[:len(column)/2]...)
		source := realColumns(decimals, column)
		f := source.schema.Columns[0].Format
		times := map[float64]int{}
		for i, v := range column {
			column[i] = rounded(v, f)
			source.real[i] = column[i]
			times[column[i]]++
		}
		if len(times) < 2 {
			return
		}
		c := New(Settings{})
		if err := c.Fit(context.Background(), source); err != nil {
			t.Fatal(err)
		}
		x := make([]float32, source.rows)
		if err := c.Encode(x, source.batch()); err != nil {
			t.Fatal(err)
		}
		b := source.batch()
		if err := c.Decode(b, x); err != nil {
			t.Fatal(err)
		}
		for i, v := range column {
			if b.Real[i] != v {
				t.Fatalf("%v became %v", v, b.Real[i])
			}
		}
		cells, err := c.Compact(context.Background(), source)
		if err != nil {
			t.Fatal(err)
		}
		rows := []int32{0}
		for i, v := range column {
			rows[0] = int32(i)
			cells.Draw(x[:1], nil, rows, rng.NewStream(7, rng.Dequantization), 0, i)
			if err := c.Decode(b, x[:1]); err != nil {
				t.Fatal(err)
			}
			if times[v] > 1 && b.Real[0] != v {
				t.Fatalf("%v, which occurs %d times, became %v", v, times[v], b.Real[0])
			}
		}
	})
}

func TestManyValues(t *testing.T) {
	r := newRand(4)
	column := make([]float64, 60_000)
	for i := range column {
		if column[i] = math.Exp(3 * r.NormFloat64()); r.IntN(4) == 0 {
			column[i] = float64(r.IntN(3)) // heavy atoms among 45,000 values
		}
	}
	source := realColumns(-1, column)
	c := fitted(t, Settings{}, source)
	q := c.numbers[0].scale.(*quantile)
	if n := len(q.knot); n > maxKnots {
		t.Errorf("%d knots, want at most %d", n, maxKnots)
	}
	b := decoded(t, c, encoded(t, c, source.batch()))
	slices.Sort(column)
	ends := column[:5:5]
	ends = append(ends, column[len(column)-5:]...)
	for i, v := range source.real {
		switch got := b.Real[i]; {
		case v == math.Trunc(v), slices.Contains(ends, v):
			if got != v {
				t.Fatalf("%v became %v", v, got)
			}
		case math.Abs(got-v) > 1e-2*v+1e-4:
			t.Fatalf("%v became %v", v, got)
		}
	}
	// A single outlier is not smeared over the rows beside it.
	column[len(column)-1] = 1e12
	c = fitted(t, Settings{}, realColumns(-1, column))
	x := make([]float32, 100_000)
	for i := range x {
		x[i] = float32(quantileNormal((float64(i)+0.5)/float64(len(x))) / 2)
	}
	beyond := 0
	for _, v := range decoded(t, c, x).Real {
		if v > 1.1*column[len(column)-2] {
			beyond++
		}
	}
	if beyond > 3 { // half a row of 60,000 to either side, in 100,000
		t.Errorf("%d of 100,000 samples are nearer to the outlier than to the other rows", beyond)
	}
}

func TestQuantileRange(t *testing.T) {
	c := fitted(t, Settings{}, realColumns(1, []float64{1, 2, 2, 3.5}))
	b := decoded(t, c, []float32{-9, -0.6, 0, 0.2, 0.42, 9})
	// u of 1 is 1/8, of 2 from 1/4 to 3/4, of 3.5 is 7/8.
	if want := []float64{1, 1, 2, 2, 2.6, 3.5}; b.Real[0] != 1 || b.Real[5] != 3.5 || b.Real[2] != 2 || b.Real[3] != 2 {
		t.Errorf("decoded %v, want about %v", b.Real, want)
	}
	if v := b.Real[4]; v <= 2 || v >= 3.5 || v != math.Round(v*10)/10 {
		t.Errorf("between two knots: %v", v)
	}
	if got := c.Clipped(); got[0] != 3 {
		t.Errorf("%d numbers were clipped, want 3", got[0])
	}
	// Rows beyond the range stand at its ends.
	x := encoded(t, c, realColumns(1, []float64{-50, 50, 1, 3.5}).batch())
	if x[0] != x[2] || x[1] != x[3] {
		t.Errorf("numbers beyond the range are at %v, the ends at %v", x[:2], x[2:])
	}
}

// Unseen whole numbers appear between seen ones, and nothing else does.
func TestWholeNumbersStayWhole(t *testing.T) {
	c := fitted(t, Settings{}, realColumns(0, []float64{10, 20, 20, 30, 47}))
	x := make([]float32, 1001)
	for i := range x {
		x[i] = float32(i-500) / 250
	}
	seen := map[float64]bool{}
	for _, v := range decoded(t, c, x).Real {
		if v != math.Trunc(v) || v < 10 || v > 47 || math.Signbit(v) {
			t.Fatalf("decoded %v", v)
		}
		seen[v] = true
	}
	for v := 10.0; v <= 47; v++ {
		if !seen[v] {
			t.Errorf("%v never appears", v)
		}
	}
}
