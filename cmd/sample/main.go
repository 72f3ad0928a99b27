// Sample draws samples from a trained run and writes them as points or as a picture.
//
//	go run ./cmd/sample -run DIR [-n N] [-sampler NAME] [-steps K] [-seed S] [-o FILE.{csv,npy,png,svg,gif}]
//	go run ./cmd/sample -list
package main

import (
	"context"
	"fmt"
	"math"
	"slices"

	"euryale/cmd/internal/command"
	"euryale/data"
	"euryale/report"
	"euryale/train"
)

// animationFrames is the most moments that a film shows.
const animationFrames = 61

func main() { command.Main("sample", run) }

func run(ctx context.Context, args []string) error {
	flags := command.NewFlags("sample", "sample -run DIR [-n N] [-sampler NAME] [-steps K] [-set key=value]... [-seed S] [-o FILE.{csv,npy,png,svg,gif}]")
	folder := flags.String("run", "", "run `folder`")
	out := flags.String("o", "", "output `file`: points as .csv or .npy, a picture as .png or .svg, the reverse process as .gif (default DIR/samples/samples.png)")
	list := flags.Bool("list", false, "print what can be chosen by name, one line each")
	o := train.SampleOptions{}
	flags.IntVar(&o.N, "n", 10_000, "`number` of samples")
	flags.Uint64Var(&o.Seed, "seed", 0, "seed of the samples (default: the run's)")
	flags.IntVar(&o.Workers, "workers", 0, "`number` of workers, which does not change the result (default: the processors)")
	sampling := command.NewSampling(flags)
	flags.BoolVar(&o.Invert, "invert", false, "turn fresh data into its noise instead, by -sampler ddim or rk45 backwards")
	known := flags.String("known", "", "coordinates that every sample shall have, as in 0=0.5,1=-1; the others are painted in (`list`)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch {
	case *list:
		return printList()
	case *folder == "":
		return command.Usage("-run is missing; it takes the folder of a run")
	case o.N < 1:
		return command.Usage(fmt.Sprintf("-n must be at least 1, got %d", o.N))
	case flags.Given("workers") && (o.Workers < 1 || o.Workers > train.MaxWorkers):
		return command.Usage(fmt.Sprintf("-workers must be from 1 to %d, got %d", train.MaxWorkers, o.Workers))
	}
	if *out == "" {
		*out = train.Folder(*folder).Samples("samples.png")
	}
	format, err := report.FormatFor(*out)
	if err != nil {
		return command.Usage(err.Error())
	}
	if most := mostSamples(format); o.N > most {
		return command.Usage(fmt.Sprintf("-n must be at most %d for %s, got %d", most, *out, o.N))
	}
	model, err := train.Load(train.Folder(*folder))
	if err != nil {
		return err
	}
	if !flags.Given("seed") {
		o.Seed = model.Config.Seed
	}
	if o.Known, err = parseKnown(*known, model.Dim()); err != nil {
		return err
	}
	if err := sampling.Apply(model, &o); err != nil {
		return err
	}
	if err := write(ctx, model, o, format, *out); err != nil {
		return err
	}
	fmt.Println(*out)
	return nil
}

// mostSamples bounds what is held in memory at once: the points of a picture, the frames of a film.
func mostSamples(format report.Format) int {
	switch format {
	case report.CSV, report.NPY:
		return math.MaxInt32
	case report.GIF:
		return 1_000_000
	}
	return 10_000_000
}

func write(ctx context.Context, model *train.Model, o train.SampleOptions, format report.Format, path string) error {
	switch format {
	case report.CSV, report.NPY:
		w, err := report.NewWriter(path, model.Dim())
		if err != nil {
			return err
		}
		defer w.Abort()
		if err := model.Sample(ctx, o, w.Write); err != nil {
			return err
		}
		return w.Close()
	case report.GIF:
		frames, err := model.Trajectory(ctx, o, animationFrames)
		if err != nil {
			return err
		}
		return report.Save(path, report.Animation{Frames: train.Panels(frames), Dim: model.Dim(), Labels: labels(o)})
	default:
		var points []float32
		if err := model.Sample(ctx, o, func(rows []float32) error {
			points = append(points, rows...)
			return nil
		}); err != nil {
			return err
		}
		d, err := data.New(model.Config.Data, model.Config.Seed)
		if err != nil {
			return err
		}
		return report.Save(path, report.Scatter{
			Points: points, Reference: d.Points, Dim: d.Dim, Beside: true, Labels: labels(o), ReferenceLabels: d.Labels,
		})
	}
}

// labels are those of the samples; nil if none was asked for.
func labels(o train.SampleOptions) []int32 {
	if o.Sampling.Label < 0 {
		return nil
	}
	return slices.Repeat([]int32{int32(o.Sampling.Label)}, o.N)
}
