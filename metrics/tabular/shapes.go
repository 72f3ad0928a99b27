package tabular

import (
	"context"
	"math"
	"slices"
)

// KSComplement is 1 − sup |F − G| over the empirical distribution functions of two sets of numbers, 1 if they are alike:
// SDMetrics' measure of that name, and 1 − scipy.stats.ks_2samp(real, synthetic).statistic. Missing numbers (NaN) are left
// out. It is NaN if either has none left.
func KSComplement(real, synthetic []float64) float64 {
	a, b := sortedNumbers(real), sortedNumbers(synthetic)
	return 1 - kolmogorov(a, b)
}

// sortedNumbers returns the finite numbers in ascending order.
func sortedNumbers(values []float64) []float64 {
	c := Column{Numbers: values}
	sorted := c.present()
	slices.Sort(sorted)
	return sorted
}

// kolmogorov is the largest distance of the distribution functions of two sorted sets.
func kolmogorov(a, b []float64) float64 {
	if len(a) == 0 || len(b) == 0 {
		return math.NaN()
	}
	most := 0.0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		v := min(a[i], b[j])
		for i < len(a) && a[i] == v {
			i++
		}
		for j < len(b) && b[j] == v {
			j++
		}
		most = max(most, math.Abs(float64(i)/float64(len(a))-float64(j)/float64(len(b))))
	}
	return most
}

// TVComplement is 1 − ½ Σ |p − q| over the shares of the categories in two columns, SDMetrics' measure of that name. Codes
// are 0 … categories−1, and −1, missing, is left out. It is NaN if either column has no cell left.
func TVComplement(real, synthetic []int32, categories int) float64 {
	p, n := countCodes(real, categories)
	q, m := countCodes(synthetic, categories)
	if n == 0 || m == 0 {
		return math.NaN()
	}
	sum := 0.0
	for k := range p {
		sum += math.Abs(float64(p[k])/float64(n) - float64(q[k])/float64(m))
	}
	return 1 - sum/2
}

func countCodes(codes []int32, categories int) (counts []int, present int) {
	counts = make([]int, categories)
	for _, code := range codes {
		if code >= 0 {
			counts[code]++
			present++
		}
	}
	return counts, present
}

// prepared is a table with its numbers sorted, for comparisons with several others.
type prepared struct {
	*Table
	sorted [][]float64 // per column of numbers
}

func prepare(ctx context.Context, t *Table, workers int) (*prepared, error) {
	p := &prepared{t, make([][]float64, len(t.Columns))}
	return p, each(ctx, workers, len(t.Columns), func(j int) {
		if t.Columns[j].kind() == number {
			p.sorted[j] = sortedNumbers(t.Columns[j].Numbers)
		}
	})
}

// columnShapes returns the KSComplement or TVComplement of each column of aligned tables, NaN where there is none.
// SDMetrics' Column Shapes is their mean.
func columnShapes(ctx context.Context, real, synthetic *prepared, workers int) ([]float64, error) {
	shapes := make([]float64, len(real.Columns))
	return shapes, each(ctx, workers, len(shapes), func(j int) {
		r, s := &real.Columns[j], &synthetic.Columns[j]
		switch r.kind() {
		case number:
			shapes[j] = 1 - kolmogorov(real.sorted[j], synthetic.sorted[j])
		case category:
			shapes[j] = TVComplement(r.Codes, s.Codes, len(r.Categories))
		default:
			shapes[j] = math.NaN()
		}
	})
}
