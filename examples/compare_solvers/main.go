// Command compare_solvers prints how near solvers come to the data, by NFE (network evaluations per sample). A solver is a
// Go value with its settings as fields; a Request takes it with a number of steps. Without -run it trains the preset
// scurve_edm first, changed by the arguments.
//
//	go run ./examples/compare_solvers -steps 5,10,20 train.epochs=50
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"euryale"
	"euryale/diffusion/solver"
	"euryale/eval"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// solvers are those compared: deterministic ones of order 1, 2 and 3, two that add noise, one that chooses its steps.
func solvers() []solver.Solver {
	return []solver.Solver{
		&solver.Euler{},
		&solver.Heun{},
		&solver.Heun{Churn: solver.Churn{Amount: 10, Noise: 1}},
		&solver.DPMPP2M{Variant: "midpoint", LowerOrderFinal: true},
		&solver.UniPC{Order: 3, Variant: "bh2", LowerOrderFinal: true},
		&solver.EulerAncestral{Eta: 1},
		&solver.RK45{Tolerance: solver.Tolerance{Relative: 1e-3, Absolute: 1e-3}},
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("compare_solvers", flag.ExitOnError)
	folder := flags.String("run", "", "`folder` of a trained run")
	n := flags.Int("n", 10_000, "`number` of samples")
	steps := flags.String("steps", "5,10,20,40", "`list` of numbers of steps")
	if err := flags.Parse(args); err != nil {
		return err
	}
	counts, err := numbers(*steps)
	if err != nil {
		return fmt.Errorf("-steps: %w", err)
	}
	model, err := openOrTrain(ctx, *folder, flags.Args())
	if err != nil {
		return err
	}
	var results []result
	for _, count := range counts {
		for _, by := range solvers() {
			request := model.Request(*n)
			request.Sampling.Solver, request.Sampling.Steps = solver.Solvers().With(by), count
			quality, err := eval.Evaluate(ctx, model, request)
			if err != nil {
				return err
			}
			results = append(results, result{by, quality})
		}
	}
	return print(out, results)
}

func openOrTrain(ctx context.Context, folder string, overrides []string) (*euryale.Model, error) {
	if folder != "" {
		return euryale.Open(folder)
	}
	config, err := euryale.Preset("scurve_edm", overrides...)
	if err != nil {
		return nil, err
	}
	return euryale.Train(ctx, config, euryale.In("runs/compare_solvers"), euryale.Overwrite())
}

func numbers(list string) ([]int, error) {
	var all []int
	for text := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, nil
}

type result struct {
	by solver.Solver
	*euryale.Evaluation
}

// print prints a table, lowest NFE first.
func print(out io.Writer, results []result) error {
	slices.SortStableFunc(results, func(a, b result) int { return cmp.Compare(a.NFE, b.NFE) })
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NFE\tsliced W1\tsolver")
	for _, r := range results {
		fmt.Fprintf(table, "%.4g\t%.4f\t%s %+v\n", r.NFE, r.SlicedW1, r.by.Name(), r.by)
	}
	fmt.Fprintf(table, "\t%.4f\ttwo sets of data\n", results[0].Floor)
	return table.Flush()
}
