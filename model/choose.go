package model

import (
	"context"
	"fmt"

	"euryale/data"
	"euryale/data/mixed"
)

// chooser draws the samples of a request that have the cells of Where: of candidates that are drawn without regard to it, some
// are kept and, unless all of those satisfy it already, repainted. Sample i is the one that is kept as number i; where the
// request has several Labels, it is the first of its label that no sample before it is.
type chooser struct {
	*sampling            // of the candidates
	width     float64    // how near to the cells of Where they are kept
	repainter *repainter // nil: those that are kept satisfy Where
	unique    *mixed.Unique
	to        data.Sink

	next    int     // candidate
	tries   []tries // of each label
	numbers []int
	repeats int          // samples in a row that repeat others
	chosen  data.Batch   // to be written; First counts those that are
	wanted  []int        // samples of each label that are still to be chosen; nil: any will do
	held    []data.Batch // chosen samples of each label
	memory  []float32
	rows    data.Batch
}

// tries are candidates of a label.
type tries struct{ drawn, hits, kept int }

// choose is Sample for samples that have the cells of Where.
func (s *sampling) choose(ctx context.Context, unique *mixed.Unique, to data.Sink) error {
	trial, err := s.trial(ctx)
	if err != nil {
		return err
	}
	c := &chooser{sampling: s, width: trial.Width, unique: unique, to: to, memory: make([]float32, trialWave*s.model.Dim())}
	if c.width > 0 {
		if c.repainter, err = s.newRepainter(c.width); err != nil {
			return err
		}
		defer c.repainter.team.Close()
	}
	c.tries = make([]tries, len(s.model.Schema.Classes)+1)
	if len(s.original.Labels) > 1 {
		c.wanted, c.held = make([]int, len(c.tries)), make([]data.Batch, len(c.tries))
		for i := range s.request.N {
			c.wanted[s.request.label(i)+1]++
		}
	}
	for c.chosen.First < s.request.N {
		if err := c.wave(ctx); err != nil {
			return err
		}
	}
	return nil
}

// wave draws some candidates, and writes the samples that are chosen then.
func (c *chooser) wave(ctx context.Context) error {
	of, dim := c.candidates(), c.model.Dim()
	rows := trialWave
	if of.numbers != nil {
		rows = len(of.numbers)
	}
	done, failed := c.draw(ctx, c.memory[:rows*dim], of, nil)
	x := c.memory[:done*dim]
	if err := c.decodeWave(&c.rows, x, of); err != nil {
		return err
	}
	kept := wave{attempt: 1, silent: true} // repainted with other random numbers
	var near []float32
	for i := range done {
		row, candidate := x[i*dim:(i+1)*dim], of.sample(i)
		d, tries := c.distance(&c.rows, i, row), &c.tries[c.request.label(candidate)+1]
		if tries.drawn++; d == 0 {
			tries.hits++
		}
		if !c.kept(d, c.width, uint64(candidate)) {
			continue
		}
		tries.kept++
		if c.repainter == nil {
			if err := c.add(&c.rows, i); err != nil {
				return err
			}
			continue
		}
		kept.numbers = append(kept.numbers, candidate)
		near = append(near, row...)
	}
	if len(near) > 0 && failed == nil {
		var err error
		if failed, err = c.repaint(ctx, near, kept); err != nil {
			return err
		}
	}
	if err := c.write(); err != nil {
		return err
	}
	if failed != nil {
		return interrupted(ctx.Err(), failed, c.chosen.First, c.request.N)
	}
	return c.tooRare()
}

// tooRare is an error if samples are still to be chosen, and hardly any candidate is kept.
func (c *chooser) tooRare() error {
	var all tries
	for label, t := range c.tries {
		if c.wanted != nil && c.wanted[label] > 0 && t.drawn >= trialRows && float64(t.kept) < leastShare*float64(t.drawn) {
			rare := &RareError{Tried: t.drawn, Hits: t.hits}
			if label > 0 {
				rare.Class = c.model.Schema.Classes[label-1]
			}
			return rare
		}
		all.drawn, all.hits, all.kept = all.drawn+t.drawn, all.hits+t.hits, all.kept+t.kept
	}
	end := c.next > maxRows-trialWave
	if c.chosen.First < c.request.N && (end || all.drawn >= trialRows && float64(all.kept) < leastShare*float64(all.drawn)) {
		return &RareError{Tried: all.drawn, Hits: all.hits}
	}
	return nil
}

