package tabular

import (
	"context"
	"fmt"
	"slices"

	"euryale/rng"
)

// Options are what Compare measures, and on how much.
type Options struct {
	Target    string // column to predict, see Use; "": not measured
	Seed      uint64 // of subsamples, folds, directions and baselines
	Rows      int    // most rows of each kind that classifiers tell apart; 0: 10,000
	Workers   int    // 0: 1; no figure depends on it
	Pairs     int    // most pairs of columns; of more, so many are drawn; 0: 2,000
	Baselines bool   // measure three simple makers of tables, too
	// Quick leaves out logistic regression, points in space and use, takes 0.5 for the floor of detection, which tells at most
	// 3,000 rows, and reads at most 200 pairs: for use while a model trains. The leak tests are the same.
	Quick bool
	// Progress is called as stages are done, of so many; nil for none.
	Progress func(done, total int)
}

const (
	defaultRows  = 10_000
	defaultPairs = 2_000
	quickRows    = 3_000
	quickPairs   = 200
	useRows      = 20_000 // to train on
	mostCells    = 2_000_000
)

// comparison is a Compare at work. Its tables are aligned.
type comparison struct {
	Options
	train, test, synth *Table // test is nil without held-out rows
	// real and held are two parts of the real rows: train and test, or else the halves of train.
	real, held *Table
	columns    []int // that are compared: numbers, then categories
	pairs      []pair
	inSynth    func(j int) bool
	trainNames []string
	synthNames []string

	prepared, preparedHeld, preparedReal *prepared
	bins                                 *binning
	leaks                                *leaks
	user                                 *user
	report                               *Report
	done, stages                         int
}

// Compare measures a synthetic table against train, the rows that it was made from, and test, rows that its maker never saw;
// test may be nil, and then Report.NotMeasured names what cannot be measured. Columns are matched by name. All of the
// report's figures are documented in it; the names and the rows of subsamples are those of the usual Python tools, with
// Seed as their seed.
//
// The floor of a figure is the same measure of two real parts: the test rows in place of the synthetic ones, or the halves
// of the training rows. Errors name the table and the column at fault, or are the context's.
func Compare(ctx context.Context, train, test, synth *Table, o Options) (*Report, error) {
	c, err := newComparison(ctx, train, test, synth, o)
	if err != nil {
		return nil, err
	}
	floor, err := c.floor(ctx)
	if err != nil {
		return nil, err
	}
	value, err := c.measure(ctx, c.synth, c.inSynth)
	if err != nil {
		return nil, err
	}
	baselines, err := c.baselines(ctx)
	if err != nil {
		return nil, err
	}
	c.fill(value, floor, baselines)
	c.judge(value, floor)
	return c.report, nil
}

func newComparison(ctx context.Context, train, test, synth *Table, o Options) (*comparison, error) {
	if err := train.check("training"); err != nil {
		return nil, err
	}
	if err := synth.check("synthetic"); err != nil {
		return nil, err
	}
	if test != nil {
		if err := test.check("test"); err != nil {
			return nil, err
		}
	}
	if o.Target != "" && train.column(o.Target) == nil {
		return nil, fmt.Errorf("tabular: the training table has no column %q to predict", o.Target)
	}
	c := &comparison{Options: o.withDefaults(), report: &Report{}}
	aligned, err := align([]string{"training", "test", "synthetic"}, train, test, synth)
	if err != nil {
		return nil, err
	}
	targetAsClass(o.Target, aligned...)
	c.train, c.test, c.synth = aligned[0], aligned[1], aligned[2]
	c.inSynth = func(j int) bool { return synth.column(train.Columns[j].Name) != nil }
	c.trainNames, c.synthNames = train.names(), synth.names()
	numbers, categories := c.train.inOrder()
	c.columns = slices.Concat(numbers, categories)
	if len(c.columns) == 0 {
		return nil, fmt.Errorf("tabular: none of the %d columns holds numbers or categories: there is nothing to compare", len(train.Columns))
	}
	c.report.Rows = RowCounts{Train: train.Rows, Synthetic: synth.Rows}
	if c.real, c.held = c.train, c.test; test != nil {
		c.report.Rows.Test = test.Rows
	} else if err := c.halve(); err != nil {
		return nil, err
	}
	return c, c.prepare(ctx)
}

