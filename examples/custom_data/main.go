// Command custom_data trains on data of the program: rows in memory (data.Rows), then rows that a Source computes when they
// are read (source.go). Rows have any number of columns, in any units; data.standardize hides the units from the net, and
// samples come back in them. A tenth of the rows is held out, and samples of each class are compared with these.
//
//	go run ./examples/custom_data -epochs 200
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

	"euryale"
	"euryale/data"
	"euryale/eval"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("custom_data", flag.ExitOnError)
	folder := flags.String("out", "runs/custom_data", "`folder` of the runs")
	rows := flags.Int("rows", 10_000, "`number` of rows")
	epochs := flags.Int("epochs", 200, "`number` of passes over them")
	if err := flags.Parse(args); err != nil {
		return err
	}
	inMemory, err := measured(*rows)
	if err != nil {
		return err
	}
	if err := train(ctx, "measured", inMemory, *folder, *epochs, out); err != nil {
		return err
	}
	return train(ctx, "helices", helices{*rows}, *folder, *epochs, out)
}

// train trains on a source, writes samples of each class to a file and measures how far they are from held-out rows.
func train(ctx context.Context, name string, source data.Source, folder string, epochs int, out io.Writer) error {
	folder = filepath.Join(folder, name)
	config, err := euryale.Preset("scurve_v_cosine", "name="+name, fmt.Sprint("train.epochs=", epochs),
		"data=program", // the rows have classes, unlike the preset's data
		"data.standardize=true", "data.held_out=0.1", "net.labels=true", "train.label_dropout=0.1")
	if err != nil {
		return err
	}
	model, err := euryale.Train(ctx, config, euryale.In(folder), euryale.Overwrite(), euryale.WithData(source))
	if err != nil {
		return err
	}
	for label, class := range model.Schema.Classes {
		request := model.Request(source.Rows() / 10)
		request.Sampling.Guidance.Label = label
		quality, err := eval.Evaluate(ctx, model, request)
		if err != nil {
			return err
		}
		if err := model.Save(ctx, request, filepath.Join(folder, "samples", class+".csv")); err != nil {
			return err
		}
		fmt.Fprintf(out, "%s %s: means %.4g, of held-out rows %.4g; sliced W1 %.3g, of held-out rows %.3g\n",
			name, class, quality.Mean, quality.FreshMean, quality.SlicedW1, quality.Floor)
	}
	return nil
}
