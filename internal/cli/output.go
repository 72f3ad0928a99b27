package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"euryale/data"
	tables "euryale/data/table"
	"euryale/figures"
	"euryale/model"
	"euryale/report"
)

// standardStream is the name of standard input and output.
const standardStream = "-"

// animationFrames is the most frames of an animation.
const animationFrames = 61

// defaultOutput is the name of the file without -o: of a table a file like its own, of points in the plane a picture.
func defaultOutput(m *model.Model, invert bool) string {
	if options, ok := m.Config.Data.Source.Kind.(*tables.Options); ok && !invert {
		extension := strings.ToLower(filepath.Ext(strings.TrimSuffix(options.File, ".gz")))
		if slices.Contains(tables.Extensions(), extension) && tables.CheckSink(extension, m.Schema) == nil {
			return "samples" + extension
		}
		return "samples.csv"
	}
	if (m.Schema.Dim() == 2 || m.Image() != nil && !invert) && m.Table() == nil {
		return "samples.png"
	}
	if m.Image() != nil {
		return "noise.npy"
	}
	return "samples.csv" // also of a table's noise, which -from reads
}

// isRows reports whether a path is of a file of rows, or standard output.
func isRows(path string) bool {
	return path == standardStream || slices.Contains(tables.Extensions(), strings.ToLower(filepath.Ext(path)))
}

// pictureFormat is the format of a path that is not of rows.
func pictureFormat(path string) (report.Format, error) {
	format, err := report.FormatFor(path)
	if err == nil {
		return format, nil
	}
	what := fmt.Sprintf("unknown extension %q in %q", filepath.Ext(path), path)
	if filepath.Ext(path) == "" {
		what = fmt.Sprintf("%q has no extension to choose its format", path)
	}
	return "", usagef("-o: %s, want %s, .png, .svg or .gif, or - for standard output; for single images a "+
		"folder, such as samples/", what, strings.Join(tables.Extensions(), ", "))
}

