package mixed

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"euryale/data"
)

// Fit implements data.Codec.
func (c *Codec) Fit(ctx context.Context, s data.Source) error {
	p, err := c.fitted(ctx, s)
	if err != nil {
		return fmt.Errorf("mixed: %w", err)
	}
	return c.finish(p)
}

func (c *Codec) fitted(ctx context.Context, s data.Source) (*plan, error) {
	p, err := newPlan(s.Schema(), c.settings)
	if err != nil {
		return nil, err
	}
	sc, err := newScan(ctx, s, p)
	if err != nil {
		return nil, err
	}
	if err := sc.resolve(); err != nil {
		return nil, err
	}
	if err := sc.imputeNumbers(ctx, s); err != nil {
		return nil, err
	}
	bins, err := sc.fitScales(ctx, s)
	if err != nil {
		return nil, err
	}
	return p, p.learnCodes(ctx, s, bins)
}

func popCount(set []uint64) int64 {
	n := 0
	for _, word := range set {
		n += bits.OnesCount64(word)
	}
	return int64(n)
}

// of is the number of a row, NaN if it is missing. real is the row's part of Batch.Real.
func (n *number) of(real []float64, p *plan) float64 {
	v := real[n.real]
	c := &p.columns[n.column]
	if c.Imputed != nil && math.IsNaN(v) {
		v = *c.Imputed
	}
	if n.base >= 0 {
		v = p.distance(n, v-real[n.base])
	}
	switch n.part {
	case day:
		v = math.Floor(v / n.perDay)
	case clock:
		v -= math.Floor(v/n.perDay) * n.perDay
	}
	return v + 0 // no negative zero
}

// distance is a difference of two numbers without what the subtraction of decimals adds to it.
func (p *plan) distance(n *number, difference float64) float64 {
	f := p.columns[n.column].Format
	if g := p.columns[p.reals[n.base].column].Format; step(g) < step(f) {
		f = g
	}
	return rounded(difference, f)
}

// imputeNumbers finds the lower medians of columns whose missing numbers are imputed.
func (s *scan) imputeNumbers(ctx context.Context, source data.Source) error {
	var wanted []number
	for r := range s.reals {
		if j := s.reals[r].column; s.missing[r] != nil && s.columns[j].Missing == Impute {
			wanted = append(wanted, number{column: j, real: r, base: -1})
		}
	}
	return s.gather(ctx, source, wanted, func(i int, sorted []float64) error {
		c := &s.columns[wanted[i].column]
		if len(sorted) == 0 {
			return fmt.Errorf("column %s: all cells are missing, so there is nothing to impute", c.Name)
		}
		median := sorted[(len(sorted)-1)/2]
		c.Imputed = &median
		return nil
	})
}

// fitScales fits the scale of every number, and returns the bins of each for the codes of categories.
func (s *scan) fitScales(ctx context.Context, source data.Source) (bins [][]float64, err error) {
	for r := range s.reals {
		c := &s.columns[s.reals[r].column]
		c.Single = !s.inexact[r] && step(c.Format) == 0
	}
	bins = make([][]float64, len(s.numbers))
	return bins, s.gather(ctx, source, s.numbers, func(i int, sorted []float64) error {
		n := &s.numbers[i]
		switch {
		case len(sorted) == 0:
			n.constant = math.NaN()
			return nil
		case sorted[0] == sorted[len(sorted)-1]:
			n.constant = sorted[0]
			return nil
		}
		name := s.columns[n.column].Name
		bins[i] = cutPoints(sorted)
		var err error
		if n.scale, err = newScale(s.columns[n.column].Scale); err != nil {
			return fmt.Errorf("column %s: %w", name, err)
		}
		if err := n.scale.fit(sorted); err != nil {
			return fmt.Errorf("column %s: %w", name, err)
		}
		return nil
	})
}

// gatherNumbers is how many numbers are held at once, beyond those of one column.
const gatherNumbers = 1 << 21

// gather hands over the numbers of all rows, those that are not missing in rising order, for each wanted one: as many at a
// time as memory should hold.
func (s *scan) gather(ctx context.Context, source data.Source, wanted []number, do func(i int, sorted []float64) error) error {
	together := max(1, gatherNumbers/s.rows)
	memory := make([][]float64, min(together, len(wanted)))
	for i := range memory {
		memory[i] = make([]float64, 0, s.rows)
	}
	for from := 0; from < len(wanted); from += together {
		block := wanted[from:min(from+together, len(wanted))]
		values := slices.Clone(memory[:len(block)])
		if err := eachChunk(ctx, source, func(rows *data.Batch) error {
			for i := range block {
				for at := 0; at < len(rows.Real); at += len(s.reals) {
					if v := block[i].of(rows.Real[at:at+len(s.reals)], s.plan); !math.IsNaN(v) {
						values[i] = append(values[i], v)
					}
				}
			}
			return nil
		}); err != nil {
			return err
		}
		for i, v := range values {
			slices.Sort(v)
			if err := do(from+i, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// numberBins is how many bins of equal share the codes of categories see of a number.
const numberBins = 8

// cutPoints are the lower ends of the bins but the first.
func cutPoints(sorted []float64) []float64 {
	var cuts []float64
	for b := 1; b < numberBins; b++ {
		cut := sorted[b*len(sorted)/numberBins]
		if cut > sorted[0] && (len(cuts) == 0 || cut > cuts[len(cuts)-1]) {
			cuts = append(cuts, cut)
		}
	}
	return cuts
}
