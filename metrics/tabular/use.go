package tabular

import (
	"context"
	"math"

	"euryale/metrics/boosting"
	"euryale/metrics/score"
)

// Use is how well gradient-boosted trees that are trained on a table predict the target of real test rows. Of a class: AUC
// (the mean over classes of each against the others), macro F1 and accuracy; of a number: R² and the root mean squared error.
// The others are NaN.
type Use struct {
	AUC, F1, Accuracy float64
	R2, RMSE          float64
	// Losses are per test row: 0 or 1 for a class that is right or wrong, so that their mean is 1 − accuracy; for a number the
	// squared error over the variance of the test rows, so that their mean is 1 − R². nil where nothing was measured.
	Losses []float64
}

func notUsed() Use { return Use{math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN(), nil} }

// user trains on one table after the other and tests on the same rows.
type user struct {
	target    int // place of the column
	reference *Table
	test      *Table // the test rows that have a target
	rows      int    // most to train on
	seed      uint64
	workers   int
}

// newUser prepares tests on aligned tables, where reference names the categories.
func newUser(target int, reference, test *Table, rows int, seed uint64, workers int) *user {
	return &user{target, reference, withTarget(test, target), rows, seed, workers}
}

// withTarget returns the rows whose target is not missing.
func withTarget(t *Table, target int) *Table {
	rows := []int32{}
	c := &t.Columns[target]
	for row := range t.Rows {
		if c.kind() == number && finite(c.Numbers[row]) || c.kind() == category && c.Codes[row] >= 0 {
			rows = append(rows, int32(row))
		}
	}
	if len(rows) == t.Rows {
		return t
	}
	return t.take(rows)
}

// measure trains on table. All of Use is NaN where it has no two rows or classes to learn from, or there are no test rows.
func (u *user) measure(ctx context.Context, table *Table) (Use, error) {
	rows := min(u.rows, u.reference.Rows)
	train := withTarget(table.take(subsample(table.Rows, rows, u.seed+9)), u.target)
	if train.Rows < 2 || u.test.Rows < 2 {
		return notUsed(), nil
	}
	x := encodeFeatures(u.reference, []int{u.target}, train)
	e := encodeFeatures(u.reference, []int{u.target}, u.test)
	if len(x) == 0 {
		return notUsed(), nil
	}
	o := boosting.Defaults()
	o.Seed, o.Workers = u.seed, u.workers
	if train.Columns[u.target].kind() == number {
		return u.regress(ctx, train, x, e, o)
	}
	return u.classify(ctx, train, x, e, o)
}

func (u *user) regress(ctx context.Context, train *Table, x, e []boosting.Column, o boosting.Options) (Use, error) {
	use := notUsed()
	model, err := boosting.TrainRegressor(ctx, x, train.Columns[u.target].Numbers, o)
	if err != nil {
		return use, err
	}
	predicted, want := make([]float64, u.test.Rows), u.test.Columns[u.target].Numbers
	if err := model.Predict(predicted, e); err != nil {
		return use, err
	}
	variance := 0.0
	center := mean(want)
	for _, v := range want {
		variance += (v - center) * (v - center) / float64(len(want))
	}
	for i, v := range want {
		use.Losses = append(use.Losses, (predicted[i]-v)*(predicted[i]-v)/variance)
	}
	if use.R2, err = score.R2(predicted, want); err != nil {
		return use, err
	}
	use.RMSE, err = score.RMSE(predicted, want)
	return use, err
}

func (u *user) classify(ctx context.Context, train *Table, x, e []boosting.Column, o boosting.Options) (Use, error) {
	use := notUsed()
	y, want := train.Columns[u.target].Codes, u.test.Columns[u.target].Codes
	classes := len(train.Columns[u.target].Categories)
	counts, _ := countCodes(y, classes)
	different := 0
	for _, count := range counts {
		different += min(count, 1)
	}
	if different < 2 {
		return use, nil
	}
	model, err := boosting.TrainClassifier(ctx, x, y, classes, o)
	if err != nil {
		return use, err
	}
	p := make([]float64, u.test.Rows*classes)
	if err := model.Probabilities(p, e); err != nil {
		return use, err
	}
	best := make([]int32, u.test.Rows)
	if err := score.Best(best, p, classes); err != nil {
		return use, err
	}
	for i, class := range want {
		use.Losses = append(use.Losses, indicator(best[i] != class))
	}
	tested, _ := countCodes(want, classes)
	var auc []float64
	for class, count := range tested {
		if count == 0 || count == len(want) {
			continue
		}
		v, err := score.AUC(classOf(p, classes, class), want, int32(class))
		if err != nil {
			return use, err
		}
		auc = append(auc, v)
	}
	use.AUC = mean(auc)
	if use.F1, err = score.MacroF1(best, want); err != nil {
		return use, err
	}
	use.Accuracy, err = score.Accuracy(best, want)
	return use, err
}
