package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"euryale/model"
	"euryale/model/picture"
)

// drawsImages reports whether the samples of a request are images.
func drawsImages(m *model.Model, r model.Request) bool { return m.Image() != nil && !r.Invert }

// checkImages returns an error if images cannot be written to a path.
func checkImages(path string, m *model.Model, r model.Request, columns bool) error {
	schema := m.SampleSchema(r)
	extension := strings.ToLower(filepath.Ext(path))
	switch {
	case columns && !picture.Is(path):
		return usagef("-columns has no effect on %s: it is for a picture of many images, .png or .gif", path)
	case path == standardStream && len(schema.Classes) > 0:
		return usage("-o -: standard output gets the images as .npy, which has no place for labels; write a .npy file, " +
			"which gets a second one, or draw one class by -label")
	case path == standardStream && term.IsTerminal(int(os.Stdout.Fd())):
		return usage("-o -: standard output gets the images as .npy, which a terminal cannot show: redirect it, or write a .png")
	case path == standardStream:
		return nil
	case picture.Is(path) && strings.Contains(filepath.Base(path), "%"):
		return usagef("-o: %s: a .png is one picture of all images; single PNGs go to a folder, such as -o samples/", path)
	case picture.Is(path) && m.Image()[2] != 1 && m.Image()[2] != 3:
		return usagef("-o: a picture has 1 channel (gray) or 3 (red, green and blue), and the images of this run have %d; write a .npy file",
			m.Image()[2])
	}
	switch {
	case picture.Is(path):
	case extension == ".svg" && !model.IsFolder(path):
		return usage("-o: a picture of images is .png, or .gif for an animation, not .svg")
	default:
		if err := model.CheckSink(path, schema); err != nil {
			return usage("-o: " + plain(err))
		}
		return errors.Join(checkLabelsBeside(path, m, r), checkPlaceFor(path))
	}
	if most := picture.Most(path, m); r.N > most {
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
	if !picture.Is(path) {
		return writeRows(ctx, m, r, path, shown)
	}
	first, err := picture.Draw(ctx, m, r, path, columns)
	shown.end()
	return savePicture(err, path, r.N, first)
}

// drawImages draws the picture at the end of a run of images: as many of each class where the net takes labels.
func drawImages(ctx context.Context, c *console, m *model.Model, path string, workers int) error {
	r := m.Request(imagesAtOnce)
	r.Workers = workers
	if m.TakesLabels() && r.Sampling.Guidance.Label < 0 {
		r.Labels = m.AllLabels()
		r.N = someImages(len(r.Labels))
	}
	shown := c.progress("samples")
	r.Progress = shown.show
	err := picture.Save(ctx, m, r, path, 0)
	shown.end()
	return err
}
