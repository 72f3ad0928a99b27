package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"euryale/data"
	"euryale/diffusion/solver"
	"euryale/eval"
	"euryale/model"
	"euryale/model/picture"
	"euryale/report"
	"euryale/run"
)

// evalImageFlags are the flags of eval that are about images.
type evalImageFlags struct {
	flags   *flags
	judge   string // the run of a classifier
	samples string // a file or a folder
	terms   int
	plain   bool
	ode     bool
	probes  int
	scale   bool
}

// usualTerms are the steps of a chain that are evaluated per image.
const usualTerms = 20

// odeImages are measured by the ODE unless -n is given.
const odeImages = 100

// Nearest training images are shown of so many samples, so many of each.
const (
	neighborsOf   = 16
	neighborsEach = 7
)

func newEvalImageFlags(flags *flags) *evalImageFlags {
	i := &evalImageFlags{flags: flags}
	flags.StringVar(&i.judge, "judge", "", "of images: the run `folder` of a classifier (objective classify, net unet_classifier) on whose "+
		"features the Fréchet distance is measured")
	flags.StringVar(&i.samples, "samples", "", "of images: judge these in place of new samples, a `file` .npy of all of them or a folder of "+
		"PNG, JPEG or GIF files")
	flags.IntVar(&i.terms, "terms", usualTerms, "of images, with -likelihood: the `number` of steps of the chain that are evaluated per "+
		"image, by chance (default 20), or 0 for all: exactly the bound")
	flags.BoolVar(&i.plain, "plain", false, "of images, with -likelihood: leave the end of the chain as it is (default: the end that suits "+
		"training images best)")
	flags.BoolVar(&i.ode, "ode", false, "of images, with -likelihood: measure by the probability-flow ODE instead, which takes hundreds of "+
		"evaluations per image (-n is then 100 unless given)")
	flags.IntVar(&i.probes, "probes", 1, "of images, with -ode: the `number` of probes that the divergence is estimated from, per image")
	flags.BoolVar(&i.scale, "scale", false, "of a classifier of images: print a table of what distances mean, those of images that were "+
		"changed")
	return i
}

// names are those of the flags given.
func (i *evalImageFlags) names() []string {
	var names []string
	for _, name := range []string{"judge", "samples", "terms", "plain", "ode", "probes", "scale"} {
		if i.flags.given(name) {
			names = append(names, name)
		}
	}
	return names
}

// check checks the flags before anything is opened.
func (i *evalImageFlags) check(e *evalCommand) error {
	given := i.flags.given
	switch {
	case i.terms < 0:
		return usagef("-terms must be at least 1, or 0 for all, got %d", i.terms)
	case (given("terms") || i.plain || i.ode) && !e.likelihood:
		return usage("-terms, -plain and -ode have no effect without -likelihood")
	case (given("terms") || i.plain) && i.ode:
		return usage("-terms and -plain have no effect with -ode, which measures no chain")
	case given("probes") && !i.ode:
		return usage("-probes has no effect without -ode")
	case i.probes < 1:
		return usagef("-probes must be at least 1, got %d", i.probes)
	case (i.judge != "" || i.samples != "") && (e.likelihood || e.solvers):
		return usage("-judge and -samples are about how good samples are: leave -likelihood and -solvers out")
	case i.samples != "" && given("n"):
		return usage("-n has no effect with -samples: all of them are judged")
	case i.scale && (e.likelihood || e.solvers || i.judge != "" || i.samples != ""):
		return usage("-scale is of the classifier of -run alone: leave -likelihood, -solvers, -judge and -samples out")
	}
	return nil
}

// checkModel refuses flags for images where the run has none.
func (i *evalImageFlags) checkModel(m *model.Model, out string, plain bool) error {
	switch {
	case m.Image() != nil:
		return nil
	case len(i.names()) > 0:
		return usagef("-%s is for runs of images, and this one has none", i.names()[0])
	case out != "" && plain:
		return usage("-o has no effect without -likelihood, whose values it takes, or -solvers, whose picture it takes")
	}
	return nil
}

