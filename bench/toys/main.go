// Toys trains the preset toys on every toy distribution at its default settings, and shows how near the samples come: a table of
// sliced Wasserstein-1 distances next to those of two fresh sets, with the time of training, and a contact sheet of data
// beside samples. With more than one seed the table has medians, and the sheet the samples of seed 0.
//
//	go run ./bench/toys [-distributions s_curve,moons,…] [-seeds N] [-set key=value]... [-o docs/images/toys.png]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"euryale"
	"euryale/data"
	"euryale/data/toy"
	"euryale/report"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "toys: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	names := flag.String("distributions", strings.Join(toy.Distributions().Names(), ","), "`names` of distributions, with commas between them")
	seeds := flag.Int("seeds", 1, "`number` of seeds, from 0 on")
	out := flag.String("o", "", "contact sheet, a `file` that ends in .png or .svg (default: none)")
	var overrides []string
	flag.Func("set", "override a configuration key with `key=value`; repeatable", func(s string) error {
		overrides = append(overrides, s)
		return nil
	})
	flag.Parse()
	if flag.NArg() > 0 || *seeds < 1 {
		return fmt.Errorf("expected no arguments and at least one seed; -help lists the flags")
	}
	folder, err := os.MkdirTemp("", "toys")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	var sheet report.Sheet
	fmt.Println("| distribution | training | sliced W1 | two fresh sets | ratio |\n|---|---|---|---|---|")
	for _, name := range strings.Split(*names, ",") {
		var all columns
		for seed := range *seeds {
			key := fmt.Sprintf("%s-%d", name, seed)
			model, err := all.add(ctx, filepath.Join(folder, key), append([]string{"data.name=" + name, fmt.Sprint("seed=", seed)}, overrides...))
			if err != nil {
				return fmt.Errorf("%s, seed %d: %w", name, seed, err)
			}
			if seed > 0 || *out == "" {
				continue
			}
			pair, err := pairOf(ctx, model, name)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			sheet.Pairs = append(sheet.Pairs, pair)
		}
		fmt.Printf("| `%s` | %.0f s | %s | %.4f | %.1f |\n", name, median(all.seconds), ranged(all.w1), median(all.floors), median(all.ratios))
	}
	if *out == "" {
		return nil
	}
	return report.Save(*out, sheet)
}

// columns have a number per seed.
type columns struct{ seconds, w1, floors, ratios []float64 }

// add trains and measures.
func (c *columns) add(ctx context.Context, folder string, overrides []string) (*euryale.Model, error) {
	config, err := euryale.Preset("toys", overrides...)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	model, err := euryale.Train(ctx, config, euryale.In(folder))
	if err != nil {
		return nil, err
	}
	c.seconds = append(c.seconds, time.Since(start).Seconds())
	e, err := euryale.Evaluate(ctx, model, 10_000)
	if err != nil {
		return nil, err
	}
	c.w1, c.floors, c.ratios = append(c.w1, e.SlicedW1), append(c.floors, e.Floor), append(c.ratios, e.SlicedW1/e.Floor)
	return model, nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// ranged is the median, with the range if there are several values.
func ranged(values []float64) string {
	if len(values) == 1 {
		return fmt.Sprintf("%.4f", values[0])
	}
	return fmt.Sprintf("%.4f (%.4f … %.4f)", median(values), slices.Min(values), slices.Max(values))
}

// pairOf draws as many samples as there is data.
func pairOf(ctx context.Context, model *euryale.Model, name string) (report.Pair, error) {
	source, _, err := model.Source(ctx)
	if err != nil {
		return report.Pair{}, err
	}
	var rows data.Batch
	if err := source.Read(ctx, &rows, 0, source.Rows()); err != nil {
		return report.Pair{}, err
	}
	pair := report.Pair{Title: name, Data: make([]float32, len(rows.Real))}
	for i, v := range rows.Real {
		pair.Data[i] = float32(v)
	}
	pair.Samples, _, err = model.Points(ctx, model.Request(source.Rows()))
	return pair, err
}
