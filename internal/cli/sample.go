package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/term"

	"euryale/data"
	"euryale/model"
)

// sampleCommand is the command sample with its flags.
type sampleCommand struct {
	flags            *flags
	model            *modelFlags
	sampling         *sampling
	request          model.Request
	out, known, from string
	where            []string
	list             bool
	images           imageFlags
}

func newSampleCommand() *sampleCommand {
	flags := newFlags("sample", "sample -run DIR [-checkpoint STEP|FILE|best] [-weights raw|averaged] [-n N] [-sampler NAME] [-steps K] [-set key=value]... "+
		"[-seed S] [-label K|all | -class NAME | -balance | -proportions LIST] [-where COLUMN=VALUE]... [-reject] "+
		"[-o FILE.{csv,tsv,parquet,npy,png,svg,gif} | -o DIR/ | -o -] [-columns N] [-image FILE -mask FILE] [-between A,B [-from-time T]] [-quiet] [-log-format text|json]")
	c := &sampleCommand{flags: flags, model: newModelFlags(flags)}
	c.model.declareWeights()
	r := &c.request
	flags.StringVar(&c.out, "o", "", "the output `file`: .csv, .tsv, .parquet or .npy for rows, those of a table as its file has them; "+
		".png or .svg for a picture of 2 numbers, .gif for an animation, or - for rows as CSV on standard output. Images go to "+
		".png, a picture of all; .gif, an animation of how they come about; a folder, such as samples/, of single PNGs; .npy, bytes; "+
		"or -, the same on standard output (default DIR/samples/samples.png, samples.csv for rows of other than 2 numbers, and of "+
		"a table the extension of its file)")
	flags.BoolVar(&c.list, "list", false, "print what can be chosen by name, one line each, and exit")
	flags.IntVar(&r.N, "n", 10_000, "the `number` of samples (default 10000; of images 64, or as "+
		"many of each class with -label all or -balance, or 9 with -between; or the number of rows in -from)")
	flags.Uint64Var(&r.Seed, "seed", 0, "the `seed` of the samples (default: the run's)")
	flags.IntVar(&r.Workers, "workers", 0, "the `number` of workers, which does not change the result (default: one per processor)")
	c.sampling = newSampling(flags)
	c.sampling.takeAllLabels()
	flags.BoolVar(&r.Invert, "invert", false, "turn fresh data into noise instead, by -sampler ddim or rk45 backward; rows in the output "+
		"are then noise as the net sees it")
	flags.StringVar(&c.known, "known", "", "a `list` of coordinates of points to fix in every sample, as in 0=0.5,1=-1; the others "+
		"are inpainted")
	c.declareWhere()
	c.images.declare(flags)
	flags.StringVar(&c.from, "from", "", "a .csv or .npy `file` of rows to start from, or - for CSV on standard input: noise as -invert "+
		"writes it, or, with -invert or -start marginal, data in its units; those of a table in any file like its own, images in .npy, in "+
		"a folder, or a single one")
	return c
}

// runSample draws samples from a trained run and writes them as rows or as a picture.
func runSample(ctx context.Context, args []string) (err error) {
	c := newSampleCommand()
	if err := c.flags.parse(args); err != nil {
		return err
	}
	defer func() { err = c.flags.console.ended(err) }()
	if c.list {
		if c.flags.NFlag() > 1 {
			return usage("-list takes no other flags: it prints what can be chosen by name")
		}
		return printList()
	}
	if err := c.check(); err != nil {
		return err
	}
	m, err := c.model.open()
	if err != nil {
		return err
	}
	announceBest(c.flags.console, m)
	if err := c.prepare(ctx, m); err != nil {
		return err
	}
	if err := c.try(ctx, m); err != nil {
		return err
	}
	progress := c.flags.console.progress("samples")
	if c.out != standardStream || !term.IsTerminal(int(os.Stdout.Fd())) { // a bar among the rows would be unreadable
		c.request.Progress = progress.show
	}
	if drawsImages(m, c.request) {
		err = writeImages(ctx, m, c.request, c.out, c.images.columns, progress)
	} else {
		err = writeSamples(ctx, m, c.request, c.out, progress)
	}
	progress.end()
	printClipped(c.flags.console, m)
	if err != nil || c.out == standardStream {
		return err
	}
	_, err = fmt.Println(c.out)
	return err
}

// check checks the flags before anything is opened.
func (c *sampleCommand) check() error {
	if err := c.flags.checkEmpty(); err != nil {
		return err
	}
	if err := c.model.check(); err != nil {
		return err
	}
	switch {
	case c.request.N < 1:
		return usagef("-n must be at least 1, got %d", c.request.N)
	case isSame(c.from, c.out):
		return usagef("-o: %s is the file of -from, which would be replaced; choose another name", c.out)
	case c.images.between != "" && c.request.N < 2:
		return usagef("-n must be at least 2 with -between, as the first and the last sample are at its two images, got %d", c.request.N)
	case c.images.between != "" && (c.sampling.all() || c.flags.given("balance") || c.flags.given("proportions")):
		return usage("-between takes one class for all of the way: give -label K or -class NAME, or neither")
	case c.out == "" && c.model.folder == "":
		return usage("-o is missing; without -run there is no run's folder to write to")
	}
	if err := errors.Join(c.checkWhere(), c.images.check(), c.flags.checkWorkers(c.request.Workers)); err != nil {
		return err
	}
	if model.IsFolder(c.out) { // right for images
		return nil
	}
	return checkOutput(c.out, c.request.N)
}

