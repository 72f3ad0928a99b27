package cli

import (
	"context"
	"encoding/json"
	"errors"
	"os"

	"euryale/eval"
	"euryale/model"
	"euryale/run"
)

// maxEvaluated samples are held in memory.
const maxEvaluated = 10_000_000

// evaluating is what the flags of eval ask for.
type evaluating struct {
	folder              run.Folder
	request             model.Request
	likelihood, solvers bool
	budgets             []int
	rounds              int
	out                 string
	asJSON              bool
}

// runEval measures how far a run's samples are from rows that it was not trained on, how likely these are to its model,
// and how its samples depend on the solver; of a classifier, how often it is right.
func runEval(ctx context.Context, args []string) error {
	flags := newFlags("eval", "eval -run DIR [-n N] [-seed S] [-workers N] "+
		"[-likelihood | -solvers [-calls LIST] [-rounds N] [-o FILE]] [-json]")
	folder := flags.String("run", "", "run `folder`")
	e := evaluating{}
	r := &e.request
	flags.IntVar(&r.N, "n", 10_000, "`number` of samples, and of fresh rows (default 10000, with -likelihood 1000)")
	flags.Uint64Var(&r.Seed, "seed", 0, "`seed` of samples and fresh rows (default: the run's)")
	flags.IntVar(&r.Workers, "workers", 0, "`number` of workers, which does not change the result (default: the processors)")
	sampling := newSampling(flags)
	flags.BoolVar(&e.likelihood, "likelihood", false,
		"how likely fresh rows are: exactly by the probability-flow ODE, and by the bound of a chain")
	flags.BoolVar(&e.solvers, "solvers", false, "a table of the samples' distance by solver and by evaluations of the net per sample")
	calls := flags.String("calls", "5,8,10,12,20,50,100", "`list` of numbers of evaluations for -solvers")
	flags.IntVar(&e.rounds, "rounds", 1, "`number` of seeds that -solvers takes the mean over")
	flags.StringVar(&e.out, "o", "", "picture of the table of -solvers: `file` .png or .svg")
	flags.BoolVar(&e.asJSON, "json", false, "print one JSON object")
	if err := flags.parse(args); err != nil {
		return err
	}
	e.folder = run.Folder(*folder)
	if err := e.check(flags); err != nil {
		return err
	}
	var err error
	if e.budgets, err = parseCalls(*calls); err != nil {
		return err
	}
	m, err := model.Open(e.folder)
	if err != nil {
		return err
	}
	if !flags.given("seed") {
		r.Seed = m.Config.Seed
	}
	if !m.Denoises() {
		if e.likelihood || e.solvers || sampling.given() {
			return usage("the run holds a classifier: it draws no samples and has no likelihood")
		}
		accuracies, err := m.Accuracies(ctx, r.N, r.Seed, 11)
		if err != nil {
			return err
		}
		return e.print(accuracies, func() error { return printAccuracies(accuracies) })
	}
	if err := sampling.apply(m, r); err != nil {
		return err
	}
	if e.likelihood && !flags.given("n") {
		r.N = 1000 // an ODE for each
	}
	return e.measure(ctx, m)
}

// check checks the flags before anything is opened.
func (e *evaluating) check(flags *flags) error {
	switch {
	case e.folder == "":
		return usage("-run is missing; it takes the folder of a run")
	case e.request.N < 1 || e.request.N > maxEvaluated:
		return usagef("-n must be from 1 to %d, got %d", maxEvaluated, e.request.N)
	case e.rounds < 1:
		return usagef("-rounds must be at least 1, got %d", e.rounds)
	case e.likelihood && e.solvers:
		return usage("-likelihood and -solvers exclude each other")
	case !e.solvers && (e.out != "" || flags.given("calls") || flags.given("rounds")):
		return usage("-calls, -rounds and -o go with -solvers")
	}
	return errors.Join(flags.checkWorkers(e.request.Workers), checkPicture(e.out))
}

// measure measures a denoiser and prints the outcome.
func (e *evaluating) measure(ctx context.Context, m *model.Model) error {
	switch {
	case e.likelihood:
		l, err := eval.Likelihood(ctx, m, e.request)
		if err != nil {
			return err
		}
		return e.print(l, func() error { return printLikelihood(l) })
	case e.solvers:
		c, err := eval.CompareSolvers(ctx, m, e.request, e.budgets, e.rounds)
		if err != nil {
			return err
		}
		return errors.Join(e.print(c, func() error { return printComparison(c) }), drawComparison(e.out, c))
	}
	result, err := eval.Evaluate(ctx, m, e.request)
	if err != nil {
		return err
	}
	if result.Loss, err = e.folder.LastLoss(20); err != nil {
		return err
	}
	return e.print(result, func() error { return printEvaluation(result) })
}

// print prints a result as JSON or as text.
func (e *evaluating) print(result any, text func() error) error {
	if e.asJSON {
		return json.NewEncoder(os.Stdout).Encode(result)
	}
	return text()
}
