package metrics

import (
	"errors"
	"math"
)

// Copying measures whether points were copied from the rows that their model was trained on. The nearest row of an
// independent point, of any distribution, is a training row with probability training/(training + fresh). That of a copied
// point always is.
type Copying struct {
	// Nearer is the share of the points whose nearest row is a training row. A point that has rows of both sets at the same
	// distance counts as Expected.
	Nearer float64
	// Expected is Nearer for independent points, training/(training + fresh), and StandardError is its standard error.
	Expected, StandardError float64
	// Distance is the median distance of a point to its nearest training row.
	Distance float64
}

// Copied estimates the share of the points that were copied, if all others are independent: 0 is none, 1 is all. Chance
// can put it below 0.
func (c Copying) Copied() float64 { return (c.Nearer - c.Expected) / (1 - c.Expected) }

// Memorizing reports whether the points show that their model repeats its rows: at least a fifth of them were copied, and
// chance is no explanation, at three standard errors.
func (c Copying) Memorizing() bool {
	return c.Copied() >= leastCopied && c.Nearer-c.Expected >= leastErrors*c.StandardError
}

// The bounds of Memorizing. A net that overfits a little is above chance, too, and no cause for alarm.
const (
	leastCopied = 0.2
	leastErrors = 3
)

// MeasureCopying compares points with training rows and with fresh rows, which must be of the same distribution; all are
// [rows, dim].
//
// If the points do not depend on which of the rows were trained on, then given all rows any choice of training rows among
// them is as likely as any other. That gives Expected, and with p = Expected, N rows in all, and w_j the share of the
// points whose nearest row is j,
//
//	StandardError² = p (1−p) N/(N−1) (Σ w_j² − (Σ w_j)²/N)
//
// which is large where many points share a few nearest rows. Whether the points have the right distribution does not
// matter: guidance or a net that has hardly learned do not look like copying.
func MeasureCopying(points, training, fresh []float32, dim, workers int) (Copying, error) {
	if err := errors.Join(check("the training set", training, dim), check("the fresh set", fresh, dim)); err != nil {
		return Copying{}, err
	}
	toTraining, err := Nearest(points, training, dim, workers)
	if err != nil {
		return Copying{}, err
	}
	toFresh, err := Nearest(points, fresh, dim, workers)
	if err != nil {
		return Copying{}, err
	}
	return CopyingOf(toTraining, toFresh, len(training)/dim, len(fresh)/dim), nil
}

// CopyingOf is MeasureCopying for the nearest training row and the nearest fresh row of each point, of so many of both.
func CopyingOf(toTraining, toFresh []Neighbor, trained, fresh int) Copying {
	all := trained + fresh
	n, p := float64(len(toTraining)), float64(trained)/float64(all)
	weights := make([]float64, all) // how many points each row is the nearest of
	nearer, untied := 0.0, 0.0
	for i, a := range toTraining {
		switch b := toFresh[i]; {
		case a.Distance < b.Distance:
			nearer++
			weights[a.Row]++
		case a.Distance > b.Distance:
			weights[trained+b.Row]++
		default:
			nearer += p
			continue
		}
		untied++
	}
	square := 0.0
	for _, w := range weights {
		square += w * w
	}
	total := float64(all)
	spread := max(0, square-untied*untied/total) * total / (total - 1) / (n * n)
	return Copying{
		Nearer: nearer / n, Expected: p, StandardError: math.Sqrt(p * (1 - p) * spread), Distance: MedianDistance(toTraining),
	}
}
