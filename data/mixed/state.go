package mixed

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"euryale/checkpoint"
	"euryale/data"
)

// state is the codec as JSON: the columns and constraints from which the plan follows, and what Fit found for each number and
// group of the plan. Lists of numbers are base64 of little-endian bytes.
type state struct {
	Seed        uint64        `json:"seed,omitempty"`
	Columns     []column      `json:"columns"`
	Constraints []string      `json:"constraints,omitempty"`
	Numbers     []numberState `json:"numbers,omitempty"`
	Groups      []groupState  `json:"groups,omitempty"`
}

// numberState has a scale, or a constant, or neither for a number that every row lacks.
type numberState struct {
	Constant *float64        `json:"constant,omitempty"`
	Scale    json.RawMessage `json:"scale,omitempty"`
}

type groupState struct {
	Counts  []byte `json:"counts"`            // varints
	Tuples  []byte `json:"tuples,omitempty"`  // float64
	Vectors []byte `json:"vectors,omitempty"` // float32
}

// MarshalJSON implements data.Codec.
func (c *Codec) MarshalJSON() ([]byte, error) {
	if c.plan == nil {
		return nil, errNotFitted
	}
	s := state{Seed: c.settings.Seed, Columns: c.columns}
	for _, k := range c.constraints {
		s.Constraints = append(s.Constraints, k.text)
	}
	for i := range c.numbers {
		n := &c.numbers[i]
		var saved numberState
		switch {
		case n.scale != nil:
			text, err := json.Marshal(n.scale)
			if err != nil {
				return nil, err
			}
			saved.Scale = text
		case !math.IsNaN(n.constant):
			saved.Constant = &n.constant
		}
		s.Numbers = append(s.Numbers, saved)
	}
	for k := range c.groups {
		g := &c.groups[k]
		var saved groupState
		for _, n := range g.counts {
			saved.Counts = binary.AppendUvarint(saved.Counts, uint64(n))
		}
		if g.kind == combination {
			for _, v := range g.tuples.cells {
				saved.Tuples = binary.LittleEndian.AppendUint64(saved.Tuples, math.Float64bits(v))
			}
		}
		for _, v := range g.vectors {
			saved.Vectors = binary.LittleEndian.AppendUint32(saved.Vectors, math.Float32bits(v))
		}
		s.Groups = append(s.Groups, saved)
	}
	return json.Marshal(s)
}

// UnmarshalJSON implements data.Codec. The codec becomes the one that was saved.
func (c *Codec) UnmarshalJSON(text []byte) error {
	var s state
	if err := checkpoint.StrictJSON(text, &s); err != nil {
		return err
	}
	p, err := s.plan()
	if err != nil {
		return err
	}
	if len(s.Numbers) != len(p.numbers) || len(s.Groups) != len(p.groups) {
		return fmt.Errorf("the columns are made of %d numbers and %d groups, got %d and %d", len(p.numbers), len(p.groups), len(s.Numbers),
			len(s.Groups))
	}
	for i := range p.numbers {
		if err := s.Numbers[i].restore(&p.numbers[i], p); err != nil {
			return fmt.Errorf("column %q: %w", p.columns[p.numbers[i].column].Name, err)
		}
	}
	for k := range p.groups {
		if err := s.Groups[k].restore(&p.groups[k], p); err != nil {
			return fmt.Errorf("column %q: %w", p.columns[p.groups[k].columns[0]].Name, err)
		}
	}
	restored := Codec{settings: Settings{Seed: s.Seed, Constraints: s.Constraints}}
	if err := restored.finish(p); err != nil {
		return err
	}
	c.settings, c.plan, c.layout, c.clipped, c.stream = restored.settings, restored.plan, restored.layout, restored.clipped, restored.stream
	return nil
}

// plan makes the plan of the columns, all of which it checks.
func (s *state) plan() (*plan, error) {
	schema := data.Schema{Classes: []string{""}}
	patterns := 0
	for j := range s.Columns {
		c := &s.Columns[j]
		if err := c.check(len(s.Columns)); err != nil {
			return nil, fmt.Errorf("column %q: %w", c.Name, err)
		}
		patterns = max(patterns, c.Pattern)
		// Stand-ins for what the codec does not keep.
		of := data.Column{Name: c.Name, Kind: c.Kind, Format: c.Format}
		switch c.Kind {
		case data.Category:
			of.Categories = []string{""}
		case data.Generated:
			of.Generate = &data.Generator{Name: "empty"}
		}
		schema.Columns = append(schema.Columns, of)
	}
	if err := schema.Validate(); err != nil {
		return nil, err
	}
	var constraints []constraint
	for _, text := range s.Constraints {
		k, err := parseConstraint(text)
		if err != nil {
			return nil, err
		}
		if err := k.resolve(schema); err != nil {
			return nil, err
		}
		constraints = append(constraints, k)
	}
	p, err := assemble(s.Columns, constraints)
	if err != nil {
		return nil, err
	}
	seen := make(map[int]bool)
	for r := range p.reals {
		if pattern := p.columns[p.reals[r].column].Pattern; pattern > 0 {
			if len(p.reals[r].numbers) == 0 {
				return nil, fmt.Errorf("column %q is not encoded as a number that may be missing", p.columns[p.reals[r].column].Name)
			}
			seen[pattern] = true
		}
	}
	if len(seen) != patterns {
		return nil, errors.New("the patterns of missing numbers are not counted from 1 on")
	}
	return p, nil
}

