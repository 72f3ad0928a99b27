package diffusion

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"euryale/rng"
)

// Stratified, row r of n has the quantile (r + u)/n of the log-normal distribution, in whatever pieces a batch is filled.
func TestLogNormalStratified(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProcess(t, 200, true)
		_, first, last := p.Span()
		rows, step := rapid.IntRange(1, 40).Draw(t, "rows"), rapid.Uint64Range(0, 1<<40).Draw(t, "step")
		cut := rapid.IntRange(0, rows).Draw(t, "cut")
		o := LogNormalTimesteps{Mean: -1.2, Deviation: 1.2, Stratified: true}
		s, err := o.New(p, 5)
		if err != nil {
			t.Fatal(err)
		}
		times, weight := make([]float64, rows), make([]float32, rows)
		s.Fill(times[cut:], weight[cut:], step, cut, rows)
		s.Fill(times[:cut], weight[:cut], step, 0, rows)
		if slices.Min(weight) != 1 || slices.Max(weight) != 1 {
			t.Fatal("it is weighted back")
		}
		stream := rng.NewStream(5, rng.Timesteps)
		for row, at := range times {
			u := (float64(row) + stream.Float64(step, uint64(row))) / float64(rows)
			want := min(max(p.Time(1.2-1.2*distuv.UnitNormal.Quantile(u+0x1p-54)), first), last)
			tolerance := 1e-9 * (last - first)
			if p.Steps() > 0 {
				tolerance = 0.5 + 1e-6
			}
			if math.Abs(at-want) > tolerance || p.Steps() > 0 && at != math.Trunc(at) {
				t.Fatalf("row %d of %d: t = %v, want %v", row, rows, at, want)
			}
		}
	})
}

// A batch of strata has far less variance of its mean ln σ than independent rows, and both have the same mean.
func TestLogNormalStratifiedVariesLess(t *testing.T) {
	const rows, batches = 64, 200
	edm := EDM{0.002, 80}
	var spread [2]float64
	for i, stratified := range []bool{false, true} {
		s, err := (&LogNormalTimesteps{Mean: -1.2, Deviation: 1.2, Stratified: stratified}).New(edm, 1)
		if err != nil {
			t.Fatal(err)
		}
		times, weight := make([]float64, rows), make([]float32, rows)
		sum, square := 0.0, 0.0
		for step := range uint64(batches) {
			s.Fill(times, weight, step, 0, rows)
			mean := 0.0
			for _, v := range times {
				mean += math.Log(v) / rows
			}
			sum, square = sum+mean/batches, square+mean*mean/batches
		}
		if spread[i] = math.Sqrt(square - sum*sum); math.Abs(sum+1.2) > 5*1.2/math.Sqrt(rows*batches) {
			t.Errorf("stratified %v: the mean is %v", stratified, sum)
		}
	}
	if spread[1] > spread[0]/5 {
		t.Errorf("the mean of a batch varies by %v, that of independent rows by %v", spread[1], spread[0])
	}
}

// The last stratum ends below 1 where its quantile rounds up to it: no time is NaN.
func TestLogNormalStratifiedEnd(t *testing.T) {
	for _, rows := range []int{3, 1000, 1 << 20} {
		if z := normalQuantile(0, 1, stratum(1-0x1p-53, rows-1, rows)); math.IsNaN(z) || math.IsInf(z, 0) {
			t.Errorf("%d rows: %v", rows, z)
		}
	}
}
