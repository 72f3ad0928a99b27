package cli

import (
	"context"
	"errors"
	"flag"
	"os"
	"slices"
	"strings"

	"euryale/choice"
	tables "euryale/data/table"
	"euryale/eval"
	"euryale/metrics/tabular"
	"euryale/model"
)

// tableFlags are the flags of eval that are about tables.
type tableFlags struct {
	flags              *flags
	train, test, synth string   // files
	settings           []string // -set data.KEY=VALUE
	target             string
	baselines          bool
}

func newTableFlags(flags *flags) *tableFlags {
	t := &tableFlags{flags: flags}
	flags.StringVar(&t.train, "train", "", "with -synth: the table that the synthetic one was made from, a `file` .csv, .tsv (also .gz), "+
		".parquet, .npy or .npz, or - for text on standard input. It decides what the columns are")
	flags.StringVar(&t.test, "test", "", "with -train: a `file` of rows that the maker of the synthetic table never saw (default: none; "+
		"leaks and use can then not be measured)")
	flags.StringVar(&t.synth, "synth", "", "the synthetic table to judge, a `file` of any program; with -run, it is compared with the rows "+
		"of the run in place of samples")
	flags.StringVar(&t.target, "target", "", "the `column` of a table that the others are to predict (default: that of the run)")
	flags.BoolVar(&t.baselines, "baselines", false, "measure three simple makers of tables as well: independent columns, a Gaussian "+
		"copula, and SMOTE (takes about four times as long)")
	return t
}

// take keeps an assignment of -set that is of the section data.
func (t *tableFlags) take(assignment string) bool {
	ours := strings.HasPrefix(assignment, "data.")
	if ours {
		t.settings = append(t.settings, assignment)
	}
	return ours
}

// alone reports whether files are judged without a run.
func (t *tableFlags) alone() bool { return t.train != "" || t.test != "" }

// check checks the flags before anything is opened.
func (t *tableFlags) check(run bool) error {
	switch {
	case t.alone() && run:
		return usage("-train and -test are for tables without a run: -run has its training rows and those it held out")
	case t.alone() && t.train == "":
		return usage("-train is missing; give it the table that the synthetic one was made from")
	case t.alone() && t.synth == "":
		return usage("-synth is missing; give it the table to judge")
	case len(t.settings) > 0 && !t.alone():
		return usagef("-set %s: keys of the section data are for -train, a table without a run", t.settings[0])
	case t.synth != "" && !t.alone() && !run:
		return usage("-train is missing; give it the table that the synthetic one was made from, or give its run by -run")
	case isSame(t.train, t.test):
		return usagef("-test: %s is the file of -train: only rows that the maker of the synthetic table never saw can show a leak; "+
			"leave it out if there are none", t.test)
	}
	standard := 0
	for name, path := range map[string]string{"-train": t.train, "-test": t.test, "-synth": t.synth} {
		if path == standardStream {
			standard++
		}
		if err := tables.CheckFile(path); path != "" && err != nil {
			return usagef("%s: %s", name, plain(err))
		}
	}
	if standard > 1 {
		return usage("only one of -train, -test and -synth can be standard input")
	}
	return nil
}

// forFiles are the flags that go with -train.
var forFiles = []string{"train", "test", "synth", "target", "baselines", "n", "seed", "workers", "json", "set"}

// checkFiles checks the flags of a comparison of files.
func (e *evalCommand) checkFiles() error {
	var extra string
	e.flags.Visit(func(f *flag.Flag) {
		if !slices.Contains(forFiles, f.Name) && extra == "" {
			extra = f.Name
		}
	})
	if extra != "" {
		return usagef("-%s has no effect with -train: it is about a trained model", extra)
	}
	if len(e.sampling.settings) > 0 {
		return usagef("%s has no effect with -train: only keys of the section data can be set there, as in data.csv.header=false",
			e.sampling.settings[0].flag)
	}
	if e.request.N < 1 || e.request.N > maxEvaluated {
		return usagef("-n must be from 1 to %d, got %d", maxEvaluated, e.request.N)
	}
	return e.flags.checkWorkers(e.request.Workers)
}

