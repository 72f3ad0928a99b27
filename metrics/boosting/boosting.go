// Package boosting trains gradient-boosted trees on columns of numbers and categories. It follows scikit-learn's
// HistGradientBoostingClassifier and HistGradientBoostingRegressor, version 1.2, with their defaults, so that a figure
// measured with it may be compared with theirs: LightGBM's method (Ke et al. 2017) with XGBoost's gain (Chen and Guestrin
// 2016, equations 5 and 7).
//
//   - TrainClassifier and TrainRegressor (train.go) add one tree per iteration, or one per class and iteration, each
//     fitted to the derivatives of the loss (loss.go) at the predictions so far; stop.go ends training early.
//   - bins.go turns each column into at most 255 bins and one for missing cells, and table.go keeps them: all that
//     follows sees only bins.
//   - tree.go grows a tree: it splits the leaf that gains most until there are 31 leaves. histogram.go sums derivatives
//     per bin; split.go finds the best split of a column.
//   - model.go evaluates trees.
//
// On the same rows, with the same ones held out for early stopping, the trees are scikit-learn's, except where rounding
// breaks a tie between splits. Two things differ: quantiles come from all rows, where scikit-learn draws 200,000 of more;
// and a column may have more than 255 categories. A model depends only on the rows and Options, and not on Workers.
//
// Start reading at TrainClassifier.
package boosting

import (
	"errors"
	"fmt"
)

// Column holds one feature of all rows: either Numbers or Codes. Numbers may be NaN, which is a missing cell, and ±Inf,
// which are ordered like other numbers. Codes number the categories of a column from 0; −1 is a missing cell. Codes have no
// order: a split sends any set of them to the left.
type Column struct {
	Numbers []float64
	Codes   []int32
}

func (c Column) rows() int { return max(len(c.Numbers), len(c.Codes)) }

// Options are the settings of a training. Start from Defaults.
type Options struct {
	Iterations   int
	LearningRate float64 // factor of each tree's values
	Leaves       int     // most leaves of a tree
	LeafRows     int     // fewest rows of a leaf
	L2           float64 // added to the second derivative of a leaf
	Bins         int     // most bins of a column, 2 … 255; the rarest of more categories share one

	// Early stopping: of more rows than StopAbove, the share HeldOut, the same of each class, only measures the loss.
	// Training stops when no loss after the last Patience iterations is more than Tolerance below the loss before them.
	// All trees are kept.
	StopAbove int
	HeldOut   float64
	Patience  int
	Tolerance float64

	Seed    uint64  // draws the held-out rows; nothing else is random
	Held    []int32 // if not nil, the rows to hold out: StopAbove, HeldOut and Seed then have no effect
	Workers int     // share out the columns; the model does not depend on it
}

// Defaults returns scikit-learn's defaults, and one worker.
func Defaults() Options {
	return Options{
		Iterations: 100, LearningRate: 0.1, Leaves: 31, LeafRows: 20, Bins: 255,
		StopAbove: 10_000, HeldOut: 0.1, Patience: 10, Tolerance: 1e-7, Workers: 1,
	}
}

func (o Options) validate() error {
	var bad []error
	need := func(ok bool, field string, value any, want string) {
		if !ok {
			bad = append(bad, fmt.Errorf("boosting: %s must be %s, got %v", field, want, value))
		}
	}
	need(o.Iterations >= 1, "Iterations", o.Iterations, "at least 1")
	need(o.LearningRate > 0 && o.LearningRate <= 1, "LearningRate", o.LearningRate, "above 0 and at most 1")
	need(o.Leaves >= 2, "Leaves", o.Leaves, "at least 2")
	need(o.LeafRows >= 1, "LeafRows", o.LeafRows, "at least 1")
	need(o.L2 >= 0 && o.L2 < 1e300, "L2", o.L2, "0 or a positive number")
	need(o.Bins >= 2 && o.Bins <= 255, "Bins", o.Bins, "from 2 to 255")
	need(o.StopAbove >= 1, "StopAbove", o.StopAbove, "at least 1")
	need(o.HeldOut > 0 && o.HeldOut < 1, "HeldOut", o.HeldOut, "between 0 and 1")
	need(o.Patience >= 1, "Patience", o.Patience, "at least 1")
	need(o.Tolerance >= 0, "Tolerance", o.Tolerance, "0 or a positive number")
	need(o.Workers >= 1, "Workers", o.Workers, "at least 1")
	return errors.Join(bad...)
}

// checkColumns returns an error unless x are columns of so many rows.
func checkColumns(x []Column, rows int) error {
	if rows == 0 || len(x) == 0 {
		return fmt.Errorf("boosting: there are %d rows of %d columns: need at least one of each", rows, len(x))
	}
	for j, c := range x {
		if len(c.Numbers) > 0 && len(c.Codes) > 0 {
			return fmt.Errorf("boosting: column %d has both numbers and codes: give one of them", j)
		}
		if c.rows() != rows {
			return fmt.Errorf("boosting: column %d has %d rows, want %d", j, c.rows(), rows)
		}
		for i, code := range c.Codes {
			if code < -1 {
				return fmt.Errorf("boosting: column %d, row %d: code %d is neither a category nor -1, a missing cell", j, i, code)
			}
		}
	}
	return nil
}
