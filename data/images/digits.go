package images

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"fmt"
	"io"

	"euryale/data"
)

// digitsFile is the images, 1797×64 bytes of ink from 0 to 16, then as many labels. It was made of scikit-learn's file by
//
//	import csv, gzip
//	rows = [[int(float(v)) for v in r] for r in csv.reader(gzip.open("sklearn/datasets/data/digits.csv.gz", "rt"))]
//	ink, labels = bytes(v for r in rows for v in r[:64]), bytes(r[64] for r in rows)
//	open("digits.gz", "wb").write(gzip.compress(ink + labels, 9, mtime=0))
//
//go:embed digits.gz
var digitsFile []byte

const (
	digitsRows = 1797
	digitsSide = 8
	mostInk    = 16
)

// Digits is 1797 handwritten digits of 8×8 pixels with their classes, 0 … 9, in the order of scikit-learn's load_digits. They
// need no file. The ink of a pixel, v = 0 … 16, is the number 255·v/16, rounded.
type Digits struct {
	Augmentation `yaml:",inline"`
}

func newDigits() data.Options { return new(Digits) }

// Image implements data.Imaging.
func (d *Digits) Image() []int {
	view := d.view(Size{digitsSide, digitsSide})
	return []int{view.Height, view.Width, 1}
}

// Validate implements data.Options.
func (d *Digits) Validate() error {
	if err := d.check(); err != nil {
		return err
	}
	return d.fit(Size{digitsSide, digitsSide})
}

// Open implements data.Options. The seed does not matter.
func (d *Digits) Open(context.Context, uint64) (data.Source, error) {
	if err := d.Validate(); err != nil {
		return nil, err
	}
	ink, labels, err := readDigits()
	if err != nil {
		return nil, fmt.Errorf("images: digits: %w", err)
	}
	for i, v := range ink {
		ink[i] = byte((255*int(v) + mostInk/2) / mostInk)
	}
	set, err := New(ink, digitsSide, digitsSide, 1, labels, numbered(10))
	if err != nil {
		return nil, err
	}
	return set.augmented(d.Augmentation)
}

func readDigits() (ink []byte, labels []int32, err error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(digitsFile))
	if err != nil {
		return nil, nil, err
	}
	all := make([]byte, digitsRows*(digitsSide*digitsSide+1))
	if _, err := io.ReadFull(unzipped, all); err != nil {
		return nil, nil, err
	}
	split := len(all) - digitsRows
	return all[:split:split], widened(all[split:]), nil
}

// widened is labels of a byte each.
func widened(bytes []byte) []int32 {
	labels := make([]int32, len(bytes))
	for i, b := range bytes {
		labels[i] = int32(b)
	}
	return labels
}
