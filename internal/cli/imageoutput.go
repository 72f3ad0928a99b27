package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/term"

	"euryale/data"
	"euryale/model"
	"euryale/report"
)

// imageFrames is the most frames of an animation of images, whose noise makes a large file, and filmNumbers the most numbers
// of its frames in memory.
const (
	imageFrames = 41
	filmNumbers = 1 << 27
)

// drawsImages reports whether the samples of a request are images.
func drawsImages(m *model.Model, r model.Request) bool { return m.Image() != nil && !r.Invert }

// isPicture reports whether a path is of one picture of images.
func isPicture(path string) bool {
	extension := strings.ToLower(filepath.Ext(path))
	return !model.IsFolder(path) && (extension == ".png" || extension == ".gif")
}

// checkImages returns an error if images cannot be written to a path.
func checkImages(path string, m *model.Model, r model.Request, columns bool) error {
	schema, dim := m.SampleSchema(r), m.Dim()
	extension := strings.ToLower(filepath.Ext(path))
	switch {
	case columns && !isPicture(path):
		return usagef("-columns has no effect on %s: it is for a picture of many images, .png or .gif", path)
	case path == standardStream && len(schema.Classes) > 0:
		return usage("-o -: standard output gets the images as .npy, which has no place for labels; write a .npy file, " +
			"which gets a second one, or draw one class by -label")
	case path == standardStream && term.IsTerminal(int(os.Stdout.Fd())):
		return usage("-o -: standard output gets the images as .npy, which a terminal cannot show: redirect it, or write a .png")
	case path == standardStream:
		return nil
	case isPicture(path) && strings.Contains(filepath.Base(path), "%"):
		return usagef("-o: %s: a .png is one picture of all images; single PNGs go to a folder, such as -o samples/", path)
	case isPicture(path) && m.Image()[2] != 1 && m.Image()[2] != 3:
		return usagef("-o: a picture has 1 channel (gray) or 3 (red, green and blue), and the images of this run have %d; write a .npy file",
			m.Image()[2])
	}
	most := 0
	switch {
	case extension == ".png" && isPicture(path):
		most = report.MaxImageNumbers / dim
	case extension == ".gif" && isPicture(path):
		most = filmNumbers / imageFrames / dim
	case extension == ".svg" && !model.IsFolder(path):
		return usage("-o: a picture of images is .png, or .gif for an animation, not .svg")
	default:
		if err := model.CheckSink(path, schema); err != nil {
			return usage("-o: " + plain(err))
		}
		return errors.Join(checkLabelsBeside(path, m, r), checkPlaceFor(path))
	}
	if r.N > most {
		return usagef("-n must be at most %d for %s, got %d; write a .npy file, or a folder, such as -o samples/", most, path, r.N)
	}
	return checkPlace(path)
}

// checkPlaceFor is checkPlace for a folder or a file.
func checkPlaceFor(path string) error {
	if !model.IsFolder(path) {
		return checkPlace(path)
	}
	path = filepath.Clean(path)
	return checkPlace(filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"-")) // where the images are until all are done
}

// writeImages draws images into a file or a folder.
func writeImages(ctx context.Context, m *model.Model, r model.Request, path string, columns int, shown *progress) error {
	if !isPicture(path) {
		return writeRows(ctx, m, r, path, shown)
	}
	grid := gridOf(m, r, columns)
	if strings.EqualFold(filepath.Ext(path), ".gif") {
		frames, err := m.Trajectory(ctx, r, imageFrames)
		shown.end()
		return savePicture(err, path, r.N, func(n int) report.Picture {
			film := report.ImageAnimation{Images: first(grid, n)}
			for _, f := range frames {
				film.Frames = append(film.Frames, report.ImageFrame{Title: f.Title, Pixels: bytesOf(f.X)})
			}
			return film
		})
	}
	sink := &pixelSink{pixels: make([]byte, 0, r.N*m.Dim())}
	err := m.Sample(ctx, r, sink)
	shown.end()
	return savePicture(err, path, r.N, func(n int) report.Picture {
		return report.ImageGrid{Images: first(grid, n), Pixels: sink.pixels}
	})
}

// betweenColumns is the most images in one row that lead from one to another.
const betweenColumns = 16

// gridOf is the arrangement of the images of a request: by class where they have several.
func gridOf(m *model.Model, r model.Request, columns int) report.Images {
	grid := report.Images{Shape: m.Image(), Columns: columns}
	if r.Between != nil && columns == 0 && r.N <= betweenColumns {
		grid.Columns = r.N
	}
	if labels := m.LabelsOf(r, r.N); slices.Min(labels) < slices.Max(labels) {
		grid.Labels, grid.Classes = labels, m.Schema.Classes
	}
	return grid
}

// first is the arrangement of the first n images.
func first(grid report.Images, n int) report.Images {
	if grid.Labels != nil {
		grid.Labels = grid.Labels[:n]
	}
	return grid
}

// bytesOf are pixels as bytes.
func bytesOf[T float32 | float64](x []T) []byte {
	pixels := make([]byte, len(x))
	for i, v := range x {
		pixels[i] = byte(v)
	}
	return pixels
}

// pixelSink is a sink that keeps images in memory.
type pixelSink struct {
	data.Sink
	pixels []byte
}

// Write implements data.Sink.
func (p *pixelSink) Write(rows *data.Batch) error {
	p.pixels = append(p.pixels, bytesOf(rows.Real)...)
	return nil
}

// drawImages draws the picture at the end of a run of images: as many of each class where the net takes labels.
func drawImages(ctx context.Context, m *model.Model, path string, workers int) error {
	r := m.Request(imagesAtOnce)
	r.Workers = workers
	if m.TakesLabels() && r.Sampling.Guidance.Label < 0 {
		r.Labels = m.AllLabels()
		r.N = someImages(len(r.Labels))
	}
	shown := newProgress("samples")
	r.Progress = shown.show
	sink := &pixelSink{}
	err := m.Sample(ctx, r, sink)
	shown.end()
	if err != nil {
		return err
	}
	return report.Save(path, report.ImageGrid{Images: gridOf(m, r, 0), Pixels: sink.pixels})
}
