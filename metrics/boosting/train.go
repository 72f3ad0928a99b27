package boosting

import (
	"context"
	"fmt"
	"math"

	"euryale/parallel"
)

// TrainClassifier trains trees that predict the class y, 0 … classes−1, of each row of x. It lowers the log loss, with one
// tree per iteration for two classes, else one per class. A class without rows gets probability 0; at least two need
// rows. Errors name what does not fit in x, y or o. When the context ends, training does, with its error.
func TrainClassifier(ctx context.Context, x []Column, y []int32, classes int, o Options) (*Classifier, error) {
	if err := checkTraining(x, len(y), o); err != nil {
		return nil, err
	}
	counts := make([]int, max(0, classes))
	for i, class := range y {
		if class < 0 || int(class) >= classes {
			return nil, fmt.Errorf("boosting: row %d has class %d, want one of 0 … %d", i, class, classes-1)
		}
		counts[class]++
	}
	var present []int32
	index := make([]int32, classes) // in present
	for class, count := range counts {
		if count > 0 {
			index[class] = int32(len(present))
			present = append(present, int32(class))
		}
	}
	if len(present) < 2 {
		return nil, fmt.Errorf("boosting: all %d rows have class %d: there is nothing to tell apart", len(y), present[0])
	}
	known := make([]int32, len(y))
	for i, class := range y {
		known[i] = index[class]
	}
	m, err := train(ctx, x, known, o, func(rows []int32) loss {
		if len(present) == 2 {
			return logLoss{choose(known, rows)}
		}
		return softmaxLoss{choose(known, rows), len(present)}
	})
	if err != nil {
		return nil, err
	}
	return &Classifier{*m, classes, present}, nil
}

// TrainRegressor trains trees that predict y, finite numbers, of each row of x. It lowers the squared error. Errors are
// those of TrainClassifier.
func TrainRegressor(ctx context.Context, x []Column, y []float64, o Options) (*Regressor, error) {
	if err := checkTraining(x, len(y), o); err != nil {
		return nil, err
	}
	for i, v := range y {
		if math.IsNaN(v) || math.Abs(v) > mostTarget {
			return nil, fmt.Errorf("boosting: the target of row %d is %v, want a number between ±%g", i, v, mostTarget)
		}
	}
	m, err := train(ctx, x, make([]int32, len(y)), o, func(rows []int32) loss { return squaredError{choose(y, rows)} })
	if err != nil {
		return nil, err
	}
	return &Regressor{*m}, nil
}

// mostTarget keeps the derivatives within a float32.
const mostTarget = 1e38

func checkTraining(x []Column, rows int, o Options) error {
	if err := o.validate(); err != nil {
		return err
	}
	return checkColumns(x, rows)
}

// choose returns the given rows of all.
func choose[T any](all []T, rows []int32) []T {
	chosen := make([]T, len(rows))
	for k, row := range rows {
		chosen[k] = all[row]
	}
	return chosen
}

// train adds trees until there are enough or they no longer help. A row's stratum is its class, as in divideRows.
func train(ctx context.Context, x []Column, strata []int32, o Options, lossOf func(rows []int32) loss) (*model, error) {
	grown, held, err := divideRows(strata, o)
	if err != nil {
		return nil, err
	}
	m := &model{binnings: make([]binning, len(x))}
	for j := range x {
		m.binnings[j] = newBinning(x[j], grown, o.Bins)
	}
	team := parallel.New(o.Workers)
	defer team.Close()
	g := newGrower(newTable(x, m.binnings, grown), team, o)
	fit := lossOf(grown)
	m.start = fit.start()
	outputs := len(m.start)
	stop := newStopper(m, x, held, lossOf, o)
	predictions, pairs := repeat(m.start, len(grown)), make([]pair, outputs*len(grown))
	for range o.Iterations {
		fit.derivatives(pairs, predictions)
		for k := range outputs {
			if err := ctx.Err(); err != nil {
				return nil, fmt.Errorf("boosting: %w", err)
			}
			m.trees = append(m.trees, g.grow(pairs[k*len(grown):][:len(grown)], predictions[k*len(grown):][:len(grown)]))
		}
		if stop.now() {
			break
		}
	}
	return m, nil
}

// repeat returns the outputs' values, each for all rows: [outputs, rows].
func repeat(values []float64, rows int) []float64 {
	all := make([]float64, 0, len(values)*rows)
	for _, v := range values {
		for range rows {
			all = append(all, v)
		}
	}
	return all
}
