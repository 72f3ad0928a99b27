package cli

import (
	"fmt"
	"math"
	"slices"

	"euryale/eval"
	"euryale/report"
)

// highlighted is how many solvers stand out in the picture: the best at the middle budget.
const highlighted = 5

// checkPicture returns an error if a file cannot be a picture, before hours are spent on what it is to show.
func checkPicture(path string) error {
	if format, err := report.FormatFor(path); err != nil || format != report.PNG && format != report.SVG {
		return usagef("-o must end in .png or .svg with -solvers, got %q", path)
	}
	return checkPlace(path)
}

// drawComparison writes the curves of all solvers that the NFEs allow. The table alone has what takes more: a single point
// each, so far to the right that the curves would be narrow.
func drawComparison(path string, c *eval.Comparison) error {
	middle := len(c.Budgets) / 2
	best := []float64{}
	for _, name := range c.Solvers {
		if r := c.Results[name][middle]; r != nil && r.Error == "" {
			best = append(best, r.SlicedW1)
		}
	}
	slices.Sort(best)
	chart := report.Chart{
		Title: "Distance to the data by solver", XLabel: "NFE per sample", YLabel: "sliced W1", LogX: true, LogY: true,
	}
	least, most := math.Inf(1), 0.0
	for _, name := range c.Solvers {
		r := c.Results[name][middle]
		s := report.Series{Name: name, Muted: r == nil || len(best) > highlighted && r.SlicedW1 > best[highlighted-1]}
		if name == "ancestral" {
			s.Muted = false
		}
		for _, r := range c.Results[name][:len(c.Budgets)] {
			if r != nil && r.Error == "" {
				s.X, s.Y = append(s.X, r.NFE), append(s.Y, r.SlicedW1)
				least, most = min(least, r.NFE), max(most, r.NFE)
			}
		}
		if len(s.X) > 0 {
			chart.Series = append(chart.Series, s)
		}
	}
	if len(chart.Series) == 0 {
		return fmt.Errorf("-o: there is no curve to draw: no solver takes an NFE of %d or less", c.Budgets[len(c.Budgets)-1])
	}
	if least < most && c.Floor > 0 {
		chart.Series = append(chart.Series, report.Series{
			Name: floorName(c.Reference), Muted: true, X: []float64{least, most}, Y: []float64{c.Floor, c.Floor},
		})
	}
	return report.Save(path, chart)
}
