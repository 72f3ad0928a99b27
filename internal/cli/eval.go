package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"euryale/data"
	"euryale/eval"
	"euryale/model"
)

// evalCommand is what the flags of eval ask for.
type evalCommand struct {
	flags               *flags
	model               *modelFlags
	sampling            *sampling
	table               *tableFlags
	images              *evalImageFlags
	request             model.Request
	likelihood, solvers bool
	nfe                 string
	budgets             []int // nfe
	rounds              int
	data, out           string
	asJSON              bool
}

// maxEvaluated samples are held in memory. Likelihoods are of fewer rows, each of which takes an ODE.
const (
	maxEvaluated   = 10_000_000
	likelihoodRows = 1000
)

func newEvalCommand() *evalCommand {
	flags := newFlags("eval", "eval -run DIR [-checkpoint STEP|FILE|best] [-weights raw|averaged] [-n N] [-seed S] [-workers N] "+
		"[-likelihood [-data FILE] [-o FILE.{csv,npy}] | -solvers [-nfe LIST] [-rounds N] [-o FILE.{png,svg}]] [-json]; "+
		"images: eval -run DIR [-judge DIR] [-samples FILE|DIR] [-o NEAREST.png] | -likelihood [-terms N] [-plain] | -likelihood -ode [-probes N] | -scale; "+
		"tables: eval {-run DIR [-synth FILE] | -train FILE -synth FILE [-test FILE]} [-target COLUMN] [-baselines] [-n N] [-json]")
	e := &evalCommand{flags: flags, model: newModelFlags(flags)}
	e.model.declareWeights()
	r := &e.request
	flags.IntVar(&r.N, "n", 10_000, "the `number` of samples, and of rows to compare them with (default 10000, with -likelihood 1000, of a table "+
		"as many as there are training rows); with -train, the most rows of each kind that classifiers tell apart (default 10000)")
	flags.Uint64Var(&r.Seed, "seed", 0, "the `seed` of samples and fresh rows (default: the run's)")
	flags.IntVar(&r.Workers, "workers", 0, "the `number` of workers, which does not change the result (default: one per processor)")
	e.sampling, e.table = newSampling(flags), newTableFlags(flags)
	e.images = newEvalImageFlags(flags)
	e.sampling.others = e.table.take
	flags.BoolVar(&e.likelihood, "likelihood", false,
		"measure how likely rows are: exactly by the probability-flow ODE, and by the bound of a chain; of images, by the bound alone, in bits")
	flags.StringVar(&e.data, "data", "", "the rows for -likelihood, in the units of the data: a `file` .csv or .npy, or - for CSV on "+
		"standard input (default: fresh or held-out rows)")
	flags.BoolVar(&e.solvers, "solvers", false, "a table of the samples' distance by solver and NFE (network evaluations per sample)")
	flags.StringVar(&e.nfe, "nfe", "5,8,10,12,20,50,100", "the `list` of NFEs for -solvers")
	flags.StringVar(&e.nfe, "calls", e.nfe, "") // the old name of -nfe
	flags.IntVar(&e.rounds, "rounds", 1, "the `number` of seeds that -solvers takes the mean over")
	flags.StringVar(&e.out, "o", "", "the output `file`: with -likelihood the log-density of each row in nats, .csv or .npy; with -solvers "+
		"a picture of the table, .png or .svg; of images, without either, a picture of samples with the training images nearest to them, .png")
	flags.BoolVar(&e.asJSON, "json", false, "print one JSON object")
	return e
}

// runEval measures how far a run's samples are from rows that it was not trained on, how likely these or other rows are to
// its model, and how its samples depend on the solver; of a classifier, how often it is right.
func runEval(ctx context.Context, args []string) (err error) {
	e := newEvalCommand()
	if err := e.flags.parse(args); err != nil {
		return err
	}
	defer func() { err = e.flags.console.ended(err) }()
	if err := e.check(); err != nil {
		return err
	}
	err = e.measure(ctx)
	if errors.Is(err, context.Canceled) {
		return interruption{&model.InterruptedError{Cause: err}, "nothing is measured in part"}
	}
	return err
}

// measure measures the tables or the model that the flags name.
func (e *evalCommand) measure(ctx context.Context) error {
	if e.table.alone() {
		return e.judge(ctx)
	}
	m, err := e.model.open()
	if err != nil {
		return err
	}
	if !e.flags.given("seed") {
		e.request.Seed = m.Config.Seed
	}
	return e.run(ctx, m)
}

