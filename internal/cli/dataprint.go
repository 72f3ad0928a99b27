package cli

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"euryale/data"
	tables "euryale/data/table"
)

// descriptionWidth is the number of columns that a description fits in.
const descriptionWidth = 100

// mostListed is how many relations, or columns with the same encoding, are listed by name.
const mostListed = 20

// printDescription prints what a table holds: the columns, what becomes of them, and what they have to do with each other.
func printDescription(d *tables.Description) error {
	p := &printer{to: os.Stdout}
	p.paragraph("", "%s: %s rows, %s; %s", shownCell(d.File, 60), grouped(d.Rows), amount(len(d.Columns), "column"), written(d.Written))
	p.f("\n")
	p.columnTable(d)
	p.f("\nWhat becomes of them:\n")
	p.treatments(d)
	switch {
	case d.Refused != "":
		p.f("\n")
		p.paragraph("", "Training would refuse this table: %s", plain(fmt.Errorf("%s", d.Refused)))
	default:
		p.f("\nA row is encoded as %s.\n", amount(d.Coordinates, "number"))
	}
	if d.DuplicateRows > 0 {
		p.paragraph("", "%s of the rows (%s) are equal to an earlier one in the columns that are learned.", grouped(d.DuplicateRows),
			percent(float64(d.DuplicateRows)/float64(d.Rows)))
	}
	p.list("Columns that follow from others, in every row:", dependencies(d))
	p.list("Holds in every row, and not by chance:", d.Relations)
	p.list("Notes:", d.Notes)
	suggestions := d.Suggestions
	if len(d.Constraints) > 0 {
		list := d.Constraints[:min(len(d.Constraints), mostListed)]
		suggestions = append(suggestions[:len(suggestions):len(suggestions)],
			"data.constraints has samples keep what holds in every row: [\""+strings.Join(list, "\", \"")+"\"]")
	}
	p.list("Suggestions, none of which is followed by itself (-set data.KEY=VALUE, or the section data of a configuration):", suggestions)
	p.list("Not looked at:", d.Limits)
	return p.err
}

// columnTable prints a line per column.
func (p *printer) columnTable(d *tables.Description) {
	name := 6
	for _, c := range d.Columns {
		name = max(name, utf8.RuneCountInString(shownCell(c.Name, 22)))
	}
	row := func(format string, args ...any) {
		p.f("%s\n", strings.TrimRight(fmt.Sprintf(format, args...), " "))
	}
	rest := descriptionWidth - name - 2 - 13 - 2 - 9 - 2 - 7 - 2
	row("%-*s  %-13s  %9s  %7s  %s", name, "column", "type", "distinct", "missing", "values")
	for _, c := range d.Columns {
		distinct := grouped(c.Distinct)
		if c.Unique {
			distinct = "unique"
		}
		if c.Distinct == 0 {
			distinct = ""
		}
		row("%-*s  %-13s  %9s  %7s  %s", name, shownCell(c.Name, 22), c.Type, distinct, missingShare(c), shownCell(values(c), rest))
	}
}

func missingShare(c tables.ColumnDescription) string {
	if c.Missing == 0 {
		return ""
	}
	return percent(c.MissingShare)
}

// values are the range and the heaps of numbers, the most frequent categories, or examples.
func values(c tables.ColumnDescription) string {
	switch {
	case c.Least != "":
		text := c.Least + " … " + c.Most
		heaps := c.Heaps
		if c.Zeros > 0 && !hasZero(heaps) {
			text += fmt.Sprintf("; 0: %s", amount(c.Zeros, "row"))
		}
		for i, h := range heaps {
			text += fmt.Sprintf("%s%s %s", map[bool]string{true: "; often ", false: ", "}[i == 0], h.Value, percent(h.Share))
		}
		return text
	case len(c.Common) > 0:
		var parts []string
		for _, v := range c.Common {
			parts = append(parts, fmt.Sprintf("%s %s", shownCell(v.Value, 20), percent(v.Share)))
		}
		if c.Distinct > len(parts) {
			parts = append(parts, "…")
		}
		return strings.Join(parts, ", ")
	}
	var parts []string
	for _, text := range c.Examples {
		parts = append(parts, shownCell(text, 20))
	}
	if c.Distinct > len(parts) {
		parts = append(parts, "…")
	}
	return strings.Join(parts, ", ")
}

