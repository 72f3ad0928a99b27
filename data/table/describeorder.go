package table

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"euryale/data"
)

// orders finds the pairs of numbers, or of dates of one unit, with a <= b in every row; equality of columns is reported as two
// orders. Pairs whose ranges do not overlap are left out, as any two such columns have an order, and so are those that follow from
// two others or from a sum, and those for which rows paired at random would violate the order less than −chance times.
func (p *pairs) orders(ctx context.Context, equal []int, sums [][3]int) ([]string, error) {
	below := make([][]bool, len(p.columns)) // [a][b]
	for a := range p.columns {
		below[a] = make([]bool, len(p.columns))
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for b := range p.columns {
			below[a][b] = a != b && equal[a] == a && equal[b] == b && p.comparable(a, b) && p.isOrder(a, b)
		}
	}
	var list []string
	for a := range p.columns {
		for b := range p.columns {
			if a == b {
				continue
			}
			if equal[b] == a && p.columns[a].Kind == data.Real {
				list = append(list, p.name(a)+" <= "+p.name(b), p.name(b)+" <= "+p.name(a))
			}
			if below[a][b] && !p.between(a, b, below) && !p.isTerm(a, b, sums) {
				list = append(list, p.name(a)+" <= "+p.name(b))
			}
		}
	}
	return list, nil
}

// between reports whether a <= x <= b for another column.
func (p *pairs) between(a, b int, below [][]bool) bool {
	for x := range p.columns {
		if below[a][x] && below[x][b] {
			return true
		}
	}
	return false
}

// isTerm reports whether a <= b because b is the sum of a and a number that is never below 0.
func (p *pairs) isTerm(a, b int, sums [][3]int) bool {
	return slices.ContainsFunc(sums, func(s [3]int) bool {
		return s[0] == b && (s[1] == a && p.profiles[s[2]].least >= 0 || s[2] == a && p.profiles[s[1]].least >= 0)
	})
}

// comparable reports whether two columns are numbers that count the same.
func (p *pairs) comparable(a, b int) bool {
	x, y := p.columns[a], p.columns[b]
	if x.Kind != data.Real || y.Kind != data.Real || x.Type == Time != (y.Type == Time) {
		return false
	}
	return isDate(x) == isDate(y) && (!isDate(x) || x.Format.Unit == y.Format.Unit)
}

func isDate(c *Column) bool { return c.Format != nil && c.Format.Layout != "" }

func (p *pairs) isOrder(a, b int) bool {
	x, y := &p.profiles[a], &p.profiles[b]
	if x.least > y.least || x.most > y.most || x.most <= y.least {
		return false
	}
	for i, v := range x.sample {
		if w := y.sample[i]; v > w || v != v && w == w {
			return false
		}
	}
	if float64(x.present)*shareAbove(x.sorted, y.sorted) < -chance {
		return false
	}
	for i := range p.t.rows {
		if v, w := p.columns[a].Number(i), p.columns[b].Number(i); v > w || v != v && w == w {
			return false
		}
	}
	return true
}

// shareAbove is the share of all pairs of an x and a y, both sorted, with x > y.
func shareAbove(x, y []float64) float64 {
	above, j := 0, 0
	for _, v := range x {
		for j < len(y) && y[j] < v {
			j++
		}
		above += j
	}
	return float64(above) / float64(len(x)) / float64(len(y))
}

// sums finds the numbers c = a + b of every row (as c, a and b), by a random combination of the sampled rows, which has the same
// sums. Columns with missing cells are left out.
func (p *pairs) sums(ctx context.Context, equal []int) ([][3]int, error) {
	type combined struct {
		column     int
		value, sum float64 // of the numbers and of their sizes, by the weights
	}
	const fewRows, fewValues = 10, 5 // below, a sum may hold by chance
	var all []combined
	for j, c := range p.columns {
		if c.Kind != data.Real || isDate(c) || c.MissingCells > 0 || equal[j] != j || p.t.rows < fewRows {
			continue
		}
		x := combined{column: j}
		for i, v := range p.profiles[j].sample {
			weight := 0.5 + float64(stir(uint64(i)+1)>>11)/(1<<53)
			x.value += weight * v
			x.sum += weight * math.Abs(v)
		}
		all = append(all, x)
	}
	slices.SortFunc(all, func(x, y combined) int { return cmp.Or(cmp.Compare(x.value, y.value), x.column-y.column) })
	var found [][3]int
	for i, x := range all {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for _, y := range all[i+1:] {
			margin := 1e-9 * (x.sum + y.sum)
			from, _ := slices.BinarySearchFunc(all, x.value+y.value-margin, func(z combined, v float64) int { return cmp.Compare(z.value, v) })
			for _, z := range all[from:] {
				if z.value > x.value+y.value+margin {
					break
				}
				if p.columns[z.column].Distinct >= fewValues && p.isSum(z.column, x.column, y.column) {
					found = append(found, [3]int{z.column, min(x.column, y.column), max(x.column, y.column)})
				}
			}
		}
	}
	slices.SortFunc(found, func(a, b [3]int) int { return slices.Compare(a[:], b[:]) })
	return found, nil
}

// isSum looks at all rows.
func (p *pairs) isSum(total, a, b int) bool {
	if total == a || total == b {
		return false
	}
	c := p.columns[total]
	for i := range p.t.rows {
		v := c.Number(i)
		if w := p.columns[a].Number(i) + p.columns[b].Number(i); v != w && !c.sameDecimal(v, w) {
			return false
		}
	}
	return true
}

// sameDecimal reports whether two numbers are written alike.
func (c *Column) sameDecimal(v, w float64) bool {
	if c.Format == nil || c.Format.Decimals < 0 {
		return math.Abs(v-w) <= 1e-9*math.Abs(v)
	}
	if c.Format.Decimals >= len(powersOfTen) {
		return false
	}
	scale := powersOfTen[c.Format.Decimals]
	return math.RoundToEven(v*scale) == math.RoundToEven(w*scale)
}

// name is the name of a column as constraints have it.
func (p *pairs) name(j int) string { return quotedName(p.columns[j].Name) }

// quotedName quotes a name that constraints would not take for one.
func quotedName(name string) string {
	if strings.ContainsAny(name, "<>=+,()\"") || name != strings.TrimSpace(name) {
		return `"` + name + `"`
	}
	return name
}
