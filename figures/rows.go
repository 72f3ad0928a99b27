package figures

import (
	"context"
	"errors"
	"fmt"

	"euryale/data"
	"euryale/model"
)

// blockRows is how many rows of the data are read at once, and fewRows up to how many are read one by one: those of images
// may be files.
const (
	blockRows = 4096
	fewRows   = 256
)

// TrainingRows reads up to n of the rows that a model was trained on, in the units of the data. They are evenly spaced, since a
// file may be sorted. There is at least one, or an error.
func TrainingRows(ctx context.Context, m *model.Model, n int) (*data.Batch, error) {
	source, _, err := m.Source(ctx)
	if err != nil {
		return nil, err
	}
	if changing, ok := source.(data.Changing); ok {
		source = changing.Unchanged()
	}
	return spacedRows(ctx, source, n)
}

// spacedRows reads up to n evenly spaced rows of a source.
func spacedRows(ctx context.Context, source data.Source, n int) (*data.Batch, error) {
	total := source.Rows()
	if total < 1 {
		return nil, errors.New("figures: the data has no rows")
	}
	n = min(n, total)
	schema, rows := source.Schema(), new(data.Batch)
	var block data.Batch
	next := 0 // of the n rows
	for first := 0; next < n; {
		size := min(blockRows, total-first)
		if n <= fewRows {
			first, size = next*total/n, 1
		}
		if err := source.Read(ctx, &block, first, size); err != nil {
			return nil, fmt.Errorf("figures: the data: %w", err)
		}
		for ; next < n && next*total/n < first+size; next++ {
			appendRow(rows, &block, next*total/n-first, schema)
		}
		first += size
	}
	return rows, nil
}

// appendRow appends row i of a batch.
func appendRow(to, from *data.Batch, i int, s data.Schema) {
	dim, indices := s.Dim(), s.Indices()
	to.Real = append(to.Real, from.Real[i*dim:(i+1)*dim]...)
	to.Index = append(to.Index, from.Index[i*indices:(i+1)*indices]...)
	if from.Labels != nil {
		to.Labels = append(to.Labels, from.Labels[i])
	}
	to.Rows++
}

// request asks for n samples as the run draws them. A net that takes labels, and whose rows are not dealt any, draws as many
// of each class.
func request(m *model.Model, o Options, n int) model.Request {
	r := m.Request(n)
	r.Seed, r.Workers = o.seed(m), o.Workers
	if m.TakesLabels() && r.Sampling.Guidance.Label < 0 && m.Table() == nil {
		r.Labels = m.BalancedLabels()
	}
	return r
}

// sampleLabels are the labels of samples, nil where they have none.
func sampleLabels(m *model.Model, r model.Request) []int32 {
	if len(r.Labels) == 0 && r.Sampling.Guidance.Label < 0 {
		return nil
	}
	return m.LabelsOf(r, r.N)
}

// DrawnRows draws samples into memory, in the units of the data.
func DrawnRows(ctx context.Context, m *model.Model, r model.Request) (*data.Batch, error) {
	kept := &keeping{schema: m.SampleSchema(r)}
	if err := m.Sample(ctx, r, kept); err != nil {
		return nil, err
	}
	return &kept.rows, nil
}

// keeping is a sink that keeps rows in memory.
type keeping struct {
	data.Sink
	schema data.Schema
	rows   data.Batch
}

// Write implements data.Sink.
func (k *keeping) Write(rows *data.Batch) error {
	k.rows.Real = append(k.rows.Real, rows.Real...)
	k.rows.Index = append(k.rows.Index, rows.Index...)
	k.rows.Labels = append(k.rows.Labels, rows.Labels...)
	k.rows.Rows += rows.Rows
	return nil
}
