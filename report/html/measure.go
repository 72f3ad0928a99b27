package html

import (
	"context"
	"errors"
	"fmt"

	"euryale/eval"
	"euryale/metrics/tabular"
	"euryale/model"
)

// Quick is how many samples the metrics of a page take where nothing else is asked for.
const Quick = 1000

// quickLikelihood rows are measured: each takes an ODE.
const quickLikelihood = 200

// Measure adds to a page how near the samples of a request are to rows that the net was not trained on, each figure with its
// floor, and with likelihood how probable such rows are. What cannot be measured is a note on the page; only the end of ctx is
// an error.
func (c *Contents) Measure(ctx context.Context, m *model.Model, r model.Request, likelihood bool) error {
	err := c.measure(ctx, m, r)
	if err != nil && ctx.Err() == nil {
		c.Notes = append(c.Notes, fmt.Sprintf("The samples were not measured: %s.", cause(err)))
	}
	if likelihood && ctx.Err() == nil {
		r.N = min(r.N, quickLikelihood)
		if err := c.likelihood(ctx, m, r); err != nil && ctx.Err() == nil {
			c.Notes = append(c.Notes, fmt.Sprintf("The likelihood was not measured: %s.", cause(err)))
		}
	}
	return ctx.Err()
}

// measure measures by the kind of the model.
func (c *Contents) measure(ctx context.Context, m *model.Model, r model.Request) error {
	switch {
	case !m.Denoises():
		return c.accuracies(ctx, m, r)
	case m.Table() != nil:
		return c.table(ctx, m, r)
	case m.Image() != nil:
		return c.images(ctx, m, r)
	}
	e, err := eval.Evaluate(ctx, m, r)
	if err != nil {
		return err
	}
	group := heading(e.Samples, e.Reference, m, r)
	c.add(group, slicedW1, e.SlicedW1, &e.Floor, pairOf(e.Reference), fmt.Sprintf("%.4g evaluations of the net per sample", e.NFE))
	if e.ClassAccuracy != nil {
		c.add(group, "samples of their class", *e.ClassAccuracy, nil, "", "the share that is nearest to it")
	}
	c.nearest(group, e.Nearest)
	return nil
}

// add adds a figure.
func (c *Contents) add(group, name string, v float64, floor *float64, floorName, note string) {
	c.Metrics = append(c.Metrics, Metric{group, name, v, floor, floorName, note})
}

// heading is that of a comparison.
func heading(samples int, with eval.Reference, m *model.Model, r model.Request) string {
	rows := "fresh"
	if with == eval.HeldOutRows {
		rows = "held-out"
	}
	what := "rows"
	if m.Image() != nil {
		what = "images"
	}
	return fmt.Sprintf("%s samples of step %s with %s, seed %d, against %s %s", grouped(int64(samples)), grouped(m.Step),
		r.Sampling.Solver.Name(), r.Seed, rows, what)
}

// pairOf is what a floor is the distance of.
func pairOf(with eval.Reference) string {
	if with == eval.HeldOutRows {
		return "halves of held-out rows"
	}
	return "two sets of fresh rows"
}

// nearest adds the test for memorizing.
func (c *Contents) nearest(group string, n *eval.Nearest) {
	if n == nil {
		return
	}
	c.add(group, "nearer to training rows", n.NearerToTraining, &n.Expected, "chance", within(&n.StandardError))
	c.add(group, "distance to the nearest training row", n.Samples, &n.Fresh, "rows not trained on", "the median")
	switch {
	case n.Memorizing:
		c.Findings = append(c.Findings, fmt.Sprintf("The net memorizes: about %.0f%% of the samples are copies of training rows.", 100*n.Copied))
	case n.NearerToTraining-n.Expected > 3*n.StandardError:
		c.Findings = append(c.Findings, fmt.Sprintf("About %.0f%% of the samples may be copies of training rows.", 100*n.Copied))
	default:
		c.Findings = append(c.Findings, "No sign of memorizing: samples are as near to training rows as rows that the net has not seen.")
	}
}

func (c *Contents) images(ctx context.Context, m *model.Model, r model.Request) error {
	e, err := eval.EvaluateImages(ctx, m, r, eval.ImageOptions{Copies: true})
	if err != nil {
		return err
	}
	group := heading(e.Samples, e.Reference, m, r)
	floor := "training images"
	c.add(group, slicedW1+" of images", e.SlicedW1, &e.Floor, floor, fmt.Sprintf("%.4g evaluations of the net per sample", e.NFE))
	if e.PatchSize > 0 {
		c.add(group, fmt.Sprintf("%s of patches of %d × %d", slicedW1, e.PatchSize, e.PatchSize), e.PatchW1, &e.PatchFloor, floor, "")
	}
	c.nearest(group, e.Nearest)
	return nil
}

