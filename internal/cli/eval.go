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

// runEval measures how far a run's samples are from rows that it was not trained on, how likely these are to its model,
// and how its samples depend on the solver; of a classifier, how often it is right.
func runEval(ctx context.Context, args []string) error {
	flags := newFlags("eval", "eval -run DIR [-n N] [-seed S] [-workers N] "+
		"[-likelihood | -solvers [-calls LIST] [-rounds N] [-o FILE]] [-json]")
	folder := flags.String("run", "", "run `folder`")
	r := model.Request{}
	flags.IntVar(&r.N, "n", 10_000, "`number` of samples, and of fresh rows (default 10000, with -likelihood 1000)")
	flags.Uint64Var(&r.Seed, "seed", 0, "`seed` of samples and fresh rows (default: the run's)")
	flags.IntVar(&r.Workers, "workers", 0, "`number` of workers, which does not change the result (default: the processors)")
	sampling := newSampling(flags)
	likelihood := flags.Bool("likelihood", false,
		"how likely fresh rows are: exactly by the probability-flow ODE, and by the bound of a chain")
	solvers := flags.Bool("solvers", false, "a table of the samples' distance by solver and by evaluations of the net per sample")
	calls := flags.String("calls", "5,8,10,12,20,50,100", "`list` of numbers of evaluations for -solvers")
	rounds := flags.Int("rounds", 1, "`number` of seeds that -solvers takes the mean over")
	out := flags.String("o", "", "picture of the table of -solvers: `file` .png or .svg")
	asJSON := flags.Bool("json", false, "print one JSON object")
	if err := flags.parse(args); err != nil {
		return err
	}
	switch {
	case *folder == "":
		return usage("-run is missing; it takes the folder of a run")
	case r.N < 1 || r.N > maxEvaluated:
		return usagef("-n must be from 1 to %d, got %d", maxEvaluated, r.N)
	case *rounds < 1:
		return usagef("-rounds must be at least 1, got %d", *rounds)
	case *likelihood && *solvers:
		return usage("-likelihood and -solvers exclude each other")
	case !*solvers && (*out != "" || flags.given("calls") || flags.given("rounds")):
		return usage("-calls, -rounds and -o go with -solvers")
	}
	if err := errors.Join(flags.checkWorkers(r.Workers), checkPicture(*out)); err != nil {
		return err
	}
	budgets, err := parseCalls(*calls)
	if err != nil {
		return err
	}
	m, err := model.Open(run.Folder(*folder))
	if err != nil {
		return err
	}
	if !flags.given("seed") {
		r.Seed = m.Config.Seed
	}
	print := func(result any, text func() error) error {
		if *asJSON {
			return json.NewEncoder(os.Stdout).Encode(result)
		}
		return text()
	}
	if !m.Denoises() {
		if *likelihood || *solvers || sampling.given() {
			return usage("the run holds a classifier: it draws no samples and has no likelihood")
		}
		accuracies, err := m.Accuracies(ctx, r.N, r.Seed, 11)
		if err != nil {
			return err
		}
		return print(accuracies, func() error { return printAccuracies(accuracies) })
	}
	if err := sampling.apply(m, &r); err != nil {
		return err
	}
	switch {
	case *likelihood:
		if !flags.given("n") {
			r.N = 1000 // an ODE for each
		}
		l, err := eval.Likelihood(ctx, m, r)
		if err != nil {
			return err
		}
		return print(l, func() error { return printLikelihood(l) })
	case *solvers:
		c, err := eval.CompareSolvers(ctx, m, r, budgets, *rounds)
		if err != nil {
			return err
		}
		return errors.Join(print(c, func() error { return printComparison(c) }), drawComparison(*out, c))
	}
	e, err := eval.Evaluate(ctx, m, r)
	if err != nil {
		return err
	}
	if e.Loss, err = run.Folder(*folder).LastLoss(20); err != nil {
		return err
	}
	return print(e, func() error { return printEvaluation(e) })
}
