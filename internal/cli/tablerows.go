package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"euryale/choice"
	"euryale/data"
	tables "euryale/data/table"
	"euryale/model"
)

// readTable reads the rows of a file as rows of a table that a model was trained on, by the names of the columns; "-" is
// standard input. The file may have more columns, and needs that of the class only if the rows must have one. flag is what
// named the file, for errors.
func readTable(ctx context.Context, flag, path string, m *model.Model, classes bool) (*data.Batch, error) {
	options := tables.DefaultReadOptions()
	if own, ok := m.Config.Data.Source.Kind.(*tables.Options); ok {
		options = own.ReadOptions
	}
	options.Target, options.Columns = "", asTrained(m.Schema, options.Columns, classes)
	t, err := tables.Read(ctx, path, options)
	if field, ok := errors.AsType[*choice.FieldError](err); ok {
		err = fmt.Errorf("%s does not have the columns that the run was trained on: %w", path, field.Err)
	}
	var rows *data.Batch
	if err == nil {
		rows, err = conform(ctx, t, m, classes)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	return rows, nil
}

// asTrained are options that give columns the kinds that they have in a schema.
func asTrained(s data.Schema, own choice.Map[tables.ColumnOptions], classes bool) choice.Map[tables.ColumnOptions] {
	var columns choice.Map[tables.ColumnOptions]
	for j, c := range s.Columns {
		name := s.ColumnName(j)
		o := tables.ColumnOptions{Missing: own.Get(name).Missing}
		switch {
		case c.Kind == data.Generated || c.Kind == data.Class && !classes:
			continue
		case c.Kind != data.Real:
			o.Kind = "category"
		case c.Format != nil && c.Format.Layout != "":
			o.Kind, o.Format = "date", c.Format.Layout
		default:
			o.Kind = "number"
		}
		columns = append(columns, choice.Item[tables.ColumnOptions]{Name: name, Value: o})
	}
	return columns
}

// conform turns the rows of a file into rows of a model's schema.
func conform(ctx context.Context, t *tables.Table, m *model.Model, classes bool) (*data.Batch, error) {
	s, n := m.Schema, t.Rows()
	rows := new(data.Batch)
	rows.Resize(s, 0, n)
	if !classes {
		rows.Labels = nil
	}
	dim, indices := s.Dim(), s.Indices()
	real, index := 0, 0
	for j, c := range s.Columns {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		from := t.Column(s.ColumnName(j))
		var err error
		switch {
		case c.Kind == data.Real:
			err = numbersOf(rows.Real[real:], dim, from, c, func(text string) (float64, error) { return m.Table().ParseCell(s, j, text) })
			real++
		case c.Kind == data.Category:
			err = codesOf(rows.Index[index:], indices, from, c.Categories, n)
			index++
		case c.Kind == data.Class && classes:
			if err = codesOf(rows.Labels, 1, from, s.Classes, n); err == nil && slices.Contains(rows.Labels, -1) {
				err = errors.New("a row has no class")
			}
		}
		if err != nil {
			return nil, fmt.Errorf("%s: column %s: %w", t.Name, s.ColumnName(j), err)
		}
	}
	return rows, nil
}

// numbersOf fills every stride-th number of dst with a column of a file, in the unit of the schema's column.
func numbersOf(dst []float64, stride int, from *tables.Column, c data.Column, parse func(text string) (float64, error)) error {
	n := (len(dst) + stride - 1) / stride
	if from.Kind != data.Real { // every row has the same, or none
		v := math.NaN()
		if from.Generate.Name == "constant" && from.Distinct > 0 {
			var err error
			if v, err = parse(from.Generate.Pattern); err != nil {
				return err
			}
		}
		for i := range n {
			dst[i*stride] = v
		}
		return nil
	}
	scale := 1.0
	if c.Format != nil && c.Format.Unit > 0 {
		scale = float64(from.Format.Unit) / float64(c.Format.Unit)
	}
	for i := range n {
		dst[i*stride] = from.Number(i) * scale
	}
	return nil
}

// codesOf fills every stride-th number of dst with the categories of a file's n rows, counted in names.
func codesOf(dst []int32, stride int, from *tables.Column, names []string, n int) error {
	if from.Kind == data.Generated { // every row has the same, or none
		code := int32(-1)
		if from.Generate.Name == "constant" && from.Distinct > 0 {
			if code = int32(slices.Index(names, from.Generate.Pattern)); code < 0 {
				return fmt.Errorf("the training rows have no %q", from.Generate.Pattern)
			}
		}
		for i := range n {
			dst[i*stride] = code
		}
		return nil
	}
	at := make(map[string]int32, len(names))
	for i, name := range names {
		at[name] = int32(i)
	}
	for i := range n {
		code := from.Code(i)
		if code >= 0 {
			known, ok := at[from.Categories[code]]
			if !ok {
				return fmt.Errorf("row %d: the training rows have no %q", i, from.Categories[code])
			}
			code = known
		}
		dst[i*stride] = code
	}
	return nil
}
