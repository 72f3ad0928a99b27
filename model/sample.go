package model

import (
	"context"
	"errors"
	"fmt"

	"euryale/data"
)

// maxNumbers is the most numbers held at once, 4 TiB: beyond it Go could not allocate.
const maxNumbers = 1 << 40

// Sample draws the samples and hands them to a sink in order, in the data's units. Memory does not grow with N, except where a
// constraint unique(…) of a table has to remember them. The caller closes the sink, which is one for rows of SampleSchema.
//
// When ctx ends, the sink has been given the samples that are done, and the error is an *InterruptedError.
func (m *Model) Sample(ctx context.Context, r Request, to data.Sink) error {
	s, err := m.newSampling(ctx, r)
	if err != nil {
		return err
	}
	defer s.team.Close()
	switch unique := s.unique(); {
	case s.chooses():
		return s.choose(ctx, unique, to)
	case unique != nil:
		return s.sampleUnique(ctx, unique, to)
	}
	var rows data.Batch
	next := 0
	return s.each(ctx, func(x []float32) error {
		if err := s.decodeRows(&rows, x, next); err != nil {
			return err
		}
		next += rows.Rows
		return to.Write(&rows)
	})
}

// decodeRows turns encoded samples first, first+1, … into rows with their labels, and with the cells that they must have.
func (s *sampling) decodeRows(rows *data.Batch, x []float32, first int) error {
	m, r := s.model, &s.request
	rows.First, rows.Rows = first, len(x)/m.Dim()
	if s.labeled {
		rows.Labels = rows.Labels[:0]
		for i := range rows.Rows {
			rows.Labels = append(rows.Labels, int32(r.label(first+i)))
		}
	}
	if r.Invert {
		rows.Real = rows.Real[:0]
		for _, v := range x {
			rows.Real = append(rows.Real, float64(v))
		}
		return nil
	}
	if err := m.Encoder.Decode(rows, x); err != nil {
		return fmt.Errorf("model: %w", err)
	}
	m.decoded.Add(int64(rows.Rows))
	if !s.chooses() {
		s.putFixed(rows)
	}
	restore(s, rows.Real)
	return nil
}

// putFixed writes the cells of Where: an encoded number may not be exactly that of the cell.
func (s *sampling) putFixed(rows *data.Batch) {
	for _, f := range s.fixed {
		for i := range rows.Rows {
			f.write(rows, i)
		}
	}
}

// Save draws the samples into a file of rows in the data's units, in the format of the path's extension: see NewSink. Memory
// does not grow with N, and the file appears when it is complete. If the request has Labels, so does the file. One picture of many
// images is picture.Save's.
func (m *Model) Save(ctx context.Context, r Request, path string) error {
	sink, err := NewSink(path, m.SampleSchema(r), r.N)
	if err != nil {
		return err
	}
	defer sink.Abort() // nothing to do after Close
	if err := m.Sample(ctx, r, sink); err != nil {
		return err
	}
	return sink.Close()
}

// Draw draws the samples as the net sees them, encoded, and hands them to emit in order, [rows, Dim] at a time, in memory
// that is used again after emit returns. Memory does not grow with N.
//
// When ctx ends, the samples that are done have been emitted, and the error is an *InterruptedError.
func (m *Model) Draw(ctx context.Context, r Request, emit func(x []float32) error) error {
	s, err := m.newUnchosen(ctx, r)
	if err != nil {
		return err
	}
	defer s.team.Close()
	return s.each(ctx, emit)
}

// newUnchosen is newSampling for samples that are not chosen by their rows.
func (m *Model) newUnchosen(ctx context.Context, r Request) (*sampling, error) {
	s, err := m.newSampling(ctx, r)
	if err == nil && s.chooses() {
		s.team.Close()
		return nil, errors.New("model: samples are chosen by the cells of Where: draw them with Sample or Save")
	}
	return s, err
}

// each draws the samples and hands them to emit, some at a time.
func (s *sampling) each(ctx context.Context, emit func(x []float32) error) error {
	dim, n := s.model.Dim(), s.request.N
	memory := make([]float32, min(n, s.wave)*dim)
	for first := 0; first < n; first += s.wave {
		x := memory[:min(s.wave, n-first)*dim]
		done, failed := s.draw(ctx, x, wave{first: first}, nil)
		if x = x[:done*dim]; len(x) > 0 {
			if err := emit(x); err != nil {
				return err
			}
		}
		if failed != nil {
			return interrupted(ctx.Err(), failed, first+done, n)
		}
	}
	return nil
}

// Points draws the samples into memory, [N, Dim] in the data's units, and counts the net's evaluations per sample (NFE).
//
// When ctx ends, the points are those that are done, and the error is an *InterruptedError.
func (m *Model) Points(ctx context.Context, r Request) (points []float32, evaluations float64, err error) {
	if err := m.onlyNumbers(); err != nil && !r.Invert {
		return nil, 0, err
	}
	s, err := m.newUnchosen(ctx, r)
	if err != nil {
		return nil, 0, err
	}
	defer s.team.Close()
	if r.N > maxNumbers/m.Dim() {
		return nil, 0, fmt.Errorf("model: %d samples of %d numbers are more than memory can hold", r.N, m.Dim())
	}
	points = make([]float32, r.N*m.Dim())
	done, err := s.draw(ctx, points, wave{}, nil)
	points = points[:done*m.Dim()]
	rows := int64(0)
	for i := range s.workers {
		rows += s.workers[i].rows
	}
	err = errors.Join(interrupted(ctx.Err(), err, done, r.N), s.decode(points))
	restore(s, points)
	return points, float64(rows) / float64(r.N), err
}

// onlyNumbers is an error unless rows are numbers and nothing else.
func (m *Model) onlyNumbers() error {
	if m.Schema.Indices() > 0 || m.Schema.Dim() != m.Dim() {
		return fmt.Errorf("model: rows of %s hold more than numbers, which a point cannot hold; draw them with Sample or Save", m.Config.Name)
	}
	return nil
}

// decode turns samples into the data's units, in place, except those of an inversion.
func (s *sampling) decode(x []float32) error {
	if s.request.Invert || len(x) == 0 {
		return nil
	}
	return s.model.decode(x)
}
