// Package mixed encodes rows of numbers and categories for a diffusion model: every number becomes one coordinate of
// deviation 0.5, every category a group of coordinates, one-hot or a vector of a code.
//
// The default scale of numbers is the quantile transform with ties spread, which makes any column exactly normal and gives
// every value that occurs several times back as it was: Gorishniy et al. use the transform in TabDDPM (Kotelnikov et al.
// 2023), and the spreading of ties, dequantization, is that of CDTD (Mueller et al. 2025).
//
//   - settings.go: what can be chosen; constraint.go takes apart what every row satisfies
//   - plan.go: which numbers and groups a row is made of, by the schema and the settings alone
//   - fit.go, scan.go, gather.go: what the training rows decide; codes.go: vectors for categories of many values
//   - scale.go, quantile.go, group.go: one number, one category
//   - encode.go, decode.go, cells.go, cell.go: rows to coordinates and back, for training, and one cell alone
//   - state.go: the codec in a checkpoint
//
// Start reading at Codec below, then quantile.go.
package mixed

import (
	"slices"
	"sync/atomic"

	"euryale/data"
	"euryale/rng"
)

// Codec is the codec "mixed". After Fit or UnmarshalJSON several goroutines may use it at once.
type Codec struct {
	settings Settings
	*plan    // nil before Fit
	layout   data.Layout
	clipped  []atomic.Int64 // per column
	stream   rng.Stream
}

var _ data.Mixed = (*Codec)(nil)

// New is the codec with these settings, not yet fitted to rows.
func New(s Settings) *Codec { return &Codec{settings: s} }

// Name implements data.Codec.
func (*Codec) Name() string { return "mixed" }

// Shape implements data.Codec.
func (c *Codec) Shape() []int {
	if c.plan == nil {
		return nil
	}
	return []int{c.layout.Dim}
}

// Layout implements data.Mixed. The numbers are in the order of the schema, a date with a time of day as two; then come the
// groups: a column of categories or a combination of columns each, then the patterns of missing numbers.
func (c *Codec) Layout() data.Layout {
	l := c.layout
	l.Missing, l.Groups = slices.Clone(l.Missing), slices.Clone(l.Groups)
	return l
}

// Clipped counts, per column of the schema, the numbers that Decode moved to the nearest end of their range so far.
func (c *Codec) Clipped() []int64 {
	counts := make([]int64, len(c.clipped))
	for j := range counts {
		counts[j] = c.clipped[j].Load()
	}
	return counts
}

// The steps of the codec's stream: far from those of training, which are counted from 0.
const (
	spreadStep = 1<<46 + iota // places in the intervals of ties, by row
	pooledStep                // choice among pooled values, by row
)

// finish gives numbers and groups their coordinates.
func (c *Codec) finish(p *plan) error {
	l := data.Layout{}
	for i := range p.numbers {
		n := &p.numbers[i]
		if n.coordinate = -1; n.scale != nil {
			n.coordinate = l.Numbers
			l.Numbers++
		}
	}
	l.Dim = l.Numbers
	for i := range p.groups {
		g := &p.groups[i]
		if g.slot = -1; g.width == 0 {
			continue
		}
		g.slot, g.first = len(l.Groups), l.Dim
		l.Groups = append(l.Groups, data.Group{First: g.first, Width: g.width, Shares: g.shares(), Codes: g.vectors})
		l.Dim += g.width
	}
	for _, n := range p.numbers {
		if n.coordinate < 0 {
			continue
		}
		slot := -1
		if a := p.reals[n.real].absence; a >= 0 {
			slot = p.groups[a].slot
			if l.Missing == nil {
				l.Missing = slices.Repeat([]int{-1}, l.Numbers)
			}
		}
		if l.Missing != nil {
			l.Missing[n.coordinate] = slot
		}
	}
	if l.Dim == 0 {
		return errNothing
	}
	c.plan, c.layout = p, l
	c.clipped = make([]atomic.Int64, len(p.columns))
	c.stream = rng.NewStream(c.settings.Seed, rng.Dequantization)
	return nil
}
