package figures

import (
	"context"
	"fmt"
	"math"

	"euryale/data"
	"euryale/model"
	"euryale/report"
)

const (
	mostColumns = 24 // of Columns
	mostPairs   = 6  // columns of Pairs
)

// Columns draws the distribution of each column of a table, or of each coordinate of points: the part of the rows in each
// interval or category, of real rows and of samples. Columns after the 24th are left out.
func Columns(ctx context.Context, m *model.Model, o Options) (report.Picture, error) {
	list, err := ColumnsOf(ctx, m, o, mostColumns)
	if err != nil {
		return nil, err
	}
	return report.Histograms{Title: firstColumns(m, len(list)), Columns: list}, nil
}

// Pairs draws the first six columns against each other: samples below the diagonal, real rows above it.
func Pairs(ctx context.Context, m *model.Model, o Options) (report.Picture, error) {
	if inPlane(m) == nil {
		return nil, notApplicable("points in the plane; samples shows them")
	}
	list, err := ColumnsOf(ctx, m, o, mostPairs)
	if err != nil {
		return nil, err
	}
	if len(list) < 2 {
		return nil, notApplicable("rows of one column; columns shows it")
	}
	return report.PairPlot{Title: firstColumns(m, len(list)), Columns: list}, nil
}

// firstColumns is a title where some columns are left out.
func firstColumns(m *model.Model, shown int) string {
	if all := len(shownColumns(m)); shown < all {
		return fmt.Sprintf("the first %d of %d columns", shown, all)
	}
	return ""
}

// ColumnsOf reads real rows and draws as many samples, and returns them column by column, the first so many.
func ColumnsOf(ctx context.Context, m *model.Model, o Options, most int) ([]report.Column, error) {
	switch {
	case m.Image() != nil:
		return nil, notApplicable("images")
	case !m.Denoises():
		return nil, drawsSamples(m)
	}
	training, err := TrainingRows(ctx, m, o.rows())
	if err != nil {
		return nil, err
	}
	r := request(m, o, training.Rows)
	samples, err := DrawnRows(ctx, m, r)
	if err != nil {
		return nil, err
	}
	return ColumnsBeside(m, training, samples, m.SampleSchema(r), most), nil
}

// ColumnsBeside returns the first columns of training rows and of samples, with the schema of these, side by side.
func ColumnsBeside(m *model.Model, training, samples *data.Batch, s data.Schema, most int) []report.Column {
	places := shownColumns(m)
	var list []report.Column
	for _, p := range places[:min(most, len(places))] {
		c := report.Column{Name: p.name, Categories: p.categories}
		c.Real, c.Synthetic = p.of(training, m.Schema), p.of(samples, s)
		list = append(list, c)
	}
	return list
}

// columnPlace is where a batch has a column.
type columnPlace struct {
	name       string
	kind       data.Kind
	at         int // among the numbers, or the categories, of a row
	categories []string
}

// shownColumns are the columns of a model's rows but those whose cells are made up, such as ids.
func shownColumns(m *model.Model) []columnPlace {
	var list []columnPlace
	numbers, indices := 0, 0
	for j, c := range m.Schema.Columns {
		p := columnPlace{name: m.Schema.ColumnName(j), kind: c.Kind, categories: c.Categories}
		switch c.Kind {
		case data.Real:
			p.at, p.categories = numbers, nil
			numbers++
		case data.Category:
			p.at = indices
			indices++
		case data.Class:
			p.categories = m.Schema.Classes
		default:
			continue
		}
		list = append(list, p)
	}
	return list
}

// of are the cells of the column in some rows.
func (p columnPlace) of(rows *data.Batch, s data.Schema) []float64 {
	values, dim, indices := make([]float64, rows.Rows), s.Dim(), s.Indices()
	for i := range values {
		switch p.kind {
		case data.Real:
			values[i] = rows.Real[i*dim+p.at]
		case data.Category:
			values[i] = float64(rows.Index[i*indices+p.at])
		default:
			values[i] = -1
			if i < len(rows.Labels) {
				values[i] = float64(rows.Labels[i])
			}
		}
		if math.IsInf(values[i], 0) {
			values[i] = math.NaN()
		}
	}
	return values
}