// check is an error for what no column of a fitted codec has.
func (c *column) check(columns int) error {
	set := ColumnSettings{c.Scale, c.Code, c.EmbedAbove, c.MinCount, c.Missing}
	learned := c.Kind == data.Real || c.Kind == data.Category
	switch {
	case c.Categories < 0 || c.Categories > math.MaxInt32 || (c.Kind == data.Category) != (c.Categories > 0):
		return fmt.Errorf("is of kind %v and has %d categories", c.Kind, c.Categories)
	case (c.Kind == data.Real) != (c.Scale != "") || (c.Kind == data.Category) != (c.Code != "") || learned != (c.Missing != ""):
		return errors.New("has the settings of another kind")
	case (c.Kind == data.Category) != (c.MinCount > 0) || (c.Kind == data.Category) != (c.EmbedAbove > 0):
		return fmt.Errorf("has embed_above %d and min_count %d", c.EmbedAbove, c.MinCount)
	case c.Pattern < 0 || c.Pattern > columns || c.Pattern > 0 && (c.Kind != data.Real || c.Missing != Model):
		return fmt.Errorf("is missing by pattern %d", c.Pattern)
	case c.Imputed != nil && (c.Missing != Impute || !finite(*c.Imputed)):
		return errors.New("has a value for missing cells, which are not imputed")
	case c.Imputed != nil && c.Kind == data.Category && !(*c.Imputed >= 0 && int(*c.Imputed) < c.Categories):
		return fmt.Errorf("has category %v for missing cells", *c.Imputed)
	}
	return set.validate()
}

func (s *numberState) restore(n *number, p *plan) (err error) {
	n.constant = math.NaN()
	switch {
	case len(s.Scale) > 0 && s.Constant != nil:
		return errors.New("has a scale and is constant")
	case s.Constant != nil:
		n.constant = *s.Constant // JSON has no infinite numbers
		return nil
	case len(s.Scale) == 0:
		return nil
	}
	if n.scale, err = newScale(p.columns[n.column].Scale); err != nil {
		return err
	}
	if err := checkpoint.StrictJSON(s.Scale, n.scale); err != nil {
		return err
	}
	return n.scale.check()
}

// maxCount is more rows than there can be.
const maxCount = 1 << 40

func (s *groupState) restore(g *group, p *plan) error {
	for counts := s.Counts; len(counts) > 0; {
		n, size := binary.Uvarint(counts)
		if size <= 0 || n > maxCount {
			return errors.New("impossible counts of its values")
		}
		g.counts, counts = append(g.counts, int64(n)), counts[size:]
	}
	if g.kind == combination {
		if err := g.tuples.restore(s.Tuples, g, p); err != nil {
			return err
		}
	} else if len(s.Tuples) > 0 {
		return errors.New("is no combination of columns")
	}
	if len(g.counts) == 0 || len(g.counts) != g.values() {
		return fmt.Errorf("has %d counts of %d values", len(g.counts), g.values())
	}
	if err := g.assign(); err != nil {
		return err
	}
	want := 0
	if g.embedded() {
		want = len(g.members) * codeWidth
	}
	if len(s.Vectors) != 4*want {
		return fmt.Errorf("has %d bytes of code vectors, want %d", len(s.Vectors), 4*want)
	}
	for at := 0; at < len(s.Vectors); at += 4 {
		v := math.Float32frombits(binary.LittleEndian.Uint32(s.Vectors[at:]))
		if v-v != 0 {
			return errors.New("has a code vector that is not finite")
		}
		g.vectors = append(g.vectors, v)
	}
	return nil
}

func (t *tuples) restore(bytes []byte, g *group, p *plan) error {
	if len(bytes)%(8*t.width) != 0 {
		return fmt.Errorf("has %d bytes of combinations of %d columns", len(bytes), t.width)
	}
	for at := 0; at < len(bytes); at += 8 {
		v := math.Float64frombits(binary.LittleEndian.Uint64(bytes[at:]))
		cell := at / 8 % t.width
		if c := &p.columns[g.columns[cell]]; g.real[cell] && math.IsInf(v, 0) ||
			!g.real[cell] && (v != math.Trunc(v) || !(v >= -1 && v < float64(c.Categories))) {
			return fmt.Errorf("has a combination with %v in column %q", v, c.Name)
		}
		t.cells = append(t.cells, v)
	}
	if !t.index() {
		return errors.New("has a combination twice")
	}
	return nil
}
