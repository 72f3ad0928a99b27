package cli

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"euryale/model"
	"euryale/report"
	"euryale/run"
)

// animationFrames is the most frames of an animation.
const animationFrames = 61

// runSample draws samples from a trained run and writes them as rows or as a picture.
func runSample(ctx context.Context, args []string) error {
	flags := newFlags("sample", "sample -run DIR [-n N] [-sampler NAME] [-steps K] [-set key=value]... [-seed S] "+
		"[-o FILE.{csv,npy,png,svg,gif}]")
	folder := flags.String("run", "", "run `folder`")
	out := flags.String("o", "", "output `file`: rows as .csv or .npy, a picture as .png or .svg, the reverse process as .gif "+
		"(default DIR/samples/samples.png, or .csv for rows that are no points in the plane)")
	list := flags.Bool("list", false, "print what can be chosen by name, one line each")
	r := model.Request{}
	flags.IntVar(&r.N, "n", 10_000, "`number` of samples")
	flags.Uint64Var(&r.Seed, "seed", 0, "`seed` of the samples (default: the run's)")
	flags.IntVar(&r.Workers, "workers", 0, "`number` of workers, which does not change the result (default: the processors)")
	sampling := newSampling(flags)
	flags.BoolVar(&r.Invert, "invert", false, "turn fresh data into its noise instead, by -sampler ddim or rk45 backwards")
	known := flags.String("known", "", "fix coordinates of every sample by a `list`, as in 0=0.5,1=-1; the others are inpainted")
	if err := flags.parse(args); err != nil {
		return err
	}
	switch {
	case *list:
		return printList()
	case *folder == "":
		return usage("-run is missing; it takes the folder of a run")
	case r.N < 1:
		return usagef("-n must be at least 1, got %d", r.N)
	}
	if err := flags.checkWorkers(r.Workers); err != nil {
		return err
	}
	if err := checkOutput(*out, r.N); err != nil {
		return err
	}
	m, err := model.Open(run.Folder(*folder))
	if err != nil {
		return err
	}
	if *out == "" {
		*out = run.Folder(*folder).Samples(standardOutput(m))
		if err := os.MkdirAll(filepath.Dir(*out), 0o755); err != nil {
			return err
		}
	}
	if !flags.given("seed") {
		r.Seed = m.Config.Seed
	}
	if r.Known, err = parseKnown(*known, m.Dim()); err != nil {
		return err
	}
	if err := sampling.apply(m, &r); err != nil {
		return err
	}
	if err := checkOutput(*out, r.N); err != nil {
		return err
	}
	if err := writeSamples(ctx, m, r, *out); err != nil {
		return err
	}
	_, err = fmt.Println(*out)
	return err
}

// standardOutput is the name of the file where none was asked for: a picture, if the rows are points in the plane.
func standardOutput(m *model.Model) string {
	if m.Schema.Dim() == 2 {
		return "samples.png"
	}
	return "samples.csv"
}

// checkOutput returns an error if a file cannot be written, or cannot hold so many samples. An empty path is for later.
func checkOutput(path string, n int) error {
	if path == "" {
		return nil
	}
	format, err := report.FormatFor(path)
	if err != nil {
		return usage(plain(err))
	}
	if most := mostSamples(format); n > most {
		return usagef("-n must be at most %d for %s, got %d", most, path, n)
	}
	return checkPlace(path)
}

// checkPlace returns an error if no file can stand at a path: before hours are spent on what it is to hold.
func checkPlace(path string) error {
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return fmt.Errorf("-o: there is no folder %s", filepath.Dir(path))
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("-o: %s is a folder, not a file", path)
	}
	return nil
}

// mostSamples bounds what is held in memory at once: the points of a picture, the frames of an animation.
func mostSamples(format report.Format) int {
	switch format {
	case report.CSV, report.NPY:
		return math.MaxInt32
	case report.GIF:
		return 1_000_000
	}
	return 10_000_000
}

func writeSamples(ctx context.Context, m *model.Model, r model.Request, path string) error {
	format, err := report.FormatFor(path)
	if err != nil {
		return err
	}
	if dim := m.Schema.Dim(); dim != 2 && format != report.CSV && format != report.NPY {
		return usagef("-o: a picture shows points of 2 numbers, and a row of this run has %d; write a .csv or .npy file", dim)
	}
	switch format {
	case report.CSV, report.NPY:
		return m.Save(ctx, r, path)
	case report.GIF:
		frames, err := m.Trajectory(ctx, r, animationFrames)
		if err != nil {
			return err
		}
		return report.Save(path, report.Animation{Frames: titled(frames), Dim: m.Schema.Dim(), Labels: shades(m, sampleLabels(r))})
	default:
		points, _, err := m.Points(ctx, r)
		if err != nil {
			return err
		}
		data, dataLabels, err := trainingPoints(ctx, m)
		if ended := ctx.Err(); ended != nil {
			return ended
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "sample: the picture has no data beside the samples: %s\n", plain(err))
		}
		return report.Save(path, report.Scatter{
			Points: points, Reference: data, Dim: m.Schema.Dim(), Beside: true,
			Labels: shades(m, sampleLabels(r)), ReferenceLabels: shades(m, dataLabels),
		})
	}
}

// sampleLabels are those of the samples; nil if none was asked for.
func sampleLabels(r model.Request) []int32 {
	label := r.Sampling.Guidance.Label
	if label < 0 {
		return nil
	}
	return slices.Repeat([]int32{int32(label)}, r.N)
}
