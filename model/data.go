package model

import (
	"context"
	"errors"
	"fmt"

	"euryale/data"
	"euryale/run"
)

// readData reads schema and encoder of a checkpoint. One of version 1 has none; its data is a law, and encoded as it is.
func (m *Model) readData(c *run.Checkpoint) (err error) {
	if !c.Old() {
		if err := m.Schema.LoadState(c.File); err != nil {
			return err
		}
		if m.Encoder, err = data.LoadEncoder(c.File); err != nil {
			return err
		}
		if len(m.Encoder.Shape()) == 0 {
			return errors.New("the encoder was not fitted")
		}
		return m.checkEncoder()
	}
	law, err := m.Config.Distribution()
	if err != nil {
		return err
	}
	if law == nil {
		return fmt.Errorf("there is no schema, and the data %s is no law, which would have one", m.Config.Data.Source.Name())
	}
	m.Schema = law.Schema()
	encoder := m.Config.Data.Encoder()
	m.Encoder = encoder
	return encoder.Fit(context.Background(), law)
}

// checkEncoder reports whether encoder and schema of a checkpoint are not of the same rows.
func (m *Model) checkEncoder() error {
	var row data.Batch
	if err := m.Encoder.Decode(&row, make([]float32, m.Dim())); err != nil {
		return err
	}
	if len(row.Real) != m.Schema.Dim() || len(row.Index) != m.Schema.Indices() {
		return fmt.Errorf("the encoder gives rows of %d numbers and %d categories, those of the schema have %d and %d",
			len(row.Real), len(row.Index), m.Schema.Dim(), m.Schema.Indices())
	}
	return nil
}

// Source opens the data that the run was trained on, and what was held out of it, nil if nothing was.
func (m *Model) Source(ctx context.Context) (train, held data.Source, err error) {
	if train, held, err = m.Config.Data.Open(ctx, m.Config.Seed); err != nil {
		return nil, nil, fmt.Errorf("model: the data of %s: %w", m.Config.Name, err)
	}
	if err := m.Schema.Fits(train.Schema()); err != nil {
		return nil, nil, fmt.Errorf("model: the data of %s is no longer what the run was trained on: %w", m.Config.Name, err)
	}
	return train, held, nil
}

// TrainingSet reads the encoded rows of training.
func (m *Model) TrainingSet(ctx context.Context) (*data.Dataset, error) {
	train, _, err := m.Source(ctx)
	if err != nil {
		return nil, err
	}
	return m.encodeAll(ctx, train)
}

func (m *Model) encodeAll(ctx context.Context, s data.Source) (*data.Dataset, error) {
	d, err := data.Encode(ctx, s, m.Encoder)
	if err != nil {
		return nil, fmt.Errorf("model: the data of %s: %w", m.Config.Name, err)
	}
	return d, nil
}

// ErrNoFreshRows means that a run's data has no rows that the net was not trained on.
var ErrNoFreshRows = errors.New("the data has no rows that the net was not trained on: its distribution is not known, and data.held_out is 0; " +
	"train it anew with a share held out, as in data.held_out=0.1")

// Fresh returns n rows that the net was not trained on, of one class or data.AnyClass: fresh rows where the data is a law,
// and otherwise held-out rows, of which there may be fewer.
func (m *Model) Fresh(ctx context.Context, seed uint64, n, class int) (data.Source, error) {
	train, held, err := m.Source(ctx)
	if err != nil {
		return nil, err
	}
	if law, ok := train.(data.Distribution); ok {
		return data.Fresh(law, seed, n, class)
	}
	if n < 1 {
		return nil, fmt.Errorf("model: the number of rows must be at least 1, got %d", n)
	}
	if held == nil {
		return nil, fmt.Errorf("model: %s: %w", m.Config.Name, ErrNoFreshRows)
	}
	if err := m.checkUnchanged(ctx, train); err != nil {
		return nil, err
	}
	return ofClass(ctx, held, n, class)
}

// checkUnchanged reports whether the rows of training are others than when the run began: what is held out of them now may
// then have been trained on.
func (m *Model) checkUnchanged(ctx context.Context, train data.Source) error {
	if m.checksum == "" {
		return nil
	}
	rows, err := m.encodeAll(ctx, train)
	if err == nil && rows.Checksum() != m.checksum {
		err = fmt.Errorf("model: the rows of %s have changed since it was trained, so that held-out ones may be among those that "+
			"it was trained on", m.Config.Name)
	}
	return err
}

// ofClass is the first n rows of a class.
func ofClass(ctx context.Context, s data.Source, n, class int) (data.Source, error) {
	var rows data.Batch
	if err := s.Read(ctx, &rows, 0, s.Rows()); err != nil {
		return nil, err
	}
	dim := s.Schema().Dim()
	var real []float64
	var labels []int32
	for i := 0; i < rows.Rows && len(real) < n*dim; i++ {
		if class != data.AnyClass && (rows.Labels == nil || int(rows.Labels[i]) != class) {
			continue
		}
		real = append(real, rows.Real[i*dim:(i+1)*dim]...)
		if rows.Labels != nil {
			labels = append(labels, rows.Labels[i])
		}
	}
	if len(real) == 0 {
		return nil, fmt.Errorf("model: no held-out row has the label %d", class)
	}
	return data.Flat(real, dim, labels)
}

// freshEncoded is a request's number of fresh rows as the net sees them.
func (m *Model) freshEncoded(ctx context.Context, r Request) ([]float32, error) {
	class := data.AnyClass
	if label := r.Sampling.Guidance.Label; label >= 0 {
		class = label
	}
	fresh, err := m.Fresh(ctx, r.Seed, r.N, class)
	if err != nil {
		return nil, err
	}
	if fresh.Rows() < r.N {
		return nil, fmt.Errorf("model: %s has %d rows that the net was not trained on, fewer than the %d asked for", m.Config.Name, fresh.Rows(), r.N)
	}
	d, err := m.encodeAll(ctx, fresh)
	if err != nil {
		return nil, err
	}
	return d.Points, nil
}

// decode turns encoded rows into the data's units, in place.
func (m *Model) decode(x []float32) error {
	var rows data.Batch
	if err := m.Encoder.Decode(&rows, x); err != nil {
		return fmt.Errorf("model: %w", err)
	}
	if len(rows.Real) != len(x) {
		return fmt.Errorf("model: rows of the data of %s are not points of as many numbers", m.Config.Name)
	}
	for i, v := range rows.Real {
		x[i] = float32(v)
	}
	return nil
}

// Encode turns rows [n, dim] in the data's units into encoded ones.
func (m *Model) Encode(rows []float32) ([]float32, error) {
	n := len(rows) / max(m.Schema.Dim(), 1)
	batch := data.Batch{Rows: n, Real: make([]float64, len(rows))}
	for i, v := range rows {
		batch.Real[i] = float64(v)
	}
	x := make([]float32, n*m.Dim())
	if err := m.Encoder.Encode(x, &batch); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	return x, nil
}

// encodeNumber is one coordinate of a row as the net sees it, whatever the others are.
func (m *Model) encodeNumber(column int, v float64) (float32, error) {
	row := make([]float32, m.Schema.Dim())
	row[column] = float32(v)
	x, err := m.Encode(row)
	if err != nil {
		return 0, err
	}
	return x[column], nil
}
