package tabular

import (
	"context"
	"math"
	"slices"
)

// rareTimes is how often a value occurs at most in the training table to be rare.
const rareTimes = 3

// Rare compares how many of the rare values of the training table come back. Without a leak, rows of the right distribution
// have as many of them as test rows.
type Rare struct {
	Values        int     // rare values of the training table, of all columns
	Reproduced    float64 // share of them that occur in the synthetic table
	InTest        float64 // share of them that occur in as many test rows
	StandardError float64 // of the difference
}

// add counts a value that occurs in the tables named, or not.
func (r *Rare) add(synthetic, test bool) {
	r.Values++
	r.Reproduced += indicator(synthetic)
	r.InTest += indicator(test)
	if synthetic != test {
		r.StandardError++ // the sum of squared differences, until shares
	}
}

func (r *Rare) merge(o Rare) {
	r.Values += o.Values
	r.Reproduced += o.Reproduced
	r.InTest += o.InTest
	r.StandardError += o.StandardError
}

// shares turns counts into shares. The error takes values as independent.
func (r Rare) shares() Rare {
	n := float64(max(1, r.Values))
	d := (r.Reproduced - r.InTest) / n
	return Rare{r.Values, r.Reproduced / n, r.InTest / n, math.Sqrt(max(0, r.StandardError/n-d*d) / n)}
}

// rareValues finds the values, numbers or categories, that occur at most rareTimes in a column of the training table, and
// whether each occurs in synthetic and in test, which have the same number of rows. The tables are aligned. It returns the
// sum and the columns, Values 0 where a column has none.
func rareValues(ctx context.Context, train, test, synthetic *Table, workers int) (Rare, []Rare, error) {
	columns := make([]Rare, len(train.Columns))
	err := each(ctx, workers, len(columns), func(j int) {
		t, e, s := &train.Columns[j], &test.Columns[j], &synthetic.Columns[j]
		switch t.kind() {
		case number:
			columns[j] = rareNumbers(sortedNumbers(t.Numbers), sortedNumbers(e.Numbers), sortedNumbers(s.Numbers))
		case category:
			counts, _ := countCodes(t.Codes, len(t.Categories))
			inTest, _ := countCodes(e.Codes, len(t.Categories))
			inSynthetic, _ := countCodes(s.Codes, len(t.Categories))
			for code, count := range counts {
				if count > 0 && count <= rareTimes {
					columns[j].add(inSynthetic[code] > 0, inTest[code] > 0)
				}
			}
		}
	})
	all := Rare{}
	for j := range columns {
		all.merge(columns[j])
		columns[j] = columns[j].shares()
	}
	return all.shares(), columns, err
}

// rareNumbers counts over sorted numbers.
func rareNumbers(train, test, synthetic []float64) Rare {
	r := Rare{}
	for first := 0; first < len(train); {
		end := first
		for end < len(train) && train[end] == train[first] {
			end++
		}
		if end-first <= rareTimes {
			_, inTest := slices.BinarySearch(test, train[first])
			_, inSynthetic := slices.BinarySearch(synthetic, train[first])
			r.add(inSynthetic, inTest)
		}
		first = end
	}
	return r
}
