package table

import (
	"context"
	"fmt"
	"math"
	"slices"

	"euryale/data"
)

// pairs holds the columns of a table against each other.
type pairs struct {
	t        *Table
	columns  []*Column // those that are learned
	profiles []profile
	codes    [][]int32 // of a column, from 0 on by first appearance, per row; nil: not made yet
	counts   [][]int32 // rows per code
	limits   []string
}

const (
	// maxPaired is how many columns are held against each other, and maxPairedCells how many of their cells.
	maxPaired      = 2000
	maxPairedCells = 1 << 26
	// chance is the logarithm of how likely it may be at most that a relation holds by chance.
	chance = -20
)

func newPairs(t *Table, profiles []profile) *pairs {
	p := &pairs{t: t}
	most := max(2, min(maxPaired, maxPairedCells/t.rows))
	for j, c := range t.Columns {
		if c.Dropped || c.Kind == data.Generated || c.Distinct < 2 {
			continue
		}
		if len(p.columns) == most {
			p.limits = append(p.limits, fmt.Sprintf("dependencies, orders and sums were looked for among the first %d columns "+
				"that are learned", most))
			break
		}
		p.columns, p.profiles = append(p.columns, c), append(p.profiles, profiles[j])
	}
	p.codes, p.counts = make([][]int32, len(p.columns)), make([][]int32, len(p.columns))
	return p
}

// find adds dependencies and relations to a description.
func (p *pairs) find(ctx context.Context, d *Description) error {
	equal := p.equalColumns()
	sums, err := p.sums(ctx, equal)
	if err != nil {
		return err
	}
	for _, s := range sums {
		d.sums = append(d.sums, p.name(s[0])+" = "+p.name(s[1])+" + "+p.name(s[2]))
	}
	if d.orders, err = p.orders(ctx, equal, sums); err != nil {
		return err
	}
	d.Relations = slices.Concat(d.Relations, d.sums, d.orders)
	dependencies, err := p.dependencies(ctx)
	d.Dependencies = append(d.Dependencies, dependencies...)
	return err
}

// equalColumns gives every column the first one that has the same cells; its own place if there is none before.
func (p *pairs) equalColumns() []int {
	first := make([]int, len(p.columns))
	seen := map[uint64]int{}
	for j, c := range p.columns {
		key := p.profiles[j].content ^ uint64(c.Kind)
		if c.Kind == data.Class {
			key = p.profiles[j].content ^ uint64(data.Category)
		}
		if i, ok := seen[key]; ok {
			first[j] = i
			continue
		}
		seen[key], first[j] = j, j
	}
	return first
}

// codesOf are the codes of a column.
func (p *pairs) codesOf(j int) []int32 {
	if p.codes[j] != nil {
		return p.codes[j]
	}
	c, codes := p.columns[j], make([]int32, p.t.rows)
	if c.Kind == data.Real {
		index := newNumbering(c.Distinct + 1)
		for i := range codes {
			codes[i] = index.of(c.Number(i))
		}
		p.counts[j] = make([]int32, index.n)
	} else {
		c.Codes(codes, 0)
		for i := range codes {
			codes[i]++ // 0 is missing
		}
		p.counts[j] = make([]int32, len(c.Categories)+1)
	}
	for _, code := range codes {
		p.counts[j][code]++
	}
	p.codes[j] = codes
	return codes
}

// numbering gives different numbers codes from 0 on.
type numbering struct {
	slots []int32 // code + 1; 0: free
	value []float64
	n     int32
}

func newNumbering(most int) *numbering {
	size := 64
	for size < 2*most {
		size *= 2
	}
	return &numbering{slots: make([]int32, size)}
}

func (x *numbering) of(v float64) int32 {
	mask := uint64(len(x.slots) - 1)
	for i := hashNumber(v) & mask; ; i = (i + 1) & mask {
		code := x.slots[i] - 1
		if code < 0 {
			x.n++
			x.slots[i] = x.n
			x.value = append(x.value, v)
			return x.n - 1
		}
		if w := x.value[code]; w == v || w != w && v != v {
			return code
		}
	}
}

// dependencies finds the columns b that follow from a column a: no two rows have the same a and another b. Columns a that are
// different in most rows are left out, as any column follows from them, and so are those whose repetitions would go with equal b
// as likely by chance.
func (p *pairs) dependencies(ctx context.Context) ([]Dependency, error) {
	short := p.shortCodes()
	by := make([][]bool, len(p.columns)) // [a][b]
	for a := range p.columns {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		by[a] = make([]bool, len(p.columns))
		if 2*p.columns[a].Distinct > p.profiles[a].present {
			continue
		}
		first := make([]int32, samples+1)
		for b := range p.columns {
			if a != b && follows(short[b], short[a], first) {
				by[a][b] = p.dependsOn(b, a)
			}
		}
	}
	var list []Dependency
	for a := range by {
		var all []string
		for b := range by[a] {
			if !by[a][b] || b < a && by[b][a] { // of two that determine each other, the first does
				continue
			}
			all = append(all, p.columns[b].Name)
		}
		for b := range by[a] {
			if name := p.columns[b].Name; slices.Contains(all, name) {
				list = append(list, Dependency{Of: name, By: p.columns[a].Name, Both: by[b][a], all: all})
			}
		}
	}
	return list, nil
}

// shortCodes are the codes of all columns in the sampled rows.
func (p *pairs) shortCodes() [][]int32 {
	n := min(samples, p.t.rows)
	short := make([][]int32, len(p.columns))
	for j, c := range p.columns {
		short[j] = make([]int32, n)
		if c.Kind == data.Real {
			index := newNumbering(n)
			for i, v := range p.profiles[j].sample {
				short[j][i] = index.of(v)
			}
			continue
		}
		index := make(map[int32]int32, n)
		for i := range n {
			code := c.Code(sampleRow(i, p.t.rows))
			if _, ok := index[code]; !ok {
				index[code] = int32(len(index))
			}
			short[j][i] = index[code]
		}
	}
	return short
}

// follows reports whether no two rows have the same a and another b. first has room for the codes of a.
func follows(b, a []int32, first []int32) bool {
	clear(first)
	for i, code := range a {
		switch first[code] {
		case 0:
			first[code] = b[i] + 1
		case b[i] + 1:
		default:
			return false
		}
	}
	return true
}

// dependsOn looks at all rows.
func (p *pairs) dependsOn(b, a int) bool {
	codesB, codesA := p.codesOf(b), p.codesOf(a)
	if !follows(codesB, codesA, make([]int32, len(p.counts[a]))) {
		return false
	}
	repeats, same := float64(p.t.rows), 0.0
	for _, n := range p.counts[a] {
		if n > 0 {
			repeats--
		}
	}
	for _, n := range p.counts[b] {
		share := float64(n) / float64(p.t.rows)
		same += share * share
	}
	return repeats*math.Log(same) < chance
}