// judge compares files.
func (e *evalCommand) judge(ctx context.Context) error {
	if err := e.checkFiles(); err != nil {
		return err
	}
	t := e.table
	options, err := tableOptions(t.train, t.settings)
	if err != nil {
		return err
	}
	read := options.ReadOptions
	if slices.Equal(read.CSV.Missing, tables.DefaultReadOptions().CSV.Missing) {
		read.CSV.Missing = eval.ReadOptions().CSV.Missing
	}
	if t.target != "" {
		read.Target = t.target
	}
	progress := e.flags.console.progress("tables")
	o := e.compared(progress)
	if e.flags.given("n") {
		o.Rows = e.request.N
	}
	result, err := eval.Judge(ctx, eval.Files{Train: t.train, Test: t.test, Synthetic: t.synth, Read: read}, o)
	progress.end()
	if err != nil {
		return ofFlags(err)
	}
	compared := comparedRows(result, "of "+shownPath(t.synth), "of "+shownPath(t.train), "of "+shownPath(t.test))
	return e.print(result, func() error { return printTable(compared, result) })
}

// compared are the options of a comparison, with its progress.
func (e *evalCommand) compared(p *progress) tabular.Options {
	return tabular.Options{
		Target: e.table.target, Seed: e.request.Seed, Workers: e.request.Workers, Baselines: e.table.baselines, Progress: p.show,
	}
}

// ofFlags words an error about a key of the table's options as one of a flag.
func ofFlags(err error) error {
	var field *choice.FieldError
	switch {
	case !errors.As(err, &field):
		return err
	case field.Key == "target":
		return usagef("-target: %v", field.Err)
	}
	return choice.Within("data", field)
}

// evaluateTable compares samples of a table, or a file, with the rows of its run.
func (e *evalCommand) evaluateTable(ctx context.Context, m *model.Model) error {
	done := e.flags.console.waiting("reading the rows of the run")
	rows, err := eval.NewTables(ctx, m, 0)
	done()
	if err != nil {
		return err
	}
	result, of, err := e.comparedWith(ctx, m, rows)
	if err != nil {
		return ofFlags(err)
	}
	step := "step " + grouped(int(m.Step))
	if m.Best {
		step += ", the best by its evaluations"
	}
	compared := append([][2]string{{"run", m.Config.Name + ", " + step}}, comparedRows(result, of, "that it was trained on", "held out")...)
	return e.print(result, func() error { return printTable(compared, result) })
}

// comparedWith compares the file of -synth, or samples, with rows, and tells what was compared.
func (e *evalCommand) comparedWith(ctx context.Context, m *model.Model, rows *eval.Tables) (*eval.TableEvaluation, string, error) {
	if file := e.table.synth; file != "" {
		if e.flags.given("n") {
			return nil, "", usage("-n has no effect with -run and -synth: all rows of the file are compared")
		}
		progress := e.flags.console.progress("tables")
		defer progress.end()
		result, err := rows.Judge(ctx, m, file, e.compared(progress))
		return result, "of " + shownPath(file), err
	}
	if !e.flags.given("n") {
		e.request.N = rows.Rows()
	}
	sampled, compared := e.flags.console.progress("samples"), e.flags.console.progress("tables")
	defer compared.end()
	e.request.Progress = func(done, total int) {
		if sampled.show(done, total); done == total {
			sampled.end()
		}
	}
	result, err := rows.Evaluate(ctx, m, e.request, e.compared(compared))
	sampled.end()
	return result, "drawn now", err
}

// comparedRows are the rows of a comparison and where they are from, in two columns.
func comparedRows(e *eval.TableEvaluation, synthetic, train, test string) [][2]string {
	rows := func(n int, from string) string { return amount(n, "row") + " " + from }
	list := [][2]string{{"synthetic", rows(e.Rows.Synthetic, synthetic)}, {"training", rows(e.Rows.Train, train)}}
	if e.Rows.Test > 0 {
		return append(list, [2]string{"test", rows(e.Rows.Test, test)})
	}
	return append(list, [2]string{"test", "none: leaks cannot be measured"})
}

func shownPath(path string) string {
	if path == standardStream {
		return "standard input"
	}
	return strings.TrimPrefix(path, "."+string(os.PathSeparator))
}
