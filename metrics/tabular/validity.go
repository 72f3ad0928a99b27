package tabular

import "math"

// mostDecimals is the number of decimals up to which a column of numbers has a grid.
const mostDecimals = 6

// validity is what of a synthetic table could stand in the real one.
type validity struct {
	cells     float64   // share of valid cells among those not missing
	adherence []float64 // per column of numbers or categories, or empty: share of the cells within the training range or categories
	columns   []int     // the columns of adherence
}

// measureValidity compares the cells of aligned tables with the columns of the training table. A cell that is not missing is
// valid if it can be read, its text keeps the grid of the column (Column.Malformed), and its category, if it has one, occurs
// in the training table. Adherence is SDMetrics' BoundaryAdherence of numbers, the share from the least to the greatest
// training number, and its CategoryAdherence of categories. A column that is empty in the training table must be empty.
func measureValidity(train, synthetic *Table, present func(j int) bool) validity {
	v := validity{}
	good, cells := 0, 0
	for j := range train.Columns {
		t, s := &train.Columns[j], &synthetic.Columns[j]
		if !present(j) {
			continue
		}
		count := s.cells(synthetic.Rows)
		valid, inside := count, count
		switch t.kind() {
		case number:
			readable := count - s.Unreadable
			inside = within(t, s)
			valid = readable - malformed(t, s)
		case category:
			inside = known(t, s)
			valid = inside
			if s.Malformed != nil {
				valid -= *s.Malformed
			}
		default:
			if t.Missing == train.Rows {
				valid, inside = 0, 0
			}
		}
		good += valid
		cells += count
		if t.kind() != other || t.Missing == train.Rows {
			v.columns = append(v.columns, j)
			v.adherence = append(v.adherence, share(inside, count))
		}
	}
	v.cells = share(good, cells)
	return v
}

// share is 1 of nothing.
func share(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// cells counts the cells that have text.
func (c *Column) cells(rows int) int { return rows - c.missing() }

// within counts the numbers that lie in the range of the training column.
func within(train, synthetic *Column) int {
	low, high := bounds(train.Numbers)
	count := 0
	for _, v := range synthetic.Numbers {
		if v >= low && v <= high {
			count++
		}
	}
	return count
}

// bounds are the least and the greatest finite number; (+Inf, −Inf) if there is none.
func bounds(values []float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if finite(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	return low, high
}

// known counts the cells whose category occurs in the training column.
func known(train, synthetic *Column) int {
	occurs, _ := countCodes(train.Codes, len(train.Categories))
	count := 0
	for _, code := range synthetic.Codes {
		if code >= 0 && occurs[code] > 0 {
			count++
		}
	}
	return count
}

// malformed counts the numbers that are off the grid of the training column.
func malformed(train, synthetic *Column) int {
	if synthetic.Malformed != nil {
		return *synthetic.Malformed
	}
	grid := decimals(train.Numbers)
	if grid > mostDecimals {
		return 0
	}
	count := 0
	for _, v := range synthetic.Numbers {
		if finite(v) && !onGrid(v, grid) {
			count++
		}
	}
	return count
}

// decimals is the least number of decimals that writes all numbers, mostDecimals+1 if that many do not.
func decimals(values []float64) int {
	grid := 0
	for _, v := range values {
		for finite(v) && grid <= mostDecimals && !onGrid(v, grid) {
			grid++
		}
	}
	return grid
}

// onGrid reports whether v is the nearest number to a decimal of so many digits after the point.
func onGrid(v float64, decimals int) bool {
	scale := math.Pow10(decimals)
	return math.Round(v*scale)/scale == v
}

// MissingSimilarity is 1 − |difference of the shares of missing cells| of two columns, SDMetrics' MissingValueSimilarity.
func MissingSimilarity(realMissing, realRows, syntheticMissing, syntheticRows int) float64 {
	return 1 - math.Abs(float64(realMissing)/float64(realRows)-float64(syntheticMissing)/float64(syntheticRows))
}

// missingSimilarities is MissingSimilarity per column of aligned tables, NaN where the synthetic table has no such column.
func missingSimilarities(train, synthetic *Table, present func(j int) bool) []float64 {
	similar := make([]float64, len(train.Columns))
	for j := range similar {
		similar[j] = math.NaN()
		if present(j) {
			similar[j] = MissingSimilarity(train.Columns[j].missing(), train.Rows, synthetic.Columns[j].missing(), synthetic.Rows)
		}
	}
	return similar
}
