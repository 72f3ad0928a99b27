package mixed

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"euryale/data"
)

// column is a column of the schema, with how it is encoded.
type column struct {
	Name       string       `json:"name"`
	Kind       data.Kind    `json:"kind"`
	Categories int          `json:"categories,omitempty"`
	Nullable   bool         `json:"nullable,omitempty"` // the schema has a text for missing cells
	Format     *data.Format `json:"format,omitempty"`
	Scale      string       `json:"scale,omitempty"`
	Code       string       `json:"code,omitempty"`
	EmbedAbove int          `json:"embed_above,omitempty"`
	MinCount   int          `json:"min_count,omitempty"`
	Missing    string       `json:"missing,omitempty"`
	// What Fit found out: the value of imputed cells (of a category, its index), the pattern of missing numbers, counted
	// from 1, and whether each number is a float32.
	Imputed *float64 `json:"imputed,omitempty"`
	Pattern int      `json:"pattern,omitempty"`
	Single  bool     `json:"single,omitempty"`
}

// plan is what the schema and the settings alone decide, before the rows are read: which numbers and categories a row is
// made of, and how its cells follow from them. The parts that Fit fills are the scales, the counts and the patterns.
type plan struct {
	columns     []column
	constraints []constraint
	reals       []realColumn // by place in Batch.Real
	order       []int        // of the reals: each after those that it is computed from
	indices     []int        // column by place in Batch.Index
	numbers     []number     // in the order of their coordinates
	groups      []group
}

// realColumn is how the cells of a column of numbers follow from a row's coordinates.
type realColumn struct {
	column    int
	numbers   []int // of plan.numbers: one, or two for day and time of day; none for a total and in a combination
	base      int   // place of the real that the number is the distance from, or −1
	strict    bool  // the distance is above 0
	terms     []int // places of the reals that it is the sum of
	low, high float64
	absence   int // group whose value 1 means that it is missing, or −1
}

// number is one coordinate, or a constant that takes none.
type number struct {
	column, real int
	base         int // as in realColumn
	part         part
	perDay       float64
	scale        scale // nil: every training row has the number constant
	constant     float64
	coordinate   int // −1: none
}

// part is what a number is of its column.
type part int

const (
	whole part = iota
	day        // of a date with a time of day
	clock      // units since its midnight
)

func newPlan(schema data.Schema, s Settings) (*plan, error) {
	if err := schema.Validate(); err != nil {
		return nil, err
	}
	if err := errors.Join(s.Validate()); err != nil {
		return nil, err
	}
	if len(schema.Image) > 0 {
		return nil, errors.New("rows are images, want a table")
	}
	if err := s.checkNames(schema); err != nil {
		return nil, err
	}
	columns := make([]column, len(schema.Columns))
	for j, c := range schema.Columns {
		name := schema.ColumnName(j)
		o := s.of(name)
		columns[j] = column{Name: name, Kind: c.Kind, Categories: len(c.Categories), Nullable: c.Missing != nil}
		switch c.Kind {
		case data.Real:
			columns[j].Format, columns[j].Scale, columns[j].Missing = c.Format, o.Numbers, o.Missing
		case data.Category:
			columns[j].Code, columns[j].Missing = o.Categories, o.Missing
			columns[j].EmbedAbove, columns[j].MinCount = o.EmbedAbove, o.MinCount
		}
	}
	var constraints []constraint
	for _, text := range s.Constraints {
		c, err := parseConstraint(text)
		if err != nil {
			return nil, err
		}
		if err := c.resolve(schema); err != nil {
			return nil, err
		}
		constraints = append(constraints, c)
	}
	return assemble(columns, constraints)
}

// assemble makes the plan of columns and constraints; patterns that the columns already have become groups.
func assemble(columns []column, constraints []constraint) (*plan, error) {
	p := &plan{columns: columns, constraints: constraints}
	places := make([]int, len(columns)) // in Batch.Real or Batch.Index
	for j, c := range columns {
		switch c.Kind {
		case data.Real:
			places[j] = len(p.reals)
			p.reals = append(p.reals, realColumn{column: j, base: -1, low: math.Inf(-1), high: math.Inf(1), absence: -1})
		case data.Category:
			places[j] = len(p.indices)
			p.indices = append(p.indices, j)
		}
	}
	if len(p.reals)+len(p.indices) == 0 {
		return nil, errors.New("there is nothing to learn: no column holds numbers or categories")
	}
	taken, err := p.constrain(places)
	if err != nil {
		return nil, err
	}
	for r := range p.reals {
		if len(p.reals[r].terms) == 0 && taken[p.reals[r].column] == nil {
			p.addNumbers(r)
		}
	}
	for j, c := range columns {
		switch combination := taken[j]; {
		case combination != nil && combination.columns[0] == j:
			p.groups = append(p.groups, newCombinations(combination.columns, places, p.columns))
		case combination == nil && c.Kind == data.Category:
			p.groups = append(p.groups, group{kind: category, columns: []int{j}, places: []int{places[j]},
				nullable: c.Nullable && c.Missing == Model, minCount: c.MinCount, embed: embedAbove(c), imputed: c.Imputed,
				categories: c.Categories})
		}
	}
	p.addAbsences()
	return p, nil
}

