package tabular

import (
	"context"
	"fmt"
)

// floor measures two real parts against each other: the held rows take the place of a synthetic table for columns, pairs and
// classifiers, the real ones for points and use. Where test rows exist, what the leak tests expect is in it, too.
func (c *comparison) floor(ctx context.Context) (*perTable, error) {
	f := newPerTable()
	everywhere := func(int) bool { return true }
	reference := *c
	reference.train, reference.prepared, reference.test = c.real, c.preparedReal, nil
	if c.real != c.train {
		var err error
		if reference.bins, err = bin(ctx, reference.prepared, c.real, c.Workers); err != nil {
			return nil, err
		}
	}
	if err := reference.columnsAndPairs(ctx, f, c.held, everywhere); err != nil {
		return nil, err
	}
	f.values["columns_equal"] = 1
	if c.test != nil {
		f.values["column_shapes_test"] = f.values["column_shapes"]
		f.values["copied_rows"] = CopiedRows(c.test, c.train)
		f.values["dcr_share"], f.values["dcr_median_ratio"], f.values["membership_auc"] = 0.5, 1, 0.5
		f.values["dcr_p05"] = quantileOf(c.leaks.base, 0.05)
	}
	if c.test == nil {
		f.values["copied_rows"] = twinRows(c.train)
	}
	f.values["duplicate_rows"] = DuplicateRows(c.train)
	if c.Quick {
		f.values["c2st_boosting_auc"] = 0.5
		c.stage()
		return f, nil
	}
	if err := c.detect(ctx, f, c.real, c.held); err != nil {
		return nil, err
	}
	if err := c.inSpace(ctx, f, c.real); err != nil {
		return nil, err
	}
	if c.user != nil {
		if err := c.use(ctx, f, c.real); err != nil {
			return nil, err
		}
		f.values["tstr_ratio"] = 1
	}
	c.stage()
	return f, nil
}

// baselineNames are the keys of Figure.Baselines, in the order in which they are measured.
func baselineNames() []string { return []string{"independent", "copula", "smote"} }

// baselines makes and measures the three baselines, with as many rows as the synthetic table has, at most as many as the
// training table.
func (c *comparison) baselines(ctx context.Context) (map[string]*perTable, error) {
	if !c.Baselines {
		return nil, nil
	}
	rows := min(c.synth.Rows, c.train.Rows)
	measured := map[string]*perTable{}
	for _, name := range baselineNames() {
		var t *Table
		var err error
		switch name {
		case "independent":
			t, err = Independent(c.train, rows, c.Seed)
		case "copula":
			t, err = Copula(ctx, c.train, rows, c.Seed, c.Workers)
		default:
			t, err = SMOTE(ctx, c.train, c.Target, rows, c.Seed, c.Workers)
		}
		if err != nil {
			return nil, fmt.Errorf("tabular: baseline %s: %w", name, err)
		}
		m, err := c.measure(ctx, t, func(int) bool { return true })
		if err != nil {
			return nil, fmt.Errorf("tabular: baseline %s: %w", name, err)
		}
		m.values["columns_equal"] = 1
		measured[name] = m
	}
	return measured, nil
}
