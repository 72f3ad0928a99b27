package html

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"euryale/run"
)

// evaluations are a log point with an evaluation of points, and one with that of a table: no two numbers are the same.
func evaluations() (points, table run.LogPoint) {
	number := 0.0
	next := func() *float64 { number += 0.01; v := number; return &v }
	points = run.LogPoint{Step: 10, Loss: *next(), Evaluation: &run.Evaluation{
		HeldOutLoss: *next(), Score: *next(), Quality: *next(), // 0.02 to 0.04
		Points: &run.PointsEvaluation{Samples: 9, SlicedW1: *next(), Floor: *next(), NearerToTraining: next(), Expected: next(),
			StandardError: next()}, // 0.05 to 0.09
	}}
	number = 0.1
	table = run.LogPoint{Step: 20, Loss: *next(), Evaluation: &run.Evaluation{
		HeldOutLoss: *next(), Score: *next(), Quality: *next(), // 0.12 to 0.14
		Table: &run.TableEvaluation{Samples: 8, Detection: next(), Shapes: next(), Pairs: next(), PairsFloor: next(), DCRShare: next(),
			DCRShareError: next(), Membership: next(), MembershipError: next(), CopiedRows: next()}, // 0.15 to 0.23
	}}
	return points, table
}

// Each figure of an evaluation stands beside what it is held against.
func TestFiguresOfALog(t *testing.T) {
	points, table := evaluations()
	for name, test := range map[string]struct {
		point run.LogPoint
		want  []string
	}{
		"points": {points, []string{
			"loss on held-out rows 0.02 – : training loss of this log point: 0.01", "sliced W1 0.05 0.06 real rows: 9 samples",
			"nearer to training rows 0.07 0.08 chance: standard error 0.09", "score 0.03 – : orders the checkpoints of a run",
		}},
		"a table": {table, []string{
			"loss on held-out rows 0.12 – : training loss of this log point: 0.11",
			"detection by boosted trees (AUC) 0.15 0.5 guessing: 8 samples",
			"pairs of columns 0.17 0.18 held-out rows: 1 is best", "shapes of columns 0.16 – : 1 is best",
			"nearer to training rows 0.19 0.5 chance: standard error 0.2", "membership (AUC) 0.21 0.5 guessing: standard error 0.22",
			"copied rows 0.23 – : share of samples that equal a training row", "score 0.13 – : orders the checkpoints of a run",
		}},
	} {
		var got []string
		for _, m := range ofLog(&test.point, "") {
			floor := "–"
			if m.Floor != nil {
				floor = number(*m.Floor)
			}
			got = append(got, fmt.Sprintf("%s %s %s %s: %s", m.Name, number(m.Value), floor, m.FloorName, m.Note))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", name, diff)
		}
	}
}

// Each chart of evaluations has the values of its title, and of what they are held against.
func TestChartsOfEvaluations(t *testing.T) {
	points, table := evaluations()
	for name, test := range map[string]struct {
		point run.LogPoint
		want  []string
	}{
		"points": {points, []string{
			"Loss: held-out rows 0.02", "Sliced W1: Sliced W1 0.05", "Sliced W1: floor: real rows 0.06",
			"Samples nearer to training rows: Samples nearer to training rows 0.07", "Samples nearer to training rows: by chance 0.08",
			"Score of samples: Score of samples 0.03", "Score of samples: quality 0.04",
		}},
		"a table": {table, []string{
			"Loss: held-out rows 0.12",
			"Trees tell samples from real rows (AUC): Trees tell samples from real rows (AUC) 0.15",
			"Trees tell samples from real rows (AUC): best 0.5",
			"Pairs of columns (share of equal distributions): Pairs of columns (share of equal distributions) 0.17",
			"Pairs of columns (share of equal distributions): floor: held-out rows 0.18",
			"Samples nearer to training rows: Samples nearer to training rows 0.19", "Samples nearer to training rows: by chance 0.5",
			"Score of samples: Score of samples 0.13", "Score of samples: quality 0.14",
		}},
	} {
		var got []string
		for _, c := range charts([]run.LogPoint{test.point}) {
			for _, s := range c.Series {
				if s.X != nil { // of evaluations
					got = append(got, fmt.Sprintf("%s: %s %s", c.Title, s.Name, number(float64(s.Y[0]))))
				}
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", name, diff)
		}
	}
}
