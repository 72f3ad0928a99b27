package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/sirupsen/logrus"

	"euryale/report/html"
	"euryale/run"
)

// reportCommand is what report is to make.
type reportCommand struct {
	flags   *flags
	folder  run.Folder
	compare bool
	folders []run.Folder // all
	out     string
	seed    uint64
	options html.Options
}

// runReport makes the page of a run, or one that compares several.
func runReport(ctx context.Context, args []string) (err error) {
	c := &reportCommand{flags: newFlags("report", "report {-run DIR [-o FILE.html] | -compare DIR DIR... -o FILE.html} [-n N] [-likelihood] "+
		"[-seed S] [-workers N] [-quiet] [-log-format text|json]")}
	f := c.flags
	f.about = "make a web page of a run, or one that compares several, which opens from disk and asks for nothing from the network: " +
		"configuration, curves, pictures, metrics beside their floors, and the command that trains the run again"
	f.StringVar((*string)(&c.folder), "run", "", "the run `folder`")
	f.BoolVar(&c.compare, "compare", false, "compare the runs whose folders follow")
	f.StringVar(&c.out, "o", "", "the output `file`, .html (default: report.html in the folder of the run)")
	f.IntVar(&c.options.N, "n", html.Quick, fmt.Sprintf("the `number` of samples to measure, of each run; 0: none (default %d, with "+
		"-compare 0)", html.Quick))
	f.Uint64Var(&c.seed, "seed", 0, "the `seed` of samples and fresh rows (default: the run's)")
	f.BoolVar(&c.options.Likelihood, "likelihood", false, "measure how likely rows are that the net was not trained on, which takes longer")
	f.IntVar(&c.options.Workers, "workers", 0, "the `number` of workers, which does not change the result (default: one per processor)")
	f.declareLog()
	rest, err := f.parseAround(args)
	if err != nil {
		return err
	}
	defer func() { err = f.console.ended(err) }()
	if err := c.check(rest); err != nil {
		return err
	}
	if c.compare {
		return c.comparison(ctx)
	}
	return c.page(ctx)
}

// check checks the flags and the place of the page before anything is opened.
func (c *reportCommand) check(rest []string) error {
	if err := c.flags.checkEmpty(); err != nil {
		return err
	}
	for _, folder := range rest {
		c.folders = append(c.folders, run.Folder(folder))
	}
	given := c.flags.given
	if c.compare && !given("n") {
		c.options.N = 0
	}
	switch {
	case c.compare && given("run"):
		return usage("-run and -compare exclude each other")
	case c.compare && (len(rest) < 2 || len(rest) > html.MostCompared):
		return usagef("-compare takes the folders of 2 to %d runs, got %d", html.MostCompared, len(rest))
	case !c.compare && len(rest) > 0:
		return usagef("unexpected argument %q; to compare runs, give -compare", rest[0])
	case !c.compare && c.folder == "":
		return usage("-run is missing; give it the folder of a run, or compare several with -compare")
	case c.compare && c.out == "":
		return usage("-o is missing; give it a file for the comparison, such as compare.html")
	case c.options.N < 0 || c.options.N > maxEvaluated:
		return usagef("-n must be from 0 (nothing is measured) to %d, got %d", maxEvaluated, c.options.N)
	case c.options.N == 0 && (c.options.Likelihood || given("seed")):
		return usage("-likelihood and -seed have no effect where no samples are measured; give their number by -n")
	case c.out != "" && !strings.EqualFold(filepath.Ext(c.out), ".html") && !strings.EqualFold(filepath.Ext(c.out), ".htm"):
		return usagef("-o must end in .html, got %q", c.out)
	}
	if given("seed") {
		c.options.Seed = &c.seed
	}
	if !c.compare {
		c.folders = []run.Folder{c.folder}
	}
	if err := c.flags.checkWorkers(c.options.Workers); err != nil {
		return err
	}
	return c.checkPlaces()
}

// checkPlaces makes sure, before anything is measured, that the runs are there, and that the page can be written and replaces
// nothing but another page.
func (c *reportCommand) checkPlaces() error {
	for _, folder := range c.folders {
		switch held, err := folder.Held(); {
		case err != nil:
			return err
		case !held:
			return fmt.Errorf("run: %s %w", folder, run.ErrNone)
		}
	}
	if c.out == "" {
		c.out = c.folder.ReportPath()
	}
	if err := checkPlace(c.out); err != nil {
		return err
	}
	return html.CheckPlace(c.out)
}

// page makes the page of one run.
func (c *reportCommand) page(ctx context.Context) error {
	c.options.Figures = true
	contents, err := c.prepare(ctx, c.folder)
	if err != nil {
		return err
	}
	if err := html.Save(c.out, c.folder, contents); err != nil {
		return err
	}
	c.flags.console.note("the report is in %s", c.out)
	return nil
}

// comparison makes the page of several runs.
func (c *reportCommand) comparison(ctx context.Context) error {
	all := make([]html.Contents, len(c.folders))
	for i, folder := range c.folders {
		var err error
		if all[i], err = c.prepare(ctx, folder); err != nil {
			return err
		}
	}
	if err := html.SaveComparison(c.out, c.folders, all); err != nil {
		return err
	}
	c.flags.console.note("the comparison is in %s", c.out)
	return nil
}

// prepare measures and draws what the page of a run shows besides its files.
func (c *reportCommand) prepare(ctx context.Context, folder run.Folder) (html.Contents, error) {
	shown := c.flags.console.progress("samples")
	defer shown.end()
	o := c.options
	o.Progress = shown.show
	contents, err := html.Prepare(ctx, folder, o)
	if err != nil {
		return contents, fmt.Errorf("interrupted, and no page was written: %w", err)
	}
	for _, note := range contents.Notes {
		if c.compare {
			note = fmt.Sprintf("%s: %s", folder, note)
		}
		c.flags.console.warn("%s", note)
	}
	return contents, nil
}

// closingReport makes the page of a run that has just been trained, of what its folder holds: nothing is drawn or measured for it.
// What goes wrong is logged, since the run is done and saved.
func closingReport(log *logrus.Logger, folder run.Folder) {
	path := folder.ReportPath()
	if err := html.Save(path, folder, html.Contents{Finished: true}); err != nil {
		log.Warnf("no report: %s", plain(err))
		return
	}
	log.Infof("the report is in %s", path)
}
