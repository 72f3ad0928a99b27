package tabular

import (
	"context"
	"math"
)

// Correlation is Pearson's r of two columns in which missing numbers count as 0; NaN if either is constant.
func Correlation(a, b []float64) float64 {
	return correlation(newMoments(a), newMoments(b), a, b)
}

type moments struct {
	mean, norm float64 // norm is the root of the sum of squared deviations
	constant   bool
}

// orZero puts 0 for missing.
func orZero(v float64) float64 {
	if finite(v) {
		return v
	}
	return 0
}

func newMoments(values []float64) moments {
	m := moments{constant: true}
	for _, v := range values {
		m.mean += orZero(v) / float64(len(values))
		m.constant = m.constant && orZero(v) == orZero(values[0])
	}
	for _, v := range values {
		d := orZero(v) - m.mean
		m.norm += d * d
	}
	m.norm = math.Sqrt(m.norm)
	return m
}

func correlation(ma, mb moments, a, b []float64) float64 {
	if ma.constant || mb.constant {
		return math.NaN()
	}
	sum := 0.0
	for row, v := range a {
		sum += (orZero(v) - ma.mean) * (orZero(b[row]) - mb.mean)
	}
	return max(-1, min(1, sum/ma.norm/mb.norm))
}

// CorrelationSimilarity is 1 − |r − s|/2 of the correlations of two real and two synthetic columns of numbers, SDMetrics'
// measure of that name (versions before 0.12, which put 0 for missing numbers; later ones drop their rows). NaN if a column
// is constant.
func CorrelationSimilarity(realA, realB, syntheticA, syntheticB []float64) float64 {
	return 1 - math.Abs(Correlation(realA, realB)-Correlation(syntheticA, syntheticB))/2
}

// ContingencySimilarity is 1 − ½ Σ |P − Q| over the cells of two real and two synthetic columns of categories, SDMetrics'
// measure of that name. Codes are from −1, missing, which is a value like the others.
func ContingencySimilarity(realA, realB, syntheticA, syntheticB []int32) float64 {
	wrap := func(codes, others []int32) *cells {
		size := int32(0)
		for _, code := range codes {
			size = max(size, code+2)
		}
		for _, code := range others {
			size = max(size, code+2)
		}
		return &cells{codes: codes, size: int(size)}
	}
	return 1 - totalVariation(wrap(realA, syntheticA), wrap(realB, syntheticB), wrap(syntheticA, realA), wrap(syntheticB, realB))
}

// pair is two columns, a before b.
type pair struct{ a, b int }

// choosePairs returns all pairs of the columns, or `most` of them, drawn by the seed.
func choosePairs(columns []int, most int, seed uint64) (pairs []pair, all int) {
	all = len(columns) * (len(columns) - 1) / 2
	picked := subsample(min(all, math.MaxInt32), most, seed)
	next := 0
	for i, rank := 0, 0; i < len(columns); i++ {
		for j := i + 1; j < len(columns); j++ {
			if picked == nil || next < len(picked) && int(picked[next]) == rank {
				pairs = append(pairs, pair{columns[i], columns[j]})
				next++
			}
			rank++
		}
	}
	return pairs, all
}

// binning is a table as cells, by the edges of the training table.
type binning struct {
	width, quantile []*cells // per column; the same for categories
	moments         []moments
}

// bin sorts a table's numbers into the bins of the training table.
func bin(ctx context.Context, train *prepared, t *Table, workers int) (*binning, error) {
	n := len(t.Columns)
	b := &binning{make([]*cells, n), make([]*cells, n), make([]moments, n)}
	return b, each(ctx, workers, n, func(j int) {
		c := &t.Columns[j]
		switch c.kind() {
		case number:
			b.width[j] = binned(c.Numbers, WidthEdges(train.sorted[j]))
			b.quantile[j] = binned(c.Numbers, QuantileEdges(train.sorted[j]))
			b.moments[j] = newMoments(c.Numbers)
		case category:
			b.width[j] = &cells{codes: c.Codes, size: len(c.Categories) + 1}
			b.quantile[j] = b.width[j]
		}
	})
}

// pairFigures are the measures of pairs of columns, [pairs].
type pairFigures struct {
	trends    []float64 // CorrelationSimilarity, or ContingencySimilarity with the real table's bins of equal width; NaN: a constant
	quantiles []float64 // ContingencySimilarity with the real table's quantile bins
	gaps      []float64 // |difference of r|; NaN where a column is no number
}

func measurePairs(ctx context.Context, pairs []pair, real, synthetic *Table, r, s *binning, workers int) (pairFigures, error) {
	n := len(pairs)
	f := pairFigures{make([]float64, n), make([]float64, n), make([]float64, n)}
	return f, each(ctx, workers, n, func(i int) {
		a, b := pairs[i].a, pairs[i].b
		f.quantiles[i] = 1 - totalVariation(r.quantile[a], r.quantile[b], s.quantile[a], s.quantile[b])
		f.gaps[i] = math.NaN()
		switch x, y := &real.Columns[a], &real.Columns[b]; {
		case x.kind() == number && y.kind() == number:
			f.gaps[i] = math.Abs(correlation(r.moments[a], r.moments[b], x.Numbers, y.Numbers) -
				correlation(s.moments[a], s.moments[b], synthetic.Columns[a].Numbers, synthetic.Columns[b].Numbers))
			f.trends[i] = 1 - f.gaps[i]/2
		case x.kind() == category && y.kind() == category:
			f.trends[i] = f.quantiles[i]
		default:
			f.trends[i] = 1 - totalVariation(r.width[a], r.width[b], s.width[a], s.width[b])
		}
	})
}
