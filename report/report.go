// Package report turns points, curves and measurements into pictures. It has no notion of diffusion: it takes numbers and
// writes files.
//
// A picture is a value, one of
//
//	points     Scatter, Strip, Animation, Sheet, Trajectories
//	densities  HeatMap, with arrows of a field
//	numbers    LossCurve, Chart, ChartGrid, Bars
//	columns    Histograms, PairPlot
//	images     ImageGrid, ImageAnimation
//	quick      Preview, ImagePreview: small pictures of points and images in the course of a training
//
// Fill it in, and Save it under a path whose extension gives the format. The file appears when it is complete, and a failure
// leaves an older file of that name unchanged. The same input gives the same bytes. Package data writes files of points,
// .csv and .npy; FormatFor accepts these too, so that one flag can choose any format.
//
// Start reading at Format below, then scatter.go, the simplest picture. raster.go turns points into pixels, heat.go
// densities, chart.go turns numbers into lines, column.go columns into parts.
package report

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// Format is a file format, named by its extension without the dot.
type Format string

// The formats. Each Encode method lists those it supports.
const (
	CSV Format = "csv"
	NPY Format = "npy"
	PNG Format = "png"
	SVG Format = "svg"
	GIF Format = "gif"
)

// FormatFor returns the format of a path's extension, in upper or lower case. The error for another extension lists
// those that exist.
func FormatFor(path string) (Format, error) {
	extension := filepath.Ext(path)
	format := Format(strings.ToLower(strings.TrimPrefix(extension, ".")))
	if slices.Contains([]Format{CSV, NPY, PNG, SVG, GIF}, format) {
		return format, nil
	}
	if extension == "" {
		return "", fmt.Errorf("report: %q has no extension to choose its format, want .csv, .npy, .png, .svg or .gif", path)
	}
	return "", fmt.Errorf("report: unknown extension %q in %q, want .csv, .npy, .png, .svg or .gif", extension, path)
}

// Picture is anything that Save can write.
type Picture interface {
	// Encode writes the picture to w. It returns an error, before it writes anything, if the picture's data cannot be
	// drawn or if this kind of picture does not support the format.
	Encode(w io.Writer, format Format) error
}

// Save encodes the picture in the format of path's extension and puts it at path, atomically.
func Save(path string, picture Picture) error {
	format, err := FormatFor(path)
	if err != nil {
		return err
	}
	file, err := create(path)
	if err != nil {
		return err
	}
	if err := picture.Encode(file, format); err != nil {
		return errors.Join(fmt.Errorf("report: %s: %w", path, err), file.Cleanup())
	}
	return commit(file, path)
}

// checkFormat returns an error unless format is one of those that a kind of picture supports.
func checkFormat(kind string, format Format, valid ...Format) error {
	if slices.Contains(valid, format) {
		return nil
	}
	names := make([]string, len(valid))
	for i, v := range valid {
		names[i] = "." + string(v)
	}
	return fmt.Errorf("%s cannot be written as .%s, only as %s", kind, format, strings.Join(names, " or "))
}
