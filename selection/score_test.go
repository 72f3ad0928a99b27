package selection

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"euryale/metrics/tabular"
	"euryale/run"
)

var nan = math.NaN()

// figures are those of a report that matter.
type figures struct{ auc, pairs, floor, share, shareError, members, membersError float64 }

func (f figures) rate() run.Evaluation {
	figure := func(name string, value, floor, standardError float64) tabular.Figure {
		return tabular.Figure{Name: name, Value: value, Floor: &floor, StandardError: &standardError}
	}
	var e run.Evaluation
	rateTable(&e, &tabular.Report{Figures: tabular.Figures{
		figure("c2st_boosting_auc", f.auc, 0.5, 0.01), figure("pairs_tv10", f.pairs, f.floor, nan), figure("column_shapes", 0.9, 0.95, nan),
		figure("dcr_share", f.share, 0.5, f.shareError), figure("membership_auc", f.members, 0.5, f.membersError),
		figure("copied_rows", 0, 0, 0),
	}})
	return e
}

// Scores by hand, from the formula in score.go.
func TestScoreOfTable(t *testing.T) {
	for name, test := range map[string]struct {
		figures
		quality, leak, score float64
	}{
		"as good as real rows":  {figures{0.5, 0.97, 0.97, 0.5, 0.01, 0.5, 0.01}, 1, 0, 1},
		"no better than that":   {figures{0.4, 0.99, 0.97, 0.5, 0.01, 0.5, 0.01}, 1, 0, 1},
		"told apart":            {figures{0.6, 0.97, 0.97, 0.49, 0.01, 0.5, 0.01}, 0.8, 0, 0.8},
		"pairs are off":         {figures{0.5, 0.485, 0.97, 0.5, 0.01, 0.5, 0.01}, 0.5, 0, 0.5},
		"both":                  {figures{0.75, 0.485, 0.97, 0.5, 0.01, 0.5, 0.01}, 0.25, 0, 0.25},
		"chance":                {figures{0.5, 0.97, 0.97, 0.52, 0.01, 0.51, 0.01}, 1, 2, 1},
		"a leak":                {figures{0.5, 0.97, 0.97, 0.53, 0.01, 0.5, 0.01}, 1, 3, 0},
		"by the other test":     {figures{0.5, 0.97, 0.97, 0.5, 0.01, 0.54, 0.01}, 1, 4, -3},
		"copies":                {figures{0.3, 1, 0.97, 1, 0.05, 1, 0.05}, 1, 10, -63},
		"nothing can be told":   {figures{nan, nan, nan, nan, nan, nan, nan}, 0.9 / 0.95, 0, 0.9 / 0.95},
		"all ties, and none so": {figures{0.5, 0.97, 0.97, 0.5, 0, 0.4, 0}, 1, 0, 1},
	} {
		e := test.rate()
		if math.Abs(e.Quality-test.quality) > 1e-9 || math.Abs(e.Leak-test.leak) > 1e-9 || math.Abs(e.Score-test.score) > 1e-9 {
			t.Errorf("%s: quality %v, leak %v, score %v, want %v", name, e.Quality, e.Leak, e.Score, test)
		}
	}
}

// However good copies look, they never win over samples within two standard errors of chance; and a greater leak never scores
// better.
func TestScoreDoesNotRewardCopying(t *testing.T) {
	unit := rapid.Float64Range(0, 1)
	rapid.Check(t, func(t *rapid.T) {
		draw := func() figures {
			return figures{unit.Draw(t, "auc"), unit.Draw(t, "pairs"), rapid.Float64Range(0.1, 1).Draw(t, "floor"), 0.5, 0.02, 0.5, 0.02}
		}
		honest, copies := draw(), draw()
		honest.share += 0.02 * rapid.Float64Range(-9, chance).Draw(t, "excess of the honest")
		copies.share += 0.02 * rapid.Float64Range(chance+1.001, 25).Draw(t, "excess of the copies")
		if a, b := honest.rate(), copies.rate(); a.Score < b.Score {
			t.Errorf("%+v scores %v, %+v scores %v", honest, a.Score, copies, b.Score)
		}
		worse := copies
		worse.share += 0.01
		if a, b := copies.rate(), worse.rate(); a.Score <= b.Score {
			t.Errorf("%v, with a greater leak %v", a.Score, b.Score)
		}
	})
}

// Of equal scores the lower loss on held-out rows is better, and the earlier step of equals.
func TestBeats(t *testing.T) {
	a, b := scored{10, 1, 0.5}, scored{20, 1, 0.4}
	if !b.beats(a) || a.beats(b) || a.beats(a) || !(scored{5, 1.1, 9}).beats(b) || !(scored{1, -99, 1e9}).beats(none()) {
		t.Error("wrong")
	}
}

func TestExcess(t *testing.T) {
	for of, want := range map[rated]float64{
		{0.6, 0.5, 0.05}: 2, {0.4, 0.5, 0.05}: 0, {0.6, 0.5, 0}: certain, {0.5, 0.5, 0}: 0, {0.9, 0.5, 1e-9}: certain,
	} {
		if got := of.excess(); math.Abs(got-want) > 1e-9 {
			t.Errorf("%v: %v, want %v", of, got, want)
		}
	}
	if (rated{nan, 0.5, 0.1}).excess() != 0 || (rated{0.9, 0.5, nan}).excess() != 0 {
		t.Error("what is not known costs")
	}
}