// candidates are the next candidates, of labels that are wanted.
func (c *chooser) candidates() wave {
	of := wave{first: c.next, silent: true}
	if c.wanted == nil {
		c.next += trialWave
		return of
	}
	for c.numbers = c.numbers[:0]; len(c.numbers) < trialWave && c.next <= maxRows; c.next++ {
		if c.wanted[c.request.label(c.next)+1] > 0 {
			c.numbers = append(c.numbers, c.next)
		}
	}
	of.numbers = c.numbers
	return of
}

// repaint makes samples of encoded candidates that are near to the cells of Where. failed is what kept it from that.
func (c *chooser) repaint(ctx context.Context, x []float32, of wave) (failed, err error) {
	dim := c.model.Dim()
	done, failed := c.repainter.draw(ctx, x, of)
	var rows data.Batch
	if err := c.decodeWave(&rows, x[:done*dim], wave{numbers: of.numbers[:done], attempt: of.attempt}); err != nil {
		return nil, err
	}
	c.putFixed(&rows)
	for i := range done {
		if err := c.add(&rows, i); err != nil {
			return nil, err
		}
	}
	return failed, nil
}

// add makes row i of a batch a sample, if one is still to be chosen and it repeats none.
func (c *chooser) add(rows *data.Batch, i int) error {
	to := &c.chosen
	switch {
	case c.wanted != nil:
		label := rows.Labels[i] + 1
		if c.wanted[label] == 0 {
			return nil
		}
		to = &c.held[label]
	case c.chosen.First+c.chosen.Rows == c.request.N:
		return nil
	}
	if c.unique != nil {
		if constraint, ok := c.unique.Add(rows, i); !ok {
			if c.repeats++; c.repeats > redrawLimit {
				return &DuplicateError{Constraint: constraint, Sample: c.chosen.First + c.chosen.Rows}
			}
			return nil
		}
		c.repeats = 0
	}
	if c.wanted != nil {
		c.wanted[rows.Labels[i]+1]--
	}
	c.model.take(to, rows, i)
	return nil
}

// write writes the samples that are next.
func (c *chooser) write() error {
	rows := &c.chosen
	if c.wanted != nil {
		for n := c.request.N; rows.First+rows.Rows < n; {
			of := &c.held[c.request.label(rows.First+rows.Rows)+1]
			if of.First == of.Rows { // of which First are taken
				break
			}
			c.model.take(rows, of, of.First)
			of.First++
		}
	}
	if rows.Rows == 0 {
		return nil
	}
	if err := c.to.Write(rows); err != nil {
		return err
	}
	c.drawn.add(&c.request, rows.Rows)
	*rows = data.Batch{First: rows.First + rows.Rows, Real: rows.Real[:0], Index: rows.Index[:0], Labels: rows.Labels[:0]}
	return nil
}

// decodeWave is decodeRows for any samples.
func (s *sampling) decodeWave(rows *data.Batch, x []float32, of wave) error {
	if of.numbers == nil {
		return s.decodeRows(rows, x, of.first)
	}
	dim := s.model.Dim()
	*rows = data.Batch{Real: rows.Real[:0], Index: rows.Index[:0], Labels: rows.Labels[:0]}
	var one data.Batch
	for i := range len(x) / dim {
		one.First, one.Rows = int(of.address(i)), 1
		if err := s.model.Encoder.Decode(&one, x[i*dim:(i+1)*dim]); err != nil {
			return fmt.Errorf("model: %w", err)
		}
		if s.labeled {
			one.Labels = append(one.Labels[:0], int32(s.request.label(of.sample(i))))
		}
		s.model.take(rows, &one, 0)
	}
	s.model.decoded.Add(int64(rows.Rows))
	return nil
}

// take appends row i of another batch.
func (m *Model) take(rows, from *data.Batch, i int) {
	dim, indices := m.Schema.Dim(), m.Schema.Indices()
	rows.Rows++
	rows.Real = append(rows.Real, from.Real[i*dim:(i+1)*dim]...)
	rows.Index = append(rows.Index, from.Index[i*indices:(i+1)*indices]...)
	if len(from.Labels) > 0 {
		rows.Labels = append(rows.Labels, from.Labels[i])
	}
}
