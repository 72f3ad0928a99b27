package boosting

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// binning maps the cells of a column to bins: 0 … count−1, and count for a missing cell.
type binning struct {
	isCategory bool
	thresholds []float64       // of numbers, increasing: bin b holds thresholds[b−1] < x ≤ thresholds[b]
	codes      map[int32]uint8 // of categories
	count      int
}

// newBinning cuts a column into at most so many bins. Thresholds come from the given rows, those that trees are grown on;
// categories from all rows, so that held-out rows have none that is unknown.
func newBinning(c Column, rows []int32, bins int) binning {
	if len(c.Codes) > 0 {
		codes, count := binCodes(c.Codes, bins)
		return binning{isCategory: true, codes: codes, count: count}
	}
	values := make([]float64, 0, len(rows))
	for _, i := range rows {
		if v := c.Numbers[i]; !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	slices.Sort(values)
	thresholds := cut(values, bins)
	return binning{thresholds: thresholds, count: len(thresholds) + 1}
}

// bin is the bin of the column's cell in a row. A category that training never saw is missing.
func (b *binning) bin(c Column, row int) uint8 {
	if b.isCategory {
		if bin, ok := b.codes[c.Codes[row]]; ok {
			return bin
		}
		return uint8(b.count)
	}
	v := c.Numbers[row]
	if math.IsNaN(v) {
		return uint8(b.count)
	}
	first, last := 0, len(b.thresholds) // the first threshold that is not below v is one of these
	for first < last {
		if middle := (first + last) / 2; b.thresholds[middle] < v {
			first = middle + 1
		} else {
			last = middle
		}
	}
	return uint8(first)
}

// cut returns thresholds that cut sorted values into at most so many bins: between all neighbors if there are few distinct
// values, else at quantiles.
func cut(values []float64, bins int) []float64 {
	distinct := slices.Compact(slices.Clone(values))
	thresholds := []float64{}
	if len(distinct) <= bins {
		for i := 1; i < len(distinct); i++ {
			thresholds = append(thresholds, between(distinct[i-1], distinct[i]))
		}
		return thresholds
	}
	for k := 1; k < bins; k++ {
		at := k * (len(values) - 1) // in units of 1/bins
		below, above := values[at/bins], values[(at+bins-1)/bins]
		thresholds = append(thresholds, between(below, above))
	}
	return slices.Compact(thresholds)
}

// between returns a number m with a ≤ m < b, or a where they are equal: the middle, except for neighbors and where it is not
// a number.
func between(a, b float64) float64 {
	if m := (a + b) / 2; a <= m && m < b {
		return m
	}
	return a
}

// binCodes numbers the categories that occur in increasing order. Of more than so many, all but the most frequent share the
// last bin.
func binCodes(codes []int32, bins int) (byCode map[int32]uint8, count int) {
	frequencies := map[int32]int{}
	for _, code := range codes {
		if code >= 0 {
			frequencies[code]++
		}
	}
	kept := slices.Sorted(maps.Keys(frequencies))
	var rare []int32
	if len(kept) > bins {
		slices.SortStableFunc(kept, func(a, b int32) int { return cmp.Compare(frequencies[b], frequencies[a]) })
		kept, rare = kept[:bins-1], kept[bins-1:]
		slices.Sort(kept)
	}
	byCode = make(map[int32]uint8, len(frequencies))
	for bin, code := range kept {
		byCode[code] = uint8(bin)
	}
	for _, code := range rare {
		byCode[code] = uint8(bins - 1)
	}
	return byCode, min(len(frequencies), bins)
}
