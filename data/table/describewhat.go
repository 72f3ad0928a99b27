package table

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"euryale/data"
)

// suggest adds settings that may suit a column better.
func (d *Description) suggest(c *Column, p *profile, t *Table) {
	chosen := d.options.Columns.Get(c.Name)
	if c.Dropped || c.Kind == data.Generated || chosen.Kind != "" {
		return
	}
	add := func(format string, args ...any) { d.Suggestions = append(d.Suggestions, fmt.Sprintf(format, args...)) }
	key := "columns." + c.Name
	switch {
	case c.Type == Int && p.least >= 0 && c.Distinct <= min(p.present/10, 10):
		// The rule of SDV 1.x (sdtype categorical), which takes such columns for categories without asking.
		add("%s has only %d whole numbers: if they are names of things, %s: {kind: category}", c.Name, c.Distinct, key)
	case p.zeros > 0 && 20*p.zeros <= p.present && p.nearest >= math.Abs(p.median)/4 && (p.least == 0 || p.most == 0) && p.median != 0:
		zero := c.text(0)
		if !isDate(c) {
			add("%s has %s in %s and nothing else below %s: if it means no value, %s: {missing: [%q]}", c.Name, zero,
				counted(p.zeros, "row"), c.text(math.Copysign(p.nearest, p.median)), key, zero)
		}
	}
	for k, text := range c.Categories {
		if slices.Contains(likelyMarks(), strings.ToLower(strings.TrimSpace(text))) {
			add("%s has %q in %s: if it means no value, %s: {missing: [%q]}", c.Name, text, counted(int(c.Counts[k]), "row"), key, text)
		}
	}
	if c.Kind == data.Category && len(c.Categories) > fewTexts && 2*p.rare > len(c.Categories) && d.options.Categories.MinCount < rareRows {
		add("%s has %d categories of fewer than %d rows, which a sample gives away: categories: {min_count: %d} pools them", c.Name, p.rare,
			rareRows, rareRows)
	}
}

// likelyMarks are texts, in small letters, by which some programs and people mean no value. They are values unless the options have
// them as marks.
func likelyMarks() []string {
	return []string{"", "-", "--", ".", "?", "n/a", "#n/a", "na", "nan", "nil", "none", "null", "unknown", "missing"}
}

// suggestMissing adds what to do about missing cells.
func (d *Description) suggestMissing() {
	var names []string
	for _, c := range d.columns {
		if c.MissingCells > 0 && !c.Dropped && c.Kind != data.Generated {
			names = append(names, c.Name)
		}
	}
	text := fmt.Sprintf("cells are missing in %s, and missing is error, so that training would refuse them: model learns which ones are "+
		"missing, impute puts values in their place, drop leaves their rows out", enumerated(names))
	d.Suggestions = slices.Insert(d.Suggestions, 0, text)
}

// maxFixed is how many different values a column may have at most whose combinations with others become one category.
const maxFixed = 1000

// maxTried is how many constraints are tried at most.
const maxTried = 200

// accepted are the relations that the encoder takes as constraints, together with those of the options: sums, then combinations,
// then orders.
func (d *Description) accepted(s data.Schema, o Options) []string {
	wanted := slices.Clone(d.sums)
	last := ""
	for _, dep := range d.Dependencies {
		by := d.columns[slices.IndexFunc(d.columns, func(c *Column) bool { return c.Name == dep.By })]
		if dep.By == last || by.Distinct > maxFixed {
			continue
		}
		last = dep.By
		wanted = append(wanted, d.fixed(dep))
	}
	wanted = append(wanted, d.orders...)
	var list []string
	given := o.Constraints
	for _, w := range wanted[:min(maxTried, len(wanted))] {
		o.Constraints = slices.Concat(given, list, []string{w})
		if w != "" && !slices.Contains(given, w) && o.Settings().Check(s) == nil {
			list = append(list, w)
		}
	}
	return list
}

// fixed is the constraint of a column and those that follow from it; "" if one of them is the target.
func (d *Description) fixed(dep Dependency) string {
	names := []string{quotedName(dep.By)}
	for _, name := range dep.all {
		c := d.columns[slices.IndexFunc(d.columns, func(c *Column) bool { return c.Name == name })]
		if c.Kind == data.Class {
			continue
		}
		names = append(names, quotedName(name))
	}
	if len(names) < 2 || d.isClass(dep.By) {
		return ""
	}
	return "fixed(" + strings.Join(names, ", ") + ")"
}

func (d *Description) isClass(name string) bool {
	return slices.ContainsFunc(d.columns, func(c *Column) bool { return c.Name == name && c.Kind == data.Class })
}