// hasZero reports whether one of the values is 0.
func hasZero(counts []tables.Count) bool {
	for _, c := range counts {
		if v, err := strconv.ParseFloat(c.Value, 64); err == nil && v == 0 {
			return true
		}
	}
	return false
}

// treatments prints what becomes of the columns, those with the same treatment together.
func (p *printer) treatments(d *tables.Description) {
	type treatment struct{ encoding, reason string }
	var order []treatment
	names := map[treatment][]string{}
	for _, c := range d.Columns {
		t := treatment{c.Encoding, c.Reason}
		if len(names[t]) == 0 {
			order = append(order, t)
		}
		name := shownCell(c.Name, 40)
		if c.Coordinates > 1 {
			name += fmt.Sprintf(" (%d)", c.Coordinates)
		}
		names[t] = append(names[t], name)
	}
	for _, t := range order {
		p.paragraph("  ", "%s: %s, as %s", listed(names[t]), t.encoding, t.reason)
	}
}

// list prints a heading and the items of a list, if there are any.
func (p *printer) list(heading string, items []string) {
	if len(items) == 0 {
		return
	}
	p.f("\n")
	p.paragraph("", "%s", heading)
	for _, item := range items[:min(len(items), mostListed)] {
		p.paragraph("  ", "- %s", item)
	}
	if more := len(items) - mostListed; more > 0 {
		p.f("  … and %d more: -json has them\n", more)
	}
}

func dependencies(d *tables.Description) []string {
	var list []string
	for _, dep := range d.Dependencies {
		text := fmt.Sprintf("%s by %s", shownCell(dep.Of, 40), shownCell(dep.By, 40))
		if dep.Both {
			text += ", and the other way round"
		}
		list = append(list, text)
	}
	return list
}

// paragraph prints words in lines that fit, those after the first one indented by two more.
func (p *printer) paragraph(indent, format string, args ...any) {
	words := strings.Fields(fmt.Sprintf(format, args...))
	line := indent
	for i, word := range words {
		if i > 0 && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > descriptionWidth {
			p.f("%s\n", line)
			line = indent + "  " + word
			continue
		}
		if i > 0 {
			line += " "
		}
		line += word
	}
	p.f("%s\n", line)
}

// written is how a file is written, in words.
func written(f data.File) string {
	if f.Delimiter == "" {
		return "a typed file"
	}
	parts := []string{map[bool]string{true: "cells between tabs", false: fmt.Sprintf("cells between %q", f.Delimiter)}[f.Delimiter == "\t"]}
	if f.Decimal == "," {
		parts = append(parts, "decimal commas")
	}
	if !f.Header {
		parts = append(parts, "no header")
	}
	if f.QuoteAll {
		parts = append(parts, "all quoted")
	}
	parts = append(parts, f.Encoding)
	if f.BOM {
		parts = append(parts, "with a byte order mark")
	}
	if f.CRLF {
		parts = append(parts, `lines end in \r\n`)
	}
	return strings.Join(parts, ", ")
}

// shownCell is a text in one line of at most so many letters.
func shownCell(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	if utf8.RuneCountInString(text) > most {
		return string([]rune(text)[:most-1]) + "…"
	}
	return text
}

// listed joins names, of many the first.
func listed(names []string) string {
	if more := len(names) - mostListed; more > 0 {
		return strings.Join(names[:mostListed], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(names, ", ")
}

// percent is a share of few digits.
func percent(share float64) string {
	switch {
	case share > 0 && share < 0.0005:
		return "<0.1%"
	case share < 0.0995:
		return strconv.FormatFloat(100*share, 'f', 1, 64) + "%"
	}
	return strconv.FormatFloat(100*share, 'f', 0, 64) + "%"
}

// amount is a number of things.
func amount(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return grouped(n) + " " + thing + "s"
}
