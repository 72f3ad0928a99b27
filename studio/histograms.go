package studio

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"math"
	"net/http"
	"slices"
	"time"

	"euryale/data"
	"euryale/figures"
	"euryale/metrics/tabular"
	"euryale/model"
	"euryale/report"
)

// histogram is a column of real rows and of samples.
type histogram struct {
	Name       string     `json:"name"`
	Edges      []float64  `json:"edges"`      // of intervals; null of categories
	Categories []string   `json:"categories"` // null of numbers
	Real       []float64  `json:"real"`       // the part of the rows in each
	Synthetic  []float64  `json:"synthetic"`
	Missing    [2]float64 `json:"missing"` // the parts of real and synthetic rows without a cell
}

const (
	mostColumns = 64 // of a table are compared
	mostShown   = 200
	mostPairs   = 50
)

func histogramsOf(columns []report.Column) ([]histogram, error) {
	list := []histogram{}
	for _, c := range columns {
		s, err := c.Shares()
		if err != nil {
			return nil, err
		}
		list = append(list, histogram{c.Name, s.Edges, s.Names, s.Real, s.Synthetic, [2]float64{s.MissingReal, s.MissingSynthetic}})
	}
	return list, nil
}

// drawTable draws rows of a table.
func (s *Studio) drawTable(ctx context.Context, m *model.Model, r model.Request, d *drawn) error {
	d.Kind = "table"
	started := time.Now()
	rows, err := figures.DrawnRows(ctx, m, r)
	if err != nil {
		return err
	}
	d.Seconds = time.Since(started).Seconds()
	schema := m.SampleSchema(r)
	if d.Columns, d.Rows, err = cells(schema, rows, mostShown); err != nil {
		return err
	}
	training, err := s.models.training(ctx, m)
	if err != nil {
		d.Notes = append(d.Notes, "the data of the run cannot be read: "+plain(err)) // there is nothing to compare with
		return nil
	}
	d.Histograms, err = histogramsOf(figures.ColumnsBeside(m, training, rows, schema, mostColumns))
	return err
}

// cells are the texts of the first rows, and the names of their columns.
func cells(s data.Schema, rows *data.Batch, most int) (names []string, texts [][]string, err error) {
	n, dim, indices := min(rows.Rows, most), s.Dim(), s.Indices()
	first := &data.Batch{Rows: n, Real: rows.Real[:n*dim], Index: rows.Index[:n*indices]}
	if rows.Labels != nil {
		first.Labels = rows.Labels[:n]
	}
	s.File = &data.File{Delimiter: ",", Decimal: ".", Header: true}
	var text bytes.Buffer
	sink, err := model.NewStream(&text, s, n)
	if err != nil {
		return nil, nil, err
	}
	defer sink.Abort()
	if err := sink.Write(first); err != nil {
		return nil, nil, err
	}
	if err := sink.Close(); err != nil {
		return nil, nil, err
	}
	lines, err := csv.NewReader(&text).ReadAll()
	if err != nil || len(lines) == 0 {
		return nil, nil, err
	}
	return lines[0], lines[1:], nil
}

// comparison is real rows against samples of a table.
type comparison struct {
	Rows       int         `json:"rows"`
	Histograms []histogram `json:"histograms"`
	Pairs      []pair      `json:"pairs"`
	Columns    []string    `json:"columns"`
	Real       [][]string  `json:"real"`
	Synthetic  [][]string  `json:"synthetic"`
}

// pair is how differently two columns go together in real rows and in samples.
type pair struct {
	A          string  `json:"a"`
	B          string  `json:"b"`
	Difference float64 `json:"difference"` // of the shares of cells, from 0 to 1
}

// comparedRows are the rows of either side of a comparison.
const comparedRows = 2000

// getTable compares samples of a table with its rows.
func (s *Studio) getTable(r *http.Request) (any, error) {
	query := r.URL.Query()
	c := chosen{ID: query.Get("id"), Checkpoint: query.Get("checkpoint"), Weights: query.Get("weights")}
	m, _, err := s.denoiser(c)
	if err != nil {
		return nil, err
	}
	if m.Table() == nil {
		return nil, failf(http.StatusConflict, "the run %s is of no table", c.ID)
	}
	return s.alone(r.Context(), "table", c.ID, func(ctx context.Context, _ string, progress func(int, int)) (any, map[string]content, error) {
		result, err := s.compareTable(ctx, m, progress)
		return result, nil, err
	})
}

func (s *Studio) compareTable(ctx context.Context, m *model.Model, progress func(int, int)) (*comparison, error) {
	training, err := s.models.training(ctx, m)
	if err != nil {
		return nil, err
	}
	request := m.Request(min(comparedRows, training.Rows))
	request.Seed, request.Workers, request.Progress = m.Config.Seed, s.o.Workers, progress
	rows, err := figures.DrawnRows(ctx, m, request)
	if err != nil {
		return nil, err
	}
	schema := m.SampleSchema(request)
	columns := figures.ColumnsBeside(m, training, rows, schema, mostColumns)
	t := &comparison{Rows: rows.Rows, Pairs: pairsOf(columns)}
	if t.Histograms, err = histogramsOf(columns); err != nil {
		return nil, err
	}
	const few = 20
	if t.Columns, t.Synthetic, err = cells(schema, rows, few); err != nil {
		return nil, err
	}
	_, t.Real, err = cells(m.Schema, training, few)
	return t, err
}

// pairsOf compares pairs of columns, each in up to ten intervals of the real rows: 1 − the contingency similarity.
func pairsOf(columns []report.Column) []pair {
	const most = 24
	columns = columns[:min(most, len(columns))]
	ofReal, synthetic := make([][]int32, len(columns)), make([][]int32, len(columns))
	for i, c := range columns {
		ofReal[i], synthetic[i] = codes(c)
	}
	pairs := []pair{}
	for i := range columns {
		for j := range i {
			similar := tabular.ContingencySimilarity(ofReal[j], ofReal[i], synthetic[j], synthetic[i])
			if !math.IsNaN(similar) {
				pairs = append(pairs, pair{columns[j].Name, columns[i].Name, 1 - similar})
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(b.Difference, a.Difference) })
	return pairs[:min(mostPairs, len(pairs))]
}

// codes are the intervals or categories of the cells of a column, −1 for missing ones.
func codes(c report.Column) (ofReal, synthetic []int32) {
	var edges []float64
	if c.Categories == nil {
		var there []float64
		for _, v := range c.Real {
			if !math.IsNaN(v) {
				there = append(there, v)
			}
		}
		slices.Sort(there)
		if len(there) > 0 {
			edges = tabular.QuantileEdges(there)
		}
	}
	of := func(values []float64) []int32 {
		list := make([]int32, len(values))
		for i, v := range values {
			switch {
			case math.IsNaN(v):
				list[i] = -1
			case c.Categories != nil:
				list[i] = int32(v)
			default:
				place, _ := slices.BinarySearch(edges, v)
				list[i] = int32(place)
			}
		}
		return list
	}
	return of(c.Real), of(c.Synthetic)
}
