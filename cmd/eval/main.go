// Eval says how far a run's samples are from fresh data of the same law, how likely fresh data is to the run's model,
// and how its samples depend on the solver; of a classifier, how often it is right.
//
//	go run ./cmd/eval -run DIR [-n N] [-seed S] [-likelihood | -solvers [-calls LIST] [-rounds N] [-o FILE]] [-json]
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"euryale/cmd/internal/command"
	"euryale/train"
)

// maxSamples are held in memory.
const maxSamples = 10_000_000

func main() { command.Main("eval", run) }

func run(ctx context.Context, args []string) error {
	flags := command.NewFlags("eval", "eval -run DIR [-n N] [-seed S] [-workers N] [-likelihood | -solvers [-calls LIST] [-rounds N] [-o FILE]] [-json]")
	folder := flags.String("run", "", "run `folder`")
	o := train.SampleOptions{}
	flags.IntVar(&o.N, "n", 10_000, "`number` of samples, and of fresh points (with -likelihood 1000)")
	flags.Uint64Var(&o.Seed, "seed", 0, "seed of samples and fresh points (default: the run's)")
	flags.IntVar(&o.Workers, "workers", 0, "`number` of workers, which does not change the result (default: the processors)")
	sampling := command.NewSampling(flags)
	likelihood := flags.Bool("likelihood", false, "how likely fresh points are: exactly by the probability-flow ODE, and by the bound of a chain")
	solvers := flags.Bool("solvers", false, "a table of the samples' distance by solver and by calls of the net for each sample")
	calls := flags.String("calls", "5,8,10,12,20,50,100", "numbers of calls for -solvers (`list`)")
	rounds := flags.Int("rounds", 1, "`number` of seeds that -solvers takes the mean over")
	out := flags.String("o", "", "picture of the table of -solvers: `file` .png or .svg")
	asJSON := flags.Bool("json", false, "print one JSON object")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch {
	case *folder == "":
		return command.Usage("-run is missing; it takes the folder of a run")
	case o.N < 1 || o.N > maxSamples:
		return command.Usage(fmt.Sprintf("-n must be from 1 to %d, got %d", maxSamples, o.N))
	case flags.Given("workers") && (o.Workers < 1 || o.Workers > train.MaxWorkers):
		return command.Usage(fmt.Sprintf("-workers must be from 1 to %d, got %d", train.MaxWorkers, o.Workers))
	case *rounds < 1:
		return command.Usage(fmt.Sprintf("-rounds must be at least 1, got %d", *rounds))
	case *likelihood && *solvers:
		return command.Usage("-likelihood and -solvers exclude each other")
	case !*solvers && (*out != "" || flags.Given("calls") || flags.Given("rounds")):
		return command.Usage("-calls, -rounds and -o go with -solvers")
	}
	if err := checkPicture(*out); err != nil {
		return err
	}
	model, err := train.Load(train.Folder(*folder))
	if err != nil {
		return err
	}
	if !flags.Given("seed") {
		o.Seed = model.Config.Seed
	}
	print := func(result any, text func()) error {
		if *asJSON {
			return json.NewEncoder(os.Stdout).Encode(result)
		}
		text()
		return nil
	}
	if !model.Denoises() {
		if *likelihood || *solvers || sampling.Given() {
			return command.Usage("the run holds a classifier: it draws no samples and has no likelihood")
		}
		accuracies, err := model.Accuracies(o.N, o.Seed, 11)
		if err != nil {
			return err
		}
		return print(accuracies, func() { printAccuracies(accuracies) })
	}
	if err := sampling.Apply(model, &o); err != nil {
		return err
	}
	switch {
	case *likelihood:
		if !flags.Given("n") {
			o.N = 1000 // an ODE for each
		}
		l, err := model.Likelihood(ctx, o)
		if err != nil {
			return err
		}
		return print(l, func() { printLikelihood(l) })
	case *solvers:
		budgets, err := parseCalls(*calls)
		if err != nil {
			return err
		}
		c, err := model.CompareSolvers(ctx, o, budgets, *rounds)
		if err != nil {
			return err
		}
		return errors.Join(print(c, func() { printComparison(c) }), drawComparison(*out, c))
	}
	e, err := model.Evaluate(ctx, o)
	if err != nil {
		return err
	}
	if e.Loss, err = train.Folder(*folder).LastLoss(20); err != nil {
		return err
	}
	return print(e, func() { printEvaluation(e) })
}
