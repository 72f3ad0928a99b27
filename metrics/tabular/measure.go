package tabular

import (
	"context"
	"math"
	"slices"
)

// measure measures a table that is aligned with the training table, of which it has the columns that present names.
func (c *comparison) measure(ctx context.Context, t *Table, present func(j int) bool) (*perTable, error) {
	m := newPerTable()
	if err := c.columnsAndPairs(ctx, m, t, present); err != nil {
		return nil, err
	}
	real := c.train
	if c.test != nil {
		real = stacked(c.train, c.test)
	}
	if err := c.detect(ctx, m, real, t); err != nil {
		return nil, err
	}
	if err := c.leak(ctx, m, t); err != nil {
		return nil, err
	}
	if !c.Quick {
		if err := c.inSpace(ctx, m, t); err != nil {
			return nil, err
		}
	}
	if c.user != nil {
		if err := c.use(ctx, m, t); err != nil {
			return nil, err
		}
	}
	c.stage()
	return m, nil
}

// columnsAndPairs fills in the figures of cells, columns and pairs.
func (c *comparison) columnsAndPairs(ctx context.Context, m *perTable, t *Table, present func(j int) bool) error {
	v := measureValidity(c.train, t, present)
	m.adherence = slices.Repeat([]float64{math.NaN()}, len(c.train.Columns))
	for k, j := range v.columns {
		m.adherence[j] = v.adherence[k]
	}
	m.missing = missingSimilarities(c.train, t, present)
	m.values["valid_cells"], m.values["data_validity"] = v.cells, mean(v.adherence)
	m.values["missing_similarity"] = meanOfKnown(m.missing)
	p, err := prepare(ctx, t, c.Workers)
	if err != nil {
		return err
	}
	if m.shapes, err = columnShapes(ctx, c.prepared, p, c.Workers); err != nil {
		return err
	}
	m.values["column_shapes"] = meanOfKnown(m.shapes)
	if c.test != nil {
		shapes, err := columnShapes(ctx, c.preparedHeld, p, c.Workers)
		if err != nil {
			return err
		}
		m.values["column_shapes_test"] = meanOfKnown(shapes)
	}
	b, err := bin(ctx, c.prepared, t, c.Workers)
	if err != nil {
		return err
	}
	m.pairs, err = measurePairs(ctx, c.pairs, c.train, t, c.bins, b, c.Workers)
	c.pairValues(m)
	return err
}

// pairValues sums up over pairs; a table of one column has none.
func (c *comparison) pairValues(m *perTable) {
	if len(c.pairs) == 0 {
		return
	}
	m.values["column_pair_trends"] = meanOfKnown(m.pairs.trends)
	m.values["pairs_tv10"] = mean(m.pairs.quantiles)
	for _, gap := range m.pairs.gaps {
		if !math.IsNaN(gap) {
			m.values["correlation_gap"] = max(m.values["correlation_gap"], gap)
		}
	}
}

// detect fills in how well classifiers tell t from real rows.
func (c *comparison) detect(ctx context.Context, m *perTable, real, t *Table) error {
	if min(real.Rows, t.Rows) < 2*folds {
		c.notMeasured("detection", "fewer than 6 rows cannot be split into 3 folds")
		return nil
	}
	d := detector{rows: c.rowsFor(c.Rows), seed: c.Seed, workers: c.Workers, quick: c.Quick}
	told, err := d.measure(ctx, real, t)
	if err != nil {
		return err
	}
	if told.Rows < real.Rows || told.Rows < t.Rows {
		c.subsampled("detection", "%d rows of each kind", told.Rows)
	}
	m.told = told
	if !c.Quick {
		m.values["c2st_logistic_auc"], m.values["logistic_detection"] = told.Logistic, told.LogisticDetection
		m.errors["c2st_logistic_auc"] = foldsError(told.Rows)
	}
	m.values["c2st_boosting_auc"] = told.Boosting
	m.errors["c2st_boosting_auc"] = foldsError(told.Rows)
	return nil
}

// aucError is the standard error of an area under the ROC curve of n rows of each kind that cannot be told apart,
// √((2n+1)/(12 n²)).
func aucError(n int) float64 { return math.Sqrt(float64(2*n+1)/12) / float64(n) }

