package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"euryale/data"
	"euryale/data/images"
	"euryale/model"
)

// imageFlags are the flags of sample that are for images alone.
type imageFlags struct {
	flags                *flags
	image, mask, between string
	fromTime             float64
	columns              int
}

// declare declares the flags.
func (i *imageFlags) declare(flags *flags) {
	i.flags = flags
	flags.StringVar(&i.image, "image", "", "an image `file` to inpaint: every sample keeps its pixels, byte for byte, where -mask is black. "+
		"-set repaint.resample=10 with -sampler ancestral revises the others more often to match them (RePaint)")
	flags.StringVar(&i.mask, "mask", "", "the mask of -image, a `file` of black and white pixels: white is drawn, black is kept")
	flags.StringVar(&i.between, "between", "", "two image `files`, A.png,B.png: the samples lead from A to B. Both are turned into noise "+
		"by -sampler ddim or rk45 backward, and samples start between them, spherically: the ends reproduce A and B")
	flags.Float64Var(&i.fromTime, "from-time", 0, "with -between, mix the images, add noise up to the `time` t of the process, as "+
		"sample.times counts it, and draw from there (Ho et al. 2020): the later, the more is drawn anew")
	flags.IntVar(&i.columns, "columns", 0, "the `number` of images in a row of a picture (default: as many as make it about square)")
}

// imageFlagNames are the flags that are for images alone.
var imageFlagNames = []string{"image", "mask", "between", "from-time", "columns"}

// check checks the flags before anything is opened.
func (i *imageFlags) check() error {
	given := i.flags.given
	switch {
	case given("image") && !given("mask"):
		return usage("-image needs -mask, a file of the same size: white is drawn, black is kept")
	case given("mask") && !given("image"):
		return usage("-mask needs -image, the file whose pixels are kept where the mask is black")
	case given("from-time") && !given("between"):
		return usage("-from-time has no effect without -between, the images to mix")
	case given("columns") && i.columns < 1:
		return usagef("-columns must be at least 1, got %d", i.columns)
	}
	if !given("between") {
		return nil
	}
	for _, other := range []string{"image", "from", "invert", "known", "start"} {
		if given(other) {
			return usagef("-between and -%s both choose what the samples start from; give one of them", other)
		}
	}
	if files := strings.Split(i.between, ","); len(files) != 2 || files[0] == "" || files[1] == "" {
		return usagef("-between: expected two files, as in A.png,B.png, got %q", i.between)
	}
	return nil
}

// imagesAtOnce are samples that a picture shows well, without and with classes.
const imagesAtOnce, betweenAtOnce = 64, 9

// someImages is the number of images in a picture of that many classes: as many of each.
func someImages(classes int) int {
	if classes == 0 {
		return imagesAtOnce
	}
	return classes * max(1, imagesAtOnce/classes)
}

// apply changes a request by the flags.
func (i *imageFlags) apply(m *model.Model, r *model.Request) (err error) {
	shape := m.Image()
	if shape == nil {
		for _, name := range imageFlagNames {
			if i.flags.given(name) {
				return usagef("-%s is for images, and the data of this run has none", name)
			}
		}
		return nil
	}
	if i.image != "" {
		if r.Known, err = readKept(i.image, i.mask, shape); err != nil {
			return err
		}
	}
	if i.between == "" {
		return nil
	}
	if r.Between, err = readImages("-between", strings.Split(i.between, ","), shape); err != nil {
		return err
	}
	if i.flags.given("from-time") {
		r.BetweenFrom = &i.fromTime
	}
	return nil
}

// readKept reads the pixels of an image where a mask is black.
func readKept(file, mask string, shape []int) (map[int]float64, error) {
	pixels, err := images.Read(file, shape)
	if err != nil {
		return nil, fmt.Errorf("-image: %w", err)
	}
	white, err := images.ReadMask(mask, shape)
	if err != nil {
		return nil, fmt.Errorf("-mask: %w", err)
	}
	switch {
	case !slices.Contains(white, true):
		return nil, usagef("-mask: %s is black all over, so that nothing is drawn: white is drawn, black is kept", mask)
	case !slices.Contains(white, false):
		return nil, usagef("-mask: %s is white all over, so that nothing of -image is kept: white is drawn, black is kept", mask)
	}
	known, channels := map[int]float64{}, shape[2]
	for at, v := range pixels {
		if !white[at/channels] {
			known[at] = float64(v)
		}
	}
	return known, nil
}

// readImages reads image files of a shape as rows.
func readImages(flag string, files []string, shape []int) (*data.Batch, error) {
	rows := &data.Batch{Rows: len(files)}
	for _, file := range files {
		pixels, err := images.Read(file, shape)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", flag, err)
		}
		for _, v := range pixels {
			rows.Real = append(rows.Real, float64(v))
		}
	}
	return rows, nil
}

// readImageRows reads images for -from: a .npy file of bytes, a folder, or a single file.
func readImageRows(ctx context.Context, path string, m *model.Model) (*data.Batch, error) {
	shape := m.Image()
	info, err := os.Stat(path)
	var source data.Source
	switch {
	case err != nil:
		return nil, fmt.Errorf("-from: %s: %w", path, reason(err))
	case info.IsDir():
		source, err = (&images.Folder{Path: path, Color: "files"}).Open(ctx, 0)
	case strings.EqualFold(filepath.Ext(path), ".npy"):
		file := &images.NPY{File: path}
		if labels := labelsBeside(path); exists(labels) && len(m.Schema.Classes) > 0 {
			file.Labels = labels
		}
		source, err = file.Open(ctx, 0)
	default:
		return readImages("-from", []string{path}, shape)
	}
	if err != nil {
		return nil, fmt.Errorf("-from: %w", err)
	}
	if got := source.Schema().Image; !slices.Equal(got, shape) {
		return nil, fmt.Errorf("-from: %s: images of the shape %v (height, width, channels), and those of this run have %v", path, got, shape)
	}
	if got := len(source.Schema().Classes); got > len(m.Schema.Classes) {
		return nil, fmt.Errorf("-from: %s: a label is %d, expected labels from 0 to %d", labelsBeside(path), got-1, len(m.Schema.Classes)-1)
	}
	rows := new(data.Batch)
	return rows, source.Read(ctx, rows, 0, source.Rows())
}
