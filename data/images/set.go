package images

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"euryale/data"
)

// Set is images in memory, a byte per number: a data.Source. It does not change.
type Set struct {
	pixels   []byte // [rows, height, width, channels]
	size     Size
	channels int
	rows     int
	labels   []int32  // [rows], nil where there are none
	classes  []string // what a label stands for
	counts   []int64  // images per class
	change   Augmentation
	remarks  []string
}

// New is a set of images of numbers from 0 to 255, [rows, height, width, channels] with 1 channel (gray) or 3 (RGB). labels has
// one per image, from 0 to len(classes)−1, or is nil, as classes is then. The slices are kept: do not change them.
func New(pixels []byte, height, width, channels int, labels []int32, classes []string) (*Set, error) {
	s := &Set{pixels: pixels, size: Size{height, width}, channels: channels, labels: labels, classes: classes}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("images: %w", err)
	}
	return s, nil
}

// check completes a set, and is an error if there can be none such.
func (s *Set) check() error {
	if err := checkShape(s.size, s.channels); err != nil {
		return err
	}
	number := s.number()
	if s.rows = len(s.pixels) / number; s.rows*number != len(s.pixels) {
		return fmt.Errorf("want whole images of %d numbers, got %d numbers", number, len(s.pixels))
	}
	switch {
	case s.rows == 0:
		return errNoImages
	case s.rows > math.MaxInt32: // rows are numbered in int32
		return fmt.Errorf("at most %d images, got %d", math.MaxInt32, s.rows)
	case (s.labels == nil) != (len(s.classes) == 0) || s.labels != nil && len(s.labels) != s.rows:
		return fmt.Errorf("there are %d labels of %d classes for %d images", len(s.labels), len(s.classes), s.rows)
	}
	if err := checkLabels(s.labels, len(s.classes)); err != nil {
		return err
	}
	if s.labels != nil {
		s.counts = make([]int64, len(s.classes))
		for _, label := range s.labels {
			s.counts[label]++
		}
	}
	return nil
}

// checkShape is an error unless there can be images of a size and that many channels.
func checkShape(size Size, channels int) error {
	if size.Height < 1 || size.Width < 1 || size.Height > maxNumbers/size.Width/rgb {
		return fmt.Errorf("there are no images of %s pixels", size.both())
	}
	if channels != 1 && channels != rgb {
		return fmt.Errorf("images must have 1 channel (gray) or 3 (red, green, blue), got %d", channels)
	}
	return nil
}

// checkLabels is an error that names the first label which is none of that many classes.
func checkLabels(labels []int32, classes int) error {
	for i, label := range labels {
		if label < 0 || int(label) >= classes {
			return fmt.Errorf("image %d: the label must be from 0 to %d, got %d", i, classes-1, label)
		}
	}
	return nil
}

// numbered names that many classes 0, 1, …
func numbered(classes int) []string {
	names := make([]string, classes)
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	return names
}

// augmented is the set with an augmentation.
func (s *Set) augmented(a Augmentation) (*Set, error) {
	if err := a.fit(s.size); err != nil {
		return nil, err
	}
	changed := *s
	changed.change = a
	return &changed, nil
}

// Unchanged implements data.Changing.
func (s *Set) Unchanged() data.Source {
	still := *s
	still.change = s.change.unchanged()
	return &still
}

// number is how many numbers an image has.
func (s *Set) number() int { return s.size.Height * s.size.Width * s.channels }

// view is the shape of what is drawn.
func (s *Set) view() []int {
	v := s.change.view(s.size)
	return []int{v.Height, v.Width, s.channels}
}

// Pixels are all bytes, [rows, height, width, channels]. It is not a copy.
func (s *Set) Pixels() []byte { return s.pixels }

// Schema implements data.Source. Images that are cropped have the size of what is left.
func (s *Set) Schema() data.Schema {
	return data.Schema{Image: s.view(), Classes: slices.Clone(s.classes), ClassCounts: slices.Clone(s.counts)}
}

// Rows implements data.Source.
func (s *Set) Rows() int { return s.rows }

// Remarks implements data.Remarker.
func (s *Set) Remarks() []string { return slices.Clone(s.remarks) }

// Read implements data.Source: images as they are, or cropped at the center.
func (s *Set) Read(ctx context.Context, dst *data.Batch, first, n int) error {
	if first < 0 || n < 0 || first > s.rows-n {
		return fmt.Errorf("images: rows %d … %d of a set of %d", first, first+n-1, s.rows)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	dst.Resize(s.Schema(), first, n)
	at, number, dim := s.change.center(s.size), s.number(), len(dst.Real)/max(n, 1)
	for i := range n {
		put(dst.Real[i*dim:(i+1)*dim], plain, s.pixels[(first+i)*number:(first+i+1)*number], s.size, s.change.view(s.size), s.channels, at)
	}
	if s.labels != nil {
		copy(dst.Labels, s.labels[first:])
	}
	return nil
}

// whole implements pixelSource.
func (s *Set) whole(context.Context) (*Set, error) { return s, nil }

// pixelSource is a source whose images can be had as a set, the whole ones before they are cropped.
type pixelSource interface {
	whole(ctx context.Context) (*Set, error)
}

// plain is the numbers that bytes are.
var plain = func() *[256]float64 {
	var t [256]float64
	for v := range t {
		t[v] = float64(v)
	}
	return &t
}()

// put fills dst [view.Height, view.Width, channels] with the part of an image at a place, by a table of what bytes stand for.
// Pixels beyond the border are those at the border.
func put[T float32 | float64](dst []T, table *[256]T, image []byte, size, view Size, channels int, at place) {
	width := view.Width * channels
	// The columns from left to right lie inside the image.
	left := min(max(0, -at.x), view.Width)
	right := max(min(view.Width, size.Width-at.x), left)
	for y := range view.Height {
		line := image[min(max(y+at.y, 0), size.Height-1)*size.Width*channels:][:size.Width*channels]
		row := dst[y*width : (y+1)*width]
		for i := range left * channels {
			row[i] = table[line[i%channels]]
		}
		if right > left {
			inside := row[left*channels : right*channels]
			for i, v := range line[(left+at.x)*channels:][:len(inside)] {
				inside[i] = table[v]
			}
		}
		last := line[(size.Width-1)*channels:]
		for i := right * channels; i < width; i++ {
			row[i] = table[last[i%channels]]
		}
		if at.flip {
			mirror(row, channels)
		}
	}
}

// mirror reverses the pixels of a line.
func mirror[T any](line []T, channels int) {
	if channels == 1 {
		slices.Reverse(line)
		return
	}
	for i, j := 0, len(line)-channels; i < j; i, j = i+channels, j-channels {
		for c := range channels {
			line[i+c], line[j+c] = line[j+c], line[i+c]
		}
	}
}
