package boosting

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Bins keep the order of numbers, there are not too many, and few distinct numbers are all told apart.
func TestBinsKeepOrder(t *testing.T) {
	any := rapid.OneOf(rapid.Float64(), rapid.Float64Range(0, 3),
		rapid.Map(rapid.IntRange(-5, 5), func(i int) float64 { return float64(i) }),
		rapid.SampledFrom([]float64{math.Inf(1), math.Inf(-1), math.MaxFloat64, -math.MaxFloat64, 5e-324, math.NaN()}))
	rapid.Check(t, func(r *rapid.T) {
		c := Column{Numbers: rapid.SliceOfN(any, 1, 200).Draw(r, "numbers")}
		most := rapid.IntRange(2, 255).Draw(r, "bins")
		rows := make([]int32, len(c.Numbers))
		for i := range rows {
			rows[i] = int32(i)
		}
		b := newBinning(c, rows, most)
		if b.count > most || !slices.IsSorted(b.thresholds) {
			r.Fatalf("%d bins, thresholds %v", b.count, b.thresholds)
		}
		distinct := slices.Compact(slices.Sorted(slices.Values(c.Numbers)))
		for i, v := range c.Numbers {
			if (int(b.bin(c, i)) == b.count) != math.IsNaN(v) {
				r.Errorf("%v is in bin %d of %d", v, b.bin(c, i), b.count)
			}
			for k, w := range c.Numbers {
				if v < w && (b.bin(c, i) > b.bin(c, k) || len(distinct) <= most && b.bin(c, i) == b.bin(c, k)) {
					r.Errorf("%v is in bin %d, %v in bin %d", v, b.bin(c, i), w, b.bin(c, k))
				}
			}
		}
	})
}

// Quantiles are those of numpy.percentile(a, …, method="midpoint"): values at floor and ceil of q(n−1), half of both.
func TestCutAtQuantiles(t *testing.T) {
	values := []float64{0, 1, 2, 3, 4, 10, 20, 30, 40, 50}
	got := cut(values, 4)
	want := []float64{2.5, 7, 25} // numpy 1.24.2: np.percentile(values, [25, 50, 75], method="midpoint")
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestQuotas(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		strata := rapid.SliceOfN(rapid.Int32Range(0, 3), 20, 300).Draw(r, "strata")
		for k := range int32(4) {
			strata = append(strata, k)
		}
		o := Defaults()
		o.StopAbove, o.HeldOut, o.Seed = 10, rapid.Float64Range(0.01, 0.5).Draw(r, "share"), rapid.Uint64().Draw(r, "seed")
		grown, held, err := divideRows(strata, o)
		if err != nil {
			r.Fatal(err)
		}
		all := slices.Sorted(slices.Values(append(slices.Clone(grown), held...)))
		for i, row := range all {
			if int(row) != i {
				r.Fatalf("rows %v and %v are not all rows once", grown, held)
			}
		}
		if want := int(math.Ceil(o.HeldOut * float64(len(strata)))); len(held) > want || len(held) < want-4 {
			r.Errorf("%d rows held out, want %d", len(held), want)
		}
		for k := range int32(4) {
			of := func(rows []int32) (n int) {
				for _, row := range rows {
					if strata[row] == k {
						n++
					}
				}
				return n
			}
			share := o.HeldOut * float64(of(grown)+of(held))
			if math.Abs(float64(of(held))-share) > 1 || of(grown) == 0 {
				r.Errorf("%d of %d rows of stratum %d are held out, want %.1f", of(held), of(grown)+of(held), k, share)
			}
		}
	})
}
