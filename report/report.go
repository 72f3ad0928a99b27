// Package report turns sets of points and training curves into pictures. It knows nothing of diffusion: it is
// handed numbers and writes files.
//
// A picture is a value: fill in a Scatter, a Strip, an Animation, a LossCurve or a Chart, and Save it under a
// path whose extension names the format. The file appears, whole, when it is done, and a failure leaves an
// older file of that name as it was. The same input gives the same bytes. Files of points, .csv and .npy, are
// package data's; FormatFor knows them too, so that one flag can ask for either.
//
// Start reading at Format below, then scatter.go, the simplest picture; raster.go is how points become pixels,
// chart.go how numbers become lines.
package report

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// Format is a kind of file, named by its extension without the dot.
type Format string

// The formats. Which of them a picture can be encoded in is said at its Encode method.
const (
	CSV Format = "csv"
	NPY Format = "npy"
	PNG Format = "png"
	SVG Format = "svg"
	GIF Format = "gif"
)

// FormatFor returns the format that a path's extension names, in upper or lower case. For any other
// extension the error lists those that exist.
func FormatFor(path string) (Format, error) {
	extension := filepath.Ext(path)
	format := Format(strings.ToLower(strings.TrimPrefix(extension, ".")))
	if slices.Contains([]Format{CSV, NPY, PNG, SVG, GIF}, format) {
		return format, nil
	}
	if extension == "" {
		return "", fmt.Errorf("report: %q has no extension to tell its format by, want .csv, .npy, .png, .svg or .gif", path)
	}
	return "", fmt.Errorf("report: unknown extension %q in %q, want .csv, .npy, .png, .svg or .gif", extension, path)
}

// Picture is anything that Save can write.
type Picture interface {
	// Encode writes the picture to w. It returns an error, before anything is written, when the picture's
	// data cannot be drawn or when this kind of picture does not exist in the format.
	Encode(w io.Writer, format Format) error
}

// Save encodes the picture in the format that path's extension names and puts it at path, atomically.
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

// checkFormat returns an error unless format is one of those that a kind of picture has.
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
