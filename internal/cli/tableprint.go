package cli

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"euryale/eval"
	"euryale/metrics/tabular"
)

// tableBlock is a theme of a report about a table.
type tableBlock struct {
	title, verdict string // verdict is the name of its verdict, "" for none
	figures        []string
}

// tableBlocks lists the themes in their order.
func tableBlocks() []tableBlock {
	return []tableBlock{
		{"SCHEMA, VALIDITY", "schema", []string{"columns_equal", "valid_cells", "data_validity", "missing_similarity"}},
		{"SHAPES AND PAIRS", "shapes", []string{"column_shapes", "column_shapes_test", "column_pair_trends", "pairs_tv10", "correlation_gap"}},
		{"DETECTION", "detection", []string{"c2st_boosting_auc", "c2st_logistic_auc", "logistic_detection"}},
		{"POINTS IN SPACE", "space", []string{"precision", "recall", "density", "coverage", "alpha_precision", "beta_recall", "sliced_w1",
			"energy_distance", "mmd"}},
		{"USE", "use", []string{"tstr_auc", "tstr_f1", "tstr_accuracy", "tstr_r2", "tstr_rmse", "tstr_ratio"}},
		{"LEAK", "leak", []string{"dcr_share", "dcr_median_ratio", "dcr_p05", "membership_auc", "copied_rows", "duplicate_rows",
			"rare_values"}},
	}
}

// meanings are the figures in a few words.
var meanings = map[string]string{
	"columns_equal":      "same names in the same order",
	"valid_cells":        "type and categories are right",
	"data_validity":      "cells in the training ranges",
	"missing_similarity": "shares of missing cells",
	"column_shapes":      "1 − KS, 1 − TV per column",
	"column_shapes_test": "the same to test rows",
	"column_pair_trends": "SDMetrics' pairs of columns",
	"pairs_tv10":         "1 − TV of 10 quantile bins",
	"correlation_gap":    "largest error of Pearson's r",
	"c2st_boosting_auc":  "trees tell them from real rows",
	"c2st_logistic_auc":  "logistic regression does",
	"logistic_detection": "the same as SDMetrics has it",
	"precision":          "samples among real rows",
	"recall":             "real rows among samples",
	"density":            "real rows around a sample",
	"coverage":           "real rows with a sample near",
	"alpha_precision":    "synthcity's precision",
	"beta_recall":        "synthcity's recall",
	"sliced_w1":          "Wasserstein distance, sliced",
	"energy_distance":    "energy distance",
	"mmd":                "maximum mean discrepancy²",
	"tstr_auc":           "learned from samples: AUC",
	"tstr_f1":            "macro F1",
	"tstr_accuracy":      "accuracy",
	"tstr_r2":            "learned from samples: R²",
	"tstr_rmse":          "root mean squared error",
	"tstr_ratio":         "over learned from real rows",
	"dcr_share":          "nearer to training than to test",
	"dcr_median_ratio":   "distance over that of test rows",
	"dcr_p05":            "5th percentile of the distance",
	"membership_auc":     "training told from test rows",
	"copied_rows":        "equal to a training row",
	"duplicate_rows":     "equal to an earlier row",
	"rare_values":        "rare training values come back",
}

// printTable prints the report of a table; compared is what was compared, in two columns.
func printTable(compared [][2]string, e *eval.TableEvaluation) error {
	p := results()
	for _, line := range compared {
		p.f("%-20s %s\n", line[0], line[1])
	}
	if e.Target != "" {
		p.f("%-20s %s\n", "target", shownCell(e.Target, 79))
	}
	var notes []string
	for _, n := range e.Notes {
		text := noteText(n)
		if !strings.Contains(text, n.File) {
			text = shownPath(n.File) + ": " + text
		}
		notes = append(notes, text)
	}
	p.list("In the files:", notes)
	baselines := slices.ContainsFunc(e.Figures, func(f tabular.Figure) bool { return f.Baselines != nil })
	for _, b := range tableBlocks() {
		p.tableBlock(e, b, baselines)
	}
	if size := e.Verdict("size"); size.Text != "" {
		p.f("\nSO FEW ROWS\n")
		p.paragraph("  ", "%s", size.Text)
	}
	p.list("Not measured:", remarks(e.NotMeasured))
	p.list("Measured on a part of the rows:", remarks(e.Subsamples))
	p.f("\n")
	real := "test rows in place of the synthetic ones"
	if e.Rows.Test == 0 {
		real = "the halves of the training rows, one in place of the synthetic ones"
	}
	p.paragraph("", "real: the same figure of %s, which is as good as can be. ±: a standard error. -json has every figure, with what it is.", real)
	return p.err
}

