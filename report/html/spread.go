package html

import (
	"math"
	"slices"

	"euryale/configs"
)

// measured is a column of a comparison: a figure that runs have.
type measured struct {
	name string
	of   func(r *compared) (float64, bool)
}

// columns are the figures of a comparison: those of the logs, then those that were measured for the page, each where at least
// one run has it.
func columns(runs []*compared) []measured {
	list := []measured{
		{"steps", func(r *compared) (float64, bool) {
			if last := r.last(); last != nil {
				return float64(last.Step), true
			}
			return 0, false
		}},
		{"loss", func(r *compared) (float64, bool) { return r.loss() }},
		{"time, s", func(r *compared) (float64, bool) { return r.trained().Seconds(), r.trained() > 0 }},
	}
	seen := map[string]bool{}
	for _, r := range runs {
		for _, m := range r.metrics {
			if seen[m.Name] {
				continue
			}
			seen[m.Name] = true
			list = append(list, measured{m.Name, func(r *compared) (float64, bool) {
				m, ok := r.metric(m.Name)
				return m.Value, ok
			}})
			floor := func(r *compared) (float64, bool) {
				m, ok := r.metric(m.Name)
				if !ok || m.Floor == nil {
					return 0, false
				}
				return *m.Floor, true
			}
			if slices.ContainsFunc(runs, func(r *compared) bool { _, ok := floor(r); return ok }) {
				list = append(list, measured{"floor: " + m.Name, floor})
			}
		}
	}
	return list
}

// metric is the first metric of a run by its name: those measured for the page come before those of the log.
func (r *compared) metric(name string) (Metric, bool) {
	for _, m := range r.metrics {
		if m.Name == name {
			return m, true
		}
	}
	return Metric{}, false
}

// spread is the mean of values and their standard deviation, for one value 0.
func spread(values []float64) (mean, deviation float64) {
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		deviation += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(deviation / float64(max(len(values)-1, 1)))
}

// row is a line of the table of metrics: a run, or the mean of runs that differ in their seeds alone.
type row struct {
	Name  string
	Hue   int
	Seed  string
	Mean  bool
	Cells []string
}

// rows are the runs by groups, each group of several runs with its mean ± spread.
func rows(runs []*compared, list []measured) []row {
	configurations := make([]*configs.Config, len(runs))
	for i, r := range runs {
		configurations[i] = r.config
	}
	var all []row
	for _, group := range Seeds(configurations) {
		for _, i := range group {
			line := row{Name: runs[i].label, Hue: runs[i].hue(), Seed: runs[i].seed()}
			for _, c := range list {
				cell := "–"
				if v, ok := c.of(runs[i]); ok {
					cell = number(v)
				}
				line.Cells = append(line.Cells, cell)
			}
			all = append(all, line)
		}
		if len(group) > 1 {
			all = append(all, meanRow(runs, group, list))
		}
	}
	return all
}

// meanRow is the mean ± spread of a group.
func meanRow(runs []*compared, group []int, list []measured) row {
	line := row{Name: "mean ± spread over " + grouped(int64(len(group))) + " seeds", Hue: -1, Mean: true}
	for _, c := range list {
		var values []float64
		for _, i := range group {
			if v, ok := c.of(runs[i]); ok {
				values = append(values, v)
			}
		}
		cell := "–"
		if len(values) > 0 {
			mean, deviation := spread(values)
			if cell = number(mean); len(values) > 1 {
				cell += " ± " + number2(deviation)
			}
			if len(values) < len(group) {
				cell += " (of " + grouped(int64(len(values))) + ")"
			}
		}
		line.Cells = append(line.Cells, cell)
	}
	return line
}
