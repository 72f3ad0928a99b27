package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"euryale/figures"
	"euryale/model"
	"euryale/report"
)

// figuresCommand is what figures is to draw.
type figuresCommand struct {
	flags     *flags
	chosen    *modelFlags
	folder    string
	only      string
	overwrite bool
	seed      uint64
	options   figures.Options
}

// runFigures draws the pictures of a run, each into a file.
func runFigures(ctx context.Context, args []string) (err error) {
	c := &figuresCommand{flags: newFlags("figures", "figures -run DIR [-checkpoint STEP|FILE|best] [-o FOLDER [-overwrite]] "+
		"[-only NAME,NAME…] [-n N] [-images N] [-seed S] [-workers N] [-quiet] [-log-format text|json]")}
	var lines []string
	for _, f := range figures.All() {
		lines = append(lines, f.Name+" ("+f.Summary+")")
	}
	c.flags.about = "draw what a trained model is and does, as pictures in a folder: " + strings.Join(lines, ", ") +
		". Those that do not apply to the run are left out, each with its reason."
	c.chosen = newModelFlags(c.flags)
	c.flags.StringVar(&c.folder, "o", "", "the `folder` of the pictures, made if it is missing (default: figures in the folder of the run)")
	c.flags.BoolVar(&c.overwrite, "overwrite", false, "replace pictures that are in the folder of -o already")
	c.flags.StringVar(&c.only, "only", "", "the `names` of the pictures to draw, with commas between them (default: all)")
	c.flags.IntVar(&c.options.Rows, "n", 10_000, "the `number` of points, or of rows of a table, at most")
	c.flags.IntVar(&c.options.Images, "images", 64, "the `number` of images in a grid, at most")
	c.flags.Uint64Var(&c.seed, "seed", 0, "the `seed` of noise and samples (default: the run's)")
	c.flags.IntVar(&c.options.Workers, "workers", 0,
		"the `number` of workers, which does not change the pictures (default: one per processor)")
	if err := c.flags.parse(args); err != nil {
		return err
	}
	defer func() { err = c.flags.console.ended(err) }()
	list, err := c.check()
	if err != nil {
		return err
	}
	m, err := c.chosen.open()
	if err != nil {
		return err
	}
	announceBest(c.flags.console, m)
	return c.draw(ctx, m, list)
}

// mostFigureRows is the most points of a picture: more would not be seen.
const mostFigureRows = 1_000_000

// check checks the flags and the folder before anything is opened, and returns the figures to draw.
func (c *figuresCommand) check() ([]figures.Figure, error) {
	if err := c.chosen.check(); err != nil {
		return nil, err
	}
	var names []string
	if c.flags.given("only") {
		for name := range strings.SplitSeq(c.only, ",") {
			names = append(names, strings.TrimSpace(name))
		}
	}
	list, err := figures.Choose(names...)
	switch {
	case err != nil:
		return nil, usage("-only: " + plain(err))
	case c.options.Rows < 2 || c.options.Rows > mostFigureRows:
		return nil, usagef("-n must be from 2 to %d, got %d", mostFigureRows, c.options.Rows)
	case c.options.Images < 1 || c.options.Images > mostFigureImages:
		return nil, usagef("-images must be from 1 to %d, got %d", mostFigureImages, c.options.Images)
	case c.folder == "" && c.flags.given("o"):
		return nil, usage("-o is empty; give it a folder for the pictures")
	case c.folder == "" && c.chosen.folder == "":
		return nil, usage("-o is missing; give it a folder for the pictures, since -checkpoint names a file and no run")
	case c.overwrite && c.folder == "":
		return nil, usage("-overwrite has no effect without -o: pictures in the folder of the run are always replaced")
	}
	if err := c.flags.checkWorkers(c.options.Workers); err != nil {
		return nil, err
	}
	if c.flags.given("seed") {
		c.options.Seed = &c.seed
	}
	return list, c.checkFolder(list)
}

// mostFigureImages is the most images of a grid.
const mostFigureImages = 4096

// checkFolder makes sure that the pictures can be written, and replace nothing but pictures of the run.
func (c *figuresCommand) checkFolder(list []figures.Figure) error {
	if c.folder == "" {
		c.folder = c.chosen.folder.Figures("")
		if _, err := os.Stat(string(c.chosen.folder)); err != nil {
			return nil // opening the run has the better error
		}
	} else if !c.overwrite {
		for _, f := range list {
			if path := filepath.Join(c.folder, f.File()); exists(path) {
				return usagef("-o: %s is there already; choose another folder, or replace it with -overwrite", path)
			}
		}
	}
	info, err := os.Stat(c.folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("-o: %w", err)
	case !info.IsDir():
		return usagef("-o: %s is a file; give it a folder", c.folder)
	}
	return checkPlace(filepath.Join(c.folder, list[0].File()))
}

// draw draws the figures, and prints a line of each. One that cannot be drawn, such as for want of the data, does not keep the
// others from being drawn.
func (c *figuresCommand) draw(ctx context.Context, m *model.Model, list []figures.Figure) error {
	if err := os.MkdirAll(c.folder, 0o777); err != nil {
		return fmt.Errorf("-o: %w", err)
	}
	p := &printer{to: os.Stdout}
	var failed []error
	drawn := 0
	shown := c.flags.console.progress("pictures")
	defer shown.end()
	for i, f := range list {
		shown.show(i, len(list))
		picture, err := f.Draw(ctx, m, c.options)
		shown.end()
		none, left := errors.AsType[*figures.NotApplicableError](err)
		switch {
		case left:
			p.f("left out: %s: %s\n", f.Name, none.Reason)
			continue
		case ctx.Err() != nil:
			return fmt.Errorf("%s: %w", f.Name, err)
		case err != nil:
			p.f("left out: %s: %s\n", f.Name, plain(err))
			failed = append(failed, fmt.Errorf("%s: %w", f.Name, err))
			continue
		}
		path := filepath.Join(c.folder, f.File())
		if err := report.Save(path, picture); err != nil {
			return err
		}
		drawn++
		p.f("%s: %s\n", path, f.Summary)
	}
	switch {
	case p.err != nil:
		return p.err
	case len(failed) > 0:
		return fmt.Errorf("%s could not be drawn; the first: %w", amount(len(failed), "picture"), failed[0])
	case drawn == 0:
		return errors.New("none of these pictures applies to the run")
	}
	return nil
}