func noteText(n eval.FileNote) string {
	if n.Column == "" {
		return n.Text
	}
	return fmt.Sprintf("column %q %s", n.Column, n.Text)
}

func remarks(notes []tabular.Note) []string {
	var list []string
	for _, n := range notes {
		list = append(list, n.About+": "+n.Text)
	}
	return list
}

// tableBlock prints a theme: its figures, what is worst, and the verdict.
func (p *printer) tableBlock(e *eval.TableEvaluation, b tableBlock, baselines bool) {
	var figures []tabular.Figure
	for _, name := range b.figures {
		if f, ok := e.Figures.Get(name); ok && !(math.IsNaN(f.Value) && f.Floor == nil) {
			figures = append(figures, f)
		}
	}
	verdict := e.Verdict(b.verdict)
	if len(figures) == 0 && verdict.Text == "" {
		return
	}
	if baselines {
		p.row6(b.title, "synthetic", "", "real", "best", "independent", "copula", "SMOTE")
	} else {
		p.row6(b.title, "synthetic", "", "real", "best")
	}
	for _, f := range figures {
		cells := []string{decimal(f.Value), deviation(f.StandardError), optional(f.Floor), f.Best}
		if baselines {
			for _, name := range []string{"independent", "copula", "smote"} {
				text := ""
				if v, ok := f.Baselines[name]; ok {
					text = decimal(v)
				}
				cells = append(cells, text)
			}
		} else {
			cells = append(cells, meanings[f.Name])
		}
		p.row6("  "+f.Name, cells...)
	}
	switch b.verdict {
	case "schema":
		p.worst("missing cells:", e.WorstMissing)
	case "shapes":
		p.worst("worst columns:", e.WorstColumns)
		p.worst("worst pairs:", e.WorstPairs)
	case "leak":
		p.worst("rare values of:", e.RareValues)
	}
	switch {
	case verdict.Text == "":
	case b.verdict == "leak" && e.Rows.Test == 0 && verdict.OK: // not measured
		p.paragraph("  ", "? %s", verdict.Text)
	case verdict.OK:
		p.paragraph("  ", "✓ %s", verdict.Text)
	default:
		p.paragraph("  ", "✗ %s", verdict.Text)
	}
}

// row6 prints a line in columns: a name, a value and its error, that of real rows, the best, and others.
func (p *printer) row6(name string, cells ...string) {
	gap := ""
	if !strings.HasPrefix(name, " ") {
		gap = "\n"
	}
	line := fmt.Sprintf("%-20s %9s %-9s %9s  %-16s", name, cells[0], cells[1], cells[2], cells[3])
	for i, cell := range cells[4:] {
		if len(cells) == 5 {
			line += " " + cell
		} else {
			line += fmt.Sprintf(" %*s", []int{11, 9, 9}[i], cell)
		}
	}
	p.f("%s%s\n", gap, strings.TrimRight(line, " "))
}

// worst lists columns or pairs with their values, and those of real rows in parentheses.
func (p *printer) worst(heading string, list []tabular.Named) {
	if len(list) == 0 {
		return
	}
	line := "  " + heading
	for i, n := range list {
		item := fmt.Sprintf("%s %s (%s)", shownCell(n.Name, 60), decimal(n.Value), decimal(n.Floor))
		if i < len(list)-1 {
			item += ","
		}
		if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(item) > descriptionWidth {
			p.f("%s\n", line)
			line = "   "
		}
		line += " " + item
	}
	p.f("%s\n", line)
}

// decimal is a number to four decimals, or fewer where it is large.
func decimal(v float64) string {
	switch a := math.Abs(v); {
	case math.IsNaN(v):
		return "–"
	case a >= 1000:
		return fmt.Sprintf("%.5g", v)
	case a >= 10:
		return fmt.Sprintf("%.2f", v)
	case a < 0.00005:
		return "0.0000" // not −0.0000
	}
	return fmt.Sprintf("%.4f", v)
}

func optional(v *float64) string {
	if v == nil {
		return ""
	}
	return decimal(*v)
}

func deviation(v *float64) string {
	if v == nil || math.IsNaN(*v) {
		return ""
	}
	return "± " + decimal(*v)
}
