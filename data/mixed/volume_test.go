package mixed

import (
	"math"
	"strings"
	"testing"

	"euryale/data"
)

// The volume is the product of the slopes of Encode, here by differences.
func TestLogVolumesAreSlopes(t *testing.T) {
	r := newRand(14)
	columns := make([][]float64, 3)
	for range 500 {
		columns[0] = append(columns[0], 5+2*r.NormFloat64())
		columns[1] = append(columns[1], 100*r.Float64())
		columns[2] = append(columns[2], math.Copysign(math.Exp(2*r.NormFloat64()), r.Float64()-0.5))
	}
	source := realColumns(-1, columns...)
	c := fitted(t, Settings{Numbers: Standard, Columns: map[string]ColumnSettings{"b": {Numbers: MinMax}, "c": {Numbers: Log}}}, source)
	volumes := make([]float64, source.rows)
	if err := c.LogVolumes(volumes, source.batch()); err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		want := 0.0
		for j := range c.numbers {
			v := source.real[3*i+j]
			h := 1e-6 * math.Abs(v)
			_, up := c.numbers[j].scale.place(v + h)
			_, down := c.numbers[j].scale.place(v - h)
			want += math.Log((up - down) / (2 * h))
		}
		if math.Abs(volumes[i]-want) > 1e-6 {
			t.Fatalf("row %d: %v, by differences %v", i, volumes[i], want)
		}
	}
	if _, err := c.LogVolume(source.schema); err == nil ||
		!strings.Contains(err.Error(), "column c: the volume on the scale log depends on the row") {
		t.Errorf("got %v", err)
	}
	c = fitted(t, Settings{Numbers: Standard}, source)
	one, err := c.LogVolume(source.schema)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.LogVolumes(volumes, source.batch()); err != nil || math.Abs(volumes[7]-one) > 1e-12 {
		t.Errorf("%v, one for all rows %v: %v", volumes[7], one, err)
	}
	if err := c.LogVolumes(volumes[:3], source.batch()); err == nil {
		t.Error("room for three volumes suffices")
	}
}

func TestRowsWithoutDensity(t *testing.T) {
	two := []float64{1, 2, 3, 4}
	for _, c := range []struct {
		source   *table
		settings Settings
		want     string
	}{
		{realColumns(0, two), Settings{}, "column a: spreads values over intervals, so that rows have no density; use the scale standard"},
		{realColumns(0, two).addCategories("c", []int32{0, 1, 1, 0}), Settings{Numbers: Standard}, "column c: categories are no numbers"},
		{realColumns(0, two, []float64{math.NaN(), 1, 2, 3}), Settings{Numbers: Standard, Missing: Model},
			"column b: numbers may be missing"},
		{realColumns(0, two, []float64{1, 1, 1, 1}), Settings{Numbers: Standard}, "column b: is constant"},
		{realColumns(0, two, two, []float64{2, 4, 6, 8}), Settings{Numbers: Standard, Constraints: []string{"c = a + b"}},
			"column c: is computed from others"},
	} {
		codec := fitted(t, c.settings, c.source)
		_, err := codec.LogVolume(c.source.schema)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
		if err := codec.LogVolumes(make([]float64, 4), &data.Batch{Rows: 4, Real: c.source.real, Index: c.source.index}); err == nil {
			t.Errorf("%s: there are volumes", c.want)
		}
	}
}
