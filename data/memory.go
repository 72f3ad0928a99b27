package data

import (
	"context"
	"errors"
	"fmt"
	"math"

	"euryale/choice"
)

// Rows is a source of points in memory, each a slice of as many finite numbers as the others. labels has one label per
// point, from 0 on, or is nil; there are as many classes as the highest label needs. The numbers are copied.
func Rows(points [][]float64, labels []int32) (Source, error) {
	if len(points) == 0 || len(points[0]) == 0 {
		return nil, errors.New("data: there are no points")
	}
	dim := len(points[0])
	flat := make([]float64, 0, len(points)*dim)
	for i, p := range points {
		if len(p) != dim {
			return nil, fmt.Errorf("data: row %d has %d numbers, row 0 has %d", i, len(p), dim)
		}
		flat = append(flat, p...)
	}
	return Flat(flat, dim, labels)
}

// Flat is Rows for points that lie one after the other, [rows, dim]. The slices are kept: do not change them.
func Flat(points []float64, dim int, labels []int32) (Source, error) {
	if dim < 1 || dim > maxDim || len(points) == 0 || len(points)%dim != 0 {
		return nil, fmt.Errorf("data: want whole rows of %d numbers, got %d numbers", dim, len(points))
	}
	rows := len(points) / dim
	if rows > math.MaxInt32 { // rows are numbered in int32
		return nil, fmt.Errorf("data: at most %d rows, got %d", math.MaxInt32, rows)
	}
	if labels != nil && len(labels) != rows {
		return nil, fmt.Errorf("data: there are %d labels for %d rows", len(labels), rows)
	}
	classes := 0
	for i, label := range labels {
		if label < 0 || label >= MaxClasses {
			return nil, fmt.Errorf("data: row %d: label must be from 0 to %d, got %d", i, MaxClasses-1, label)
		}
		classes = max(classes, int(label)+1)
	}
	m := &memory{Numbers(dim, classes), points, labels, rows}
	if err := allFinite(m.schema, &Batch{Rows: rows, Real: points}); err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	return m, nil
}

type memory struct {
	schema Schema
	points []float64
	labels []int32
	rows   int
}

func (m *memory) Schema() Schema { return m.schema }

func (m *memory) Rows() int { return m.rows }

func (m *memory) Read(ctx context.Context, dst *Batch, first, n int) error {
	if err := checkRange(m, first, n); err != nil {
		return err
	}
	dim := m.schema.Dim()
	dst.Resize(m.schema, first, n)
	copy(dst.Real, m.points[first*dim:])
	if m.labels != nil {
		copy(dst.Labels, m.labels[first:])
	}
	return ctx.Err()
}

// Program is the kind of data that a Go program gives, by euryale.WithData. No configuration file holds its source: a run is
// opened without it, and resumed only by a program that gives the source again.
type Program struct {
	Source Source `yaml:"-"`
}

// ProgramKind is the entry of Program in a set of kinds.
func ProgramKind() choice.Entry[Options] {
	return choice.Entry[Options]{
		Name:    "program",
		Summary: "rows that a Go program gives",
		New:     func() Options { return new(Program) },
	}
}

// Validate implements Options.
func (p *Program) Validate() error { return nil }

// Open implements Options. Without a source its error is a *choice.FieldError: a command has no rows to give.
func (p *Program) Open(context.Context, uint64) (Source, error) {
	if p.Source == nil {
		return nil, choice.Wrong("", "of this run was given by a Go program: it must be given again, with euryale.WithData")
	}
	return p.Source, nil
}
