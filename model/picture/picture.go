// Package picture draws samples of images into one picture: a grid, .png, or how they come about from noise, .gif. Files of rows
// and folders of single images are model.Model.Save's, so that a program that only writes rows links no plotting. The grid itself
// is drawn by package report.
//
// Start reading at Save; Check is for before the work, and Draw for samples that a program has already.
package picture

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"euryale/data"
	"euryale/model"
	"euryale/report"
)

// Frames is the most frames of an animation of images, whose noise makes a large file.
const Frames = 41

// filmNumbers is the most numbers of the frames of an animation, which are in memory.
const filmNumbers = 1 << 27

// betweenColumns is the most images in one row that lead from one to another.
const betweenColumns = 16

// Is reports whether a path is of one picture of images.
func Is(path string) bool {
	return !model.IsFolder(path) && (hasExtension(path, ".png") || hasExtension(path, ".gif"))
}

func hasExtension(path, extension string) bool {
	return strings.EqualFold(filepath.Ext(path), extension)
}

// Most is the most images of a model in the picture of a path.
func Most(path string, m *model.Model) int {
	if hasExtension(path, ".gif") {
		return filmNumbers / Frames / m.Dim()
	}
	return report.MaxImageNumbers / m.Dim()
}

// Check returns an error, before anything is drawn, if the samples of a request do not fit into the picture of a path.
func Check(path string, m *model.Model, r model.Request) error {
	switch shape := m.Image(); {
	case shape == nil || r.Invert:
		return fmt.Errorf("picture: %s: the samples are no images", path)
	case !Is(path):
		return fmt.Errorf("picture: %s: want a path that ends in .png or .gif; files of rows and folders of images are Model.Save's", path)
	case shape[2] != 1 && shape[2] != 3:
		return fmt.Errorf("picture: a picture has 1 channel (gray) or 3 (red, green and blue), and the images of this run have %d; write a .npy "+
			"file", shape[2])
	case r.N > Most(path, m):
		return fmt.Errorf("picture: at most %d images fit in %s, got %d; write a .npy file, or a folder", Most(path, m), path, r.N)
	}
	return m.Check(r)
}

// Save draws the samples of a request and saves them as one picture: .png, or .gif for how they come about. It has that many
// images in a row; with 0 columns, as many as make it about square. Samples of several classes have rows per class. The file
// appears when it is complete. When ctx ends before, there is none, and the error is a *model.InterruptedError.
func Save(ctx context.Context, m *model.Model, r model.Request, path string, columns int) error {
	if columns < 0 {
		return fmt.Errorf("picture: the number of columns must be at least 1, or 0 for as many as make it square, got %d", columns)
	}
	if err := Check(path, m, r); err != nil {
		return err
	}
	first, err := Draw(ctx, m, r, path, columns)
	if err != nil {
		return err
	}
	return report.Save(path, first(r.N))
}

// Draw draws the samples of a request, which Check has passed, and returns the picture of the first n. When ctx ends, the error is a
// *model.InterruptedError, and its Done are the most for n.
func Draw(ctx context.Context, m *model.Model, r model.Request, path string, columns int) (first func(n int) report.Picture, err error) {
	grid := gridOf(m, r, columns)
	if hasExtension(path, ".gif") {
		frames, err := m.Trajectory(ctx, r, Frames)
		return func(n int) report.Picture {
			film := report.ImageAnimation{Images: firstOf(grid, n)}
			for _, f := range frames {
				film.Frames = append(film.Frames, report.ImageFrame{Title: f.Title, Pixels: Bytes(f.X)})
			}
			return film
		}, err
	}
	sink := &pixelSink{pixels: make([]byte, 0, r.N*m.Dim())}
	err = m.Sample(ctx, r, sink)
	return func(n int) report.Picture { return report.ImageGrid{Images: firstOf(grid, n), Pixels: sink.pixels} }, err
}

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

// firstOf is the arrangement of the first n images.
func firstOf(grid report.Images, n int) report.Images {
	if grid.Labels != nil {
		grid.Labels = grid.Labels[:n]
	}
	return grid
}

// Bytes are pixels as bytes.
func Bytes[T float32 | float64](x []T) []byte {
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
	p.pixels = append(p.pixels, Bytes(rows.Real)...)
	return nil
}
