// Package score measures predictions against the truth: AUC, accuracy, macro F1, R², root mean squared error. The
// definitions are those of sklearn.metrics.
//
// A number that is not finite is an error, never a silent NaN.
//
// Start reading at AUC.
package score

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// AUC is the area under the ROC curve of scores, [rows]: the probability that a row of class positive scores higher
// than a row of any other class, ties counted half (Mann and Whitney 1947). It is computed from ranks, without
// thresholds, so it is exact. Both kinds of rows are needed.
func AUC(scores []float64, labels []int32, positive int32) (float64, error) {
	if err := checkPair(len(scores), len(labels)); err != nil {
		return 0, err
	}
	if err := checkFinite("score", scores); err != nil {
		return 0, err
	}
	order := make([]int32, len(scores))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(scores[a], scores[b]) })
	// below counts pairs of a positive and another row in half pairs: 2 if the positive scores higher, 1 for a tie.
	positives, others, halfPairs := 0, 0, 0
	for first := 0; first < len(order); {
		end := first
		tiedPositives, tiedOthers := 0, 0
		for ; end < len(order) && scores[order[end]] == scores[order[first]]; end++ {
			if labels[order[end]] == positive {
				tiedPositives++
			} else {
				tiedOthers++
			}
		}
		halfPairs += tiedPositives * (2*others + tiedOthers)
		positives += tiedPositives
		others += tiedOthers
		first = end
	}
	if positives == 0 || others == 0 {
		return 0, fmt.Errorf("score: AUC needs rows of class %d and others, got %d and %d", positive, positives, others)
	}
	return float64(halfPairs) / 2 / float64(positives) / float64(others), nil
}

// Accuracy is the share of rows whose predicted class is the true one.
func Accuracy(predicted, labels []int32) (float64, error) {
	if err := checkPair(len(predicted), len(labels)); err != nil {
		return 0, err
	}
	right := 0
	for i, label := range labels {
		if predicted[i] == label {
			right++
		}
	}
	return float64(right) / float64(len(labels)), nil
}

// MacroF1 is the mean of F1 = 2·hits/(predicted + true) over the classes that occur in predicted or in labels.
func MacroF1(predicted, labels []int32) (float64, error) {
	if err := checkPair(len(predicted), len(labels)); err != nil {
		return 0, err
	}
	type count struct{ hits, both int }
	counts := map[int32]count{}
	for i, label := range labels {
		c := counts[label]
		c.both++
		if predicted[i] == label {
			c.hits++
		}
		counts[label] = c
		c = counts[predicted[i]]
		c.both++
		counts[predicted[i]] = c
	}
	classes := make([]int32, 0, len(counts))
	for class := range counts {
		classes = append(classes, class)
	}
	slices.Sort(classes) // the sum does not depend on the order of a map
	sum := 0.0
	for _, class := range classes {
		sum += 2 * float64(counts[class].hits) / float64(counts[class].both)
	}
	return sum / float64(len(classes)), nil
}

// R2 is the coefficient of determination, 1 − Σ(predicted−want)²/Σ(want−mean)². Where all of want is one number it is 1 for
// exact predictions and 0 for others.
func R2(predicted, want []float64) (float64, error) {
	residual, err := squares(predicted, want)
	if err != nil {
		return 0, err
	}
	mean := 0.0
	for _, v := range want {
		mean += v / float64(len(want))
	}
	total := 0.0
	for _, v := range want {
		total += (v - mean) * (v - mean)
	}
	switch {
	case residual == 0:
		return 1, nil
	case total == 0 || slices.Min(want) == slices.Max(want):
		return 0, nil
	}
	return 1 - residual/total, nil
}

// RMSE is the root of the mean of (predicted−want)².
func RMSE(predicted, want []float64) (float64, error) {
	residual, err := squares(predicted, want)
	return math.Sqrt(residual / float64(max(1, len(want)))), err
}

// squares is Σ(predicted−want)².
func squares(predicted, want []float64) (sum float64, err error) {
	if err := checkPair(len(predicted), len(want)); err != nil {
		return 0, err
	}
	if err := checkFinite("prediction", predicted); err != nil {
		return 0, err
	}
	if err := checkFinite("true number", want); err != nil {
		return 0, err
	}
	for i, v := range want {
		sum += (predicted[i] - v) * (predicted[i] - v)
	}
	return sum, nil
}

// Best writes the most probable class of each row to dst, [rows], given probabilities [rows, classes]. Of equal ones it
// takes the lowest.
func Best(dst []int32, probabilities []float64, classes int) error {
	if classes < 1 || len(probabilities) != len(dst)*classes {
		return fmt.Errorf("score: %d probabilities for %d rows of %d classes", len(probabilities), len(dst), classes)
	}
	for i := range dst {
		row := probabilities[i*classes:][:classes]
		best := 0
		for class, p := range row {
			if p > row[best] {
				best = class
			}
		}
		dst[i] = int32(best)
	}
	return nil
}

func checkPair(predictions, truths int) error {
	if predictions == 0 || predictions != truths {
		return fmt.Errorf("score: %d predictions for %d rows: need one per row, and at least one", predictions, truths)
	}
	return nil
}

func checkFinite(what string, values []float64) error {
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("score: %s of row %d is %v", what, i, v)
		}
	}
	return nil
}
