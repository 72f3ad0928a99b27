package model

import (
	"context"
	"errors"
	"fmt"

	"euryale/configs"
	"euryale/data"
	"euryale/run"
)

// readData reads the schema and the encoder of a checkpoint. A checkpoint of version 1 has neither; they follow from the
// known distribution of its data.
func (m *Model) readData(c *run.Checkpoint) (err error) {
	if !c.Old() {
		if err := m.Schema.LoadState(c.File); err != nil {
			return err
		}
		if m.Encoder, err = data.LoadEncoder(c.File, configs.Codecs()); err != nil {
			return err
		}
		if len(m.Encoder.Shape()) == 0 {
			return errors.New("the encoder was not fitted")
		}
		return m.checkEncoder()
	}
	known, err := m.Config.Distribution()
	if err != nil {
		return err
	}
	if known == nil {
		return fmt.Errorf("there is no schema, and the data %s has no known distribution to derive one from",
			m.Config.Data.Source.Name())
	}
	m.Schema = known.Schema()
	encoder := m.Config.Data.Encoder()
	m.Encoder = encoder
	return encoder.Fit(context.Background(), known)
}

// checkEncoder returns an error unless the encoder of a checkpoint decodes to rows of its schema.
func (m *Model) checkEncoder() error {
	if err := data.LayoutOf(m.Encoder, len(m.Schema.Classes)).Validate(); err != nil {
		return err
	}
	var row data.Batch
	if err := m.Encoder.Decode(&row, make([]float32, m.Dim())); err != nil {
		return err
	}
	if len(row.Real) != m.Schema.Dim() || len(row.Index) != m.Schema.Indices() {
		return fmt.Errorf("the encoder gives rows of %d numbers and %d categories, expected %d and %d as in the schema",
			len(row.Real), len(row.Index), m.Schema.Dim(), m.Schema.Indices())
	}
	return nil
}

// UseData gives the model the rows that its run was trained on and those held out from them, nil for none, for Source to return.
// They must be what Source would open: it is for programs that have it open already.
func (m *Model) UseData(train, held data.Source) { m.train, m.held, m.checksum = train, held, "" }

// Source opens the data that the run was trained on, and the rows held out from it, nil if there are none.
func (m *Model) Source(ctx context.Context) (train, held data.Source, err error) {
	if m.train != nil {
		return m.train, m.held, nil
	}
	if train, held, err = m.Config.Data.Open(ctx, m.Config.Seed); err != nil {
		return nil, nil, fmt.Errorf("model: the data of %s: %w", m.Config.Name, err)
	}
	if err := m.Schema.Fits(train.Schema()); err != nil {
		return nil, nil, fmt.Errorf("model: the data of %s is no longer what the run was trained on: %w", m.Config.Name, err)
	}
	return train, held, nil
}

// TrainingSet reads and encodes the training rows.
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
var ErrNoFreshRows = errors.New("the data has no rows that the net was not trained on: its distribution is not known, and " +
	"data.held_out is 0; train it again with a part held out, for example with -set data.held_out=0.1")

// Fresh returns n rows that the net was not trained on, of one class or data.AnyClass: new ones where the
// distribution of the data is known, and otherwise held-out rows, of which there may be fewer.
func (m *Model) Fresh(ctx context.Context, seed uint64, n, class int) (data.Source, error) {
	train, held, err := m.Source(ctx)
	if err != nil {
		return nil, err
	}
	if known, ok := train.(data.Distribution); ok {
		return data.Fresh(known, seed, n, class)
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
	if m.Table() != nil {
		return m.rowsOfClass(ctx, held, n, class)
	}
	return ofClass(ctx, held, n, class)
}

// checkUnchanged returns an error if the training rows are not those that the run began with: what is held out now may have
// been trained on then.
func (m *Model) checkUnchanged(ctx context.Context, train data.Source) error {
	if m.checksum == "" {
		return nil
	}
	rows, err := data.Load(ctx, train, m.Encoder)
	if err != nil {
		return fmt.Errorf("model: the data of %s: %w", m.Config.Name, err)
	}
	if rows.Checksum() != m.checksum {
		err = fmt.Errorf("model: the rows of %s have changed since it was trained: rows held out now may have been trained on",
			m.Config.Name)
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

// freshEncoded is a fresh row per sample of a request, as the net sees it, with the sample's label.
func (m *Model) freshEncoded(ctx context.Context, r Request) ([]float32, error) {
	if len(r.Labels) == 0 {
		return m.freshOfClass(ctx, r, r.N, max(r.Sampling.Guidance.Label, data.AnyClass))
	}
	wanted := map[int]int{} // rows per label
	for i := range r.N {
		wanted[r.label(i)]++
	}
	rows := map[int][]float32{}
	for label, n := range wanted {
		var err error
		if rows[label], err = m.freshOfClass(ctx, r, n, label); err != nil {
			return nil, err
		}
	}
	dim := m.Dim()
	x := make([]float32, 0, r.N*dim)
	for i := range r.N {
		of := rows[r.label(i)]
		x = append(x, of[:dim]...)
		rows[r.label(i)] = of[dim:]
	}
	return x, nil
}

// freshOfClass is n fresh rows of a class as the net sees them.
func (m *Model) freshOfClass(ctx context.Context, r Request, n, class int) ([]float32, error) {
	fresh, err := m.Fresh(ctx, r.Seed, n, class)
	if err != nil {
		return nil, err
	}
	if fresh.Rows() < n {
		of := ""
		if class != data.AnyClass {
			of = fmt.Sprintf(" with the label %d", class)
		}
		return nil, fmt.Errorf("model: %s has %d rows%s that the net was not trained on, fewer than %d",
			m.Config.Name, fresh.Rows(), of, n)
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
		return fmt.Errorf("model: %d encoded numbers of %s decode to %d, expected as many", len(x), m.Config.Name, len(rows.Real))
	}
	for i, v := range rows.Real {
		x[i] = float32(v)
	}
	return nil
}

// Batch is rows of points [n, dim], in the data's units.
func (m *Model) Batch(points []float32) *data.Batch {
	rows := &data.Batch{Rows: len(points) / max(m.Schema.Dim(), 1), Real: make([]float64, len(points))}
	for i, v := range points {
		rows.Real[i] = float64(v)
	}
	return rows
}

// Encode turns points [n, dim] in the data's units into encoded ones.
func (m *Model) Encode(points []float32) ([]float32, error) { return m.encodeRows(m.Batch(points)) }

// encodeRows encodes rows of the schema.
func (m *Model) encodeRows(rows *data.Batch) ([]float32, error) {
	x := make([]float32, rows.Rows*m.Dim())
	if err := m.Encoder.Encode(x, rows); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	return x, nil
}

// encodeNumber encodes one coordinate of a row.
func (m *Model) encodeNumber(column int, v float64) (float32, error) {
	row := make([]float32, m.Schema.Dim())
	row[column] = float32(v)
	x, err := m.Encode(row)
	if err != nil {
		return 0, err
	}
	return x[column], nil
}
