package data

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"euryale/checkpoint"
	"euryale/choice"
)

// Kind is what a column holds.
type Kind int

// The kinds of columns.
const (
	Real      Kind = iota // a number: one float64 of Batch.Real
	Category              // one of Column.Categories: its index in Batch.Index
	Class                 // the class of the row, one of Schema.Classes: its label in Batch.Labels
	Generated             // nothing that a batch holds: it is written by Column.Generate
)

// kindNames are the kinds as they are written in a checkpoint, in order.
func kindNames() []string { return []string{"real", "category", "class", "generated"} }

func (k Kind) String() string {
	if names := kindNames(); k >= 0 && int(k) < len(names) {
		return names[k]
	}
	return "Kind(" + strconv.Itoa(int(k)) + ")"
}

// MarshalText writes the kind's name.
func (k Kind) MarshalText() ([]byte, error) {
	if k < 0 || int(k) >= len(kindNames()) {
		return nil, fmt.Errorf("data: there is no column of %v", k)
	}
	return []byte(k.String()), nil
}

// UnmarshalText reads the kind's name.
func (k *Kind) UnmarshalText(text []byte) error {
	i := slices.Index(kindNames(), string(text))
	if i < 0 {
		return fmt.Errorf("data: kind of a column: %w", choice.OneOf(string(text), kindNames()...))
	}
	*k = Kind(i)
	return nil
}

// Column is one column of a table.
type Column struct {
	Name       string   `json:"name,omitempty"` // "" for a column without: it is shown as x0, x1, … by its place
	Kind       Kind     `json:"kind"`
	Categories []string `json:"categories,omitempty"` // what a Category's index stands for
	// Missing is the text of a missing cell, NaN or −1 in a batch; nil: none is missing.
	Missing *string `json:"missing,omitempty"`
	// Format is how the numbers of a Real column are written; nil: the shortest decimal.
	Format *Format `json:"format,omitempty"`
	// Generate is how the cells of a Generated column are made.
	Generate *Generator `json:"generate,omitempty"`
}

// Schema is what a row of the data is. It comes from the data once and travels in the checkpoint, so that a model is
// opened, and its rows are written, without the data.
type Schema struct {
	Columns []Column `json:"columns,omitempty"` // of a table; none for images
	Image   []int    `json:"image,omitempty"`   // [height, width, channels] of an image, which has no columns
	Classes []string `json:"classes,omitempty"` // what a label stands for, from 0 on; none where rows have no label
	// ClassCounts are the training rows per class, by which labels of samples are dealt out; nil where that is not wanted.
	ClassCounts []int64 `json:"class_counts,omitempty"`
	// File is how the file of the rows was written; nil for rows that do not come from one.
	File *File `json:"file,omitempty"`
}

// Numbers is the schema of points: dim numbers without names, in classes that are called 0, 1, … (0: no labels).
func Numbers(dim, classes int) Schema {
	s := Schema{Columns: make([]Column, max(dim, 0))}
	for i := range classes {
		s.Classes = append(s.Classes, strconv.Itoa(i))
	}
	return s
}

// Dim is how many numbers of Batch.Real a row has.
func (s Schema) Dim() int {
	if len(s.Image) > 0 {
		return product(s.Image)
	}
	return s.count(Real)
}

// Indices is how many numbers of Batch.Index a row has.
func (s Schema) Indices() int { return s.count(Category) }

func (s Schema) count(kind Kind) int {
	n := 0
	for _, c := range s.Columns {
		if c.Kind == kind {
			n++
		}
	}
	return n
}

// ColumnName is the name of column j, or x and its number.
func (s Schema) ColumnName(j int) string {
	if j < len(s.Columns) && s.Columns[j].Name != "" {
		return s.Columns[j].Name
	}
	return numbered(j)
}

func numbered(column int) string { return "x" + strconv.Itoa(column) }

// HasClassColumn reports whether a column of the rows is their class.
func (s Schema) HasClassColumn() bool { return s.count(Class) > 0 }

// Unlabeled is the schema of the same rows without labels, and without a column of them.
func (s Schema) Unlabeled() Schema {
	s.Classes, s.ClassCounts = nil, nil
	if s.count(Class) > 0 {
		s.Columns = slices.DeleteFunc(slices.Clone(s.Columns), func(c Column) bool { return c.Kind == Class })
	}
	return s
}

// MaxClasses is the most classes that there can be: a label above it is a mistake.
const MaxClasses = 1 << 16

// maxDim is the most numbers of a row.
const maxDim = 1 << 24

