// Package images reads images to learn from: files of MNIST's and CIFAR's formats, folders of PNG, JPEG and GIF files, NumPy
// arrays, and two sets that need no files.
//
// Images stay in memory as bytes, one per number, [rows, height, width, channels]: a Set. A row of a batch is an image of
// numbers from 0 to 255; a net sees −1 + 2v/255. Training draws images as they are or, if the section has it so, flipped,
// shifted and cropped, each time anew: the random numbers are addressed by the step and the row.
//
//   - set.go: images in memory; augment.go: how training changes them; codec.go, cells.go: what a net sees
//   - idx.go, cifar.go, folder.go, npy.go: kinds of files; file.go: what they share
//   - digits.go, discs.go: kinds without files
//   - describe.go: what a set holds, for people
//
// The digits of digits.gz are the test part of the "Optical Recognition of Handwritten Digits" of the UCI Machine
// Learning Repository (Alpaydin and Kaynak 1998), as scikit-learn has them; LICENSE.digits has the terms.
//
// Start reading at Kinds, then set.go and cells.go.
package images

import (
	"errors"

	"euryale/choice"
	"euryale/data"
)

// Kinds lists the kinds of images. Each implements data.Imaging.
func Kinds() choice.Set[data.Options] {
	kind := func(name, summary string, section func() data.Options) choice.Entry[data.Options] {
		return choice.Entry[data.Options]{Name: name, Summary: summary, New: section}
	}
	return choice.Set[data.Options]{
		kind("idx", "images and labels in IDX files, such as MNIST's, plain or .gz", newIDX),
		kind("cifar", "the binary files of CIFAR-10 and CIFAR-100 (Krizhevsky 2009)", newCIFAR),
		kind("folder", "PNG, JPEG and GIF files of a folder, labeled by subfolder", newFolder),
		kind("npy_images", "images in a NumPy file, [N, height, width] or [N, height, width, channels]", newNPY),
		kind("digits", "1797 handwritten digits of 8x8 pixels, 10 classes (Alpaydin and Kaynak 1998)", newDigits),
		kind("discs", "gray or colored discs, and rings, of known distribution", newDiscs),
	}
}

// CodecKind is the entry of Codec in a set of codecs.
func CodecKind() choice.Entry[data.Codec] {
	return choice.Entry[data.Codec]{Name: codecName, Summary: "pixels from 0 to 255 as -1 to 1", New: func() data.Codec { return NewCodec() }}
}

// The most numbers of an image, and the most channels: gray or RGB.
const (
	maxNumbers = 1 << 24
	rgb        = 3
)

var errNoImages = errors.New("there are no images")
