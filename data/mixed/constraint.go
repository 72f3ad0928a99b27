package mixed

import (
	"fmt"
	"strings"

	"euryale/choice"
	"euryale/data"
)

// constraint is one of Settings.Constraints, taken apart.
type constraint struct {
	text  string
	kind  constraintKind
	names []string // of columns: left and right side, total and terms, or the list in parentheses
	// columns are the names' places in the schema. The right side of a bound is no column.
	columns []int
	above   bool // bound: it is a lower one
	strict  bool // bound, order: equal numbers violate it
	bound   float64
}

type constraintKind int

const (
	bounded constraintKind = iota // names: column, text of the bound
	ordered                       // names: lower, upper
	sum                           // names: total, terms …
	fixed                         // names: columns
	unique                        // names: columns
)

// parseConstraint takes a constraint apart without knowing the columns: a comparison stays bounded until resolve.
func parseConstraint(text string) (constraint, error) {
	c := constraint{text: text}
	wrong := func(format string, args ...any) (constraint, error) {
		return c, fmt.Errorf("constraint %q: %w", text, fmt.Errorf(format, args...))
	}
	left, right, operator := cutOperator(text)
	c.names = []string{left, right}
	switch operator {
	case "":
		name, inside, opened := cutOutside(text, "(")
		list, rest, closed := cutOutside(inside, ")")
		if !opened || !closed || strings.TrimSpace(rest) != "" {
			return wrong("expected a comparison (x > 0, a <= b), a sum (total = a + b), fixed(a, b) or unique(a, b)")
		}
		name = strings.TrimSpace(name)
		if err := choice.OneOf(name, "fixed", "unique"); err != nil {
			return wrong("what stands before the parenthesis %w", err)
		}
		c.kind, c.names = unique, splitOutside(list, ",")
		if name == "fixed" {
			if c.kind = fixed; len(c.names) < 2 {
				return wrong("fixed needs two columns or more")
			}
		}
	case "=":
		c.kind, c.names = sum, append([]string{left}, splitOutside(right, "+")...)
		if len(c.names) < 3 {
			return wrong("on the right of =, expected a sum of columns")
		}
	default:
		c.above, c.strict = operator[0] == '>', len(operator) == 1
	}
	seen := map[string]bool{}
	for i, name := range c.names {
		name = strings.TrimSpace(name)
		c.names[i] = unquoted(name)
		switch {
		case c.names[i] == "":
			return wrong("a column without a name")
		case seen[c.names[i]]:
			return wrong("%q is given twice", c.names[i])
		}
		seen[c.names[i]] = true
	}
	return c, nil
}

func unquoted(name string) string {
	if n := len(name); n >= 2 && name[0] == '"' && name[n-1] == '"' {
		return name[1 : n-1]
	}
	return name
}

// cutOperator cuts a text at its first operator outside of quotes.
func cutOperator(text string) (left, right, operator string) {
	inside := false
	for i := range len(text) {
		switch ch := text[i]; {
		case ch == '"':
			inside = !inside
		case inside || !strings.ContainsRune("<>=", rune(ch)):
		default:
			end := i + 1
			if end < len(text) && text[end] == '=' {
				end++
			}
			operator = text[i:end]
			if operator == "==" {
				operator = "="
			}
			return text[:i], text[end:], operator
		}
	}
	return text, "", ""
}

// cutOutside cuts a text at the first separator outside of quotes.
func cutOutside(text, separator string) (before, after string, found bool) {
	inside := false
	for i := range len(text) {
		if text[i] == '"' {
			inside = !inside
		} else if !inside && strings.HasPrefix(text[i:], separator) {
			return text[:i], text[i+len(separator):], true
		}
	}
	return text, "", false
}

func splitOutside(text, separator string) []string {
	var list []string
	for {
		before, after, found := cutOutside(text, separator)
		list = append(list, before)
		if !found {
			return list
		}
		text = after
	}
}

// resolve finds the columns of a constraint and checks their kinds.
func (c *constraint) resolve(schema data.Schema) error {
	names := columnNames(schema)
	at := func(name string) int {
		for j, n := range names {
			if n == name {
				return j
			}
		}
		return -1
	}
	c.columns = make([]int, len(c.names))
	for i, name := range c.names {
		c.columns[i] = at(name)
	}
	if c.kind == bounded {
		if err := c.resolveComparison(schema); err != nil {
			return fmt.Errorf("constraint %q: %w", c.text, err)
		}
	}
	for i, j := range c.columns {
		if j < 0 {
			return fmt.Errorf("constraint %q: the name of a column %w", c.text, choice.OneOf(c.names[i], names...))
		}
		kind := schema.Columns[j].Kind
		if kind != data.Real && (kind != data.Category || c.kind != fixed && c.kind != unique) {
			want := "numbers"
			if c.kind == fixed || c.kind == unique {
				want = "numbers or categories"
			}
			return fmt.Errorf("constraint %q: column %q is of kind %v, want %s", c.text, c.names[i], kind, want)
		}
	}
	if c.kind == ordered || c.kind == sum {
		for _, j := range c.columns[1:] {
			if a, b := dateUnit(schema.Columns[c.columns[0]].Format), dateUnit(schema.Columns[j].Format); a != b {
				return fmt.Errorf("constraint %q: %q and %q count different units of time", c.text, c.names[0], schema.ColumnName(j))
			}
		}
	}
	return nil
}

func dateUnit(f *data.Format) int64 {
	if f == nil {
		return 0
	}
	return int64(f.Unit)
}

// resolveComparison decides between an order of two columns and a bound of one, which may be written first.
func (c *constraint) resolveComparison(schema data.Schema) error {
	left, right := c.columns[0], c.columns[1]
	switch {
	case left >= 0 && right >= 0:
		c.kind = ordered
		if c.above { // a >= b is b <= a
			c.columns[0], c.columns[1] = right, left
			c.names[0], c.names[1] = c.names[1], c.names[0]
		}
		return nil
	case left < 0 && right >= 0:
		left = right
		c.columns[0] = left
		c.names[0], c.names[1] = c.names[1], c.names[0]
		c.above = !c.above
	case left < 0:
		c.columns = c.columns[:1]
		return nil // reported as an unknown name
	}
	text := c.names[1]
	c.columns = c.columns[:1]
	if schema.Columns[left].Kind != data.Real {
		return nil // reported as the wrong kind
	}
	v, err := parseNumber(text, schema.Columns[left].Format, ".")
	if err != nil {
		return fmt.Errorf("%q is neither a value of %q (%w) nor a column, whose name %w", text, c.names[0], err,
			choice.OneOf(text, columnNames(schema)...))
	}
	c.bound = v
	return nil
}