// evaluateImages compares samples of images with images that the net was not trained on.
func (e *evalCommand) evaluateImages(ctx context.Context, m *model.Model) error {
	o := eval.ImageOptions{Copies: true, File: e.images.samples}
	var err error
	if e.images.judge != "" {
		if o.Classifier, err = model.Open(run.Folder(e.images.judge)); err != nil {
			return fmt.Errorf("-judge: %w", err)
		}
		warnSkipped(e.flags.console, o.Classifier)
		if err := eval.CheckClassifier(m, o.Classifier); err != nil {
			return fmt.Errorf("-judge %s: %w", e.images.judge, err)
		}
	}
	if o.File != "" {
		if names := e.sampling.names(); len(names) > 0 {
			return usagef("%s has no effect with -samples, which are drawn", names[0])
		}
		if o.Samples, err = eval.ReadImages(ctx, o.File, m.Schema); err != nil {
			return fmt.Errorf("-samples: %w", err)
		}
	}
	if e.out != "" {
		o.Neighbors, o.NeighborsOf = neighborsEach, neighborsOf
	}
	drawn, compared := e.flags.console.progress("samples"), e.flags.console.progress("comparisons")
	e.request.Progress = func(done, total int) {
		if drawn.show(done, total); done == total {
			drawn.end()
		}
	}
	o.Progress = compared.show
	result, err := eval.EvaluateImages(ctx, m, e.request, o)
	drawn.end()
	compared.end()
	if err != nil {
		return err
	}
	if n := result.Neighbors; n != nil {
		err = report.Save(e.out, report.ImageGrid{
			Images: report.Images{Shape: m.Image(), Columns: 1 + n.Each, Apart: 1}, Pixels: picture.Bytes(n.Pixels),
		})
	}
	return errors.Join(err, e.print(result, func() error { return printImages(result) }))
}

// measureBits measures how many bits images cost.
func (e *evalCommand) measureBits(ctx context.Context, m *model.Model) error {
	o := eval.CodeLengthOptions{Terms: e.images.terms, Plain: e.images.plain, Probes: e.images.probes}
	if e.sampling.sets("solver.variance") {
		variance := solver.VarianceOf(e.request.Sampling.Solver.Kind)
		o.Variance = &variance
	}
	if e.data != "" {
		var err error
		if o.Images, err = eval.ReadImages(ctx, e.data, m.Schema); err != nil {
			return fmt.Errorf("-data: %w", err)
		}
	}
	if e.images.ode && !e.flags.given("n") {
		e.request.N = odeImages
	}
	var sink data.Sink
	if e.out != "" {
		var err error
		if sink, err = data.NewSink(e.out, data.Schema{Columns: []data.Column{{Name: "bits_per_dimension"}}}); err != nil {
			return err
		}
		defer sink.Abort() // nothing to do after Close
	}
	progress := e.flags.console.progress("images")
	e.request.Progress = progress.show
	result, bits, err := e.bitsOf(ctx, m, o)
	progress.end()
	if errors.Is(err, model.ErrNoFreshRows) {
		err = fmt.Errorf("%w, or give other images by -data", err)
	}
	if err != nil {
		return err
	}
	if sink != nil {
		if err := errors.Join(sink.Write(&data.Batch{Rows: len(bits), Real: bits}), sink.Close()); err != nil {
			return err
		}
	}
	return e.print(result, func() error { return printBits(result, e.request.N, e.data) })
}

// bitsOf measures by the bound or by the ODE, and also returns the bits of each image.
func (e *evalCommand) bitsOf(ctx context.Context, m *model.Model, o eval.CodeLengthOptions) (result any, bits []float64, err error) {
	if e.images.ode {
		flow, err := eval.FlowLength(ctx, m, e.request, o)
		if err != nil {
			return nil, nil, err
		}
		return flow, flow.Rows, nil
	}
	bound, err := eval.CodeLength(ctx, m, e.request, o)
	if err != nil {
		return nil, nil, err
	}
	return bound, bound.Rows, nil
}

// printScale measures what distances of images mean.
func (e *evalCommand) printScale(ctx context.Context, m *model.Model) error {
	done := e.flags.console.waiting("measuring what distances of images mean")
	s, err := eval.Scale(ctx, m, e.request)
	done()
	if err != nil {
		return err
	}
	return e.print(s, func() error { return printScaleRows(s) })
}

// checkBits refuses flags for how samples are drawn that have no effect on how many bits images cost.
func (e *evalCommand) checkBits(m *model.Model) error {
	for _, set := range e.sampling.settings {
		if e.images.ode {
			return usagef("%s has no effect with -ode, whatever draws samples", set.flag)
		}
		if set.key != "solver.variance" && set.key != "clip_x0" {
			return usagef("%s has no effect with -likelihood: of how samples are drawn only the variance of a step and clip_x0 matter "+
				"to the bits of images", set.flag)
		}
	}
	if err := m.CheckCodeLength(e.request); err != nil {
		return usage(plain(err))
	}
	return nil
}

// isNearestPicture reports whether the output is the picture of nearest training images.
func isNearestPicture(path string) bool { return strings.EqualFold(filepath.Ext(path), ".png") }
