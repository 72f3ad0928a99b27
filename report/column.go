package report

import (
	"fmt"
	"math"
	"slices"
)

// Column is a column of two tables that are compared: real rows and synthetic ones.
type Column struct {
	Name string
	// Real and Synthetic are the numbers of the rows, NaN where one is missing; of categories their indices, −1 where one is
	// missing. Either may be empty.
	Real, Synthetic []float64
	Categories      []string // nil for a column of numbers
}

func (c Column) check() error {
	if len(c.Real)+len(c.Synthetic) == 0 {
		return fmt.Errorf("column %q: no rows to draw", c.Name)
	}
	bad := 0
	for _, values := range [][]float64{c.Real, c.Synthetic} {
		for _, v := range values {
			switch {
			case c.Categories == nil:
				if math.IsInf(v, 0) || math.Abs(v) > plotLimit {
					bad++
				}
			case v != math.Trunc(v) || v < -1 || v >= float64(len(c.Categories)):
				bad++
			}
		}
	}
	switch {
	case bad > 0 && c.Categories == nil:
		return fmt.Errorf("column %q: %d numbers are beyond ±%g", c.Name, bad, plotLimit)
	case bad > 0:
		return fmt.Errorf("column %q: %d categories are not from 0 to %d, or -1", c.Name, bad, len(c.Categories)-1)
	}
	return nil
}

// spanBeyond is how far beyond the real numbers a picture shows synthetic ones, as a part of the range of the real ones.
const spanBeyond = 0.25

// span is the range of a column of numbers that a picture shows: that of the real numbers, and of the synthetic ones as far
// as these are not far out. Without real numbers it is that of the synthetic ones.
func (c Column) span() (low, high float64) {
	low, high = rangeOf(c.Real)
	sampledLow, sampledHigh := rangeOf(c.Synthetic)
	if low > high {
		low, high = sampledLow, sampledHigh
	} else if beyond := spanBeyond * (high - low); sampledLow <= sampledHigh {
		low, high = min(low, max(sampledLow, low-beyond)), max(high, min(sampledHigh, high+beyond))
	}
	switch {
	case low > high:
		return 0, 1
	case low == high:
		r := room(low, 0)
		return low - r, high + r
	}
	return low, high
}

// rangeOf is the range of the numbers, without a few that are far out; from +Inf to −Inf if there are none.
func rangeOf(values []float64) (low, high float64) {
	var present []float64
	for _, v := range values {
		if !math.IsNaN(v) {
			present = append(present, v)
		}
	}
	if len(present) == 0 {
		return math.Inf(1), math.Inf(-1)
	}
	return fitValues(present)
}

// A column of numbers has twice the cube root of its rows in intervals (the rule of Rice University), from leastBins to
// histogramBins. Whole numbers of a small range have one each.
const leastBins, histogramBins = 8, 32

// bins is how a column is divided: into intervals of equal width, or categories.
type bins struct {
	low, width float64
	least      float64 // step of an axis: 1 for whole numbers
	count      int
	names      []string // of categories; nil for numbers
	values     []int    // the categories that are shown, the most frequent first
}

// mostCategories is the most categories that are shown one by one; the rest are put together.
const mostCategories = 12

// divide finds bins for the real and the synthetic numbers.
func (c Column) divide(most int) bins {
	if c.Categories != nil {
		return c.divideCategories(min(most, mostCategories))
	}
	low, high := c.span()
	whole := true
	for _, values := range [][]float64{c.Real, c.Synthetic} {
		for _, v := range values {
			whole = whole && (math.IsNaN(v) || v == math.Trunc(v))
		}
	}
	if n := high - low + 1; whole && n <= float64(most)+0.5 {
		return bins{low: math.Floor(low) - 0.5, width: 1, least: 1, count: int(math.Floor(high)-math.Floor(low)) + 1}
	}
	n := min(most, max(leastBins, int(math.Round(2*math.Cbrt(float64(max(len(c.Real), len(c.Synthetic))))))))
	return bins{low: low, width: (high - low) / float64(n), count: n}
}

func (c Column) divideCategories(most int) bins {
	counts := make([]int, len(c.Categories))
	for _, values := range [][]float64{c.Real, c.Synthetic} {
		for _, v := range values {
			if v >= 0 {
				counts[int(v)]++
			}
		}
	}
	b := bins{}
	for i := range counts {
		b.values = append(b.values, i)
	}
	slices.SortStableFunc(b.values, func(i, j int) int { return counts[j] - counts[i] })
	if len(b.values) > most {
		b.values = b.values[:most-1]
	}
	slices.Sort(b.values) // as the column lists them
	for _, i := range b.values {
		b.names = append(b.names, c.Categories[i])
	}
	if len(b.values) < len(counts) {
		b.names = append(b.names, fmt.Sprintf("%d others", len(counts)-len(b.values)))
	}
	b.count = len(b.names)
	return b
}

// place is the bin of a value, from 0 on; −1 for a missing one, or one that is not shown.
func (b bins) place(v float64) int {
	switch {
	case math.IsNaN(v):
		return -1
	case b.names != nil:
		if i, shown := slices.BinarySearch(b.values, int(v)); shown {
			return i
		}
		if v >= 0 {
			return b.count - 1 // among the others
		}
		return -1
	}
	i := int(math.Floor((v - b.low) / b.width))
	if i == b.count && v <= b.low+b.width*float64(b.count)*(1+1e-12) {
		i--
	}
	if i < 0 || i >= b.count {
		return -1
	}
	return i
}

// shares are the parts of the values in each bin, and the part that is missing. Numbers beyond the bins are in neither.
func (b bins) shares(values []float64) (shares []float64, missing float64) {
	shares = make([]float64, b.count)
	if len(values) == 0 {
		return shares, 0
	}
	for _, v := range values {
		if i := b.place(v); i >= 0 {
			shares[i]++
		} else if math.IsNaN(v) || b.names != nil {
			missing++
		}
	}
	n := float64(len(values))
	for i := range shares {
		shares[i] /= n
	}
	return shares, missing / n
}

// Shares are the numbers of a histogram of a column: of each interval or category the part of the real and of the synthetic
// rows.
type Shares struct {
	Edges                         []float64 // of the intervals, one more than there are; nil of categories
	Names                         []string  // of the categories, the rarest ones together; nil of intervals
	Real, Synthetic               []float64
	MissingReal, MissingSynthetic float64 // parts of the rows that have no cell
}

// Shares measures a column in the intervals in which Histograms draws it.
func (c Column) Shares() (s Shares, err error) {
	if err := c.check(); err != nil {
		return s, err
	}
	b := c.divide(histogramBins)
	s.Names = b.names
	for i := 0; b.names == nil && i <= b.count; i++ {
		s.Edges = append(s.Edges, b.low+b.width*float64(i))
	}
	s.Real, s.MissingReal = b.shares(c.Real)
	s.Synthetic, s.MissingSynthetic = b.shares(c.Synthetic)
	return s, nil
}
