package configs

import (
	"context"
	"strings"

	"euryale/choice"
	"euryale/data"
	"euryale/data/images"
	"euryale/data/toy"
	"euryale/diffusion"
	"euryale/diffusion/guidance"
	"euryale/diffusion/solver"
	"euryale/nets"
	"euryale/objective"
)

// together returns the first key that does not go with those of other sections, as a *choice.FieldError, or nil. Each
// section is valid by itself. What depends on the data is checked here if its distribution, and so its schema, is known;
// Fit checks the rest.
func (c *Config) together() error {
	if c.Train.EvaluateEvery > 0 && !c.Data.HoldsOut() && !c.draws() {
		return choice.Wrong("train.evaluate_every", "must be 0 where data.held_out is 0 and the distribution of the data is not known: "+
			"there are no rows to evaluate with; set data.held_out, for example to 0.1")
	}
	process, err := c.Process.Kind.New()
	if err != nil {
		return choice.Within("process", err)
	}
	switch distribution, err := c.Distribution(); {
	case err != nil:
		return err
	case distribution == nil:
		return c.fit(process, c.unread(), data.MaxClasses)
	default:
		schema := distribution.Schema()
		if err := c.Fit(process, data.PlainLayout(schema.Dim(), len(schema.Classes))); err != nil {
			return err
		}
		_, err = c.Steps(distribution.Rows())
		return err
	}
}

// unread is a layout for rows that were not read yet: of any size, with any number of classes. Images have no size where their
// kind does not have it, and a net for them is checked when they are read.
func (c *Config) unread() data.Layout {
	rows := data.PlainLayout(2, 2)
	if !c.ofImages() {
		return rows
	}
	rows.Image = []int{}
	if shape := c.shape(); shape != nil {
		rows.Image, rows.Dim = shape, shape[0]*shape[1]*shape[2]
		rows.Numbers = rows.Dim
	}
	return rows
}

// draws reports whether fresh rows of the data can be drawn. The source of a Go program is not known where a file is read.
func (c *Config) draws() bool {
	switch kind := c.Data.Source.Kind.(type) {
	case *images.Discs:
		return true
	case *data.Program:
		_, ok := kind.Source.(data.Distribution)
		return ok || kind.Source == nil
	default:
		return toy.Distributions().NameOf(kind) != ""
	}
}

// Distribution opens the data if its distribution is known, and draws nothing yet; nil for other data, which would have to
// be read.
func (c *Config) Distribution() (data.Source, error) {
	kind := c.Data.Source.Kind
	if toy.Distributions().NameOf(kind) == "" {
		return nil, nil
	}
	distribution, err := kind.Open(context.Background(), c.Seed)
	return distribution, choice.Within("data", err)
}

// Fit checks the configuration against the encoded rows of its data. Its error is a *choice.FieldError.
func (c *Config) Fit(process diffusion.Process, rows data.Layout) error {
	return c.fit(process, rows, rows.Classes)
}

// fit checks the configuration against encoded rows; labels to sample must be below most.
func (c *Config) fit(process diffusion.Process, rows data.Layout, most int) error {
	classes := rows.Classes
	o, err := c.Objective.Kind.New(process, rows)
	if err != nil {
		return choice.Within("objective", err)
	}
	_, classifies := o.(objective.Classifying)
	if err := c.checkImages(rows, classifies); err != nil {
		return err
	}
	if err := o.CheckTimesteps(c.Timesteps.Kind); err != nil {
		return choice.Within("timesteps", err)
	}
	if _, err := c.Timesteps.Kind.New(process, c.Seed); err != nil {
		return choice.Within("timesteps", err)
	}
	if given, ok := c.Net.Kind.(*nets.Program); ok && (given.Net == nil || most > classes) {
		return nil // the net of a Go program: only that program has it, or it may want rows of another size than these
	}
	if rows.Image != nil && len(rows.Image) == 0 {
		return nil
	}
	net, err := c.NewNet(process, o, rows)
	if err != nil {
		return err
	}
	switch {
	case classifies && net.UsesLabels():
		return choice.Wrong("net.labels", "must be false for a classifier, which is to find the label")
	case c.Train.LabelDropout > 0 && !net.UsesLabels():
		return choice.Wrong("train.label_dropout", "must be 0 unless net.labels is true, got %v", c.Train.LabelDropout)
	case classifies: // it draws no samples
		return nil
	}
	if err := solver.CheckVariance(c.Sample.Solver.Kind, o.(objective.Denoising).LearnsVariance()); err != nil {
		return choice.Within("sample", err)
	}
	facts := guidance.Facts{
		Classes: most, Unread: most > classes, NetKnowsLabels: net.UsesLabels(), TrainedWithoutLabels: c.Train.LabelDropout > 0,
	}
	facts.Dealt = c.deals()
	if err := c.Sample.Guidance.Check(facts); err != nil {
		return choice.Within("sample.guidance", err)
	}
	if _, _, _, err := c.Sample.Prepare(process); err != nil {
		return choice.Within("sample", err)
	}
	if own, ok := o.(objective.Stepper); ok {
		if _, err := own.Solver(c.Sample.Options); err != nil {
			return choice.Within("sample", err)
		}
	}
	return nil
}

// NewNet records the net for encoded rows. Its error is a *choice.FieldError.
func (c *Config) NewNet(process diffusion.Process, o objective.Objective, rows data.Layout) (*nets.Built, error) {
	spec := nets.Spec{Sample: rows.Sample(), Outputs: o.Outputs(), Steps: process.Steps(), Classes: rows.Classes, Seed: c.Seed}
	if biased, ok := o.(objective.Biased); ok {
		spec.OutputBias = biased.OutputBias()
	}
	net, err := c.Net.Kind.New(spec)
	if err != nil {
		return nil, choice.Within("net", err)
	}
	built, err := nets.Build(net, spec)
	if err != nil {
		return nil, choice.Wrong("net", "does not fit: %s", strings.TrimPrefix(err.Error(), "nets: "))
	}
	return built, nil
}
