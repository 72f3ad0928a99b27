package selection

import (
	"math"

	"euryale/metrics/tabular"
	"euryale/run"
)

// The score of a checkpoint is
//
//	score   = quality − max(0, leak − 2)²
//	quality = (1 − 2·max(0, AUC − ½)) · min(1, pairs/floor)      of a table
//	quality = min(1, floor/distance)                             of points
//
// where AUC is how well boosted trees tell samples from real rows, pairs their likeness in pairs of columns beside that of
// held-out rows, and distance the sliced Wasserstein distance beside that of two sets of real rows. Quality is from 0 to 1, and
// 1 if the samples are to the real rows as these are to each other. No more than that is rewarded: samples that come nearer to
// the training rows than other real rows do, with an AUC below ½, gain nothing. Of equal scores, as small tables have them, the
// lower loss on held-out rows decides.
// The two factors multiply, because neither makes up for the other; that of the trees is the one that still moves when all
// other figures are as good as those of real rows.
//
// leak is by how many standard errors the samples know more of the training rows than of the held-out ones than chance allows:
// the greater of those of the share of samples closer to a training row (dcr_share) and of the attack by distances
// (membership_auc), both of which expect ½. Up to two standard errors are chance, and cost nothing. From there the cost rises
// with the square, and at three, where a report calls it a leak, it is 1: as much as all quality there is. So no
// checkpoint that copies can win over one that does not, however good its copies look; where all of them leak, the one that
// leaks least is chosen. In between, 2.2 standard errors cost as much as an AUC that is 0.02 farther from ½.
//
// A cost in standard errors, not in shares, is one that a table of 100 rows and one of 100,000 can share: it asks whether a
// leak was shown, and of how few rows can show one, no more than that can be known.
const (
	chance  = 2    // standard errors
	certain = 1000 // of a leak that has no error
)

// rated is a measured value, what it is without a leak, and its standard error; NaN where it could not be measured.
type rated struct{ value, expected, err float64 }

// excess is by how many standard errors the value is above what is expected; 0 if that is not known.
func (r rated) excess() float64 {
	switch gap := r.value - r.expected; {
	case math.IsNaN(gap) || math.IsNaN(r.err) || gap <= 0:
		return 0
	case r.err == 0:
		return certain
	default:
		return min(gap/r.err, certain)
	}
}

// weigh puts quality and leak together.
func weigh(e *run.Evaluation, quality float64, tests ...rated) {
	e.Quality = quality
	for _, t := range tests {
		e.Leak = max(e.Leak, t.excess())
	}
	beyond := max(0, e.Leak-chance)
	e.Score = e.Quality - beyond*beyond
}

// rateTable fills in the figures of a comparison of tables, and their score.
func rateTable(e *run.Evaluation, r *tabular.Report) {
	figure := func(name string) (value, floor, standardError float64) {
		value, floor, standardError = math.NaN(), math.NaN(), math.NaN()
		if f, ok := r.Figures.Get(name); ok {
			value = f.Value
			if f.Floor != nil {
				floor = *f.Floor
			}
			if f.StandardError != nil {
				standardError = *f.StandardError
			}
		}
		return value, floor, standardError
	}
	auc, _, _ := figure("c2st_boosting_auc")
	shapes, shapesFloor, _ := figure("column_shapes")
	pairs, pairsFloor, _ := figure("pairs_tv10")
	share, _, shareError := figure("dcr_share")
	members, _, membersError := figure("membership_auc")
	copied, _, _ := figure("copied_rows")
	e.Table = &run.TableEvaluation{
		Samples: r.Rows.Synthetic, Detection: known(auc), Shapes: known(shapes), Pairs: known(pairs), PairsFloor: known(pairsFloor),
		DCRShare: known(share), DCRShareError: known(shareError), Membership: known(members), MembershipError: known(membersError),
		CopiedRows: known(copied),
	}
	quality := 1.0
	if !math.IsNaN(auc) {
		quality = 1 - 2*max(0, auc-0.5)
	}
	likeness := pairs / pairsFloor
	if math.IsNaN(likeness) { // of one column
		likeness = shapes / shapesFloor
	}
	if !math.IsNaN(likeness) {
		quality *= min(1, likeness)
	}
	weigh(e, quality, rated{share, 0.5, shareError}, rated{members, 0.5, membersError})
}

// known is nil for a figure that was not measured.
func known(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
