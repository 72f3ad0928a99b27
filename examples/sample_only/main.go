// Command sample_only opens a trained run and writes samples of it to a file. It links no Gorgonia and needs no data: to
// sample on another machine, copy this program of about 20 megabytes and a folder checkpoints/ with one checkpoint.
//
//	go run ./examples/sample_only -run runs/scurve -n 1000 -o points.csv
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"

	"euryale/model"
	"euryale/run"
)

func main() {
	if err := sample(context.Background(), os.Args[1:], os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func sample(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("sample_only", flag.ExitOnError)
	folder := flags.String("run", "runs/scurve", "`folder` of the run")
	n := flags.Int("n", 1000, "`number` of samples")
	seed := flags.Uint64("seed", 0, "`seed` of the samples")
	path := flags.String("o", "points.csv", "output `file`, .csv or .npy")
	if err := flags.Parse(args); err != nil {
		return err
	}
	m, err := model.Open(run.Folder(*folder))
	if err != nil {
		return err
	}
	request := m.Request(*n)
	request.Seed = *seed
	if err := m.Save(ctx, request, *path); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%d samples of %s, trained for %d steps: %s\n", *n, m.Config.Name, m.Step, *path)
	return err
}