// foldsError is aucError of a mean over folds, each of which is tested by what is learned from the others: two folds that agree
// by chance agree in both directions, which doubles the variance.
func foldsError(n int) float64 { return math.Sqrt2 * aucError(n) }

// leak fills in what t gives away of the training rows.
func (c *comparison) leak(ctx context.Context, m *perTable, t *Table) error {
	m.values["copied_rows"], m.values["duplicate_rows"] = CopiedRows(t, c.train), DuplicateRows(t)
	m.errors["copied_rows"] = shareError(m.values["copied_rows"], t.Rows)
	if c.leaks == nil {
		return nil
	}
	l, err := c.leaks.measure(ctx, t)
	if err != nil {
		return err
	}
	m.leak = l
	m.values["dcr_share"], m.errors["dcr_share"] = l.Share, l.ShareError
	m.values["dcr_median_ratio"], m.values["dcr_p05"] = l.MedianRatio, l.Low
	m.values["membership_auc"], m.errors["membership_auc"] = l.Membership, aucError(l.Attacked)
	if l.Points < t.Rows || l.Parts < c.train.Rows || l.Parts < c.test.Rows {
		c.subsampled("leak", "%d synthetic rows against %d training and as many test rows; membership of %d of each",
			l.Points, l.Parts, l.Attacked)
	}
	n := min(c.test.Rows, t.Rows)
	rare, columns, err := rareValues(ctx, c.train, c.test.take(subsample(c.test.Rows, n, c.Seed+10)),
		t.take(subsample(t.Rows, n, c.Seed+11)), c.Workers)
	if m.rare = columns; rare.Values > 0 {
		m.values["rare_values"], m.errors["rare_values"] = rare.Reproduced, rare.StandardError
		m.values["rare_values_test"] = rare.InTest
	}
	return err
}

// shareError is the standard error of a share p of n.
func shareError(p float64, n int) float64 { return math.Sqrt(p * (1 - p) / float64(n)) }

// inSpace fills in the figures of points.
func (c *comparison) inSpace(ctx context.Context, m *perTable, t *Table) error {
	n := spaceSize(c.held, t, c.real)
	if n < 2 {
		return nil
	}
	if n < t.Rows || n < c.held.Rows {
		c.subsampled("space", "%d rows of each table", n)
	}
	part := func(t *Table, salt uint64) *Table { return t.take(subsample(t.Rows, n, c.Seed+salt)) }
	s, err := measureSpace(ctx, part(c.held, 6), part(t, 7), part(c.real, 8), c.Workers)
	c.spaceValues(m, s)
	return err
}

func (c *comparison) spaceValues(m *perTable, s Space) {
	m.space = s
	m.values["precision"], m.values["recall"] = s.Precision, s.Recall
	m.values["density"], m.values["coverage"] = s.Density, s.Coverage
	m.values["alpha_precision"], m.values["beta_recall"] = s.AlphaPrecision, s.BetaRecall
	m.values["sliced_w1"], m.values["energy_distance"], m.values["mmd"] = s.SlicedW1, s.Energy, s.MMD
}

// use fills in how well trees learn from t.
func (c *comparison) use(ctx context.Context, m *perTable, t *Table) error {
	u, err := c.user.measure(ctx, t)
	m.losses = u.Losses
	if t := &c.train.Columns[c.user.target]; t.kind() == number {
		m.values["tstr_r2"], m.values["tstr_rmse"] = u.R2, u.RMSE
	} else {
		m.values["tstr_auc"], m.values["tstr_f1"], m.values["tstr_accuracy"] = u.AUC, u.F1, u.Accuracy
	}
	return err
}

// stacked is one table below another that is aligned with it.
func stacked(a, b *Table) *Table {
	both := &Table{Rows: a.Rows + b.Rows, Columns: make([]Column, len(a.Columns))}
	for j := range both.Columns {
		x, y := &a.Columns[j], &b.Columns[j]
		both.Columns[j] = Column{Name: x.Name, Categories: x.Categories, Missing: x.Missing + y.Missing}
		switch x.kind() {
		case number:
			both.Columns[j].Numbers = slices.Concat(x.Numbers, y.Numbers)
		case category:
			both.Columns[j].Codes = slices.Concat(x.Codes, y.Codes)
		}
	}
	return both
}
