package toy

import (
	"testing"

	"euryale/data"
)

const anyClass = data.AnyClass

// opens opens a distribution.
func opens(t testing.TB, o data.Options, seed uint64) data.Distribution {
	t.Helper()
	source, err := o.Open(t.Context(), seed)
	if err != nil {
		t.Fatal(err)
	}
	return source.(data.Distribution)
}

// reads reads all rows of a source, as training does.
func reads(t testing.TB, s data.Source) *data.Dataset {
	t.Helper()
	encoder := data.NewChain(new(data.Float32))
	if err := encoder.Fit(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	d, err := data.Encode(t.Context(), s, encoder)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// fresh reads n fresh points of a distribution, of a class or anyClass.
func fresh(t testing.TB, o data.Options, seed uint64, n, class int) *data.Dataset {
	t.Helper()
	s, err := data.Fresh(opens(t, o, seed), seed, n, class)
	if err != nil {
		t.Fatal(err)
	}
	return reads(t, s)
}

// nearest is the nearest class to a point of float32.
func nearest(distribution data.Distribution, point []float32) int {
	row := make([]float64, len(point))
	for j, v := range point {
		row[j] = float64(v)
	}
	return distribution.NearestClass(row)
}
