// Eval says how far a run's samples are from fresh data of the same law.
//
//	go run ./cmd/eval -run DIR [-n N] [-seed S] [-json]
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"euryale/cmd/internal/command"
	"euryale/train"
)

func main() { command.Main("eval", run) }

func run(ctx context.Context, args []string) error {
	flags := command.NewFlags("eval", "eval -run DIR [-n N] [-seed S] [-workers N] [-json]")
	folder := flags.String("run", "", "run `folder`")
	n := flags.Int("n", 10_000, "`number` of samples, and of fresh points")
	seed := flags.Uint64("seed", 0, "seed of samples and fresh points (default: the run's)")
	workers := flags.Int("workers", 0, "`number` of workers, which does not change the result (default: the processors)")
	asJSON := flags.Bool("json", false, "print one JSON object")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch {
	case *folder == "":
		return command.Usage("-run is missing; it takes the folder of a run")
	case *n < 1:
		return command.Usage(fmt.Sprintf("-n must be at least 1, got %d", *n))
	}
	model, err := train.Load(train.Folder(*folder))
	if err != nil {
		return err
	}
	if !flags.Given("seed") {
		*seed = model.Config.Seed
	}
	e, err := model.Evaluate(ctx, train.SampleOptions{N: *n, Seed: *seed, Sampling: model.Config.Sample, Workers: *workers})
	if err != nil {
		return err
	}
	if e.Loss, err = train.Folder(*folder).LastLoss(20); err != nil {
		return err
	}
	if *asJSON {
		return json.NewEncoder(os.Stdout).Encode(e)
	}
	fmt.Printf("step                    %d\n", e.Step)
	fmt.Printf("samples                 %d\n", e.Samples)
	fmt.Printf("loss, last 20 epochs    %.4f\n", e.Loss)
	fmt.Printf("sliced W1               %.5f\n", e.SlicedW1)
	fmt.Printf("sliced W1, fresh data   %.5f\n", e.Floor)
	fmt.Printf("mean, samples           %.5f\n", e.Mean)
	fmt.Printf("mean, fresh data        %.5f\n", e.FreshMean)
	fmt.Printf("deviation, samples      %.5f\n", e.Std)
	fmt.Printf("deviation, fresh data   %.5f\n", e.FreshStd)
	return nil
}
