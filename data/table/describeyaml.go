package table

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"euryale/data"
)

// YAML is the section `data` of a configuration with everything as it was found, to be changed and trained with: what is written
// there does not depend on the file anymore. Constraints that hold in every row are a comment.
func (d *Description) YAML() string {
	o := d.options
	if d.hasMissing() && o.Missing == missingError {
		o.Missing = missingModel
	}
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# %s: %s, %s", comment(d.File), counted(d.Rows, "row"), counted(len(d.Columns), "column"))
	line("data:")
	line("  name: table")
	line("  file: %s", strconv.Quote(cmp.Or(o.File, d.File)))
	if d.Written.Delimiter != "" {
		line("  csv:")
		line("    delimiter: %s", strconv.Quote(cmp.Or(map[string]string{"\t": "tab"}[d.Written.Delimiter], d.Written.Delimiter)))
		line("    quote: %s", strconv.Quote(o.CSV.Quote))
		line("    decimal: %s", strconv.Quote(d.Written.Decimal))
		line("    header: %v", d.Written.Header)
		line("    encoding: %s", strconv.Quote(d.Written.Encoding))
		line("    missing: %s", quotedList(o.CSV.Missing))
	}
	line("  target: %-20s # the column that the others are to predict", strconv.Quote(o.Target))
	line("  numbers: %-19s # quantile, standard, minmax or log", strconv.Quote(o.Numbers))
	line("  categories: {encoding: %s, embed_above: %d, min_count: %d}", strconv.Quote(o.Categories.Encoding), o.Categories.EmbedAbove,
		o.Categories.MinCount)
	line("  missing: %-19s # error, drop, impute or model", strconv.Quote(o.Missing))
	line("  columns:")
	for j, c := range d.columns {
		name := strconv.Quote(c.Name)
		if chosen := d.pinned(c); chosen != (pinned{}) {
			line("    %s: %s # %s", name, chosen.yaml(), comment(d.Columns[j].summary()))
		} else {
			line("    # %s: %s", comment(c.Name), comment(d.Columns[j].Encoding+", as "+d.Columns[j].Reason))
		}
	}
	line("  constraints: %s", quotedList(o.Constraints))
	for _, c := range d.Constraints {
		line("  # holds in every row: %s", comment(strconv.Quote(c)))
	}
	return b.String()
}

// pinned are the options of a column that make it what it is, in YAML.
type pinned struct{ kind, order, missing, pattern, unique, format, encoding string }

// pinned keeps what the options have and adds what was found.
func (d *Description) pinned(c *Column) pinned {
	o := d.options.Columns.Get(c.Name)
	switch {
	case c.Type == Constant || c.Type == Empty:
	case c.Dropped:
		o.Kind = kindDrop
	case c.Kind == data.Generated:
		o.Kind = kindID
		if g := c.Generate; g.Name == "pattern" {
			o.Pattern = g.Pattern
		} else {
			o.Pattern = g.Name
		}
	case c.Kind == data.Real && isDate(c):
		o.Kind, o.Format = kindDate, c.Format.Layout
	case c.Kind == data.Real:
		o.Kind = kindNumber
	default:
		o.Kind = kindCategory
	}
	quote := func(text string) string {
		if text == "" {
			return ""
		}
		return strconv.Quote(text)
	}
	p := pinned{kind: o.Kind, pattern: quote(o.Pattern), format: quote(o.Format), encoding: o.Encoding}
	if len(o.Order) > 0 {
		p.order = quotedList(o.Order)
	}
	if len(o.Missing) > 0 {
		p.missing = quotedList(o.Missing)
	}
	if o.Unique {
		p.unique = "true"
	}
	return p
}

func (p pinned) yaml() string {
	var parts []string
	for _, part := range [][2]string{{"kind", p.kind}, {"order", p.order}, {"missing", p.missing}, {"pattern", p.pattern},
		{"unique", p.unique}, {"format", p.format}, {"encoding", p.encoding}} {
		if part[1] != "" {
			parts = append(parts, part[0]+": "+part[1])
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// summary is a column in a few words.
func (c *ColumnDescription) summary() string {
	text := fmt.Sprintf("%s, %d different", c.Type, c.Distinct)
	if c.Least != "" {
		text += fmt.Sprintf(", %s … %s", c.Least, c.Most)
	}
	if c.Missing > 0 {
		text += fmt.Sprintf(", %d missing", c.Missing)
	}
	return text
}

func quotedList(list []string) string {
	quoted := make([]string, len(list))
	for i, text := range list {
		quoted[i] = strconv.Quote(text)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// comment is a text that stays in its line.
func comment(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u0085' || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
}
