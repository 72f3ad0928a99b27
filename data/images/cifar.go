package images

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"euryale/choice"
	"euryale/data"
)

// CIFAR is images of 32×32 pixels in the "binary version" of CIFAR-10 or CIFAR-100 (Krizhevsky 2009), unpacked. A record is
// a byte with the label, of CIFAR-100 two (one of 20 coarse classes, one of 100), then all red, all green and all blue numbers.
//
// The format: https://www.cs.toronto.edu/~kriz/cifar.html
type CIFAR struct {
	// Files are the files to train on, such as data_batch_1.bin to data_batch_5.bin, or train.bin. Relative paths start at the
	// working directory.
	Files []string `yaml:"files"`
	// TestFiles are files to hold out from training, such as test_batch.bin, in place of held_out; empty: none.
	TestFiles []string `yaml:"test_files"`
	// Classes is 10 for files of CIFAR-10; for those of CIFAR-100, 100 or 20 (the coarse ones).
	Classes int `yaml:"classes"`

	Augmentation `yaml:",inline"`
}

func newCIFAR() data.Options { return &CIFAR{Classes: 10} }

const (
	cifarSide   = 32
	cifarPixels = cifarSide * cifarSide
)

// Image implements data.Imaging.
func (f *CIFAR) Image() []int {
	view := f.view(Size{cifarSide, cifarSide})
	return []int{view.Height, view.Width, rgb}
}

// Validate implements data.Options. It does not look for the files: a model is opened without them.
func (f *CIFAR) Validate() error {
	switch {
	case len(f.Files) == 0 || slices.Contains(f.Files, ""):
		return choice.Wrong("files", "must be the paths of CIFAR's binary files, such as [data_batch_1.bin, data_batch_2.bin]")
	case slices.Contains(f.TestFiles, ""):
		return choice.Wrong("test_files", "must be the paths of CIFAR's binary files, such as [test_batch.bin]")
	case f.Classes != 10 && f.Classes != 20 && f.Classes != 100:
		return choice.Wrong("classes", "must be 10 for CIFAR-10, and 100 or 20 for CIFAR-100, got %d", f.Classes)
	}
	if err := f.check(); err != nil {
		return err
	}
	return f.fit(Size{cifarSide, cifarSide})
}

// Open implements data.Options. The seed does not matter.
func (f *CIFAR) Open(ctx context.Context, _ uint64) (data.Source, error) {
	if err := f.Validate(); err != nil {
		return nil, err
	}
	return f.open(ctx, "files", f.Files, f.Augmentation)
}

// HasTest implements data.Tested.
func (f *CIFAR) HasTest() bool { return len(f.TestFiles) > 0 }

// OpenTest implements data.Tested.
func (f *CIFAR) OpenTest(ctx context.Context, _ data.Source) (data.Source, error) {
	return f.open(ctx, "test_files", f.TestFiles, f.unchanged())
}

// names are those of the classes.
func (f *CIFAR) names() []string {
	if f.Classes == 10 {
		return []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}
	}
	return numbered(f.Classes)
}

// open reads files one after the other. All are looked at before any is read.
func (f *CIFAR) open(ctx context.Context, key string, paths []string, a Augmentation) (*Set, error) {
	set := &Set{size: Size{cifarSide, cifarSide}, channels: rgb, classes: f.names()}
	total := 0
	for _, path := range paths {
		rows, err := f.count(path)
		if err != nil {
			return nil, wrong(key, "%w", err)
		}
		total += rows
	}
	set.pixels = make([]byte, total*cifarPixels*rgb)
	set.labels = make([]int32, 0, total)
	for _, path := range paths {
		if err := f.read(ctx, set, path); err != nil {
			return nil, wrong(key, "%w", err)
		}
	}
	if err := set.check(); err != nil {
		return nil, wrong(key, "%w", err)
	}
	return set.augmented(a)
}

// labelBytes are those of a record, and which of them is the label.
func (f *CIFAR) labelBytes() (count, at int) {
	switch f.Classes {
	case 20:
		return 2, 0
	case 100:
		return 2, 1
	}
	return 1, 0
}

// count is the number of images of a file, by its length.
func (f *CIFAR) count(path string) (rows int, err error) {
	in, err := openFile(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, in.file.Close()) }()
	labels, _ := f.labelBytes()
	record, other := int64(labels+cifarPixels*rgb), int64(3-labels+cifarPixels*rgb)
	switch size := in.size(); {
	case in.packed:
		return 0, fmt.Errorf("%s: is packed: unpack it with tar -xzf %s, and give the .bin files", path, filepath.Base(path))
	case size == 0:
		return 0, fmt.Errorf("%s: %w", path, errNoImages)
	case size%record != 0 && size%other == 0 && labels == 1:
		return 0, fmt.Errorf("%s: has records of %d bytes, as CIFAR-100 has: set data.classes=100", path, other)
	case size%record != 0 && size%other == 0:
		return 0, fmt.Errorf("%s: has records of %d bytes, as CIFAR-10 has: set data.classes=10", path, other)
	case size%record != 0:
		return 0, fmt.Errorf("%s: %d bytes are no whole number of records of %d bytes: it is cut off, or not of the binary version of "+
			"CIFAR-%d", path, size, record, map[int]int{1: 10, 2: 100}[labels])
	default:
		return int(size / record), nil
	}
}

// read appends the images of a file to those of the set.
func (f *CIFAR) read(ctx context.Context, set *Set, path string) (err error) {
	in, err := openFile(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.file.Close()) }()
	count, at := f.labelBytes()
	record := make([]byte, count+cifarPixels*rgb)
	for i := range in.size() / int64(len(record)) {
		if err := in.fill(ctx, record); err != nil {
			return err
		}
		label := int(record[at])
		if label >= f.Classes {
			return fmt.Errorf("%s: image %d: the label must be from 0 to %d, got %d: is it a file of the binary version of CIFAR?",
				path, i, f.Classes-1, label)
		}
		image := set.pixels[len(set.labels)*cifarPixels*rgb:]
		if len(image) == 0 {
			return fmt.Errorf("%s: has grown since it was looked at", path)
		}
		set.labels = append(set.labels, int32(label))
		for c := range rgb {
			for p, v := range record[count+c*cifarPixels : count+(c+1)*cifarPixels] {
				image[p*rgb+c] = v
			}
		}
	}
	return nil
}
