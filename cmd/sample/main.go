// Sample draws samples from a trained run and writes them as points or as a picture.
//
//	go run ./cmd/sample -run DIR [-n N] [-sampler NAME] [-steps K] [-seed S] [-o FILE.{csv,npy,png,svg,gif}]
package main

import (
	"context"
	"fmt"

	"euryale/cmd/internal/command"
	"euryale/data"
	"euryale/report"
	"euryale/train"
)

// animationFrames is the most moments that a film shows.
const animationFrames = 61

func main() { command.Main("sample", run) }

func run(ctx context.Context, args []string) error {
	flags := command.NewFlags("sample", "sample -run DIR [-n N] [-sampler NAME] [-steps K] [-seed S] [-o FILE.{csv,npy,png,svg,gif}]")
	folder := flags.String("run", "", "run `folder`")
	out := flags.String("o", "", "output `file`: points as .csv or .npy, a picture as .png or .svg, the reverse process as .gif (default DIR/samples/samples.png)")
	o := train.SampleOptions{}
	flags.IntVar(&o.N, "n", 10_000, "`number` of samples")
	flags.IntVar(&o.Steps, "steps", 0, "reverse steps (default: all of the model's)")
	flags.Uint64Var(&o.Seed, "seed", 0, "seed of the samples (default: the run's)")
	flags.IntVar(&o.Workers, "workers", 0, "`number` of workers, which does not change the result (default: the processors)")
	sampler := flags.String("sampler", "", "reverse solver: ancestral (default: the run's sample.sampler)")
	variance := flags.String("variance", "", "variance of a reverse step: beta or beta_tilde (default: the run's)")
	start := flags.String("start", "", "where samples start: prior or marginal (default: the run's)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch {
	case *folder == "":
		return command.Usage("-run is missing; it takes the folder of a run")
	case o.N < 1:
		return command.Usage(fmt.Sprintf("-n must be at least 1, got %d", o.N))
	case flags.Given("steps") && o.Steps < 1:
		return command.Usage(fmt.Sprintf("-steps must be at least 1, got %d", o.Steps))
	case flags.Given("workers") && o.Workers < 1:
		return command.Usage("-workers must be at least 1")
	}
	if *out == "" {
		*out = train.Folder(*folder).Samples("samples.png")
	}
	format, err := report.FormatFor(*out)
	if err != nil {
		return command.Usage(err.Error())
	}
	model, err := train.Load(train.Folder(*folder))
	if err != nil {
		return err
	}
	if !flags.Given("seed") {
		o.Seed = model.Config.Seed
	}
	o.Sampling = model.Config.Sample
	for flag, key := range map[string]*string{*sampler: &o.Sampling.Sampler, *variance: &o.Sampling.Variance, *start: &o.Sampling.Start} {
		if flag != "" {
			*key = flag
		}
	}
	if key, err := o.Sampling.Validate(); err != nil {
		return command.Usage(fmt.Sprintf("-%s %v", key, err))
	}
	if max := model.Config.Diffusion.Steps; o.Steps > max {
		return command.Usage(fmt.Sprintf("-steps must be at most %d, the steps of the model, got %d", max, o.Steps))
	}
	if err := write(ctx, model, o, format, *out); err != nil {
		return err
	}
	fmt.Println(*out)
	return nil
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
		return report.Save(path, report.Animation{Frames: train.Panels(frames), Dim: model.Dim()})
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
		return report.Save(path, report.Scatter{Points: points, Reference: d.Points, Dim: d.Dim, Beside: true})
	}
}
