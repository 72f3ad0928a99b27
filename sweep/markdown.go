package sweep

import (
	"fmt"
	"slices"
	"strings"
)

// grid is a table that Markdown and the page have both.
type grid struct {
	Title string
	Head  []string
	Rows  [][]string
}

// summary tells in words how far the sweep is and what is compared.
func (r *Results) summary() string {
	text := fmt.Sprintf("%d of %d trials done", r.Count(Done), len(r.Trials))
	for _, state := range []string{Stopped, Failed, Waiting} {
		if n := r.Count(state); n > 0 {
			text += fmt.Sprintf(", %d %s", n, state)
		}
	}
	better := "lower"
	if r.Metric.Goal == Most {
		better = "higher"
	}
	return fmt.Sprintf("%s. Compared by %s, %s; %s is better. Figures are means over seeds ± their standard deviation; a floor is the "+
		"same measure of two sets of real rows.", text, r.Metric.Name, r.Metric.About, better)
}

// tables are the combinations, the best first, and the trials that failed.
func (r *Results) tables() []grid {
	settings, figures := r.columns()
	figures = r.main(figures)
	best := grid{Title: "Combinations", Head: []string{"rank"}}
	for _, s := range settings {
		if s.Key != seedKey {
			best.Head = append(best.Head, s.Label)
		}
	}
	budgets := r.Spec.Method.Kind.budgets()
	if len(budgets) > 0 {
		best.Head = append(best.Head, r.Spec.Method.Kind.lengthKey())
	}
	for _, f := range figures {
		if best.Head = append(best.Head, f.Name); f.Floor != nil {
			best.Head = append(best.Head, "floor")
		}
	}
	best.Head = append(best.Head, "trials")
	for i, c := range r.Combinations {
		best.Rows = append(best.Rows, r.row(i, c, budgets, figures))
	}
	failed := grid{Title: "Failed trials", Head: []string{"trial", "error"}}
	for _, t := range r.Trials {
		if t.State == Failed {
			failed.Rows = append(failed.Rows, []string{t.Name, t.Error})
		}
	}
	if len(failed.Rows) == 0 {
		return []grid{best}
	}
	return []grid{best, failed}
}

// Of more figures than mostFigures, as those of data that is a table, which are thirty, only mainFigures and the metric have a column.
const mostFigures = 12

var mainFigures = []string{
	"loss", "held_out_loss", "score", "quality", "column_shapes", "pairs_tv10", "c2st_boosting_auc", "tstr_ratio", "dcr_share",
	"membership_auc", "copied_rows",
}

// main are the figures that have a column.
func (r *Results) main(figures []Figure) []Figure {
	if len(figures) <= mostFigures {
		return figures
	}
	return slices.DeleteFunc(slices.Clone(figures), func(f Figure) bool {
		return f.Name != r.Metric.Name && !slices.Contains(mainFigures, f.Name)
	})
}

func (r *Results) row(i int, c Combination, budgets []int64, figures []Figure) []string {
	rank := ""
	if _, ok := c.Get(r.Metric.Name); ok {
		rank = fmt.Sprint(i + 1)
	}
	row := []string{rank}
	for _, s := range c.Settings {
		row = append(row, s.Value)
	}
	if len(budgets) > 0 {
		if c.Rung < 0 {
			row = append(row, "")
		} else {
			row = append(row, fmt.Sprint(budgets[c.Rung]))
		}
	}
	for _, f := range figures {
		s, ok := c.Get(f.Name)
		row = append(row, spread(s, ok))
		if f.Floor != nil {
			floor := ""
			if ok && s.Floor != nil {
				floor = short(*s.Floor)
			}
			row = append(row, floor)
		}
	}
	count := fmt.Sprint(c.Trials)
	if c.Missing > 0 {
		count = fmt.Sprintf("%d of %d", c.Trials-c.Missing, c.Trials)
	}
	return append(row, count)
}

func short(v float64) string { return fmt.Sprintf("%.4g", v) }

func short3(v float64) string { return fmt.Sprintf("%.3g", v) }

func spread(s Statistic, ok bool) string {
	switch {
	case !ok:
		return ""
	case s.N == 1:
		return short(s.Mean)
	}
	return fmt.Sprintf("%s ± %.2g", short(s.Mean), s.Spread)
}

// Markdown has the combinations, the best first, and the trials that failed.
func (r *Results) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Sweep %s\n\n%s\n", r.Spec.Name, r.summary())
	for _, t := range r.tables() {
		fmt.Fprintf(&b, "\n## %s\n\n", t.Title)
		line(&b, t.Head)
		b.WriteString(strings.Repeat("|---", len(t.Head)) + "|\n")
		for _, row := range t.Rows {
			line(&b, row)
		}
	}
	return b.String()
}

// line writes a row of a table; values and errors stay in their cells, as the text that they are.
func line(b *strings.Builder, cells []string) {
	asText := strings.NewReplacer(`\`, `\\`, "|", `\|`, "*", `\*`, "`", "\\`", "<", "&lt;", "&", "&amp;", "\n", " ", "\r", " ")
	for _, c := range cells {
		b.WriteString("| " + asText.Replace(c) + " ")
	}
	b.WriteString("|\n")
}
