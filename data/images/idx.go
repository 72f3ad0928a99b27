package images

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"euryale/choice"
	"euryale/data"
)

// IDX is images and their labels in files of the format of MNIST, plain or .gz, which is found out by their content. Images
// are bytes of shape (N, height, width), or (N, height, width, 3); labels are bytes of shape (N).
//
// A test set, where there is one, is held out from training: `eval` and train.evaluate_every measure by it.
//
// The format: http://yann.lecun.com/exdb/mnist/, section "The IDX file format".
type IDX struct {
	// Images is the file of the images. A relative path starts at the working directory.
	Images string `yaml:"images"`
	// Labels is the file of their labels, whole numbers from 0 on; "": none.
	Labels string `yaml:"labels"`
	// TestImages is a file of images to hold out from training, in place of held_out; "": none.
	TestImages string `yaml:"test_images"`
	// TestLabels is the file of their labels, which they must have if those to train on have them.
	TestLabels string `yaml:"test_labels"`
	// Classes are the names of the labels 0, 1, …; empty: the numbers.
	Classes []string `yaml:"classes"`

	Augmentation `yaml:",inline"`
}

func newIDX() data.Options { return new(IDX) }

// Validate implements data.Options. It does not look for the files: a model is opened without them.
func (f *IDX) Validate() error {
	switch {
	case f.Images == "":
		return choice.Wrong("images", "must be the path of an IDX file, such as train-images-idx3-ubyte.gz")
	case f.TestImages == "" && f.TestLabels != "":
		return choice.Wrong("test_images", "must be the path of the images that test_labels has the labels of")
	case f.TestImages != "" && (f.TestLabels != "") != (f.Labels != ""):
		return choice.Wrong("test_labels", "must be given if labels is, and only then")
	case len(f.Classes) > 0 && f.Labels == "":
		return choice.Wrong("classes", "must be empty where there are no labels")
	}
	if err := checkNames(f.Classes); err != nil {
		return choice.Wrong("classes", "%w", err)
	}
	return f.check()
}

// checkNames is an error if a class has no name, or that of another.
func checkNames(classes []string) error {
	for i, name := range classes {
		if name == "" || slices.Contains(classes[:i], name) {
			return fmt.Errorf("must be a name for each label, none twice, got %q", classes)
		}
	}
	return nil
}

// Open implements data.Options. The seed does not matter.
func (f *IDX) Open(ctx context.Context, _ uint64) (data.Source, error) {
	if err := f.Validate(); err != nil {
		return nil, err
	}
	return f.open(ctx, "images", f.Images, "labels", f.Labels, f.Classes, f.Augmentation)
}

// HasTest implements data.Tested.
func (f *IDX) HasTest() bool { return f.TestImages != "" }

// OpenTest implements data.Tested.
func (f *IDX) OpenTest(ctx context.Context, train data.Source) (data.Source, error) {
	schema := train.Schema()
	held, err := f.open(ctx, "test_images", f.TestImages, "test_labels", f.TestLabels, schema.Classes, f.unchanged())
	if err != nil {
		return nil, err
	}
	if err := schema.Fits(held.Schema()); err != nil {
		return nil, wrong("test_images", "%s: %w", f.TestImages, err)
	}
	return held, nil
}

// open reads two files. Without names of classes there are as many as the labels need.
func (f *IDX) open(ctx context.Context, imagesKey, images, labelsKey, labels string, classes []string, a Augmentation) (*Set, error) {
	shape, pixels, err := readIDX(ctx, images, 3, 4)
	if err != nil {
		return nil, wrong(imagesKey, "%w", err)
	}
	set := &Set{pixels: pixels, size: Size{shape[1], shape[2]}, channels: 1}
	if len(shape) == 4 {
		set.channels = shape[3]
	}
	if labels != "" {
		count, bytes, err := readIDX(ctx, labels, 1)
		switch {
		case err != nil:
			return nil, wrong(labelsKey, "%w", err)
		case count[0] != shape[0]:
			return nil, wrong(labelsKey, "%s: %d labels for the %d images of %s", labels, count[0], shape[0], images)
		case len(classes) == 0:
			classes = numbered(int(slices.Max(bytes)) + 1)
		}
		set.labels, set.classes = widened(bytes), slices.Clone(classes)
		if err := checkLabels(set.labels, len(classes)); err != nil {
			return nil, wrong(labelsKey, "%s: %w", labels, err)
		}
	}
	if err := set.check(); err != nil {
		return nil, wrong(imagesKey, "%s: %w", images, err)
	}
	return set.augmented(a)
}

// idxTypes are the types of numbers that the format has.
func idxTypes() map[byte]string {
	return map[byte]string{0x08: "bytes", 0x09: "signed bytes", 0x0b: "16-bit integers", 0x0c: "32-bit integers", 0x0d: "float32",
		0x0e: "float64"}
}

// readIDX reads a file whose number of dimensions is one of those.
func readIDX(ctx context.Context, path string, dimensions ...int) (shape []int, bytes []byte, err error) {
	in, err := openFile(path)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, in.file.Close()) }()
	if shape, err = in.idxHeader(ctx, dimensions); err != nil {
		return nil, nil, err
	}
	size := int64(1)
	for _, n := range shape {
		if n == 0 {
			return nil, nil, fmt.Errorf("%s: shape %v: there is nothing in it", path, shape)
		}
		if int64(n) > in.most/size { // a header that lies takes no memory
			return nil, nil, fmt.Errorf("%s: cut off: shape %v is more than the %d bytes of the file: %w", path, shape, in.size(), errAgain)
		}
		size *= int64(n)
	}
	bytes = make([]byte, size)
	if err := in.fill(ctx, bytes); err != nil {
		return nil, nil, err
	}
	return shape, bytes, in.end()
}

// size is the bytes of the file as it is.
func (in *input) size() int64 {
	if in.packed {
		return in.most / mostPacked
	}
	return in.most
}

func (in *input) idxHeader(ctx context.Context, dimensions []int) ([]int, error) {
	var magic [4]byte
	if err := in.fill(ctx, magic[:]); err != nil {
		return nil, err
	}
	kind, known := idxTypes()[magic[2]]
	if magic[0] != 0 || magic[1] != 0 || !known {
		return nil, fmt.Errorf("%s: not an IDX file: it begins with % x, expected 00 00 08 %02x", in.path, magic, dimensions[0])
	}
	if magic[2] != 0x08 {
		return nil, fmt.Errorf("%s: holds %s, expected bytes: write them as numbers from 0 to 255 of type 08", in.path, kind)
	}
	switch n, labels := int(magic[3]), dimensions[0] == 1; {
	case slices.Contains(dimensions, n):
	case labels && (n == 3 || n == 4):
		return nil, fmt.Errorf("%s: holds images, expected their labels: are the two files mixed up?", in.path)
	case !labels && n == 1:
		return nil, fmt.Errorf("%s: holds labels, expected images: are the two files mixed up?", in.path)
	case labels:
		return nil, fmt.Errorf("%s: an array of %d dimensions, and labels have 1", in.path, n)
	default:
		return nil, fmt.Errorf("%s: an array of %d dimensions, and images have 3 or 4", in.path, n)
	}
	sizes := make([]byte, 4*int(magic[3]))
	if err := in.fill(ctx, sizes); err != nil {
		return nil, err
	}
	shape := make([]int, magic[3])
	for i := range shape {
		shape[i] = int(binary.BigEndian.Uint32(sizes[4*i:]))
	}
	return shape, nil
}
