package tabular

import (
	"math"
	"slices"

	"euryale/metrics/boosting"
)

// topLevels is the number of categories per column that trees tell apart; the others share one level.
const topLevels = 250

// encodeFeatures returns the columns of aligned tables, one below the other, as boosted trees read them: numbers with NaN for
// missing, and the categories as levels by their frequency in reference. Missing is a category. The columns named in
// without, by place, are left out.
func encodeFeatures(reference *Table, without []int, tables ...*Table) []boosting.Column {
	var features []boosting.Column
	numbers, categories := reference.inOrder()
	for _, j := range numbers {
		if slices.Contains(without, j) {
			continue
		}
		var values []float64
		for _, t := range tables {
			values = append(values, t.Columns[j].Numbers...)
		}
		for i, v := range values {
			if !finite(v) {
				values[i] = math.NaN()
			}
		}
		features = append(features, boosting.Column{Numbers: values})
	}
	for _, j := range categories {
		if slices.Contains(without, j) {
			continue
		}
		l := newLevels(topLevels, j, reference)
		var codes []int32
		for _, t := range tables {
			for _, code := range t.Columns[j].Codes {
				codes = append(codes, l.level(code))
			}
		}
		features = append(features, boosting.Column{Codes: codes})
	}
	return features
}

// takeFeatures returns the given rows.
func takeFeatures(x []boosting.Column, rows []int32) []boosting.Column {
	out := make([]boosting.Column, len(x))
	for k, c := range x {
		if c.Numbers != nil {
			out[k].Numbers = make([]float64, len(rows))
			for i, row := range rows {
				out[k].Numbers[i] = c.Numbers[row]
			}
			continue
		}
		out[k].Codes = make([]int32, len(rows))
		for i, row := range rows {
			out[k].Codes[i] = c.Codes[row]
		}
	}
	return out
}
