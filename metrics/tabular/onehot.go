package tabular

import (
	"cmp"
	"math"
	"slices"
)

const (
	topCategories = 50   // categories of a column with a coordinate of their own
	widest        = 4000 // coordinates of all categories together; beyond, fewer per column
)

// oneHot encodes aligned tables one below the other, [rows, dim]: numbers (NaN for missing), for a column of numbers with
// missing cells whether a cell is missing, and the one-hot of the most frequent categories, of which missing is one.
func oneHot(tables ...*Table) (x []float64, dim int) {
	numbers, categories := tables[0].inOrder()
	var missing, hot [][]int // per coordinate: column, and its category
	for _, j := range numbers {
		for _, t := range tables {
			if slices.ContainsFunc(t.Columns[j].Numbers, func(v float64) bool { return !finite(v) }) {
				missing = append(missing, []int{j})
				break
			}
		}
	}
	top := min(topCategories, max(1, widest/max(1, len(categories))))
	for _, j := range categories {
		for _, code := range mostFrequent(top, j, tables...) {
			hot = append(hot, []int{j, code})
		}
	}
	dim = len(numbers) + len(missing) + len(hot)
	rows := 0
	for _, t := range tables {
		rows += t.Rows
	}
	x = make([]float64, rows*dim)
	first := 0
	for _, t := range tables {
		part := x[first*dim : (first+t.Rows)*dim]
		first += t.Rows
		put := func(at int, value func(row int) float64) {
			for row := range t.Rows {
				part[row*dim+at] = value(row)
			}
		}
		for k, j := range numbers {
			values := t.Columns[j].Numbers
			put(k, func(row int) float64 {
				if !finite(values[row]) {
					return math.NaN()
				}
				return values[row]
			})
		}
		for k, m := range missing {
			values := t.Columns[m[0]].Numbers
			put(len(numbers)+k, func(row int) float64 { return indicator(!finite(values[row])) })
		}
		for k, h := range hot {
			codes := t.Columns[h[0]].Codes
			put(len(numbers)+len(missing)+k, func(row int) float64 { return indicator(int(codes[row]) == h[1]) })
		}
	}
	return x, dim
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// mostFrequent returns at most n codes of column j that occur in the tables, −1 for missing among them, by falling frequency.
func mostFrequent(n, j int, tables ...*Table) []int {
	counts := make([]int, len(tables[0].Columns[j].Categories)+1)
	for _, t := range tables {
		for _, code := range t.Columns[j].Codes {
			counts[code+1]++
		}
	}
	var codes []int
	for k, count := range counts {
		if count > 0 {
			codes = append(codes, k-1)
		}
	}
	slices.SortStableFunc(codes, func(a, b int) int { return cmp.Compare(counts[b+1], counts[a+1]) })
	return codes[:min(n, len(codes))]
}

// standardized scales the coordinates of encoded rows, [rows, dim], by mean and deviation of the first n rows, missing left
// out. A missing number becomes 0, the mean. A coordinate that is constant there keeps its unit.
func standardized(x []float64, dim, n int) []float32 {
	out := make([]float32, len(x))
	for k := range dim {
		mean, deviation := columnMoments(x[:n*dim], k, dim)
		if deviation == 0 {
			deviation = 1
		}
		for i := k; i < len(x); i += dim {
			if z := float32((x[i] - mean) / deviation); finite(float64(z)) {
				out[i] = z
			}
		}
	}
	return out
}

// columnMoments are the mean and the standard deviation of coordinate k, of the numbers that are not NaN; 0 of none.
func columnMoments(x []float64, k, dim int) (mean, deviation float64) {
	count := 0.0
	for i := k; i < len(x); i += dim {
		if !math.IsNaN(x[i]) {
			mean += x[i]
			count++
		}
	}
	if count == 0 {
		return 0, 0
	}
	mean /= count
	for i := k; i < len(x); i += dim {
		if !math.IsNaN(x[i]) {
			deviation += (x[i] - mean) * (x[i] - mean)
		}
	}
	return mean, math.Sqrt(deviation / count)
}
