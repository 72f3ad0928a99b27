package tabular

import (
	"cmp"
	"context"
	"math"
	"slices"

	"euryale/rng"
)

// copulaWork bounds rows × columns² of the correlations; beyond, fewer rows are read.
const copulaWork = 2e9

// Copula makes a table from a Gaussian copula: the cells of each column of train are ranked and turned into normal numbers,
// rows of normal numbers with their correlations are drawn, and turned back by the column's quantiles. Equal cells share
// their ranks at random, so categories and repeated numbers each have an interval; whether a number is missing is ranked
// like a category. Numbers between two of train are interpolated and rounded to the column's decimals. The seed decides all.
func Copula(ctx context.Context, train *Table, rows int, seed uint64, workers int) (*Table, error) {
	if err := train.check("training"); err != nil {
		return nil, err
	}
	out := &Table{Rows: rows, Columns: make([]Column, len(train.Columns))}
	stream := rng.NewStream(seed, rng.Fresh)
	var latents []latent
	for j := range train.Columns {
		out.Columns[j].Name = train.Columns[j].Name
		latents = append(latents, latentsOf(&train.Columns[j], &out.Columns[j], rows)...)
	}
	keepMissing(out, train)
	n := len(latents)
	read := subsample(train.Rows, max(100, int(copulaWork/float64(max(1, n*n)))), seed)
	normal := make([]scores, n)
	if err := each(ctx, workers, n, func(k int) {
		normal[k] = normalScores(latents[k].value, train.Rows, read, stream, copulaStep+uint64(k))
	}); err != nil {
		return nil, err
	}
	factor, err := correlationFactor(ctx, normal, workers)
	if err != nil {
		return nil, err
	}
	err = inPieces(ctx, workers, rows, func() []float32 { return make([]float32, n) }, func(noise []float32, first, end int) {
		for row := first; row < end; row++ {
			stream.Normal(noise, copulaStep-1, uint64(row), max(1, n))
			for k, of := range factor {
				sum := 0.0
				for i, l := range of {
					sum += l * float64(noise[i])
				}
				latents[k].put(0.5*math.Erfc(-sum/math.Sqrt2), row)
			}
		}
	})
	return out, err
}

// latent is a normal number behind a column.
type latent struct {
	value func(row int) float64    // what is ranked in the training table; NaN for nothing
	put   func(u float64, row int) // writes the quantile of u
}

// latentsOf returns the numbers behind column c, which write to the empty column out: one, and where numbers are missing
// another one for whether they are, which must write last.
func latentsOf(c, out *Column, rows int) []latent {
	switch c.kind() {
	case category:
		sorted := slices.Sorted(slices.Values(c.Codes))
		out.Codes, out.Categories = make([]int32, rows), slices.Clone(c.Categories)
		return []latent{{
			value: func(row int) float64 { return float64(c.Codes[row]) },
			put:   func(u float64, row int) { out.Codes[row] = sorted[min(int(u*float64(len(sorted))), len(sorted)-1)] },
		}}
	case number:
		out.Numbers = make([]float64, rows)
		sorted, grid := sortedNumbers(c.Numbers), decimals(c.Numbers)
		behind := []latent{{
			value: func(row int) float64 {
				if finite(c.Numbers[row]) {
					return c.Numbers[row]
				}
				return math.NaN()
			},
			put: func(u float64, row int) { out.Numbers[row] = toGrid(quantile(sorted, u), grid) },
		}}
		if present := float64(len(sorted)) / float64(len(c.Numbers)); present < 1 {
			behind = append(behind, latent{
				value: func(row int) float64 { return indicator(!finite(c.Numbers[row])) },
				put: func(u float64, row int) {
					if u >= present {
						out.Numbers[row] = math.NaN()
					}
				},
			})
		}
		return behind
	}
	return nil
}

// scores are the normal numbers of the training rows; 0 where there is none, and then there is 0, or else 1.
type scores struct{ z, there []float64 }

// normalScores are Φ⁻¹((rank + ½)/n) of the n values among the given rows, nil for all, where equal ones are ranked at random.
func normalScores(value func(row int) float64, all int, rows []int32, stream rng.Stream, step uint64) scores {
	if rows == nil {
		rows = make([]int32, all)
		for i := range rows {
			rows[i] = int32(i)
		}
	}
	s := scores{make([]float64, len(rows)), make([]float64, len(rows))}
	type ranked struct {
		value float64
		luck  uint64
		at    int
	}
	var order []ranked
	for i, row := range rows {
		if v := value(int(row)); !math.IsNaN(v) {
			order = append(order, ranked{v, stream.Uint64(step, uint64(row)), i})
			s.there[i] = 1
		}
	}
	slices.SortFunc(order, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(a.value, b.value), cmp.Compare(a.luck, b.luck), cmp.Compare(a.at, b.at))
	})
	for rank, r := range order {
		u := (float64(rank) + 0.5) / float64(len(order))
		s.z[r.at] = math.Sqrt2 * math.Erfinv(2*u-1)
	}
	return s
}

// correlationFactor is the lower triangle L of L·Lᵀ = the correlations, each over the rows that have both numbers (Cholesky),
// rows of growing length. Where they are no correlations of anything, as of more columns than rows, a row is shortened.
func correlationFactor(ctx context.Context, s []scores, workers int) ([][]float64, error) {
	n := len(s)
	factor, squares := make([][]float64, n), make([][]float64, n)
	for k := range s {
		for _, z := range s[k].z {
			squares[k] = append(squares[k], z*z)
		}
	}
	if err := each(ctx, workers, n, func(k int) {
		factor[k] = make([]float64, k+1)
		for i := range k {
			norm := math.Sqrt(dot(squares[k], s[i].there) * dot(squares[i], s[k].there))
			factor[k][i] = dot(s[k].z, s[i].z) / max(norm, math.SmallestNonzeroFloat64)
		}
		factor[k][k] = 1
	}); err != nil {
		return nil, err
	}
	const least = 1e-3 // variance that a column keeps to itself
	for k, row := range factor {
		for i := range k {
			row[i] = (row[i] - dot(row[:i], factor[i][:i])) / factor[i][i]
		}
		explained := dot(row[:k], row[:k])
		if explained > 1-least {
			shrink := math.Sqrt((1 - least) / explained)
			for i := range k {
				row[i] *= shrink
			}
			explained = 1 - least
		}
		row[k] = math.Sqrt(1 - explained)
	}
	return factor, ctx.Err()
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// toGrid rounds to so many decimals, if there are few.
func toGrid(v float64, decimals int) float64 {
	if decimals > mostDecimals {
		return v
	}
	scale := math.Pow10(decimals)
	return math.Round(v*scale) / scale
}
