package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"euryale/configs"
	"euryale/sweep"
	"euryale/train"
)

// sweepCommand is what the flags of sweep ask for.
type sweepCommand struct {
	flags              *flags
	config, out, shard string
	overrides          []string
	results            bool
	options            sweep.Options
	trial              string // of a process that trains one
	rung               int
	log                *logrus.Logger
}

// runSweep trains the trials of a sweep and writes their tables.
func runSweep(ctx context.Context, args []string) (err error) {
	f := newFlags("sweep", "sweep {-config FILE|NAME | -out DIR} [-set key=value]... [-out DIR] [-jobs N] [-workers N] "+
		"[-shard I/N] [-retry] | sweep -out DIR -results")
	c := &sweepCommand{flags: f}
	f.declareLog()
	f.StringVar(&c.config, "config", "", "the sweep: a `file`, or the name of an embedded one: "+strings.Join(sweep.Presets(), ", ")+
		"; may be left out where the folder holds a sweep")
	f.StringVar(&c.out, "out", "", "the `folder` of the sweep (default sweeps/NAME, by the name in the file); one that holds a part of "+
		"the sweep goes on")
	f.IntVar(&c.options.Jobs, "jobs", 1, "the `number` of trials at a time, each a process")
	f.IntVar(&c.options.Workers, "workers", 0, "the `number` of workers of each trial, which does not change the result (default: processors "+
		"per job)")
	f.StringVar(&c.shard, "shard", "", "train only a part of the trials, such as `I/N` = 2/3 for the second of three parts, which other "+
		"processes may train at the same time")
	f.BoolVar(&c.options.Retry, "retry", false, "train trials again that failed, from their last checkpoints")
	f.BoolVar(&c.results, "results", false, "write the tables of the folder, complete or not, and print them; train nothing")
	f.StringVar(&c.trial, "trial", "", "")
	f.IntVar(&c.rung, "rung", 0, "")
	f.Func("set", "override a key of the configuration of all trials with `key=value`; repeatable", func(s string) error {
		c.overrides = append(c.overrides, s)
		return nil
	})
	if err := f.parse(args); err != nil {
		return err
	}
	defer func() { err = f.console.ended(err) }()
	c.log = f.console.log()
	if err := c.check(); err != nil {
		return err
	}
	switch {
	case c.trial != "":
		return c.runTrial(ctx)
	case c.results:
		results, err := sweep.Collect(c.out)
		if err != nil {
			return err
		}
		return errors.Join(results.Write(), c.print(results))
	}
	return c.run(ctx)
}

// check checks the flags.
func (c *sweepCommand) check() error {
	if err := c.flags.checkEmpty(); err != nil {
		return err
	}
	switch {
	case c.config == "" && c.out == "":
		return usage("-config is missing; give it a sweep file, or the folder of a sweep by -out")
	case c.results && (c.config != "" || c.out == ""):
		return usage("-results is of the folder of a sweep: give -out, and leave -config out")
	case c.results && slices.ContainsFunc([]string{"jobs", "workers", "shard", "retry"}, c.flags.given):
		return usage("-jobs, -workers, -shard and -retry have no effect with -results, which trains nothing")
	case c.config == "" && len(c.overrides) > 0:
		return usage("-set changes the sweep of -config; the trials of a folder are what they are")
	case c.options.Jobs < 1 || c.options.Jobs > train.MaxWorkers:
		return usagef("-jobs must be from 1 to %d, got %d", train.MaxWorkers, c.options.Jobs)
	}
	if err := c.flags.checkWorkers(c.options.Workers); err != nil || c.shard == "" {
		return err
	}
	part, parts, _ := strings.Cut(c.shard, "/")
	i, err := strconv.Atoi(part)
	n, other := strconv.Atoi(parts)
	if err != nil || other != nil || i < 1 || i > n {
		return usagef("-shard must be I/N with I from 1 to N, such as 2/3 for the second of three parts, got %q", c.shard)
	}
	c.options.Shard, c.options.Shards = i, n
	return nil
}

func (c *sweepCommand) run(ctx context.Context) error {
	read := func() (*sweep.Sweep, error) { return sweep.Load(c.config, c.overrides) }
	if c.config == "" {
		read = func() (*sweep.Sweep, error) { return sweep.Open(c.out) }
	}
	s, err := read()
	if err != nil {
		return err
	}
	if c.out == "" {
		c.out = string(sweep.Folder("sweeps").Path(s.Name))
	}
	c.options.Folder, c.options.Train, c.options.Progress = c.out, c.process, c.show
	c.log.Infof("sweep %s: %d trials in %s", s.Name, len(s.Trials), c.out)
	results, err := sweep.Run(ctx, s, c.options)
	failed, mistaken := (*sweep.FailedError)(nil), (*configs.Error)(nil)
	switch {
	case results != nil && (err == nil || errors.As(err, &failed)):
		if shown := c.print(results); err == nil {
			err = shown
		}
		if failed != nil {
			err = fmt.Errorf("%w; the tables and %s have all of them, and -retry trains them again", err, sweep.Folder(c.out).Path("logs"))
		}
	case errors.Is(err, sweep.ErrInterrupted):
		err = fmt.Errorf("%w; the same command goes on", err)
	case errors.Is(err, sweep.ErrLocked):
		err = fmt.Errorf("%w; wait for it, or choose another folder with -out", err)
	case errors.Is(err, sweep.ErrOther) && errors.As(err, &mistaken):
		mistaken.Message += ": give it with -out"
	}
	return err
}

// print prints the tables as they are in results.md.
func (c *sweepCommand) print(r *sweep.Results) error {
	p := &printer{to: os.Stdout}
	p.f("%s\nThese tables are in %s, the figures of each trial in results.csv.\n", r.Markdown(), r.Folder.Path("results.md"))
	return p.err
}

// show logs a trial that ended.
func (c *sweepCommand) show(e sweep.Event) {
	if !e.Ended {
		return
	}
	text := fmt.Sprintf("%d of %d trials: %s", e.Done+e.Failed, e.Total, e.Trial.Name)
	fields := logrus.Fields{"trial": e.Trial.Name, "done": e.Done, "failed": e.Failed, "trials": e.Total}
	log := c.log.WithFields(fields)
	switch {
	case errors.Is(e.Err, sweep.ErrInterrupted):
		log.Infof("%s is interrupted", e.Trial.Name)
		return
	case e.Err != nil:
		log.Warnf("%s failed: %s", text, plain(e.Err))
		return
	}
	for _, f := range e.Out.Figures {
		fields[f.Name] = f.Value
	}
	for _, f := range e.Out.Figures[:min(len(e.Out.Figures), 3)] {
		text += fmt.Sprintf(", %s %.4g", f.Name, f.Value)
	}
	if e.Left > 0 {
		text += fmt.Sprintf("; %v left", e.Left.Round(time.Second))
	}
	c.log.WithFields(fields).Info(text)
}
