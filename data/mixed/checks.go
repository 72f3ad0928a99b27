package mixed

import (
	"fmt"
	"math"
	"strconv"

	"euryale/data"
)

// checks are the constraints that a row must satisfy.
type checks struct {
	*plan
	places []int // of a column in Batch.Real or Batch.Index
	unique *Unique
}

func newChecks(p *plan) *checks {
	return &checks{plan: p, places: p.places(), unique: p.newUnique()}
}

// places are those of the columns in Batch.Real or Batch.Index.
func (p *plan) places() []int {
	places := make([]int, len(p.columns))
	for r := range p.reals {
		places[p.reals[r].column] = r
	}
	for at, j := range p.indices {
		places[j] = at
	}
	return places
}

// rows is an error that names the first row of a batch which violates a constraint.
func (c *checks) rows(rows *data.Batch) error {
	if len(c.constraints) == 0 {
		return nil
	}
	for i := range rows.Rows {
		real := rows.Real[i*len(c.reals) : (i+1)*len(c.reals)]
		for k := range c.constraints {
			if err := c.check(&c.constraints[k], real); err != nil {
				return fmt.Errorf("row %d violates the constraint %q: %w", rows.First+i, c.constraints[k].text, err)
			}
		}
		if c.unique == nil {
			continue
		}
		if text, ok := c.unique.Add(rows, i); !ok {
			return fmt.Errorf("row %d violates the constraint %q: an earlier row has the same values", rows.First+i, text)
		}
	}
	return nil
}

func (c *checks) check(k *constraint, real []float64) error {
	number := func(i int) float64 { return real[c.places[k.columns[i]]] }
	switch k.kind {
	case bounded:
		v := number(0)
		below := v < k.bound || k.strict && v == k.bound
		if !k.above {
			below = v > k.bound || k.strict && v == k.bound
		}
		if below {
			return fmt.Errorf("%s is %s", k.names[0], c.text(k.columns[0], v))
		}
	case ordered:
		a, b := number(0), number(1)
		if math.IsNaN(a) && !math.IsNaN(b) {
			return fmt.Errorf("%s is missing and %s is not", k.names[0], k.names[1])
		}
		if a > b || k.strict && a == b {
			return fmt.Errorf("%s is %s and %s is %s", k.names[0], c.text(k.columns[0], a), k.names[1], c.text(k.columns[1], b))
		}
	case sum:
		total, want := 0.0, number(0)
		for i := range k.columns[1:] {
			total += number(i + 1)
		}
		if math.IsNaN(total) != math.IsNaN(want) {
			return fmt.Errorf("%s must be missing where a number of the sum is, and nowhere else", k.names[0])
		}
		f := c.columns[k.columns[0]].Format
		if got := rounded(total, f); got != want && (step(f) > 0 || math.Abs(got-want) > 1e-9*math.Abs(want)) {
			return fmt.Errorf("%s is %s and the sum is %s", k.names[0], c.text(k.columns[0], want), c.text(k.columns[0], total))
		}
	}
	return nil
}

// text shows a number of a column.
func (c *checks) text(column int, v float64) string { return shown(v, c.columns[column].Format) }

// shown is a number as an error shows it.
func shown(v float64, f *data.Format) string {
	if f != nil && f.Layout != "" {
		return timeOf(v, f).Format(f.Layout)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// Unique checks that rows do not repeat combinations that a constraint unique(…) forbids. It is for one goroutine.
type Unique struct {
	plan *plan
	sets []uniqueSet
}

type uniqueSet struct {
	text string
	of   group // whose tuples are the values
	seen map[string]struct{}
}

// Unique is a checker that has seen no row; nil if nothing must be unique.
func (c *Codec) Unique() *Unique {
	if c.plan == nil {
		return nil
	}
	return c.newUnique()
}

func (p *plan) newUnique() *Unique {
	u := &Unique{plan: p}
	for _, c := range p.constraints {
		if c.kind == unique {
			of := newCombinations(c.columns, p.places(), p.columns)
			u.sets = append(u.sets, uniqueSet{c.text, of, map[string]struct{}{}})
		}
	}
	if len(u.sets) == 0 {
		return nil
	}
	return u
}

// Add remembers row i of a batch. If the row repeats one before, it is not remembered, and ok is false; constraint is the
// text of what it violates.
func (u *Unique) Add(rows *data.Batch, i int) (constraint string, ok bool) {
	keys := make([][]byte, len(u.sets))
	for k := range u.sets {
		s := &u.sets[k]
		keys[k] = tupleKey(nil, s.of.tuples.read(nil, &s.of, rows, i, len(u.plan.reals), len(u.plan.indices)))
		if _, seen := s.seen[string(keys[k])]; seen {
			return s.text, false
		}
	}
	for k, key := range keys {
		u.sets[k].seen[string(key)] = struct{}{}
	}
	return "", true
}
