package eval

import (
	"context"
	"fmt"

	"euryale/data/table"
	"euryale/metrics/tabular"
	"euryale/model"
)

// Files are the tables of a comparison, as paths that table.Read takes: the rows that a program was given, rows that it never
// saw, and those that it made.
type Files struct {
	Train     string
	Test      string // "": there are none; what then cannot be measured is in the report
	Synthetic string
	// Read is how the training table is read, ReadOptions if its part CSV is zero. Its Target is the column to predict, "" for
	// none.
	Read table.ReadOptions
}

// ReadOptions find out from the training table how it is written. Missing cells are those of training, and besides N/A, nan and
// NULL, as pandas reads files.
func ReadOptions() table.ReadOptions {
	o := table.DefaultReadOptions()
	o.CSV.Missing = []string{"", "NA", "N/A", "NaN", "nan", "null", "NULL"}
	return o
}

// Judge is Evaluate for the rows of a file in place of samples: those of a run of a table, drawn before or by another program.
func (t *Tables) Judge(ctx context.Context, m *model.Model, path string, o tabular.Options) (*TableEvaluation, error) {
	options, ok := m.Config.Data.Source.Kind.(*table.Options)
	if !ok {
		return nil, fmt.Errorf("eval: %s was not trained on the table of a file, so %s cannot be read like it", m.Config.Name, path)
	}
	if o.Target == "" {
		o.Target = t.target
	}
	if err := checkTarget(o.Target, t.train); err != nil {
		return nil, err
	}
	if err := table.CheckFile(path); err != nil {
		return nil, fmt.Errorf("eval: %w", err)
	}
	source, err := options.Open(ctx, m.Config.Seed)
	if err != nil {
		return nil, fmt.Errorf("eval: %w", err)
	}
	cells, err := source.(*table.Table).ReadLike(ctx, path, options.ReadOptions)
	if err != nil {
		return nil, err
	}
	e, err := compare(ctx, t.train, t.test, tableOfCells(cells), o)
	if err != nil {
		return nil, err
	}
	e.Step, e.Notes = m.Step, notesOf(cells)
	return e, nil
}

// notesOf are the notes about a file.
func notesOf(cells *table.Cells) []FileNote {
	var notes []FileNote
	for _, n := range cells.Notes {
		notes = append(notes, FileNote{File: cells.Name, Column: n.Column, Text: n.Text})
	}
	return notes
}

// Judge compares the rows of a file, whatever program made them, with the rows that they were made from and, best of all, with
// rows that the program never saw. What the columns are is decided by the training table. The other files are read leniently
// (table.ReadLike): what does not fit is counted, and TableEvaluation.Notes names it.
func Judge(ctx context.Context, f Files, o tabular.Options) (*TableEvaluation, error) {
	paths := []string{f.Train, f.Synthetic}
	if f.Test != "" {
		paths = append(paths, f.Test)
	}
	for _, path := range paths { // before any of them is read
		if err := table.CheckFile(path); err != nil {
			return nil, fmt.Errorf("eval: %w", err)
		}
	}
	if f.Read.CSV.Delimiter == "" && f.Read.CSV.Encoding == "" {
		f.Read.CSV = ReadOptions().CSV
	}
	train, err := table.Read(ctx, f.Train, f.Read)
	if err != nil {
		return nil, err
	}
	var notes []FileNote
	take := func(cells *table.Cells) *tabular.Table {
		notes = append(notes, notesOf(cells)...)
		return tableOfCells(cells)
	}
	real := take(train.Cells())
	for i := range real.Columns {
		real.Columns[i].Malformed = nil
	}
	synthetic, err := train.ReadLike(ctx, f.Synthetic, f.Read)
	if err != nil {
		return nil, err
	}
	made := take(synthetic)
	var test *tabular.Table
	if f.Test != "" {
		cells, err := train.ReadLike(ctx, f.Test, f.Read)
		if err != nil {
			return nil, err
		}
		test = take(cells)
	}
	o.Target = f.Read.Target
	e, err := compare(ctx, real, test, made, o)
	if err != nil {
		return nil, err
	}
	e.Notes = notes
	return e, nil
}
