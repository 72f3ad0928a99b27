package mixed

import (
	"fmt"
	"strings"
)

// Remarks implements data.Remarker: what Fit made of the columns.
func (c *Codec) Remarks() []string {
	if c.plan == nil {
		return nil
	}
	var notes []string
	add := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	for k := range c.numbers {
		if n := &c.numbers[k]; n.scale == nil && n.part == whole {
			add("%s: every row has %s; it is written back", c.columns[n.column].Name, partText(n, c, n.constant))
		}
	}
	for r := range c.reals {
		if j := c.reals[r].column; c.columns[j].Imputed != nil {
			add("%s: missing cells become %s, the median", c.columns[j].Name, shown(*c.columns[j].Imputed, c.columns[j].Format))
		}
	}
	for k := range c.groups {
		g := &c.groups[k]
		names := c.namesOf(g.columns)
		switch {
		case g.kind == absence:
			add("%s: whether missing is learned as a category", names)
			continue
		case g.slot < 0 && len(g.members[0]) == 1:
			add("%s: every row has one value; it is written back", names)
		case g.slot < 0:
			add("%s: all values are rarer than min_count; they are drawn by their shares, without regard to other columns", names)
		case g.embedded():
			add("%s: %d values become code vectors of %d coordinates", names, len(g.members), codeWidth)
		}
		for _, values := range g.members {
			if len(values) > 1 && g.slot >= 0 {
				add("%s: %d values that fewer than %d training rows have are pooled", names, len(values), g.minCount)
			}
		}
	}
	return notes
}

func (p *plan) namesOf(columns []int) string {
	names := make([]string, len(columns))
	for i, j := range columns {
		names[i] = p.columns[j].Name
	}
	return strings.Join(names, ", ")
}
