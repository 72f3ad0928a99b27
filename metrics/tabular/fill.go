package tabular

import (
	"cmp"
	"math"
	"slices"
)

// mostWorst is the number of columns or pairs that the report lists.
const mostWorst = 5

// fill writes the figures and the lists of the report.
func (c *comparison) fill(value, floor *perTable, baselines map[string]*perTable) {
	value.values["columns_equal"] = indicator(c.columnsEqual())
	if rare, ok := value.values["rare_values_test"]; ok {
		floor.values["rare_values"] = rare
	}
	tables := []*perTable{value}
	for _, name := range baselineNames() {
		if m := baselines[name]; m != nil {
			tables = append(tables, m)
		}
	}
	for _, m := range tables {
		for _, name := range []string{"tstr_auc", "tstr_r2"} {
			if v, ok := m.values[name]; ok {
				m.values["tstr_ratio"] = v / floor.values[name]
			}
		}
	}
	for _, entry := range catalog() {
		v, ok := value.values[entry.name]
		if !ok {
			continue
		}
		f := Figure{Name: entry.name, Value: v, Best: entry.best, About: entry.about}
		if v, ok := floor.values[entry.name]; ok && !math.IsNaN(v) {
			f.Floor = &v
		}
		if v, ok := value.errors[entry.name]; ok && !math.IsNaN(v) {
			f.StandardError = &v
		}
		for name, m := range baselines {
			if v, ok := m.values[entry.name]; ok {
				if f.Baselines == nil {
					f.Baselines = map[string]float64{}
				}
				f.Baselines[name] = v
			}
		}
		c.report.Figures = append(c.report.Figures, f)
	}
	c.report.WorstColumns = c.worstColumns(value.shapes, floor.shapes)
	c.report.WorstPairs = c.worstPairs(value.pairs.quantiles, floor.pairs.quantiles)
	c.report.WorstMissing = slices.DeleteFunc(c.worstColumns(value.missing, floor.missing),
		func(n Named) bool { return n.Value == 1 })
	c.report.RareValues = c.rareColumns(value.rare)
}

// columnsEqual reports whether the synthetic table has the names of the training table, in their order.
func (c *comparison) columnsEqual() bool {
	return slices.Equal(c.trainNames, c.synthNames)
}

// worstColumns lists the columns with the least values.
func (c *comparison) worstColumns(values, floors []float64) []Named {
	named := []Named{}
	for j, v := range values {
		if !math.IsNaN(v) && !math.IsNaN(floors[j]) {
			named = append(named, Named{c.train.Columns[j].Name, v, floors[j]})
		}
	}
	return least(named)
}

// worstPairs lists the pairs with the least values.
func (c *comparison) worstPairs(values, floors []float64) []Named {
	named := []Named{}
	for i, p := range c.pairs {
		named = append(named, Named{c.train.Columns[p.a].Name + "×" + c.train.Columns[p.b].Name, values[i], floors[i]})
	}
	return least(named)
}

func least(named []Named) []Named {
	slices.SortStableFunc(named, func(a, b Named) int { return cmp.Compare(a.Value, b.Value) })
	return named[:min(mostWorst, len(named))]
}

// rareColumns lists the columns whose rare values come back more often than chance allows.
func (c *comparison) rareColumns(rare []Rare) []Named {
	var named []Named
	for j, r := range rare {
		if r.Values > 0 && r.Reproduced-r.InTest > beyondChance*r.StandardError {
			named = append(named, Named{c.train.Columns[j].Name, r.Reproduced, r.InTest})
		}
	}
	slices.SortStableFunc(named, func(a, b Named) int { return cmp.Compare(b.Value-b.Floor, a.Value-a.Floor) })
	return named[:min(mostWorst, len(named))]
}
