package data

import (
	"math"
	"strings"
	"testing"
)

// The volume of a unit square of rows changes by LogVolume, through one codec or several.
func TestLogVolume(t *testing.T) {
	s := rowsOf(t, [][]float64{{10, 0.1}, {30, 0.3}, {50, 0.2}, {20, 0.7}}, nil)
	for _, c := range []*Chain{
		fit(t, s, new(Float32)), fit(t, s, new(Standardize)), fit(t, s, new(Float32), new(Standardize)),
		fit(t, s, new(Standardize), new(Float32)),
	} {
		x := make([]float32, 6) // a corner of the square and its neighbors
		if err := c.Encode(x, &Batch{Rows: 3, Real: []float64{0, 0, 1, 0, 0, 1}}); err != nil {
			t.Fatal(err)
		}
		want := math.Log(float64((x[2]-x[0])*(x[5]-x[1]) - (x[3]-x[1])*(x[4]-x[0])))
		if got, err := c.LogVolume(s.Schema()); err != nil || math.Abs(got-want) > 1e-5 {
			t.Errorf("%d codecs: %v, %v, want %v", len(c.codecs), got, err, want)
		}
	}
	c := fit(t, rowsOf(t, [][]float64{{1, 7}, {2, 7}}, nil), new(Float32), new(Standardize))
	named := Schema{Columns: []Column{{Name: "height"}, {Name: "mass"}}}
	if _, err := c.LogVolume(named); err == nil || !strings.Contains(err.Error(), "column mass is constant") {
		t.Errorf("a constant column: %v", err)
	}
}
