package table

import (
	"context"
	"errors"
	"fmt"
	"os"

	"euryale/choice"
)

// Read reads a file; "-" is standard input. What it is, it finds out by its first bytes: Parquet, NumPy's .npy or .npz, or
// delimited text, perhaps compressed by gzip. Whatever is wrong with it is an error with line and column, and what the
// options name that is not there a *choice.FieldError. Missing cells are none: see Options.Open.
func Read(ctx context.Context, path string, o ReadOptions) (*Table, error) {
	t, err := read(ctx, path, o)
	if _, ok := err.(*choice.FieldError); err == nil || ok {
		return t, err
	}
	return nil, fmt.Errorf("table: %w", err)
}

func read(ctx context.Context, path string, o ReadOptions) (t *Table, err error) {
	if err := validateRead(o); err != nil {
		return nil, err
	}
	stored, err := openStored(ctx, path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if failed := stored.Close(); failed != nil {
			err = errors.Join(err, failed)
		}
	}()
	file, err := openSource(ctx, stored, o)
	if err != nil {
		return nil, err
	}
	if err := checkColumns(file, o); err != nil {
		return nil, err
	}
	surveys, rows, err := file.survey(ctx, o)
	if err != nil {
		return nil, err
	}
	if rows == 0 {
		return nil, fmt.Errorf("%s: there are no rows", file.name)
	}
	stores := make([]*store, len(surveys))
	for j, s := range surveys {
		if stores[j], err = s.decide(file); err != nil {
			return nil, err
		}
		stores[j].reserve(rows)
	}
	again, err := file.scan(ctx, func(column, line int, cell []byte) error { return stores[column].add(line, cell, file) })
	if err != nil {
		return nil, err
	}
	if again != rows {
		return nil, fmt.Errorf("%s: changed while it was read: %d rows, then %d", file.name, rows, again)
	}
	t = &Table{Name: file.name, file: file.file, place: file.place, rows: rows, Notes: file.notes}
	var set hashes
	for _, st := range stores {
		if err := st.finish(&set); err != nil {
			return nil, err
		}
		t.Columns = append(t.Columns, st.c)
		t.Notes = append(t.Notes, st.notes...)
	}
	return t, t.describeSchema()
}

// CheckFile reports why a file cannot be opened, without reading it.
func CheckFile(path string) error {
	if path == standardInput {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("table: %w", cannotOpen(path, err))
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("table: %s: is a folder, want a file", path)
	}
	return errors.Join(err, file.Close())
}

// validateRead is Validate of the options and all that they hold.
func validateRead(o ReadOptions) error {
	if err := o.Validate(); err != nil {
		return err
	}
	if err := o.CSV.Validate(); err != nil {
		return choice.Within("csv", err)
	}
	for _, item := range o.Columns {
		if err := item.Value.Validate(); err != nil {
			return choice.Wrong("columns", "%q: %w", item.Name, err)
		}
	}
	return nil
}

// checkColumns holds the names in the options against those of the file.
func checkColumns(file *source, o ReadOptions) error {
	names := make([]string, len(file.columns))
	for j, c := range file.columns {
		names[j] = c.name
	}
	for _, item := range o.Columns {
		if err := choice.OneOf(item.Name, names...); err != nil {
			return choice.Wrong("columns", "names a column that %s does not have: the name %w", file.name, err)
		}
	}
	if o.Target == "" {
		return nil
	}
	if err := choice.OneOf(o.Target, names...); err != nil {
		return choice.Wrong("target", "%w", err)
	}
	if kind := o.Columns.Get(o.Target).kind(); kind == kindDrop || kind == kindID {
		return choice.Wrong("target", "must be a column that is learned, and %q is of kind %s", o.Target, kind)
	}
	return nil
}

// survey is the first pass.
func (s *source) survey(ctx context.Context, o ReadOptions) ([]*survey, int, error) {
	marks := []byte{'.'}
	if s.lines && o.CSV.Decimal == "," {
		marks = []byte{','}
	} else if s.lines && o.CSV.Decimal == auto && s.file.Delimiter != "," {
		marks = []byte{'.', ','}
	}
	surveys := make([]*survey, len(s.columns))
	for j, c := range s.columns {
		surveys[j] = newSurvey(c, o, s, marks)
	}
	rows, err := s.scan(ctx, func(column, line int, cell []byte) error {
		surveys[column].add(line, cell)
		return nil
	})
	s.file.Decimal = string(rune(decimalMark(surveys, marks)))
	return surveys, rows, err
}

// decimalMark is that of a file: a comma only if some column has numbers with it, and none has numbers with points.
func decimalMark(surveys []*survey, marks []byte) byte {
	fractions := [256]bool{}
	for _, s := range surveys {
		for _, t := range s.tallies {
			if t.numbers > 0 && t.others == 0 && !t.whole {
				fractions[t.mark] = true
			}
		}
	}
	if len(marks) > 1 && fractions[','] && !fractions['.'] {
		return ','
	}
	return marks[0]
}
