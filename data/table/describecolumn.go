package table

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"euryale/data"
	"euryale/data/mixed"
)

// profile is what the rows of a column show.
type profile struct {
	present             int
	least, median, most float64
	zeros               int
	nearest             float64 // least absolute value but 0
	heaps               []Count
	common              []Count
	rare                int
	sample              []float64 // [samples] of a Real column, at sampleRow; NaN is missing
	sorted              []float64 // the sample in rising order, without NaN
	content             uint64    // hash of all cells in their order
}

const (
	samples  = 1024 // rows by which most pairs of columns are ruled out
	rareRows = 5    // a category of fewer rows is rare
	shownTop = 3    // values of a column that are shown
)

// sampleRow is the row of sample i: the samples are spread over the rows evenly.
func sampleRow(i, rows int) int {
	if rows <= samples {
		return i
	}
	return int(int64(i) * int64(rows) / samples)
}

func (c *Column) profile(rows int) profile {
	switch {
	case c.Dropped || c.Kind == data.Generated:
		return profile{}
	case c.Kind == data.Real:
		return c.profileNumbers(rows)
	}
	p := profile{}
	for k, n := range c.Counts {
		p.present += int(n)
		if n < rareRows {
			p.rare++
		}
		p.common = append(p.common, Count{Value: c.Categories[k], Rows: int(n)})
	}
	p.common = p.top(p.common)
	texts := make([]uint64, len(c.Categories)+1)
	for k, text := range c.Categories {
		texts[k+1] = hashOf([]byte(text))
	}
	for i := range rows {
		p.content = stir(p.content ^ texts[c.Code(i)+1])
	}
	return p
}

// top are the most frequent values, those of equal counts in their order.
func (p *profile) top(counts []Count) []Count {
	slices.SortStableFunc(counts, func(a, b Count) int { return cmp.Compare(b.Rows, a.Rows) })
	counts = slices.Clone(counts[:min(shownTop, len(counts))])
	for i := range counts {
		counts[i].Share = float64(counts[i].Rows) / float64(p.present)
	}
	return counts
}

func (c *Column) profileNumbers(rows int) profile {
	values := make([]float64, rows)
	c.Numbers(values, 0)
	p := profile{sample: make([]float64, min(rows, samples)), nearest: math.Inf(1)}
	for i := range p.sample {
		p.sample[i] = values[sampleRow(i, rows)]
	}
	for _, v := range values {
		p.content = stir(p.content ^ hashNumber(v))
	}
	isMissing := func(v float64) bool { return math.IsNaN(v) }
	p.sorted = slices.DeleteFunc(slices.Clone(p.sample), isMissing)
	slices.Sort(p.sorted)
	values = slices.DeleteFunc(values, isMissing)
	slices.Sort(values)
	p.present = len(values)
	if p.present == 0 {
		return p
	}
	p.least, p.median, p.most = values[0], values[(p.present-1)/2], values[p.present-1]
	for start := 0; start < len(values); {
		v, end := values[start], start+1
		for end < len(values) && values[end] == v {
			end++
		}
		if v == 0 {
			p.zeros = end - start
		} else {
			p.nearest = min(p.nearest, math.Abs(v))
		}
		if isHeap(end-start, p.present, c.Distinct) {
			p.heaps = append(p.heaps, Count{Value: c.text(v), Rows: end - start})
		}
		start = end
	}
	p.heaps = p.top(p.heaps)
	return p
}

// isHeap reports whether a value stands out of its column: at least 1% of the rows and 5 rows have it, and at least 5 times as many
// as have a value in the mean.
func isHeap(rows, present, distinct int) bool {
	return rows >= 5 && 100*rows >= present && float64(rows)*float64(distinct) >= 5*float64(present)
}

// text is a number of the column as the file would have it, with a point.
func (c *Column) text(v float64) string {
	if c.Format != nil && c.Format.Layout != "" {
		text, err := appendTime(nil, v, c.Format, zoneOf(c.Format))
		if err != nil {
			return fmt.Sprint(v)
		}
		return string(text)
	}
	return string(appendNumber(nil, v, c.Format))
}

// describe is what is printed about a column.
func (c *Column) describe(p *profile, rows int) ColumnDescription {
	d := ColumnDescription{
		Name: c.Name, Type: c.Type.String(), Distinct: c.Distinct, Missing: c.MissingCells,
		MissingShare: float64(c.MissingCells) / float64(rows), Unique: c.Unique,
		Zeros: p.zeros, Heaps: p.heaps, Common: p.common, Rare: p.rare,
	}
	for _, text := range c.Examples {
		d.Examples = append(d.Examples, cut(text, 100))
	}
	if c.Kind == data.Real && p.present > 0 {
		d.Least, d.Median, d.Most = c.text(p.least), c.text(p.median), c.text(p.most)
	}
	return d
}

// treatment is what becomes of a column with these options, and why.
func (c *Column) treatment(o *Options, rows int) (encoding, reason string) {
	chosen := o.Columns.Get(c.Name)
	why := func(found string) string {
		switch {
		case chosen.Kind != "":
			return fmt.Sprintf("columns.%s.kind is %s", c.Name, chosen.Kind)
		case chosen.Format != "":
			return fmt.Sprintf("columns.%s.format is given", c.Name)
		}
		return found
	}
	switch {
	case c.Dropped:
		return "left out", why("")
	case c.Kind == data.Generated && c.Type == Empty:
		return "written back, empty", "every cell is missing"
	case c.Kind == data.Generated && c.Type == Constant:
		return "written back", "every row has the same"
	case c.Kind == data.Generated:
		return "not learned; " + samplesOf(c.Generate),
			why(map[Type]string{ID: "it tells the rows apart", Free: "most cells are different"}[c.Type])
	case c.Kind == data.Class:
		return fmt.Sprintf("the class of a row, one of %d", len(c.Categories)), "it is the target"
	case c.Kind == data.Category:
		return c.categoryTreatment(o.Settings()), why("its cells are texts")
	}
	scale := cmp.Or(chosen.Encoding, o.Numbers)
	names := map[string]string{"quantile": "number by ranks", "standard": "number, standardized", "minmax": "number, by its range",
		"log": "number, by its logarithm"}
	encoding = cmp.Or(names[scale], "number")
	if f := c.Format; f != nil && f.Layout != "" {
		return fmt.Sprintf("%s (%s)", encoding, scale), why(fmt.Sprintf("every cell is of the form %s", f.Layout))
	}
	return fmt.Sprintf("%s (%s)", encoding, scale), why("every cell is a number")
}

func (c *Column) categoryTreatment(s mixed.Settings) string {
	above := cmp.Or(s.EmbedAbove, 64)
	switch cmp.Or(s.Columns[c.Name].Categories, s.Categories, mixed.Auto) {
	case mixed.Codes:
		return "codes of the categories"
	case mixed.Auto:
		if len(c.Categories) > above {
			return fmt.Sprintf("codes of the categories, which are more than %d", above)
		}
	}
	return "a coordinate per category"
}

// cut shortens a text to a number of letters.
func cut(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}