func (o Options) withDefaults() Options {
	if o.Rows < 1 {
		o.Rows = defaultRows
	}
	if o.Pairs < 1 {
		o.Pairs = defaultPairs
	}
	o.Workers = max(1, o.Workers)
	if o.Quick {
		o.Rows, o.Pairs = min(o.Rows, quickRows), min(o.Pairs, quickPairs)
	}
	return o
}

// halve makes two parts of the training rows, where there are no others.
func (c *comparison) halve() error {
	if c.train.Rows < 2 {
		return fmt.Errorf("tabular: the training table has %d row, and there are no test rows: 2 are needed", c.train.Rows)
	}
	order := make([]int32, c.train.Rows)
	rng.NewStream(c.Seed, rng.HeldOut).Permutation(order, 0)
	half := len(order) / 2
	slices.Sort(order[:half])
	slices.Sort(order[half:])
	c.real, c.held = c.train.take(order[:half]), c.train.take(order[half:])
	for j := range c.train.Columns { // of columns of neither kind it is not known where the missing cells are
		if t := &c.train.Columns[j]; t.kind() == other {
			c.real.Columns[j].Missing = t.Missing * c.real.Rows / c.train.Rows
			c.held.Columns[j].Missing = t.Missing * c.held.Rows / c.train.Rows
		}
	}
	c.notMeasured("floors", "no rows were held out: floors compare the halves of the training rows, which are smaller")
	c.notMeasured("column_shapes_test", "no rows were held out")
	c.notMeasured("leak", "no rows were held out: without test rows, training rows have nothing to be told from. Only copied and "+
		"duplicate rows are counted")
	return nil
}

// rowsFor is `most`, or fewer where rows are wide.
func (c *comparison) rowsFor(most int) int {
	return min(most, max(1000, mostCells/len(c.columns)))
}

// prepare does once what comparisons with several tables share.
func (c *comparison) prepare(ctx context.Context) (err error) {
	if c.prepared, err = prepare(ctx, c.train, c.Workers); err != nil {
		return err
	}
	if c.preparedReal = c.prepared; c.real != c.train {
		if c.preparedReal, err = prepare(ctx, c.real, c.Workers); err != nil {
			return err
		}
	}
	if c.preparedHeld, err = prepare(ctx, c.held, c.Workers); err != nil {
		return err
	}
	var all int
	if c.pairs, all = choosePairs(c.columns, c.Pairs, c.Seed); len(c.pairs) < all {
		c.subsampled("pairs", "%d of %d pairs of columns, drawn by the seed", len(c.pairs), all)
	}
	if c.bins, err = bin(ctx, c.prepared, c.train, c.Workers); err != nil {
		return err
	}
	if c.test != nil {
		parts, points := c.rowsFor(leakParts), c.rowsFor(leakPoints)
		if c.leaks, err = newLeaks(ctx, c.train, c.test, parts, points, c.Seed, c.Workers); err != nil {
			return err
		}
	}
	c.stages = 2
	if c.Baselines {
		c.stages += len(baselineNames())
	}
	if c.Target == "" || c.Quick {
		return nil
	}
	target := c.train.index(c.Target)
	if c.train.Columns[target].kind() == other {
		c.notMeasured("use", fmt.Sprintf("the target %q holds neither numbers nor categories", c.Target))
		return nil
	}
	c.user = newUser(target, c.real, c.held, c.rowsFor(useRows), c.Seed, c.Workers)
	return nil
}

func (c *comparison) notMeasured(about, text string) {
	c.report.NotMeasured = append(c.report.NotMeasured, Note{about, text})
}

func (c *comparison) subsampled(about, format string, values ...any) {
	note := Note{about, fmt.Sprintf(format, values...)}
	if !slices.Contains(c.report.Subsamples, note) {
		c.report.Subsamples = append(c.report.Subsamples, note)
	}
}

// stage reports that one more table has been measured.
func (c *comparison) stage() {
	c.done++
	if c.Progress != nil {
		c.Progress(c.done, c.stages)
	}
}