// Validate returns an error if there can be no such schema.
func (s Schema) Validate() error {
	switch {
	case len(s.Columns) > 0 && len(s.Image) > 0:
		return errors.New("data: schema: rows are a table or images, not both")
	case len(s.Columns) == 0 && len(s.Image) != 3:
		return fmt.Errorf("data: schema: want columns, or an image of height, width and channels; got the image %v", s.Image)
	case len(s.Columns) > maxDim:
		return fmt.Errorf("data: schema: at most %d columns, got %d", maxDim, len(s.Columns))
	case len(s.Classes) > MaxClasses:
		return fmt.Errorf("data: schema: at most %d classes, got %d", MaxClasses, len(s.Classes))
	}
	pixels := 1
	for _, n := range s.Image {
		if n < 1 || n > maxDim/pixels {
			return fmt.Errorf("data: schema: an image of shape %v", s.Image)
		}
		pixels *= n
	}
	names := make(map[string]bool, len(s.Columns))
	for j, c := range s.Columns {
		name := s.ColumnName(j)
		if names[name] {
			return fmt.Errorf("data: schema: two columns are called %q", name)
		}
		names[name] = true
		if _, err := c.Kind.MarshalText(); err != nil {
			return fmt.Errorf("data: schema: column %q: %w", name, err)
		}
		if err := s.validateColumn(c); err != nil {
			return fmt.Errorf("data: schema: column %q: %w", name, err)
		}
	}
	if s.count(Class) > 1 {
		return errors.New("data: schema: more than one column is the class of a row")
	}
	if s.ClassCounts != nil && len(s.ClassCounts) != len(s.Classes) {
		return fmt.Errorf("data: schema: %d counts of %d classes", len(s.ClassCounts), len(s.Classes))
	}
	return nil
}

func (s Schema) validateColumn(c Column) error {
	switch {
	case (c.Kind == Category) != (len(c.Categories) > 0) || len(c.Categories) > math.MaxInt32:
		return fmt.Errorf("is of kind %v and has %d categories", c.Kind, len(c.Categories))
	case c.Kind == Class && len(s.Classes) == 0:
		return errors.New("is the class of a row, and there are no classes")
	case c.Kind == Generated:
		return c.Generate.validate()
	}
	return c.Format.validate()
}

// Fits is nil if rows of the schema got are rows of s. The error names what differs first.
func (s Schema) Fits(got Schema) error {
	if !slices.Equal(s.Image, got.Image) {
		return fmt.Errorf("data: images of shape %v, expected %v", got.Image, s.Image)
	}
	if len(s.Columns) != len(got.Columns) {
		return fmt.Errorf("data: rows of %d columns, expected %d", len(got.Columns), len(s.Columns))
	}
	for j, want := range s.Columns {
		switch c := got.Columns[j]; {
		case s.ColumnName(j) != got.ColumnName(j):
			return fmt.Errorf("data: column %d is called %q, expected %q", j, got.ColumnName(j), s.ColumnName(j))
		case want.Kind != c.Kind:
			return fmt.Errorf("data: column %q is of kind %v, expected %v", s.ColumnName(j), c.Kind, want.Kind)
		default:
			if err := sameNames(want.Categories, c.Categories); err != nil {
				return fmt.Errorf("data: column %q: categories: %w", s.ColumnName(j), err)
			}
		}
	}
	if err := sameNames(s.Classes, got.Classes); err != nil {
		return fmt.Errorf("data: classes: %w", err)
	}
	return nil
}

func sameNames(want, got []string) error {
	if len(want) != len(got) {
		return fmt.Errorf("there are %d, expected %d", len(got), len(want))
	}
	for i := range want {
		if want[i] != got[i] {
			return fmt.Errorf("number %d is %q, expected %q", i, got[i], want[i])
		}
	}
	return nil
}

// schemaKey is where a checkpoint keeps the schema.
const schemaKey = "schema"

// SaveState puts the schema into a checkpoint's metadata.
func (s *Schema) SaveState(f *checkpoint.File) error {
	if err := s.Validate(); err != nil {
		return err
	}
	return f.SaveJSON(schemaKey, s)
}

// LoadState reads the schema of a checkpoint.
func (s *Schema) LoadState(f *checkpoint.File) error {
	var read Schema
	if err := f.LoadJSON(schemaKey, &read); err != nil {
		return err
	}
	if err := read.Validate(); err != nil {
		return fmt.Errorf("checkpoint %s: %w", f.Name, err)
	}
	*s = read
	return nil
}

// product is how many numbers a row of the shape has: 0 for no shape, that of an encoder which was not fitted.
func product(shape []int) int {
	if len(shape) == 0 {
		return 0
	}
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
