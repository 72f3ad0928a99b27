package data

import (
	"context"
	"fmt"

	"euryale/rng"
)

// Layout is what the coordinates of an encoded row are: numbers first, then groups, each the code of a category.
type Layout struct {
	Dim     int   // coordinates of a row
	Image   []int // [height, width, channels] of a row that is an image; nil for others
	Classes int   // labels that a row can have; 0: rows have none
	Numbers int   // the coordinates 0 … Numbers−1 are numbers
	// Missing has, per number, the group whose category 1 means that the number is missing, and −1 for one that never is.
	// nil: none ever is.
	Missing []int
	Groups  []Group
}

// Group is the coordinates of a column of categories.
type Group struct {
	First, Width int       // its coordinates are First … First+Width−1
	Shares       []float64 // share of the training rows per category
	// Codes [len(Shares), Width] are the coordinates of each category; nil: they are one-hot.
	Codes []float32
}

// PlainLayout is that of rows of dim numbers in that many classes.
func PlainLayout(dim, classes int) Layout { return Layout{Dim: dim, Classes: classes, Numbers: dim} }

// LayoutOf is the layout of an encoder's rows.
func LayoutOf(e Encoder, classes int) Layout {
	if mixed, ok := mixedOf(e); ok {
		l := mixed.Layout()
		l.Classes = classes
		return l
	}
	shape := e.Shape()
	l := PlainLayout(product(shape), classes)
	if len(shape) == 3 {
		l.Image = shape
	}
	return l
}

// Sample is the shape of a row: that of the image, or [Dim].
func (l Layout) Sample() []int {
	if l.Image != nil {
		return l.Image
	}
	return []int{l.Dim}
}

// Compacting is a Codec with a form of its rows that is smaller than encoded ones. It stands alone in its Chain.
type Compacting interface {
	Codec
	// Compact reads a source from end to end into the form that training draws rows from.
	Compact(ctx context.Context, s Source) (Cells, error)
}

// Mixed is a Codec of rows that hold numbers and categories.
type Mixed interface {
	Compacting
	// Layout describes the coordinates of an encoded row. Its Classes are 0.
	Layout() Layout
	// EncodeCell gives the coordinates of a column, counted in the schema, that holds a cell with this text.
	EncodeCell(s Schema, column int, text string) (coordinates []int, values []float32, err error)
}

// Cells are rows that are encoded anew whenever they are drawn. Values of a table that occur several times are spread over an
// interval (dequantization), each time at another place, and images may be flipped or shifted.
type Cells interface {
	// Rows is how many there are.
	Rows() int
	// Draw fills dst [len(rows), Dim] with encoded rows and codes [len(rows), len(Groups)] with their categories. Row i of
	// dst takes its random numbers from row first+i of a step of the stream. Goroutines may draw at once.
	Draw(dst []float32, codes []int32, rows []int32, stream rng.Stream, step uint64, first int)
	// Checksum shows whether the rows are still the same.
	Checksum() string
}

// mixedOf is the mixed codec of an encoder that has one.
func mixedOf(e Encoder) (Mixed, bool) {
	m, ok := onlyCodec(e).(Mixed)
	return m, ok
}

// onlyCodec is the codec of an encoder that has a single one, otherwise nil.
func onlyCodec(e Encoder) Codec {
	if chain, ok := e.(*Chain); ok && len(chain.codecs) == 1 {
		return chain.codecs[0]
	}
	return nil
}

// MixedOf is the encoder's codec of rows that hold numbers and categories; false for other encoders.
func MixedOf(e Encoder) (Mixed, bool) { return mixedOf(e) }

// Validate returns an error unless the coordinates follow each other without a gap.
func (l Layout) Validate() error {
	if l.Numbers < 0 || l.Missing != nil && len(l.Missing) != l.Numbers {
		return fmt.Errorf("a row with %d numbers, of which %d can be missing", l.Numbers, len(l.Missing))
	}
	next := l.Numbers
	for i, g := range l.Groups {
		k := len(g.Shares)
		switch {
		case g.First != next || g.Width < 1 || k < 1:
			return fmt.Errorf("group %d has the coordinates %d … %d and %d categories, expected some from %d on", i, g.First,
				g.First+g.Width-1, k, next)
		case g.Codes == nil && g.Width != k || g.Codes != nil && len(g.Codes) != k*g.Width:
			return fmt.Errorf("group %d has %d categories in %d coordinates, and %d numbers of codes", i, k, g.Width, len(g.Codes))
		}
		next += g.Width
	}
	for j, group := range l.Missing {
		if group < -1 || group >= len(l.Groups) || group >= 0 && len(l.Groups[group].Shares) != 2 {
			return fmt.Errorf("number %d is missing by group %d, which must have two categories", j, group)
		}
	}
	if next != l.Dim {
		return fmt.Errorf("a row of %d coordinates has %d in its numbers and groups", l.Dim, next)
	}
	return nil
}