// check checks the flags before anything is opened.
func (e *evalCommand) check() (err error) {
	if err := e.flags.checkEmpty(); err != nil {
		return err
	}
	if err := e.table.check(e.flags.given("run") || e.flags.given("checkpoint")); err != nil || e.table.alone() {
		return err
	}
	if err := e.model.check(); err != nil {
		return err
	}
	switch {
	case e.request.N < 1 || e.request.N > maxEvaluated:
		return usagef("-n must be from 1 to %d, got %d", maxEvaluated, e.request.N)
	case e.rounds < 1:
		return usagef("-rounds must be at least 1, got %d", e.rounds)
	case e.likelihood && e.solvers:
		return usage("-likelihood and -solvers exclude each other")
	case e.flags.given("nfe") && e.flags.given("calls"):
		return usage("-calls is the old name of -nfe; give one of them")
	}
	if err := e.checkAlone(); err != nil {
		return err
	}
	if err := e.images.check(e); err != nil {
		return err
	}
	if e.budgets, err = parseNFE(e.nfe); err != nil {
		return err
	}
	if e.likelihood && !e.flags.given("n") {
		e.request.N = likelihoodRows
	}
	return errors.Join(e.flags.checkWorkers(e.request.Workers), e.checkOut())
}

// run measures what the model is.
func (e *evalCommand) run(ctx context.Context, m *model.Model) error {
	if err := e.images.checkModel(m, e.out, !e.likelihood && !e.solvers); err != nil {
		return err
	}
	e.sampling.allLabels = m.Image() != nil
	if !m.Denoises() {
		if names := e.namesForSamples(); len(names) > 0 {
			return usagef("%s has no effect: the run holds a classifier, which draws no samples and has no likelihood", names[0])
		}
		if e.images.scale {
			return e.printScale(ctx, m)
		}
		done := e.flags.console.waiting("classifying rows at several amounts of noise")
		accuracies, err := m.Accuracies(ctx, e.request.N, e.request.Seed, 11)
		done()
		if err != nil {
			return err
		}
		return e.print(accuracies, func() error { return printAccuracies(accuracies) })
	}
	if e.images.scale {
		return usage("-scale is of a classifier, and the run holds a denoiser")
	}
	rows, err := e.readData(ctx, m)
	if err != nil {
		return err
	}
	if err := e.sampling.apply(m, &e.request); err != nil {
		return err
	}
	if err := e.checkEffect(m); err != nil {
		return err
	}
	switch {
	case e.likelihood && m.Image() != nil:
		return e.measureBits(ctx, m)
	case e.likelihood:
		return e.measureLikelihood(ctx, m, rows)
	case e.solvers:
		return e.compareSolvers(ctx, m)
	case m.Table() != nil:
		return e.evaluateTable(ctx, m)
	case m.Image() != nil:
		return e.evaluateImages(ctx, m)
	}
	return e.evaluate(ctx, m)
}

func (e *evalCommand) evaluate(ctx context.Context, m *model.Model) error {
	wanted := e.request.N
	progress := e.flags.console.progress("samples")
	e.request.Progress = progress.show
	result, err := eval.Evaluate(ctx, m, e.request)
	progress.end()
	if err != nil {
		return err
	}
	return e.print(result, func() error { return printEvaluation(result, wanted) })
}

func (e *evalCommand) compareSolvers(ctx context.Context, m *model.Model) error {
	wanted := e.request.N
	progress := e.flags.console.progress("evaluations")
	e.request.Progress = progress.show
	c, err := eval.CompareSolvers(ctx, m, e.request, e.budgets, e.rounds)
	progress.end()
	if err != nil {
		return err
	}
	if e.out != "" {
		err = drawComparison(e.out, c)
	}
	return errors.Join(err, e.print(c, func() error { return printComparison(c, wanted) }))
}

// measureLikelihood measures given rows, or else fresh ones.
func (e *evalCommand) measureLikelihood(ctx context.Context, m *model.Model, rows *data.Batch) error {
	wanted := e.request.N
	var sink data.Sink
	if e.out != "" {
		var err error
		if sink, err = data.NewSink(e.out, data.Schema{Columns: []data.Column{{Name: "log_density"}}}); err != nil {
			return err
		}
		defer sink.Abort() // nothing to do after Close
	}
	progress := e.flags.console.progress("rows")
	e.request.Progress = progress.show
	l, err := e.likelihoodOf(ctx, m, rows)
	progress.end()
	if err != nil {
		return err
	}
	if sink != nil {
		if err := errors.Join(sink.Write(&data.Batch{Rows: l.Points, Real: l.LogDensity}), sink.Close()); err != nil {
			return err
		}
	}
	return e.print(l, func() error { return printLikelihood(l, wanted, e.data) })
}

func (e *evalCommand) likelihoodOf(ctx context.Context, m *model.Model, rows *data.Batch) (*eval.DataLikelihood, error) {
	if rows == nil {
		l, err := eval.Likelihood(ctx, m, e.request)
		if errors.Is(err, model.ErrNoFreshRows) {
			err = fmt.Errorf("%w, or give other rows by -data", err)
		}
		return l, err
	}
	l, err := m.LikelihoodOf(ctx, e.request, rows)
	if err != nil {
		return nil, fmt.Errorf("-data: %s: %w", e.data, err)
	}
	return &eval.DataLikelihood{Likelihood: l, Reference: eval.GivenRows}, nil
}

// print prints a result as JSON or as text.
func (e *evalCommand) print(result any, text func() error) error {
	if e.asJSON {
		return json.NewEncoder(os.Stdout).Encode(result)
	}
	return text()
}
