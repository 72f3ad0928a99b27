package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"euryale/data"
	"euryale/model"
	"euryale/report"
)

// standardStream is the name of standard input and output.
const standardStream = "-"

// animationFrames is the most frames of an animation.
const animationFrames = 61

// defaultOutput is the name of the file without -o: a picture, if the rows are points in the plane.
func defaultOutput(m *model.Model) string {
	if m.Schema.Dim() == 2 {
		return "samples.png"
	}
	return "samples.csv"
}

// formatFor is the format of a path: CSV for a stream.
func formatFor(path string) (report.Format, error) {
	if path == standardStream {
		return report.CSV, nil
	}
	return report.FormatFor(path)
}

// checkOutput returns an error if a file cannot be written, or cannot hold so many samples. An empty path passes.
func checkOutput(path string, n int) error {
	if path == "" {
		return nil
	}
	format, err := formatFor(path)
	if err != nil {
		return usage(plain(err) + ", or - for standard output")
	}
	if most := mostSamples(format); n > most {
		return usagef("-n must be at most %d for %s, got %d", most, path, n)
	}
	if path == standardStream {
		return nil
	}
	return checkPlace(path)
}

// checkRows is checkOutput once the rows are known.
func checkRows(path string, m *model.Model, r model.Request) error {
	if err := checkOutput(path, r.N); err != nil {
		return err
	}
	format, err := formatFor(path)
	if err != nil {
		return err
	}
	if format != report.CSV && format != report.NPY {
		if dim := m.Schema.Dim(); dim != 2 {
			return usagef("-o: a picture shows points of 2 numbers, and a row of this run has %d; write a .csv or .npy file", dim)
		}
		return nil
	}
	if labels := labelsBeside(path); format == report.NPY && len(r.Labels) > 0 && exists(labels) && !exists(path) {
		return fmt.Errorf("-o: the labels of %s go to %s, which is there already; choose another name, or move that file", path, labels)
	}
	return nil
}

// labelsBeside is the file of the labels of a .npy file.
func labelsBeside(path string) string {
	extension := filepath.Ext(path)
	return strings.TrimSuffix(path, extension) + "_labels" + extension
}

// exists reports whether something is at a path.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// checkPlace returns an error if no file can be written at a path, before hours are spent on what it is to hold.
func checkPlace(path string) error {
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return fmt.Errorf("-o: there is no folder %s", filepath.Dir(path))
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("-o: %s is a folder, not a file", path)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".euryale-*") // as the result will be, before it gets its name
	if err != nil {
		return fmt.Errorf("-o: %s cannot be written: %w", path, reason(err))
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

// reason is the cause of an error of the file system, without the name of the file.
func reason(err error) error {
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		return cause.Err
	}
	return err
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

// writeSamples draws samples into a file or to standard output. When ctx ends, those that are done go to a file beside it.
func writeSamples(ctx context.Context, m *model.Model, r model.Request, path string, shown *progress) error {
	format, err := formatFor(path)
	if err != nil {
		return err
	}
	switch format {
	case report.CSV, report.NPY:
		return writeRows(ctx, m, r, path)
	case report.GIF:
		frames, err := m.Trajectory(ctx, r, animationFrames)
		return savePicture(err, path, r.N, func(n int) report.Picture {
			return report.Animation{Frames: titled(frames), Dim: m.Schema.Dim(), Labels: shades(m, sampleLabels(r, n))}
		})
	default:
		points, _, err := m.Points(ctx, r)
		shown.end() // before a warning about the data
		return savePicture(err, path, r.N, func(n int) report.Picture { return scatter(m, r, points, n) })
	}
}

// writeRows draws samples into a file of rows, or to standard output as CSV.
func writeRows(ctx context.Context, m *model.Model, r model.Request, path string) error {
	if path == standardStream {
		sink, err := data.NewCSVStream(os.Stdout, m.SampleSchema(r))
		if err != nil {
			return err
		}
		err = m.Sample(ctx, r, sink)
		if ended, ok := errors.AsType[*model.InterruptedError](err); ok {
			return interruption{ended, fmt.Sprintf("the first %s are on standard output", ofAll(ended))}
		}
		return errors.Join(err, sink.Close())
	}
	sink, err := data.NewSink(path, m.SampleSchema(r))
	if err != nil {
		return err
	}
	defer sink.Abort() // nothing to do after Close
	err = m.Sample(ctx, r, sink)
	if ended, ok := errors.AsType[*model.InterruptedError](err); ok {
		return keep(ended, path, sink.Keep)
	}
	if err != nil {
		return err
	}
	return sink.Close()
}

// savePicture saves a picture of n samples, or of those that are done.
func savePicture(err error, path string, n int, picture func(n int) report.Picture) error {
	if ended, ok := errors.AsType[*model.InterruptedError](err); ok {
		return keep(ended, path, func(path string) error { return report.Save(path, picture(ended.Done)) })
	}
	if err != nil {
		return err
	}
	return report.Save(path, picture(n))
}

// scatter is the picture of samples next to the data that the model was trained on; of an inversion both are as the net
// sees them.
func scatter(m *model.Model, r model.Request, points []float32, n int) report.Picture {
	picture := report.Scatter{Points: points, Dim: m.Schema.Dim(), Beside: true, Labels: shades(m, sampleLabels(r, n))}
	points, labels, err := trainingPoints(context.Background(), m)
	if err == nil && r.Invert {
		picture.Name = "noise"
		points, err = m.Encode(points)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "sample: the picture has no data next to the samples: %s\n", plain(err))
		return picture
	}
	picture.Reference, picture.ReferenceLabels = points, shades(m, labels)
	return picture
}

// sampleLabels are those of the first n samples; nil if they have none.
func sampleLabels(r model.Request, n int) []int32 {
	labels := r.Labels
	if len(labels) == 0 {
		label := r.Sampling.Guidance.Label
		if label < 0 {
			return nil
		}
		labels = []int32{int32(label)}
	}
	all := make([]int32, n)
	for i := range all {
		all[i] = labels[i%len(labels)]
	}
	return all
}
