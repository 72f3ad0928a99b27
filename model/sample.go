package model

import (
	"context"
	"errors"
	"fmt"

	"euryale/data"
)

// maxNumbers is the most numbers held at once, 4 TiB: beyond it Go could not allocate.
const maxNumbers = 1 << 40

// Sample draws the samples and hands them to a sink in order, in the data's units. Memory does not grow with N. The
// caller closes the sink, which is one for rows of SampleSchema.
//
// When ctx ends, the sink has been given the samples that are done, and the error is an *InterruptedError.
func (m *Model) Sample(ctx context.Context, r Request, to data.Sink) error {
	batch := new(data.Batch)
	next := 0
	return m.Draw(ctx, r, func(x []float32) error {
		batch.First, batch.Rows = next, len(x)/m.Dim()
		next += batch.Rows
		if len(r.Labels) > 0 {
			batch.Labels = batch.Labels[:0]
			for i := range batch.Rows {
				batch.Labels = append(batch.Labels, int32(r.label(batch.First+i)))
			}
		}
		if r.Invert {
			batch.Real = batch.Real[:0]
			for _, v := range x {
				batch.Real = append(batch.Real, float64(v))
			}
		} else if err := m.Encoder.Decode(batch, x); err != nil {
			return fmt.Errorf("model: %w", err)
		}
		return to.Write(batch)
	})
}

// Save draws the samples into a file of rows in the data's units, .csv or .npy by the path's extension. Memory does
// not grow with N, and the file appears when it is complete. If the request has Labels, so does the file: see data.NewSink.
func (m *Model) Save(ctx context.Context, r Request, path string) error {
	sink, err := data.NewSink(path, m.SampleSchema(r))
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
	s, err := m.newSampling(ctx, r)
	if err != nil {
		return err
	}
	defer s.team.Close()
	dim := m.Dim()
	waveRows := sampleRows * min(wavePieces, max(len(s.workers), waveNumbers/(sampleRows*dim)))
	wave := make([]float32, min(r.N, waveRows)*dim)
	for first := 0; first < r.N; first += waveRows {
		x := wave[:min(waveRows, r.N-first)*dim]
		done, failed := s.draw(ctx, x, first, nil)
		if x = x[:done*dim]; len(x) > 0 {
			if err := emit(x); err != nil {
				return err
			}
		}
		if failed != nil {
			return interrupted(ctx.Err(), failed, first+done, r.N)
		}
	}
	return nil
}

// Points draws the samples into memory, [N, Dim] in the data's units, and counts the net's evaluations per sample (NFE).
//
// When ctx ends, the points are those that are done, and the error is an *InterruptedError.
func (m *Model) Points(ctx context.Context, r Request) (points []float32, evaluations float64, err error) {
	s, err := m.newSampling(ctx, r)
	if err != nil {
		return nil, 0, err
	}
	defer s.team.Close()
	if r.N > maxNumbers/m.Dim() {
		return nil, 0, fmt.Errorf("model: %d samples of %d numbers are more than memory can hold", r.N, m.Dim())
	}
	points = make([]float32, r.N*m.Dim())
	done, err := s.draw(ctx, points, 0, nil)
	points = points[:done*m.Dim()]
	rows := int64(0)
	for i := range s.workers {
		rows += s.workers[i].rows
	}
	err = errors.Join(interrupted(ctx.Err(), err, done, r.N), s.decode(points))
	return points, float64(rows) / float64(r.N), err
}

// decode turns samples into the data's units, in place, except those of an inversion.
func (s *sampling) decode(x []float32) error {
	if s.request.Invert || len(x) == 0 {
		return nil
	}
	return s.model.decode(x)
}