// prepare completes the request, and checks it as a whole before the work.
func (c *sampleCommand) prepare(ctx context.Context, m *model.Model) (err error) {
	r := &c.request
	if c.out == "" {
		c.out = c.model.folder.Samples(defaultOutput(m, r.Invert))
		if err := os.MkdirAll(filepath.Dir(c.out), 0o755); err != nil {
			return err
		}
	}
	if !c.flags.given("seed") {
		r.Seed = m.Config.Seed
	}
	if m.Image() != nil && !c.flags.given("n") {
		r.N = c.fewImages(m)
	}
	if c.flags.given("known") {
		if m.Image() != nil {
			return usage("-known is for points, and this run is of images: give -image and -mask")
		}
		if m.Table() != nil {
			return usage("-known is for points, and this run is of a table: name the column, as in -where " + exampleCell(m))
		}
		if r.Known, err = parseKnown(c.known, m.Dim()); err != nil {
			return err
		}
	}
	if len(c.where) > 0 && m.Image() != nil {
		return usage("-where is for tables, and this run is of images: -class or -label chooses a class, -image and -mask keep pixels")
	}
	if r.Where, err = parseWhere(c.where, m); err != nil {
		return err
	}
	if err := c.images.apply(m, r); err != nil {
		return err
	}
	if err := c.readFrom(ctx, m); err != nil {
		return err
	}
	if err := c.sampling.apply(m, r); err != nil {
		return err
	}
	if err := c.checkEffect(m); err != nil {
		return err
	}
	if drawsImages(m, *r) {
		return checkImages(c.out, m, *r, c.flags.given("columns"))
	}
	return checkRows(c.out, m, *r)
}

// fewImages is the number of images without -n.
func (c *sampleCommand) fewImages(m *model.Model) int {
	switch {
	case c.flags.given("between"):
		return betweenAtOnce
	case c.sampling.all() || c.flags.given("balance"):
		return someImages(len(m.BalancedLabels()))
	}
	return imagesAtOnce
}

// readFrom reads the rows that samples start from.
func (c *sampleCommand) readFrom(ctx context.Context, m *model.Model) error {
	if c.from == "" {
		return nil
	}
	r := &c.request
	asData := r.Invert || c.sampling.is("start", "marginal")
	rows, err := c.readStart(ctx, m, asData)
	if err != nil {
		return err
	}
	n, labels := rows.Rows, rows.Labels
	switch all := c.sampling.all(); {
	case c.flags.given("n") && r.N != n:
		return usagef("-n is %d, but %s has %d rows; leave -n out", r.N, c.from, n)
	case labels != nil && !all && (m.Table() == nil || c.sampling.choosesClass()):
		return usagef("%s has labels; use them with -label all, or remove them from the file", c.from)
	case labels == nil && all && asData:
		return usagef("-label all needs the label of each row of %s: a last column called %s, or for .npy a second file",
			c.from, labelColumn)
	}
	r.N, r.Labels = n, labels
	if asData {
		r.Rows = rows
		return nil
	}
	r.From = make([]float32, len(rows.Real))
	for i, v := range rows.Real {
		r.From[i] = float32(v)
	}
	return nil
}

// readStart reads the file of -from: data, or noise as the net sees it.
func (c *sampleCommand) readStart(ctx context.Context, m *model.Model, asData bool) (*data.Batch, error) {
	if asData && m.Table() != nil {
		return readTable(ctx, "-from", c.from, m, !c.sampling.choosesClass())
	}
	if asData && m.Image() != nil {
		return readImageRows(ctx, c.from, m)
	}
	schema := m.Schema
	if !asData {
		schema = data.Numbers(m.Dim(), 0)
		schema.Classes = m.Schema.Classes
	}
	rows, err := readRows("-from", c.from, schema)
	if err != nil && m.Image() != nil && exists(c.from) {
		err = fmt.Errorf("%w; samples start from noise, as -invert writes it, and from images with -invert or -start marginal", err)
	}
	return rows, err
}

// checkEffect refuses flags of sample alone that would have no effect.
func (c *sampleCommand) checkEffect(m *model.Model) error {
	r := c.request
	distribution, err := m.Config.Distribution()
	switch {
	case err != nil:
		return err
	case r.Invert && c.sampling.sets("start"):
		return usage("-start has no effect with -invert, which starts from data")
	case r.Invert && c.flags.given("seed") && (c.from != "" || distribution == nil):
		return usage("-seed has no effect here: -invert draws nothing, and the rows that it starts from are given")
	case r.Between != nil && r.BetweenFrom == nil && c.flags.given("seed"):
		return usage("-seed has no effect with -between, which draws nothing; with -from-time it does")
	case r.Invert && c.flags.given("columns"):
		return usage("-columns has no effect with -invert, whose rows are noise and no images")
	case r.Known == nil && (r.Where == nil || r.Reject) && c.sampling.sets("repaint") && r.Sampling.RePaint.Resample > 1:
		return usage("repaint.resample has no effect without -known, -where or -image: RePaint inpaints around what is known")
	case r.Sampling.RePaint.Resample == 1 && c.sampling.sets("repaint.jump_length"):
		return usage("repaint.jump_length has no effect unless repaint.resample is above 1")
	}
	return nil
}