// heldOut are what floors are of where rows were held out.
const heldOut = "held-out rows"

// tableFigures are those of a table's report that a page shows, by the names of package tabular.
var tableFigures = []struct{ name, shown, floor string }{
	{"c2st_boosting_auc", "detection by boosted trees (AUC)", "guessing"}, {"pairs_tv10", "pairs of columns", heldOut},
	{"column_shapes", "shapes of columns", heldOut}, {"dcr_share", "nearer to training rows", "chance"},
	{"membership_auc", "membership (AUC)", "guessing"}, {"copied_rows", "copied rows", heldOut},
	{"valid_cells", "valid cells", heldOut}, {"missing_similarity", "missing cells", heldOut},
}

func (c *Contents) table(ctx context.Context, m *model.Model, r model.Request) error {
	e, err := eval.EvaluateTable(ctx, m, r, tabular.Options{Seed: r.Seed, Workers: r.Workers, Quick: true})
	if err != nil {
		return err
	}
	group := fmt.Sprintf("%s samples of step %s with %s, seed %d, against the rows of the table", grouped(int64(r.N)), grouped(m.Step),
		r.Sampling.Solver.Name(), r.Seed)
	for _, shown := range tableFigures {
		f, ok := e.Figures.Get(shown.name)
		if !ok || f.Value != f.Value { // not measured
			continue
		}
		note, floor := "best: "+f.Best, shown.floor
		switch {
		case f.Floor == nil:
			floor = ""
		case floor == heldOut && e.Rows.Test == 0 && shown.name == "copied_rows":
			floor = "other training rows"
		case floor == heldOut && e.Rows.Test == 0:
			floor = "halves of the training rows"
		}
		if f.StandardError != nil {
			note += "; " + within(f.StandardError)
		}
		c.add(group, shown.shown, f.Value, f.Floor, floor, note)
	}
	for _, v := range e.Verdicts {
		c.Findings = append(c.Findings, fmt.Sprintf("%s: %s", upper(v.Block), v.Text))
	}
	for _, n := range e.NotMeasured {
		c.Notes = append(c.Notes, fmt.Sprintf("Not measured: %s: %s.", n.About, n.Text))
	}
	return nil
}

// accuracies are those of a classifier of noisy data.
func (c *Contents) accuracies(ctx context.Context, m *model.Model, r model.Request) error {
	const times = 5
	list, err := m.Accuracies(ctx, r.N, r.Seed, times)
	if err != nil {
		return err
	}
	guessing := 0.0
	if n := len(m.Schema.Classes); n > 0 {
		guessing = 1 / float64(n)
	}
	group := fmt.Sprintf("%s rows of all classes, with noise of some times", grouped(int64(r.N)))
	for _, a := range list {
		c.add(group, "right answers at "+m.TimeTitle(a.Time), a.Correct, &guessing, "guessing", "share of the rows")
	}
	return nil
}

// likelihood measures rows that the net was not trained on.
func (c *Contents) likelihood(ctx context.Context, m *model.Model, r model.Request) error {
	switch {
	case !m.Denoises():
		return errors.New("a classifier has none")
	case m.Image() != nil:
		l, err := eval.CodeLength(ctx, m, r, eval.CodeLengthOptions{Terms: 20})
		if err != nil {
			return err
		}
		c.add("Likelihood of images that the net was not trained on", "bits per dimension", l.Bits, nil, "",
			fmt.Sprintf("at most; %d images, %d steps of the chain each; %s", l.Images, l.Terms, within(l.BitsError)))
		return nil
	}
	l, err := eval.Likelihood(ctx, m, r)
	if err != nil {
		return err
	}
	group := fmt.Sprintf("Likelihood of %s rows that the net was not trained on", grouped(int64(l.Points)))
	c.add(group, "negative log-density, nats", l.Exact, nil, "", within(l.ExactError))
	c.add(group, "bits per dimension", l.ExactBits, nil, "", "")
	if l.Bound != nil {
		c.add(group, "bound of the chain, nats", l.Bound.Total, nil, "", "")
	}
	return nil
}