// embedAbove is how many values make a code vector of a column's code.
func embedAbove(c column) int {
	switch c.Code {
	case Codes:
		return 1
	case OneHot:
		return math.MaxInt
	}
	return c.EmbedAbove
}

// addNumbers adds the numbers that a real is made of.
func (p *plan) addNumbers(r int) {
	rc := &p.reals[r]
	parts, perDay := []part{whole}, 0.0
	if rc.base < 0 {
		if perDay = unitsPerDay(p.columns[rc.column].Format); perDay > 0 {
			parts = []part{day, clock}
		}
	}
	for _, part := range parts {
		rc.numbers = append(rc.numbers, len(p.numbers))
		p.numbers = append(p.numbers, number{column: rc.column, real: r, base: rc.base, part: part, perDay: perDay, coordinate: -1})
	}
}

// addAbsences adds a group per pattern of missing numbers that the columns have.
func (p *plan) addAbsences() {
	patterns := 0
	for _, c := range p.columns {
		patterns = max(patterns, c.Pattern)
	}
	for pattern := 1; pattern <= patterns; pattern++ {
		g := group{kind: absence}
		for r := range p.reals {
			if j := p.reals[r].column; p.columns[j].Pattern == pattern {
				g.columns, g.places = append(g.columns, j), append(g.places, r)
				p.reals[r].absence = len(p.groups)
			}
		}
		p.groups = append(p.groups, g)
	}
}

// constrain gives the reals what they owe to constraints, and returns the combination that a column belongs to.
func (p *plan) constrain(places []int) (taken map[int]*constraint, err error) {
	taken = map[int]*constraint{}
	computed := map[int]string{} // columns that are not encoded as they are: by which constraint
	claim := func(c *constraint, columns ...int) error {
		for _, j := range columns {
			if other, ok := computed[j]; ok {
				return fmt.Errorf("constraint %q cannot be combined with %q: both would determine column %q", c.text, other,
					p.columns[j].Name)
			}
			computed[j] = c.text
		}
		return nil
	}
	for i := range p.constraints {
		c := &p.constraints[i]
		var err error
		switch c.kind {
		case fixed:
			err = claim(c, c.columns...)
			for _, j := range c.columns {
				taken[j] = c
			}
			slices.Sort(c.columns)
		case ordered:
			err = claim(c, c.columns[1])
			rc := &p.reals[places[c.columns[1]]]
			rc.base, rc.strict = places[c.columns[0]], c.strict
		case sum:
			err = claim(c, c.columns[0])
			for _, j := range c.columns[1:] {
				rc := &p.reals[places[c.columns[0]]]
				rc.terms = append(rc.terms, places[j])
			}
		}
		if err != nil {
			return nil, err
		}
	}
	for i := range p.constraints {
		c := &p.constraints[i]
		if c.kind != bounded {
			continue
		}
		j := c.columns[0]
		rc, f := &p.reals[places[j]], p.columns[j].Format
		if len(rc.terms) > 0 || rc.base >= 0 && !c.above {
			return nil, fmt.Errorf("constraint %q cannot be combined with %q, by which %q is computed", c.text, computed[j],
				p.columns[j].Name)
		}
		if taken[j] != nil {
			continue // the combinations of the training rows satisfy it
		}
		if c.above {
			rc.low = max(rc.low, upward(c.bound, f, c.strict))
		} else {
			rc.high = min(rc.high, downward(c.bound, f, c.strict))
		}
		if rc.low > rc.high {
			return nil, fmt.Errorf("constraint %q leaves no value of %q", c.text, p.columns[j].Name)
		}
	}
	return taken, p.sortReals()
}

// sortReals orders the reals so that each comes after those that it is computed from.
func (p *plan) sortReals() error {
	state := make([]int, len(p.reals)) // 1: being visited, 2: done
	var visit func(r int) error
	visit = func(r int) error {
		switch state[r] {
		case 1:
			return fmt.Errorf("constraints: column %q would be computed from itself", p.columns[p.reals[r].column].Name)
		case 2:
			return nil
		}
		state[r] = 1
		from := p.reals[r].terms
		if b := p.reals[r].base; b >= 0 {
			from = []int{b}
		}
		for _, b := range from {
			if err := visit(b); err != nil {
				return err
			}
		}
		state[r] = 2
		p.order = append(p.order, r)
		return nil
	}
	for r := range p.reals {
		if err := visit(r); err != nil {
			return err
		}
	}
	return nil
}
