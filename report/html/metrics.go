package html

import (
	"fmt"

	"euryale/run"
)

// logged are the figures of the newest evaluation in the log, and of the best where that is another one.
func (f *facts) logged() []Metric {
	newest, best := f.evaluations()
	if newest == nil {
		return nil
	}
	list := ofLog(newest, fmt.Sprintf("Evaluation in training, step %s", grouped(newest.Step)))
	if best != nil && best != newest {
		list = append(list, ofLog(best, fmt.Sprintf("Best evaluation in training, step %s", grouped(best.Step)))...)
	}
	return list
}

// ofLog are the figures of one evaluation.
func ofLog(p *run.LogPoint, group string) []Metric {
	var list []Metric
	add := func(name string, v, floor *float64, floorName, note string) {
		if v != nil {
			list = append(list, Metric{group, name, *v, floor, floorName, note})
		}
	}
	e := p.Evaluation
	add("loss on held-out rows", &e.HeldOutLoss, nil, "", "training loss of this log point: "+number(p.Loss))
	if s := e.Points; s != nil {
		add(slicedW1, &s.SlicedW1, &s.Floor, "real rows", counted(s.Samples))
		add("nearer to training rows", s.NearerToTraining, s.Expected, "chance", within(s.StandardError))
	}
	if s := e.Table; s != nil {
		add("detection by boosted trees (AUC)", s.Detection, &half, "guessing", counted(s.Samples))
		add("pairs of columns", s.Pairs, s.PairsFloor, heldOut, "1 is best")
		add("shapes of columns", s.Shapes, nil, "", "1 is best")
		add("nearer to training rows", s.DCRShare, &half, "chance", within(s.DCRShareError))
		add("membership (AUC)", s.Membership, &half, "guessing", within(s.MembershipError))
		add("copied rows", s.CopiedRows, nil, "", "share of samples that equal a training row")
	}
	add("score", &e.Score, nil, "", "orders the checkpoints of a run")
	return list
}

func counted(samples int) string { return grouped(int64(samples)) + " samples" }

// within notes a standard error.
func within(standardError *float64) string {
	if standardError == nil {
		return ""
	}
	return "standard error " + number(*standardError)
}

// figure is a metric as a row of a table.
type figure struct {
	Name, Value, Floor, FloorName, Ratio, Note string
}

// metricGroup is a table of metrics.
type metricGroup struct {
	Title   string
	Figures []figure
}

// grouping puts metrics into tables by their groups, in order.
func grouping(metrics []Metric) []metricGroup {
	var groups []metricGroup
	for _, m := range metrics {
		if len(groups) == 0 || groups[len(groups)-1].Title != m.Group {
			groups = append(groups, metricGroup{Title: m.Group})
		}
		row := figure{Name: m.Name, Value: number(m.Value), FloorName: m.FloorName, Note: m.Note}
		if m.Floor != nil {
			row.Floor = number(*m.Floor)
			if *m.Floor > 0 {
				row.Ratio = fmt.Sprintf("%.3g", m.Value/(*m.Floor))
			}
		}
		last := &groups[len(groups)-1]
		last.Figures = append(last.Figures, row)
	}
	return groups
}
