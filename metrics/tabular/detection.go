package tabular

import (
	"context"
	"errors"
	"math"

	"euryale/metrics/boosting"
	"euryale/metrics/logistic"
	"euryale/metrics/score"
)

// Detection is how well a classifier tells synthetic rows from real ones (a classifier two-sample test, Lopez-Paz and
// Oquab 2017): the mean area under the ROC curve over 3 stratified folds, 0.5 for rows that cannot be told apart.
type Detection struct {
	Rows int // of each kind
	// Logistic is the AUC of logistic regression on scaled numbers and one-hot categories. It sees only shifts of single
	// columns, so independent columns pass.
	Logistic float64
	// LogisticDetection is SDMetrics' 1 − mean of (max(0.5, AUC)·2 − 1) over the folds.
	LogisticDetection float64
	// Boosting is the AUC of gradient-boosted trees.
	Boosting float64
}

// detector draws the rows and trains the classifiers.
type detector struct {
	rows    int // most of each kind
	seed    uint64
	workers int
	quick   bool // trees only
}

// measure tells rows of synthetic from rows of real, which are aligned.
func (d detector) measure(ctx context.Context, real, synthetic *Table) (Detection, error) {
	n := min(d.rows, real.Rows, synthetic.Rows)
	generator := newPCG64(d.seed + 1)
	r, s := real.take(generator.choice(real.Rows, n)), synthetic.take(generator.choice(synthetic.Rows, n))
	result := Detection{Rows: n, Logistic: math.NaN(), LogisticDetection: math.NaN()}
	folds := stratifiedFolds(n, uint32(d.seed))
	auc, err := d.trees(ctx, encodeFeatures(real, nil, r, s), folds)
	if err != nil {
		return result, err
	}
	result.Boosting = mean(auc)
	if d.quick {
		return result, nil
	}
	if auc, err = d.logistic(ctx, r, s, folds); err != nil {
		return result, err
	}
	result.Logistic = mean(auc)
	gap := 0.0
	for _, v := range auc {
		gap += (max(0.5, v)*2 - 1) / float64(len(auc))
	}
	result.LogisticDetection = 1 - gap
	return result, nil
}

const folds = 3

// split lists the rows that fold k trains on and tests on.
func split(test []uint8, k int) (train, held []int32) {
	for row, fold := range test {
		if int(fold) == k {
			held = append(held, int32(row))
		} else {
			train = append(train, int32(row))
		}
	}
	return train, held
}

// isReal labels rows of which the first half is real.
func isReal(rows []int32, all int) []int32 {
	labels := make([]int32, len(rows))
	for i, row := range rows {
		if int(row) < all/2 {
			labels[i] = 1
		}
	}
	return labels
}

func (d detector) trees(ctx context.Context, x []boosting.Column, test []uint8) ([]float64, error) {
	o := boosting.Defaults()
	o.Seed, o.Workers = d.seed, d.workers
	auc := make([]float64, folds)
	for k := range auc {
		train, held := split(test, k)
		model, err := boosting.TrainClassifier(ctx, takeFeatures(x, train), isReal(train, len(test)), 2, o)
		if err != nil {
			return nil, err
		}
		p := make([]float64, 2*len(held))
		if err := model.Probabilities(p, takeFeatures(x, held)); err != nil {
			return nil, err
		}
		if auc[k], err = score.AUC(classOf(p, 2, 1), isReal(held, len(test)), 1); err != nil {
			return nil, err
		}
	}
	return auc, nil
}

// classOf returns the probabilities of one class, of [rows, classes].
func classOf(p []float64, classes, class int) []float64 {
	out := make([]float64, len(p)/classes)
	for i := range out {
		out[i] = p[i*classes+class]
	}
	return out
}

func (d detector) logistic(ctx context.Context, r, s *Table, test []uint8) ([]float64, error) {
	x, dim := oneHot(r, s)
	auc, failed := make([]float64, folds), make([]error, folds)
	err := each(ctx, d.workers, folds, func(k int) { auc[k], failed[k] = logisticFold(ctx, x, dim, test, k) })
	return auc, errors.Join(append(failed, err)...)
}

// logisticFold scales by the rows that it trains on: missing numbers become their mean; median 0, interquartile range 1.
func logisticFold(ctx context.Context, x []float64, dim int, test []uint8, k int) (float64, error) {
	train, held := split(test, k)
	a, b := takeRows(x, dim, train), takeRows(x, dim, held)
	scaling, err := logistic.FitScaling(a, dim)
	if err != nil {
		return 0, err
	}
	for _, part := range [][]float64{a, b} {
		if err := scaling.Apply(part); err != nil {
			return 0, err
		}
	}
	labels := isReal(train, len(test))
	positive := make([]bool, len(labels))
	for i, label := range labels {
		positive[i] = label == 1
	}
	model, err := logistic.Fit(ctx, a, dim, positive, logistic.Defaults())
	if err != nil {
		return 0, err
	}
	p := make([]float64, len(held))
	if err := model.Probabilities(p, b); err != nil {
		return 0, err
	}
	return score.AUC(p, isReal(held, len(test)), 1)
}

// takeRows copies rows of x, [rows, dim].
func takeRows(x []float64, dim int, rows []int32) []float64 {
	out := make([]float64, 0, len(rows)*dim)
	for _, row := range rows {
		out = append(out, x[int(row)*dim:int(row+1)*dim]...)
	}
	return out
}
