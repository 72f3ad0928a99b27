package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"euryale/cmd/internal/command"
	"euryale/report"
	"euryale/train"
)

func printEvaluation(e *train.Evaluation) {
	fmt.Printf("step                    %d\n", e.Step)
	fmt.Printf("samples                 %d\n", e.Samples)
	fmt.Printf("calls for each sample   %g\n", e.Calls)
	if e.Label != nil {
		fmt.Printf("label                   %d\n", *e.Label)
		fmt.Printf("nearest to their class  %.2f%%\n", 100**e.Own)
	}
	fmt.Printf("loss, last 20 epochs    %.4f\n", e.Loss)
	fmt.Printf("sliced W1               %.5f\n", e.SlicedW1)
	fmt.Printf("sliced W1, fresh data   %.5f\n", e.Floor)
	fmt.Printf("mean, samples           %.5f\n", e.Mean)
	fmt.Printf("mean, fresh data        %.5f\n", e.FreshMean)
	fmt.Printf("deviation, samples      %.5f\n", e.Std)
	fmt.Printf("deviation, fresh data   %.5f\n", e.FreshStd)
}

func printAccuracies(accuracies []train.Accuracy) {
	fmt.Println("| time | sigma/alpha | right |\n|---|---|---|")
	for _, a := range accuracies {
		noise := "infinite"
		if a.Noise != nil {
			noise = fmt.Sprintf("%.4g", *a.Noise)
		}
		fmt.Printf("| %.4g | %s | %.1f%% |\n", a.Time, noise, 100*a.Correct)
	}
}

// parseCalls reads increasing numbers from 1 on.
func parseCalls(text string) ([]int, error) {
	var calls []int
	for _, entry := range strings.Split(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(entry))
		if err != nil || n < 1 || len(calls) > 0 && n <= calls[len(calls)-1] {
			return nil, command.Usage(fmt.Sprintf("-calls must be a list of increasing whole numbers from 1 on, as in 5,10,20; got %q", text))
		}
		calls = append(calls, n)
	}
	return calls, nil
}

// printComparison prints a table in Markdown, with the number of calls where it is not the column's.
func printComparison(c *train.Comparison) {
	header, rule := "| solver |", "|---|"
	for _, budget := range c.Budgets {
		header += fmt.Sprintf(" %d |", budget)
		rule += "---|"
	}
	fmt.Println(header + " more |\n" + rule + "---|")
	for _, name := range c.Samplers {
		row := "| `" + name + "` |"
		for i, r := range c.Results[name] {
			switch {
			case r == nil:
				row += " |"
			case r.Error != "":
				row += " failed |"
			case i < len(c.Budgets) && math.Round(r.Calls) == float64(c.Budgets[i]):
				row += fmt.Sprintf(" %.4f |", r.SlicedW1)
			default:
				row += fmt.Sprintf(" %.4f (%.0f) |", r.SlicedW1, r.Calls)
			}
		}
		fmt.Println(row)
	}
	fmt.Printf("\nTwo fresh sets of that size: %.4f.\n", c.Floor)
}

// highlighted is how many solvers stand out in the picture: the best at the middle budget.
const highlighted = 5

// checkPicture says why a file cannot be a picture, or nil, before hours are spent on what it shall show.
func checkPicture(path string) error {
	if path == "" {
		return nil
	}
	if format, err := report.FormatFor(path); err != nil || format != report.PNG && format != report.SVG {
		return command.Usage(fmt.Sprintf("-o must end in .png or .svg, got %q", path))
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return command.Usage(fmt.Sprintf("-o: there is no folder %s", filepath.Dir(path)))
	}
	return nil
}

// drawComparison writes the curves of all solvers.
func drawComparison(path string, c *train.Comparison) error {
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
	chart := report.Chart{Title: "Distance to the data", XLabel: "calls of the net for each sample", YLabel: "sliced W1", LogX: true, LogY: true}
	for _, name := range c.Samplers {
		r := c.Results[name][middle]
		s := report.Series{Name: name, Muted: r == nil || len(best) > highlighted && r.SlicedW1 > best[highlighted-1]}
		if name == "ancestral" {
			s.Muted = false
		}
		for _, r := range c.Results[name] {
			if r != nil && r.Error == "" {
				s.X, s.Y = append(s.X, r.Calls), append(s.Y, r.SlicedW1)
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

func printLikelihood(l *train.Likelihood) {
	fmt.Printf("step                            %d\n", l.Step)
	fmt.Printf("fresh points                    %d\n", l.Points)
	fmt.Printf("negative log-density, nats      %.4f +- %.4f\n", l.Exact, l.ExactError)
	fmt.Printf("bits for each dimension         %.4f\n", l.ExactBits)
	fmt.Printf("evaluations for each point      %.1f\n", l.Calls)
	if b := l.Bound; b != nil {
		fmt.Printf("bound of the chain, nats        %.4f\n", b.Total)
		fmt.Printf("bits for each dimension         %.4f\n", b.Bits)
		fmt.Printf("  L_T, the prior                %.4f\n", b.Prior)
		fmt.Printf("  L_t-1, the steps              %.4f\n", b.Steps)
		fmt.Printf("  L_0, the decoder              %.4f\n", b.Decoder)
	}
}
