// Package npy reads points from NumPy's .npy files: the kind of data `npy`.
//
//	data: {name: npy, file: points.npy, labels: labels.npy}
//
// A row of the file is a point: shape (rows, columns), or (rows,) for points of one number. Labels, where there are any,
// are whole numbers from 0 on, one per row. Both may be float32, float64 or any integers, little or big endian, in C or
// Fortran order. The rows are read into memory; everything that can be wrong with a file is one error with its place.
//
// Start reading at Files; header.go reads what a file holds, read.go its numbers. Array and ReadBytes are for packages that
// make something else of the numbers than points: tables, images. data.NewNPY writes such files.
package npy

import (
	"context"
	"fmt"

	"euryale/choice"
	"euryale/data"
)

// Files is the section of the kind. Relative paths start at the working directory.
type Files struct {
	// File is the .npy file of the points, one per row. A relative path starts at the working directory.
	File string `yaml:"file"`
	// Labels is the .npy file of the labels, whole numbers from 0 on, one per row; "": none.
	Labels string `yaml:"labels"`
}

// Kind is the entry of Files in a set of kinds.
func Kind() choice.Entry[data.Options] {
	return choice.Entry[data.Options]{
		Name:    "npy",
		Summary: "points in a NumPy file, one per row; labels, if any, in another",
		New:     func() data.Options { return new(Files) },
	}
}

// Validate implements data.Options. It does not look for the files: a model is opened without them.
func (f *Files) Validate() error {
	if f.File == "" {
		return choice.Wrong("file", "must be the path of a .npy file")
	}
	return nil
}

// Open implements data.Options. The headers of both files, and their lengths, are checked before any number is read. The
// seed does not matter.
func (f *Files) Open(ctx context.Context, _ uint64) (data.Source, error) {
	if err := f.Validate(); err != nil {
		return nil, err
	}
	points, opened, err := open(f.File)
	if err != nil {
		return nil, fmt.Errorf("npy: data.file: %w", err)
	}
	defer opened.Close()
	if len(points.shape) > 2 {
		return nil, fmt.Errorf("npy: data.file: %s: shape %v, expected (rows, columns): one point per row; set "+
			"data.name=npy_images for images", f.File, tuple(points.shape))
	}
	var labels []int32
	if f.Labels != "" {
		if labels, err = ReadLabels(ctx, f.Labels, points.rows, f.File); err != nil {
			return nil, fmt.Errorf("npy: data.labels: %w", err)
		}
	}
	numbers, err := points.read(ctx)
	if err != nil {
		return nil, fmt.Errorf("npy: data.file: %w", err)
	}
	source, err := data.Flat(numbers, points.columns, labels)
	if err != nil {
		return nil, fmt.Errorf("npy: data.file: %s: %w", f.File, err)
	}
	return source, nil
}

// ReadLabels reads the labels of the rows of another file, of which there are that many: whole numbers from 0 on.
func ReadLabels(ctx context.Context, path string, rows int, of string) ([]int32, error) {
	file, opened, err := open(path)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	if file.columns != 1 {
		return nil, fmt.Errorf("%s: shape %v, expected (rows,): one label per row", path, tuple(file.shape))
	}
	if file.rows != rows {
		return nil, fmt.Errorf("%s: %d labels for the %d rows of %s", path, file.rows, rows, of)
	}
	numbers, err := file.read(ctx)
	if err != nil {
		return nil, err
	}
	labels := make([]int32, rows)
	for i, v := range numbers {
		if !(v >= 0 && v < data.MaxClasses && v == float64(int32(v))) {
			return nil, fmt.Errorf("%s: row %d: a label must be a whole number from 0 on (there can be %d classes), got %v",
				path, i, data.MaxClasses, v)
		}
		labels[i] = int32(v)
	}
	return labels, nil
}
