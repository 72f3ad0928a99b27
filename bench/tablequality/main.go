// Tablequality trains on a table with several seeds, draws as many rows as it has, judges them beside rows that were held apart,
// and prints the median of every figure with its range, as a table for docs/tables.md.
//
//	go run ./bench/tablequality -train TRAIN.csv -test TEST.csv [-target COLUMN] [-config table] [-seeds 3] [-set key=value]...
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"time"

	"euryale"
	"euryale/metrics/tabular"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "tablequality: %v\n", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	train, test, target, preset string
	seeds                       int
	overrides                   []string
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("tablequality", flag.ContinueOnError)
	flags.StringVar(&o.train, "train", "", "the table to train on, a `file`")
	flags.StringVar(&o.test, "test", "", "rows that were held apart, a `file`")
	flags.StringVar(&o.target, "target", "", "the `column` that the others predict")
	flags.StringVar(&o.preset, "config", "table", "a preset or a `file`")
	flags.IntVar(&o.seeds, "seeds", 3, "`number` of seeds, from 0 on")
	flags.Func("set", "override a configuration key with `key=value`; repeatable", func(s string) error {
		o.overrides = append(o.overrides, s)
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.train == "" || o.test == "" || o.seeds < 1 || flags.NArg() > 0 {
		return o, errors.New("expected -train, -test and at least one seed; -help lists the flags")
	}
	return o, nil
}

func run(ctx context.Context, args []string, out io.Writer) error {
	o, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "tablequality")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	var all []outcome
	for seed := range o.seeds {
		one, err := o.measure(ctx, filepath.Join(folder, fmt.Sprint(seed)), seed)
		if err != nil {
			return fmt.Errorf("seed %d: %w", seed, err)
		}
		all = append(all, one)
	}
	return write(out, all)
}

// outcome is what one seed gives.
type outcome struct {
	figures            tabular.Figures
	training, sampling time.Duration
}

// measure trains, samples and judges with one seed. The folder is for its files.
func (o options) measure(ctx context.Context, folder string, seed int) (outcome, error) {
	overrides := append([]string{"data.file=" + o.train, fmt.Sprint("seed=", seed)}, o.overrides...)
	if o.target != "" {
		overrides = append(overrides, "data.target="+o.target)
	}
	config, err := euryale.Load(o.preset, overrides...)
	if err != nil {
		return outcome{}, err
	}
	start := time.Now()
	model, err := euryale.Train(ctx, config, euryale.In(folder))
	if err != nil {
		return outcome{}, err
	}
	one := outcome{training: time.Since(start)}
	source, _, err := model.Source(ctx)
	if err != nil {
		return outcome{}, err
	}
	synthetic := filepath.Join(folder, "synthetic.csv")
	start = time.Now()
	if err := model.Save(ctx, model.Request(int(source.Rows())), synthetic); err != nil {
		return outcome{}, err
	}
	one.sampling = time.Since(start)
	files := euryale.Files{Train: o.train, Test: o.test, Synthetic: synthetic}
	files.Read.Target = o.target
	judged, err := euryale.Judge(ctx, files)
	if err != nil {
		return outcome{}, err
	}
	one.figures = judged.Figures
	return one, nil
}

// write prints the medians over the seeds as a table in Markdown.
func write(out io.Writer, all []outcome) error {
	fmt.Fprintf(out, "| figure | median of %d | least … most | two real parts |\n|---|---|---|---|\n", len(all))
	row := func(name, format, floor string, of func(outcome) float64) {
		var values []float64
		for _, one := range all {
			values = append(values, of(one))
		}
		slices.Sort(values)
		n := len(values)
		median := (values[(n-1)/2] + values[n/2]) / 2
		fmt.Fprintf(out, "| %s | "+format+" | "+format+" … "+format+" | %s |\n", name, median, values[0], values[n-1], floor)
	}
	for _, f := range all[0].figures {
		floor := ""
		if f.Floor != nil {
			floor = fmt.Sprintf("%.4f", *f.Floor)
		}
		row(f.Name, "%.4f", floor, func(one outcome) float64 { return one.figures.Value(f.Name) })
	}
	row("training, s", "%.1f", "", func(one outcome) float64 { return one.training.Seconds() })
	row("sampling, s", "%.2f", "", func(one outcome) float64 { return one.sampling.Seconds() })
	return nil
}
