package images

import (
	"math/bits"

	"euryale/choice"
	"euryale/data"
	"euryale/rng"
)

// Augmentation has the keys of every kind: how training changes images, each time that it draws one. Rows that are read for
// evaluation are not changed, except that they have the cropped size: they are cropped at the center.
type Augmentation struct {
	// Flip mirrors left and right with probability 0.5. It is not for digits or letters.
	Flip bool `yaml:"flip"`
	// Shift moves an image by up to so many pixels, up or down and to the left or right, each distance equally likely. The
	// pixels at its border are repeated.
	Shift int `yaml:"shift"`
	// Crop is the size of a part, at a random place, that training takes in place of the image: 28, or 28x32 (height x
	// width); 0: the whole. Samples have this size.
	Crop Size `yaml:"crop"`

	still bool // nothing is random: crop at the center, and no more
}

func (a Augmentation) check() error {
	if a.Shift < 0 || a.Shift > maxSide {
		return choice.Wrong("shift", "must be from 0 to %d pixels, got %d", maxSide, a.Shift)
	}
	if err := a.Crop.check(); err != nil {
		return choice.Wrong("crop", "%w", err)
	}
	return nil
}

// Codec implements data.Encoding for every kind.
func (Augmentation) Codec() data.Codec { return NewCodec() }

// Image implements data.Imaging where the size is not known before the images are read.
func (a Augmentation) Image() []int { return nil }

// fit is an error unless the crop and the shift suit images of a size.
func (a Augmentation) fit(size Size) error {
	switch crop := a.Crop; {
	case crop.Height > size.Height || crop.Width > size.Width:
		return choice.Wrong("crop", "must be at most the size of the images, %s (height x width), got %s", size.both(), crop.both())
	case a.Shift >= min(size.Height, size.Width):
		return choice.Wrong("shift", "must be below the sides of the images, %s, got %d", size.both(), a.Shift)
	}
	return nil
}

// view is the size of the drawn part of images of a size.
func (a Augmentation) view(size Size) Size {
	if a.Crop != (Size{}) {
		return a.Crop
	}
	return size
}

// place is where the upper left corner of the drawn part lies in the image, possibly outside, and whether it is mirrored.
type place struct {
	y, x int
	flip bool
}

// center is the place of a row that is not changed.
func (a Augmentation) center(size Size) place {
	view := a.view(size)
	return place{y: (size.Height - view.Height) / 2, x: (size.Width - view.Width) / 2}
}

// random is the place of a row of a step. Every number is drawn from what is left of the row's 64 bits, so that its
// probabilities are right to 2⁻⁶⁴ times the product of the ranges.
func (a Augmentation) random(size Size, stream rng.Stream, step, row uint64) place {
	u := stream.Uint64(step, row)
	draw := func(n int) int {
		high, low := bits.Mul64(u, uint64(n))
		u = low
		return int(high)
	}
	p := place{flip: a.Flip && draw(2) == 1}
	view := a.view(size)
	p.y = draw(2*a.Shift+1) - a.Shift + draw(size.Height-view.Height+1)
	p.x = draw(2*a.Shift+1) - a.Shift + draw(size.Width-view.Width+1)
	return p
}

// changes reports whether there is anything random about the places of images of a size.
func (a Augmentation) changes(size Size) bool {
	return !a.still && (a.Flip || a.Shift > 0 || a.view(size) != size)
}

// unchanged is an augmentation that leaves images as they are, in the cropped size.
func (a Augmentation) unchanged() Augmentation { return Augmentation{Crop: a.Crop, still: true} }
