package cli

import (
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"euryale/eval"
	"euryale/model"
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

// row prints a name and what it stands for, in columns.
func (p *printer) row(name, format string, args ...any) {
	p.f("%-35s "+format+"\n", append([]any{name}, args...)...)
}

// short is a number to five digits, whatever its size.
func short(v float64) string { return fmt.Sprintf("%.5g", v) }

func shorts(v []float64) string {
	texts := make([]string, len(v))
	for i := range v {
		texts[i] = short(v[i])
	}
	return "[" + strings.Join(texts, " ") + "]"
}

// named is a reference in words.
func named(r eval.Reference) string {
	switch r {
	case eval.HeldOutRows:
		return "held-out rows"
	case eval.GivenRows:
		return "given rows"
	}
	return "fresh rows"
}

// floorName is what the floor of a reference is the distance of.
func floorName(r eval.Reference) string {
	if r == eval.HeldOutRows {
		return "halves of held-out rows"
	}
	return "two sets of fresh rows"
}

// fewer notes that there are fewer rows than were wanted by -n, if so.
func fewer(n, wanted int) string { return fewerThan(n, wanted, fmt.Sprintf("-n %d", wanted)) }

// fewerThan notes that there are fewer rows than were wanted, if so. The number that was wanted is called by what it is.
func fewerThan(n, wanted int, called string) string {
	if n >= wanted {
		return ""
	}
	return fmt.Sprintf(" (all that there are; fewer than %s)", called)
}

// printEvaluation prints an evaluation for which so many samples were wanted.
func printEvaluation(e *eval.Evaluation, wanted int) error {
	p, rows := results(), named(e.Reference)
	p.row("step", "%d", e.Step)
	p.row("samples", "%d", e.Samples)
	p.row("compared with", "%d %s%s", e.Samples, rows, fewer(e.Samples, wanted))
	p.row("NFE per sample", "%g", e.NFE)
	if e.Label != nil {
		p.row("label", "%d", *e.Label)
		p.row("nearest to their class", "%.2f%%", 100**e.ClassAccuracy)
	}
	if e.Loss != 0 {
		p.row("loss, last 20 epochs", "%s", short(e.Loss))
	}
	p.row("sliced W1", "%s", short(e.SlicedW1))
	p.row("sliced W1, "+floorName(e.Reference), "%s", short(e.Floor))
	p.row("mean, samples", "%s", shorts(e.Mean))
	p.row("mean, "+rows, "%s", shorts(e.FreshMean))
	p.row("deviation, samples", "%s", shorts(e.Std))
	p.row("deviation, "+rows, "%s", shorts(e.FreshStd))
	if n := e.Nearest; n != nil {
		p.row("nearest training row, samples", "%s%s", short(n.Samples), parts(n, e.Samples))
		p.row("nearest training row, "+rows, "%s", short(n.Fresh))
		p.row("memorizing", "%s", verdict(n, rows))
	}
	return p.err
}

// parts notes how many samples a distance is of, if not all.
func parts(n *eval.Nearest, samples int) string {
	if n.Points == samples {
		return ""
	}
	return fmt.Sprintf(" (of the first %d, to %d training rows)", n.Points, n.TrainingRows)
}

// verdict is in words whether a net memorizes.
func verdict(n *eval.Nearest, rows string) string {
	share := fmt.Sprintf("the nearest of %d training and %d %s is a training row for %.1f%% of the samples (%.1f%% +- %.1f%% by chance)",
		n.TrainingRows, n.FreshRows, rows, 100*n.NearerToTraining, 100*n.Expected, 100*n.StandardError)
	switch {
	case n.Memorizing:
		return fmt.Sprintf("YES, about %.0f%% of the samples are copies: %s", 100*n.Copied, share)
	case n.NearerToTraining-n.Expected > 3*n.StandardError:
		return fmt.Sprintf("a little, about %.0f%% of the samples are copies: %s", 100*n.Copied, share)
	}
	return "no sign: " + share
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

// printComparison prints a table in Markdown, with the NFE where it is not the column's.
func printComparison(c *eval.Comparison, wanted int) error {
	p := results()
	header, rule := "| solver |", "|---|"
	for _, budget := range c.Budgets {
		header += fmt.Sprintf(" %d |", budget)
		rule += "---|"
	}
	p.f("%s more |\n%s---|\n", header, rule)
	for _, name := range c.Solvers {
		row := "| `" + name + "` |"
		for i, r := range c.Results[name] {
			switch {
			case r == nil:
				row += " |"
			case r.Error != "":
				row += " failed |"
			case i < len(c.Budgets) && math.Round(r.NFE) == float64(c.Budgets[i]):
				row += fmt.Sprintf(" %.4g |", r.SlicedW1)
			default:
				row += fmt.Sprintf(" %.4g (%.0f) |", r.SlicedW1, r.NFE)
			}
		}
		p.f("%s\n", row)
	}
	p.f("\nSliced W1 of %d samples to %d %s%s, by NFE per sample.\n", c.Samples, c.Samples, named(c.Reference), fewer(c.Samples, wanted))
	if c.Reference == eval.HeldOutRows {
		p.f("Halves of the held-out rows to each other, which as smaller sets are farther apart: %.4g.\n", c.Floor)
	} else {
		p.f("Two sets of fresh rows of that size to each other: %.4g.\n", c.Floor)
	}
	return p.err
}

// printLikelihood prints the likelihood of rows, of which so many were wanted. Given rows come from a file.
func printLikelihood(l *eval.DataLikelihood, wanted int, file string) error {
	p := results()
	p.row("step", "%d", l.Step)
	if l.Reference == eval.GivenRows {
		p.row("rows", "%d of %s", l.Points, file)
	} else {
		p.row("rows", "%d %s%s", l.Points, named(l.Reference), fewer(l.Points, wanted))
	}
	if l.ExactError != nil {
		p.row("negative log-density, nats", "%s +- %.3g", short(l.Exact), *l.ExactError)
	} else {
		p.row("negative log-density, nats", "%s (one row does not show the error)", short(l.Exact))
	}
	p.row("bits per dimension", "%s", short(l.ExactBits))
	p.row("NFE per row", "%.1f", l.NFE)
	if b := l.Bound; b != nil {
		p.row("bound of the chain, nats", "%s", short(b.Total))
		p.row("bits per dimension", "%s", short(b.Bits))
		p.row("  L_T, the prior", "%s", short(b.Prior))
		p.row("  L_t-1, the steps", "%s", short(b.Steps))
		p.row("  L_0, the decoder", "%s", short(b.Decoder))
	}
	return p.err
}
