// Command custom_net trains a net of the program, written in net.go and nowhere else: a residual net with SiLU that is
// conditioned on time and label. It stops halfway and resumes, draws guided samples of each class, and measures the
// likelihood of fresh data, which differentiates the net. Another program opens the run by giving the net again:
// euryale.Open(folder, euryale.WithNet(net)).
//
//	go run ./examples/custom_net -epochs 100
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"

	"euryale"
	"euryale/eval"
	"euryale/nets"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("custom_net", flag.ExitOnError)
	folder := flags.String("out", "runs/custom_net", "`folder` of the run")
	points := flags.Int("points", 20_000, "`number` of rows of data")
	epochs := flags.Int("epochs", 100, "`number` of passes over them")
	width := flags.Int("width", 64, "`number` of units per layer")
	if err := flags.Parse(args); err != nil {
		return err
	}
	net := residual{Width: *width, Blocks: 2, Time: &nets.Sinusoidal{Features: 32}}
	train := func(epochs int, o ...euryale.Option) (*euryale.Model, error) {
		config, err := euryale.Preset("moons_cfg", "name=custom_net", fmt.Sprint("data.points=", *points),
			fmt.Sprint("train.epochs=", epochs), "train.batch=128", "optimizer.transforms.ema.decay=0.99")
		if err != nil {
			return nil, err
		}
		return euryale.Train(ctx, config, append(o, euryale.In(*folder), euryale.WithNet(net))...)
	}
	model, err := train(*epochs/2, euryale.Overwrite())
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "stopped at step %d\n", model.Step)
	if model, err = train(*epochs, euryale.Resume()); err != nil {
		return err
	}
	fmt.Fprintf(out, "went on to step %d\n", model.Step)
	return measure(ctx, model, out)
}

// measure draws guided samples of each class, and measures the likelihood of fresh rows.
func measure(ctx context.Context, model *euryale.Model, out io.Writer) error {
	for label, class := range model.Schema.Classes {
		request := model.Request(1000)
		request.Sampling.Guidance.Label, request.Sampling.Guidance.Weight = label, 1
		quality, err := eval.Evaluate(ctx, model, request)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "class %s: %.0f%% of the samples are of it; sliced W1 %.3f, of two sets of data %.3f\n",
			class, 100**quality.ClassAccuracy, quality.SlicedW1, quality.Floor)
	}
	likelihood, err := eval.Likelihood(ctx, model, model.Request(200))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "negative log-likelihood of fresh rows: %.2f ± %.2f nats\n", likelihood.Exact, *likelihood.ExactError)
	return nil
}
