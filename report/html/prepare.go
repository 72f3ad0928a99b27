package html

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"euryale/figures"
	"euryale/model"
	"euryale/report"
	"euryale/run"
)

// Options choose what Prepare makes.
type Options struct {
	N          int     // samples to measure; 0: none are drawn, and nothing is measured
	Seed       *uint64 // of samples and fresh rows; nil: the run's
	Workers    int     // no effect on what is made; 0: GOMAXPROCS
	Likelihood bool    // measure the likelihood too, for which N is at most 200
	Figures    bool    // draw pictures of the process and of the net
	Progress   func(done, total int)
}

// Prepare opens the model of a run, and makes for its page what the folder does not hold. What cannot be made is a note on the
// page; only the end of ctx is an error. It writes nothing.
func Prepare(ctx context.Context, folder run.Folder, o Options) (Contents, error) {
	var c Contents
	if o.N == 0 && !o.Figures {
		return c, nil
	}
	m, err := model.Open(folder)
	if err != nil {
		c.Notes = append(c.Notes, fmt.Sprintf("Nothing was measured or drawn of the net: %s.", cause(err)))
		return c, ctx.Err()
	}
	for _, damage := range m.Skipped {
		c.Notes = append(c.Notes, fmt.Sprintf("%s.", cause(damage)))
	}
	c.countSteps(ctx, m)
	if o.N > 0 {
		r := m.Request(o.N)
		r.Seed, r.Workers, r.Progress = m.Config.Seed, o.Workers, o.Progress
		if o.Seed != nil {
			r.Seed = *o.Seed
		}
		if m.Image() != nil && m.TakesLabels() && r.Sampling.Guidance.Label < 0 {
			r.Labels = m.BalancedLabels()
		}
		if err := c.Measure(ctx, m, r, o.Likelihood); err != nil {
			return c, err
		}
	}
	if o.Figures {
		c.draw(ctx, folder, m, o.Workers)
	}
	return c, ctx.Err()
}

// countSteps finds the steps of the whole training, where the configuration leaves them to the number of rows.
func (c *Contents) countSteps(ctx context.Context, m *model.Model) {
	if t := m.Config.Train; t.Steps > 0 || t.Epochs > 0 {
		return
	}
	source, _, err := m.Source(ctx)
	if err != nil || source == nil {
		return // the measuring needs the rows as well, and notes why they cannot be read
	}
	if steps, err := m.Config.Steps(source.Rows()); err == nil {
		c.Steps = steps
	}
}

// cheap are the figures that a page draws of a model: seconds, not minutes.
func cheap(m *model.Model) []string {
	switch {
	case !m.Denoises():
		return []string{"schedule"}
	case m.Table() != nil:
		return []string{"columns", "loss_by_time", "schedule"}
	}
	return []string{"forward", "loss_by_time", "schedule"}
}

// draw draws the figures that the folder of the run does not hold already.
func (c *Contents) draw(ctx context.Context, folder run.Folder, m *model.Model, workers int) {
	list, err := figures.Choose(cheap(m)...)
	if err != nil {
		c.Notes = append(c.Notes, fmt.Sprintf("No figures were drawn: %s.", cause(err)))
		return
	}
	const rows = 2000
	for _, f := range list {
		if _, err := os.Stat(folder.Path("figures", f.File())); err == nil {
			continue
		}
		picture, err := f.Draw(ctx, m, figures.Options{Rows: rows, Workers: workers})
		if _, ok := errors.AsType[*figures.NotApplicableError](err); ok {
			continue
		}
		var b bytes.Buffer
		if err == nil {
			err = picture.Encode(&b, report.PNG)
		}
		if err != nil {
			if ctx.Err() == nil {
				c.Notes = append(c.Notes, fmt.Sprintf("The figure %s was not drawn: %s.", f.Name, cause(err)))
			}
			continue
		}
		c.Pictures = append(c.Pictures, Picture{Title: upper(f.Summary), PNG: b.Bytes()})
	}
}