// checkOutput returns an error if a file cannot be written, or cannot hold so many samples. An empty path passes.
func checkOutput(path string, n int) error {
	if path == "" {
		return nil
	}
	most := math.MaxInt32
	if !isRows(path) {
		format, err := pictureFormat(path)
		if err != nil {
			return err
		}
		most = mostPictured(format)
	}
	if n > most {
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
	schema := m.SampleSchema(r)
	switch {
	case !isRows(path) && m.Image() != nil:
		return usage("-o: with -invert the rows are noise as the net sees it, which is no image; write a .npy file")
	case !isRows(path) && !inPlane(m):
		return usagef("-o: a picture shows points of 2 numbers, and a row of this run has %s; write a .csv or .npy file", contents(m))
	case strings.EqualFold(filepath.Ext(path), ".gif") && len(r.Where) > 0 && m.Table() != nil:
		return usage("-o: -where does not go with an animation, which shows samples on their way from noise: it chooses them at its end")
	case !isRows(path):
		return nil
	case path == standardStream:
		path = "standard output.csv"
	}
	if err := model.CheckSink(path, schema); err != nil {
		return usage("-o: " + plain(err))
	}
	return checkLabelsBeside(path, m, r)
}

// checkLabelsBeside returns an error if the second file of a .npy file is there already.
func checkLabelsBeside(path string, m *model.Model, r model.Request) error {
	if labels := labelsBeside(path); m.Table() == nil && strings.EqualFold(filepath.Ext(path), ".npy") && len(r.Labels) > 0 &&
		exists(labels) && !exists(path) {
		return fmt.Errorf("-o: the labels of %s go to %s, which is there already; choose another name, or move that file", path, labels)
	}
	return nil
}

// inPlane reports whether rows are points in the plane: two numbers and nothing else but a class.
func inPlane(m *model.Model) bool {
	return m.Schema.Dim() == 2 && m.Schema.Indices() == 0 && m.Dim() == 2
}

// contents is what a row holds, in words.
func contents(m *model.Model) string {
	if m.Table() == nil {
		return strconv.Itoa(m.Schema.Dim())
	}
	return fmt.Sprintf("%s, encoded as %d numbers", amount(m.Schema.Dim()+m.Schema.Indices(), "column"), m.Dim())
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

// mostPictured bounds what is held in memory at once: the points of a picture, the frames of an animation.
func mostPictured(format report.Format) int {
	if format == report.GIF {
		return 1_000_000
	}
	return 10_000_000
}

// writeSamples draws samples into a file or to standard output. When ctx ends, those that are done go to a file beside it.
func writeSamples(ctx context.Context, m *model.Model, r model.Request, path string, shown *progress) error {
	if isRows(path) {
		return writeRows(ctx, m, r, path, shown)
	}
	format, err := pictureFormat(path)
	if err != nil {
		return err
	}
	if format == report.GIF {
		frames, err := m.Trajectory(ctx, r, animationFrames)
		return savePicture(err, path, r.N, func(n int) report.Picture {
			return report.Animation{Frames: figures.Panels(frames), Dim: m.Schema.Dim(), Labels: figures.Shades(m, sampleLabels(r, n))}
		})
	}
	points, err := pointsOf(ctx, m, r)
	shown.end() // before a warning about the data
	return savePicture(err, path, r.N, func(n int) report.Picture { return scatter(shown.console, m, r, points, n) })
}

// pointsOf draws samples for a picture.
func pointsOf(ctx context.Context, m *model.Model, r model.Request) ([]float32, error) {
	if len(r.Where) == 0 {
		points, _, err := m.Points(ctx, r)
		return points, err
	}
	var points pointSink
	err := m.Sample(ctx, r, &points)
	return points.x, err
}

// pointSink is a sink that keeps points in memory.
type pointSink struct {
	data.Sink
	x []float32
}

// Write implements data.Sink.
func (p *pointSink) Write(rows *data.Batch) error {
	for _, v := range rows.Real {
		p.x = append(p.x, float32(v))
	}
	return nil
}

// writeRows draws samples into a file of rows, or to standard output as CSV, and reports the classes of a table.
func writeRows(ctx context.Context, m *model.Model, r model.Request, path string, shown *progress) error {
	sink, err := openRows(path, m.SampleSchema(r), r.N)
	if err != nil {
		return err
	}
	defer sink.Abort() // nothing to do after Close
	counted := &classCounter{Sink: sink, counts: make([]int, len(m.Schema.Classes))}
	err = m.Sample(ctx, r, counted)
	shown.end()
	ended, interrupted := errors.AsType[*model.InterruptedError](err)
	if (err == nil || interrupted) && !r.Invert {
		counted.print(shown.console, m)
	}
	switch {
	case interrupted && path == standardStream:
		return interruption{ended, fmt.Sprintf("the first %s are on standard output", ofAll(ended))}
	case interrupted:
		return keep(ended, path, sink.Keep)
	case err != nil && path != standardStream:
		return err
	}
	return errors.Join(err, sink.Close())
}

// openRows opens a file of rows, or standard output.
func openRows(path string, s data.Schema, rows int) (data.Sink, error) {
	if path == standardStream {
		return model.NewStream(os.Stdout, s, rows)
	}
	return model.NewSink(path, s, rows)
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
func scatter(c *console, m *model.Model, r model.Request, points []float32, n int) report.Picture {
	picture := report.Scatter{Points: points, Dim: m.Schema.Dim(), Beside: true, Labels: figures.Shades(m, sampleLabels(r, n))}
	points, labels, err := trainingPoints(context.Background(), m, math.MaxInt)
	if err == nil && r.Invert {
		picture.Name = "noise"
		points, err = m.Encode(points)
	}
	if err != nil {
		c.note("sample: the picture has no data next to the samples: %s", plain(err))
		return picture
	}
	picture.Reference, picture.ReferenceLabels = points, figures.Shades(m, labels)
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
