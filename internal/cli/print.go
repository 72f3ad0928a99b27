package cli

import (
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"euryale/eval"
	"euryale/model"
	"euryale/report"
)

// printer prints lines and keeps the first error, such as that of a full disk.
type printer struct {
	to  io.Writer
	err error
}

// results is a printer on standard output.
func results() *printer { return &printer{to: os.Stdout} }

func (p *printer) f(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.to, format, args...)
	}
}

func printEvaluation(e *eval.Evaluation) error {
	p := results()
	p.f("step                    %d\n", e.Step)
	p.f("samples                 %d\n", e.Samples)
	p.f("calls for each sample   %g\n", e.NFE)
	if e.Label != nil {
		p.f("label                   %d\n", *e.Label)
		p.f("nearest to their class  %.2f%%\n", 100**e.ClassAccuracy)
	}
	p.f("loss, last 20 epochs    %.4f\n", e.Loss)
	p.f("sliced W1               %.5f\n", e.SlicedW1)
	p.f("sliced W1, fresh data   %.5f\n", e.Floor)
	p.f("mean, samples           %.5f\n", e.Mean)
	p.f("mean, fresh data        %.5f\n", e.FreshMean)
	p.f("deviation, samples      %.5f\n", e.Std)
	p.f("deviation, fresh data   %.5f\n", e.FreshStd)
	return p.err
}

func printAccuracies(accuracies []model.Accuracy) error {
	p := results()
	p.f("| time | sigma/alpha | right |\n|---|---|---|\n")
	for _, a := range accuracies {
		noise := "infinite"
		if a.Noise != nil {
			noise = fmt.Sprintf("%.4g", *a.Noise)
		}
		p.f("| %.4g | %s | %.1f%% |\n", a.Time, noise, 100*a.Correct)
	}
	return p.err
}

// parseCalls reads increasing numbers from 1 on.
func parseCalls(text string) ([]int, error) {
	var calls []int
	for _, entry := range strings.Split(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(entry))
		if err != nil || n < 1 || len(calls) > 0 && n <= calls[len(calls)-1] {
			return nil, usagef("-calls must be a list of increasing whole numbers from 1 on, as in 5,10,20; got %q", text)
		}
		calls = append(calls, n)
	}
	return calls, nil
}

// printComparison prints a table in Markdown, with the number of calls where it is not the column's.
func printComparison(c *eval.Comparison) error {
	p := results()
	header, rule := "| solver |", "|---|"
	for _, budget := range c.Budgets {
		header += fmt.Sprintf(" %d |", budget)
		rule += "---|"
	}
	p.f("%s more |\n%s---|\n", header, rule)
	for _, name := range c.Samplers {
		row := "| `" + name + "` |"
		for i, r := range c.Results[name] {
			switch {
			case r == nil:
				row += " |"
			case r.Error != "":
				row += " failed |"
			case i < len(c.Budgets) && math.Round(r.NFE) == float64(c.Budgets[i]):
				row += fmt.Sprintf(" %.4f |", r.SlicedW1)
			default:
				row += fmt.Sprintf(" %.4f (%.0f) |", r.SlicedW1, r.NFE)
			}
		}
		p.f("%s\n", row)
	}
	p.f("\nTwo fresh sets of that size: %.4f.\n", c.Floor)
	return p.err
}

// highlighted is how many solvers stand out in the picture: the best at the middle budget.
const highlighted = 5

// checkPicture returns an error if a file cannot be a picture, before hours are spent on what it is to show.
func checkPicture(path string) error {
	if path == "" {
		return nil
	}
	if format, err := report.FormatFor(path); err != nil || format != report.PNG && format != report.SVG {
		return usagef("-o must end in .png or .svg, got %q", path)
	}
	if err := checkPlace(path); err != nil {
		return usage(err.Error())
	}
	return nil
}

// drawComparison writes the curves of all solvers.
func drawComparison(path string, c *eval.Comparison) error {
	if path == "" {
		return nil
	}
	middle := len(c.Budgets) / 2
	best := []float64{}
	for _, name := range c.Samplers {
		if r := c.Results[name][middle]; r != nil && r.Error == "" {
			best = append(best, r.SlicedW1)
		}
	}
	slices.Sort(best)
	chart := report.Chart{
		Title: "Distance to the data", XLabel: "calls of the net for each sample", YLabel: "sliced W1", LogX: true, LogY: true,
	}
	for _, name := range c.Samplers {
		r := c.Results[name][middle]
		s := report.Series{Name: name, Muted: r == nil || len(best) > highlighted && r.SlicedW1 > best[highlighted-1]}
		if name == "ancestral" {
			s.Muted = false
		}
		for _, r := range c.Results[name] {
			if r != nil && r.Error == "" {
				s.X, s.Y = append(s.X, r.NFE), append(s.Y, r.SlicedW1)
			}
		}
		if len(s.X) > 0 {
			chart.Series = append(chart.Series, s)
		}
	}
	if n := len(c.Budgets); n > 1 && c.Floor > 0 {
		chart.Series = append(chart.Series, report.Series{
			Name: "fresh data", Muted: true, X: []float64{float64(c.Budgets[0]), float64(c.Budgets[n-1])}, Y: []float64{c.Floor, c.Floor},
		})
	}
	return report.Save(path, chart)
}

func printLikelihood(l *model.Likelihood) error {
	p := results()
	p.f("step                            %d\n", l.Step)
	p.f("fresh points                    %d\n", l.Points)
	p.f("negative log-density, nats      %.4f +- %.4f\n", l.Exact, l.ExactError)
	p.f("bits for each dimension         %.4f\n", l.ExactBits)
	p.f("evaluations for each point      %.1f\n", l.NFE)
	if b := l.Bound; b != nil {
		p.f("bound of the chain, nats        %.4f\n", b.Total)
		p.f("bits for each dimension         %.4f\n", b.Bits)
		p.f("  L_T, the prior                %.4f\n", b.Prior)
		p.f("  L_t-1, the steps              %.4f\n", b.Steps)
		p.f("  L_0, the decoder              %.4f\n", b.Decoder)
	}
	return p.err
}
