package metrics

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// neighborsOf adds a set in blocks.
func neighborsOf(t rapid.TB, points, set []float32, dim, block, workers int) []Neighbor {
	t.Helper()
	n, err := NewNeighbors(points, dim)
	if err != nil {
		t.Fatal(err)
	}
	for len(set) > 0 {
		cut := min(block*dim, len(set))
		if err := n.Add(set[:cut], workers); err != nil {
			t.Fatal(err)
		}
		set = set[cut:]
	}
	return n.Found()
}

// Products find the neighbors that differences find, whatever the blocks, also where sets hold the points themselves, rows
// twice, and coordinates so large that products cancel.
func TestNeighborsAreNearest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dim := rapid.IntRange(1, 70).Draw(t, "dim")
		offset := rapid.SampledFrom([]float32{0, 1, 1000}).Draw(t, "offset")
		seed := rapid.Uint64Range(0, 1<<20).Draw(t, "seed")
		points := normals(seed, rapid.IntRange(1, 140).Draw(t, "points"), dim)
		set := normals(seed+1, rapid.IntRange(1, 300).Draw(t, "rows"), dim)
		for _, x := range [][]float32{points, set} {
			for i := range x {
				x[i] = offset + float32(math.Round(float64(x[i])*2))/64 // distances are often equal
			}
		}
		if rapid.Bool().Draw(t, "copies") {
			set = append(set, points...)
		}
		want, err := Nearest(points, set, dim, 1)
		if err != nil {
			t.Fatal(err)
		}
		got := neighborsOf(t, points, set, dim, rapid.IntRange(1, 320).Draw(t, "block"), rapid.IntRange(1, 3).Draw(t, "workers"))
		if !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func TestNeighborsErrors(t *testing.T) {
	if _, err := NewNeighbors(nil, 2); err == nil || !strings.Contains(err.Error(), "the set of points is empty") {
		t.Errorf("no points: %v", err)
	}
	n, err := NewNeighbors([]float32{1, 2}, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Add([]float32{1, 2, 3}, 1); err == nil || !strings.Contains(err.Error(), "3 numbers are not whole points of 2") {
		t.Errorf("a part of a row: %v", err)
	}
}
