package model

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"euryale/choice"
	"euryale/data"
	"euryale/data/mixed"
)

// Cell is a cell of a table: a column by its name, and the text of the cell as the file of the data has it. A missing cell
// is "", or whatever the file has for one.
type Cell struct{ Column, Text string }

// fixedCell is a cell that every sample of a request has.
type fixedCell struct {
	real         bool // a number of Batch.Real, and not a category of Batch.Index
	place, width int  // in a row of that many
	value        float64
	coordinates  []int // of the encoded row; none where they are not known
	values       []float32
}

// write puts the cell into row i.
func (f fixedCell) write(rows *data.Batch, i int) {
	if f.real {
		rows.Real[i*f.width+f.place] = f.value
	} else {
		rows.Index[i*f.width+f.place] = int32(f.value)
	}
}

// is reports whether row i has the cell.
func (f fixedCell) is(rows *data.Batch, i int) bool {
	if f.real {
		v := rows.Real[i*f.width+f.place]
		return v == f.value || math.IsNaN(v) && math.IsNaN(f.value)
	}
	return rows.Index[i*f.width+f.place] == int32(f.value)
}

// Table is the codec of the rows of a table; nil for a model of points.
func (m *Model) Table() *mixed.Codec {
	codec, _ := data.MixedOf(m.Encoder)
	table, _ := codec.(*mixed.Codec)
	return table
}

// columnNamed is the place of a column in the schema.
func (m *Model) columnNamed(name string) (int, error) {
	names := make([]string, len(m.Schema.Columns))
	for j := range names {
		names[j] = m.Schema.ColumnName(j)
	}
	if err := choice.OneOf(name, names...); err != nil {
		return 0, fmt.Errorf("the name of a column %w", err)
	}
	return slices.Index(names, name), nil
}

// readWhere reads the cells of Where: what samples are known to have and, of the class column, their label.
func (s *sampling) readWhere() error {
	seen := map[int]bool{}
	for _, cell := range s.request.Where {
		j, err := s.model.columnNamed(cell.Column)
		if err == nil && seen[j] {
			err = fmt.Errorf("column %q is given twice", cell.Column)
		}
		if err == nil {
			err = s.fix(j, cell)
		}
		if err != nil {
			return fmt.Errorf("the cell %s=%s: %w", cell.Column, cell.Text, err)
		}
		seen[j] = true
	}
	if s.request.Reject && len(s.request.Where) == 0 {
		return errors.New("samples are chosen by Where (Reject), and it has no cells")
	}
	return nil
}

// fix makes a cell of column j one that every sample has.
func (s *sampling) fix(j int, cell Cell) error {
	m := s.model
	c, text := m.Schema.Columns[j], cell.Text
	if text == "" && c.Missing != nil && !slices.Contains(c.Categories, "") {
		text = *c.Missing
	}
	switch {
	case c.Kind == data.Class:
		return s.fixClass(text)
	case c.Kind == data.Generated && c.Generate.Name == "constant" && c.Generate.Pattern == text:
		return nil
	case c.Kind == data.Generated && c.Generate.Name == "constant":
		return fmt.Errorf("every training row has %q there", c.Generate.Pattern)
	case c.Kind == data.Generated:
		return errors.New("the column is not learned from the data, so that nothing depends on its cells")
	}
	f := fixedCell{real: c.Kind == data.Real, width: m.Schema.Indices()}
	if f.real {
		f.width = m.Schema.Dim()
	}
	for _, before := range m.Schema.Columns[:j] {
		if before.Kind == c.Kind {
			f.place++
		}
	}
	table := m.Table()
	if table == nil {
		return s.fixNumber(f, text)
	}
	var err error
	if f.value, err = table.ParseCell(m.Schema, j, text); err != nil {
		return err
	}
	switch f.coordinates, f.values, err = table.EncodeCell(m.Schema, j, text); {
	case errors.Is(err, mixed.ErrNotByItself): // candidates may have it, and cannot be repainted around it
		s.request.Reject = true
	case err != nil:
		return err
	}
	s.fixed = append(s.fixed, f)
	s.know(f.coordinates, f.values)
	return nil
}

// fixClass makes a class the label of all samples.
func (s *sampling) fixClass(name string) error {
	label, err := s.model.ClassNamed(name)
	guidance := &s.request.Sampling.Guidance
	switch {
	case err != nil:
		return err
	case len(s.request.Labels) > 0 || guidance.Label >= 0 && guidance.Label != label:
		return errors.New("the class of the samples is given twice: as a cell and as a label")
	}
	guidance.Label = label
	return nil
}

// fixNumber makes a number of a point one that every sample has.
func (s *sampling) fixNumber(f fixedCell, text string) error {
	v, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || math.IsNaN(v) || math.Abs(v) > math.MaxFloat32:
		return fmt.Errorf("expected a number, got %q", text)
	case s.request.Reject:
		return errors.New("numbers of points are too seldom equal for samples to be chosen by them (Reject)")
	}
	encoded, err := s.model.encodeNumber(f.place, v)
	if err != nil {
		return err
	}
	s.know([]int{f.place}, []float32{encoded})
	return nil
}

// know makes coordinates known.
func (s *sampling) know(coordinates []int, values []float32) {
	if s.known.Mask == nil && len(coordinates) > 0 {
		s.known.Mask, s.known.Values = make([]bool, s.model.Dim()), make([]float32, s.model.Dim())
	}
	for k, i := range coordinates {
		s.known.Mask[i], s.known.Values[i] = true, values[k]
	}
}

// chooses reports whether samples are chosen among candidates by the cells of Where.
func (s *sampling) chooses() bool { return len(s.fixed) > 0 && (s.request.Reject || !s.repaints()) }
