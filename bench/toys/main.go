// Toys trains the preset toys on every toy law at its default settings, and shows how near the samples come: a table of
// sliced Wasserstein-1 distances beside their floors, with the time of training, and a contact sheet of data beside samples.
//
//	go run ./bench/toys [-laws s_curve,moons,…] [-set key=value]... [-o docs/images/toys.png]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
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
	laws := flag.String("laws", strings.Join(toy.Laws().Names(), ","), "names of laws, with commas between them")
	out := flag.String("o", "", "contact sheet, as .png or .svg (default: none)")
	var overrides []string
	flag.Func("set", "override a configuration key with `key=value`; repeatable", func(s string) error {
		overrides = append(overrides, s)
		return nil
	})
	flag.Parse()
	folder, err := os.MkdirTemp("", "toys")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	var sheet report.Sheet
	fmt.Println("| law | training | sliced W1 | two fresh sets | in floors |\n|---|---|---|---|---|")
	for _, law := range strings.Split(*laws, ",") {
		config, err := euryale.Preset("toys", append([]string{"data.name=" + law}, overrides...)...)
		if err != nil {
			return err
		}
		start := time.Now()
		model, err := euryale.Train(ctx, config, euryale.In(filepath.Join(folder, law)))
		if err != nil {
			return fmt.Errorf("%s: %w", law, err)
		}
		spent := time.Since(start)
		e, err := euryale.Evaluate(ctx, model, 10_000)
		if err != nil {
			return fmt.Errorf("%s: %w", law, err)
		}
		fmt.Printf("| `%s` | %.0f s | %.4f | %.4f | %.1f |\n", law, spent.Seconds(), e.SlicedW1, e.Floor, e.SlicedW1/e.Floor)
		pair, err := pairOf(ctx, model, law)
		if err != nil {
			return fmt.Errorf("%s: %w", law, err)
		}
		sheet.Pairs = append(sheet.Pairs, pair)
	}
	if *out == "" {
		return nil
	}
	return report.Save(*out, sheet)
}

// pairOf draws as many samples of a law as there is data.
func pairOf(ctx context.Context, model *euryale.Model, law string) (report.Pair, error) {
	source, _, err := model.Source(ctx)
	if err != nil {
		return report.Pair{}, err
	}
	var rows data.Batch
	if err := source.Read(ctx, &rows, 0, source.Rows()); err != nil {
		return report.Pair{}, err
	}
	pair := report.Pair{Title: law, Data: make([]float32, len(rows.Real))}
	for i, v := range rows.Real {
		pair.Data[i] = float32(v)
	}
	pair.Samples, _, err = model.Points(ctx, model.Request(source.Rows()))
	return pair, err
}
