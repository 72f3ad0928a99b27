package tabular

import (
	"math"
	"slices"
	"sort"
)

// pairBins is the number of bins per column of numbers in a pair.
const pairBins = 10

// cells are a column as one of a few values: a bin or a category, 0 for missing.
type cells struct {
	bins  []uint8 // of a column of numbers, from 1
	codes []int32 // of a column of categories: code + 1 is the value
	size  int     // values are below
}

func (c *cells) at(row int) int {
	if c.bins != nil {
		return int(c.bins[row])
	}
	return int(c.codes[row]) + 1
}

func (c *cells) rows() int { return max(len(c.bins), len(c.codes)) }

// WidthEdges are the inner edges of 10 bins of equal width between the least and the greatest number, as
// numpy.histogram_bin_edges(values, 10)[1:-1].
func WidthEdges(values []float64) []float64 {
	low, high := bounds(values)
	if low == high {
		low, high = low-0.5, high+0.5
	}
	step := (high - low) / pairBins
	edges := make([]float64, 0, pairBins-1)
	for i := 1; i < pairBins; i++ {
		edges = append(edges, low+float64(float64(i)*step))
	}
	return edges
}

// QuantileEdges are the inner edges of 10 bins that hold about as many numbers each; fewer bins where edges are equal. The
// values are sorted: numpy.unique(numpy.quantile(values, [0.1 … 0.9])).
func QuantileEdges(sorted []float64) []float64 {
	edges := make([]float64, 0, pairBins-1)
	for i := 1; i < pairBins; i++ {
		edges = append(edges, quantile(sorted, float64(i)*0.1))
	}
	return slices.Compact(edges)
}

// binned sorts numbers into bins. Bin i holds those from edge i−1, included, to edge i.
func binned(values, edges []float64) *cells {
	c := &cells{bins: make([]uint8, len(values)), size: len(edges) + 2}
	for row, v := range values {
		if finite(v) {
			c.bins[row] = uint8(1 + sort.Search(len(edges), func(i int) bool { return edges[i] > v }))
		}
	}
	return c
}

// differences is ½ Σ |P − Q| over the cells of two pairs of columns, each pair of the same length.
func totalVariation(realA, realB, syntheticA, syntheticB *cells) float64 {
	n, m := realA.rows(), syntheticA.rows()
	width := realB.size
	if size := realA.size * width; size <= max(1<<16, n+m) {
		p, q := make([]int32, size), make([]int32, size)
		for row := range n {
			p[realA.at(row)*width+realB.at(row)]++
		}
		for row := range m {
			q[syntheticA.at(row)*width+syntheticB.at(row)]++
		}
		sum := 0.0
		for k, count := range p {
			sum += math.Abs(float64(count)/float64(n) - float64(q[k])/float64(m))
		}
		return sum / 2
	}
	return sparseVariation(keys(realA, realB), keys(syntheticA, syntheticB))
}

// keys numbers the cells of a pair of columns, in ascending order.
func keys(a, b *cells) []uint64 {
	out := make([]uint64, a.rows())
	for row := range out {
		out[row] = uint64(a.at(row))<<32 | uint64(b.at(row))
	}
	slices.Sort(out)
	return out
}

// sparseVariation is the total variation of two sorted lists of cells, for pairs with far more cells than rows.
func sparseVariation(p, q []uint64) float64 {
	sum := 0.0
	for i, j := 0, 0; i < len(p) || j < len(q); {
		var key uint64
		if j == len(q) || i < len(p) && p[i] < q[j] {
			key = p[i]
		} else {
			key = q[j]
		}
		firstI, firstJ := i, j
		for i < len(p) && p[i] == key {
			i++
		}
		for j < len(q) && q[j] == key {
			j++
		}
		sum += math.Abs(float64(i-firstI)/float64(len(p)) - float64(j-firstJ)/float64(len(q)))
	}
	return sum / 2
}
