package images

import (
	"context"
	"fmt"
	"slices"

	"euryale/choice"
	"euryale/data"
	"euryale/data/npy"
)

// NPY is images in a NumPy file of shape (N, height, width) or (N, height, width, channels), 1 channel or 3. The numbers are
// whole, from 0 to 255, of any type. data.NewNPY writes such files.
type NPY struct {
	// File is the .npy file of the images. A relative path starts at the working directory.
	File string `yaml:"file"`
	// Labels is the .npy file of their labels, whole numbers from 0 on; "": none.
	Labels string `yaml:"labels"`

	Augmentation `yaml:",inline"`
}

func newNPY() data.Options { return new(NPY) }

// Validate implements data.Options. It does not look for the files: a model is opened without them.
func (f *NPY) Validate() error {
	if f.File == "" {
		return choice.Wrong("file", "must be the path of a .npy file of images")
	}
	return f.check()
}

// Open implements data.Options. The seed does not matter.
func (f *NPY) Open(ctx context.Context, _ uint64) (data.Source, error) {
	if err := f.Validate(); err != nil {
		return nil, err
	}
	shape, pixels, err := npy.ReadBytes(ctx, f.File, f.checkArray)
	if err != nil {
		return nil, wrong("file", "%w", err)
	}
	set := &Set{pixels: pixels, size: Size{shape[1], shape[2]}, channels: 1}
	if len(shape) == 4 {
		set.channels = shape[3]
	}
	if f.Labels != "" {
		if set.labels, err = npy.ReadLabels(ctx, f.Labels, shape[0], f.File); err != nil {
			return nil, wrong("labels", "%w", err)
		}
		set.classes = numbered(int(slices.Max(set.labels)) + 1)
	}
	if err := set.check(); err != nil {
		return nil, wrong("file", "%s: %w", f.File, err)
	}
	return set.augmented(f.Augmentation)
}

// checkArray is an error unless an array of the shape can be images.
func (f *NPY) checkArray(shape []int) error {
	switch {
	case len(shape) <= 2:
		return fmt.Errorf("shape %v, expected (N, height, width) or (N, height, width, channels): set data.name=npy for points", shape)
	case len(shape) > 4:
		return fmt.Errorf("shape %v, expected (N, height, width) or (N, height, width, channels)", shape)
	case len(shape) == 3:
		return checkShape(Size{shape[1], shape[2]}, 1)
	case shape[1] <= 4 && shape[3] > 4:
		return fmt.Errorf("shape %v looks like (N, channels, height, width), expected (N, height, width, channels): save "+
			"x.transpose(0, 2, 3, 1)", shape)
	}
	return checkShape(Size{shape[1], shape[2]}, shape[3])
}
