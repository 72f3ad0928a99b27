package tabular

import (
	"context"
	"math"

	"euryale/metrics/score"
)

// Leak is what a table gives away of the training rows that test rows do not.
type Leak struct {
	Parts  int // training rows and test rows compared, as many of each
	Points int // synthetic rows compared with them
	// Share is the share of the synthetic rows that are closer to a training row than to any test row, ties half. It is 0.5
	// if they do not depend on which of the rows were trained on.
	Share, ShareError float64
	// MedianRatio is the median distance of the synthetic rows to the closest training row over that of test rows; far
	// below 1 for copies.
	MedianRatio float64
	// Low and LowOfTest are the 5th percentile of the distance to the closest training row, of synthetic and of test rows.
	Low, LowOfTest float64
	// Membership is the AUC of telling training rows from test rows by how close a synthetic row comes; Attacked is how many
	// of each.
	Membership float64
	Attacked   int
}

// The sizes of the leak tests.
const (
	leakParts  = 20_000 // training rows, test rows, and synthetic rows that they are searched in
	leakPoints = 3_000  // rows whose closest record is searched
	tied       = 1e-7   // distances that differ less are equal
)

// leaks compares a table with the training and the test rows.
type leaks struct {
	distance    *Distance
	train, test *Records
	base        []float64 // distances of test rows to their closest training rows
	parts       int
	points      int
	seed        uint64
	workers     int
}

// newLeaks prepares comparisons on aligned tables, with at most `parts` rows of train and of test, and `points` of others.
func newLeaks(ctx context.Context, train, test *Table, parts, points int, seed uint64, workers int) (*leaks, error) {
	l := &leaks{distance: NewDistance(train), parts: parts, points: points, seed: seed, workers: workers}
	n := min(train.Rows, test.Rows, parts)
	l.train = l.distance.Records(train.take(subsample(train.Rows, n, seed+2)))
	l.test = l.distance.Records(test.take(subsample(test.Rows, n, seed+3)))
	base, err := ClosestRecords(ctx, l.test.first(points), l.train, workers)
	l.base = distancesOf(base)
	return l, err
}

func (l *leaks) measure(ctx context.Context, synthetic *Table) (Leak, error) {
	leak := Leak{Parts: l.train.rows}
	points := l.distance.Records(synthetic.take(subsample(synthetic.Rows, l.points, l.seed+4)))
	toTrain, err := ClosestRecords(ctx, points, l.train, l.workers)
	if err != nil {
		return leak, err
	}
	toTest, err := ClosestRecords(ctx, points, l.test, l.workers)
	if err != nil {
		return leak, err
	}
	leak.Points = points.rows
	leak.Share, leak.ShareError = closerShare(toTrain, toTest, l.train.rows)
	d := distancesOf(toTrain)
	leak.MedianRatio = quantileOf(d, 0.5) / max(1e-12, quantileOf(l.base, 0.5))
	leak.Low, leak.LowOfTest = quantileOf(d, 0.05), quantileOf(l.base, 0.05)

	leak.Attacked = min(l.train.rows, l.points)
	set := l.distance.Records(synthetic.take(subsample(synthetic.Rows, l.parts, l.seed+5)))
	members, err := ClosestRecords(ctx, l.train.first(leak.Attacked), set, l.workers)
	if err != nil {
		return leak, err
	}
	strangers, err := ClosestRecords(ctx, l.test.first(leak.Attacked), set, l.workers)
	if err != nil {
		return leak, err
	}
	leak.Membership, err = MembershipAUC(distancesOf(members), distancesOf(strangers))
	return leak, err
}

// closerShare is the share of points that are closer to the first set than to the second, both of n rows, ties half. If a
// point does not depend on which of the 2n rows are in the first set, then any half of them is as likely. So, with w_j the
// share of the points whose closest row is row j,
//
//	error² = ¼ · 2n/(2n−1) · (Σ w_j² − (Σ w_j)²/2n)
//
// which is 1/(4 points) where each has a closest row to itself, and more where many points share a few.
func closerShare(first, second []Closest, n int) (share, standardError float64) {
	weights := make([]float64, 2*n)
	each := 1 / float64(len(first))
	untied := 0.0
	for i, a := range first {
		b := second[i]
		switch gap := float64(a.Distance) - float64(b.Distance); {
		case gap < -tied:
			share += each
			weights[a.Row] += each
		case gap > tied:
			weights[n+int(b.Row)] += each
		default:
			share += each / 2
			continue
		}
		untied += each
	}
	square := 0.0
	for _, w := range weights {
		square += w * w
	}
	all := float64(2 * n)
	return share, math.Sqrt(max(0, square-untied*untied/all) * all / (all - 1) / 4)
}

// MembershipAUC is the area under the ROC curve of an attack that takes a row for a training row if a synthetic row is close
// to it: 0.5 if that tells nothing. It is given the distances of training rows and of test rows to their closest synthetic
// rows.
func MembershipAUC(train, test []float64) (float64, error) {
	scores, labels := make([]float64, 0, len(train)+len(test)), make([]int32, len(train)+len(test))
	for i, part := range [][]float64{train, test} {
		for _, d := range part {
			labels[len(scores)] = int32(1 - i)
			scores = append(scores, -d)
		}
	}
	return score.AUC(scores, labels, 1)
}
