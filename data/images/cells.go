package images

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"

	"euryale/data"
	"euryale/rng"
)

// cells are the images that training draws: bytes, which a table turns into what a net sees.
type cells struct {
	*Set
	part []int32 // which images of the set; nil: all
}

var _ data.Cells = (*cells)(nil)

// Compact implements data.Compacting. It keeps the bytes of a Set without a copy. Other sources are read from end to end;
// their images are not changed when they are drawn.
func (c *Codec) Compact(ctx context.Context, s data.Source) (data.Cells, error) {
	if c.dim() == 0 {
		return nil, errors.New("images: the codec was not fitted")
	}
	if err := (data.Schema{Image: c.shape}).Fits(data.Schema{Image: s.Schema().Image}); err != nil {
		return nil, err
	}
	whole, part := data.PartOf(s)
	if source, ok := whole.(pixelSource); ok {
		set, err := source.whole(ctx)
		if err != nil {
			return nil, err
		}
		return &cells{set, part}, nil
	}
	set, err := c.collect(ctx, s)
	if err != nil {
		return nil, err
	}
	return &cells{set, nil}, nil
}

// collect reads a source into a set without labels.
func (c *Codec) collect(ctx context.Context, s data.Source) (*Set, error) {
	rows, dim := s.Rows(), c.dim()
	set := &Set{pixels: make([]byte, rows*dim), size: Size{c.shape[0], c.shape[1]}, channels: c.shape[2]}
	chunk := max(1, 1<<16/dim)
	var batch data.Batch
	for first := 0; first < rows; first += chunk {
		if err := s.Read(ctx, &batch, first, min(chunk, rows-first)); err != nil {
			return nil, err
		}
		for i, v := range batch.Real {
			b := byte(min(max(v, 0), 255))
			if float64(b) != v {
				return nil, &data.CellError{Row: first + i/dim, Column: c.where(i % dim),
					Err: errors.New("must be a whole number from 0 to 255")}
			}
			set.pixels[first*dim+i] = b
		}
	}
	return set, set.check()
}

// Rows implements data.Cells.
func (d *cells) Rows() int {
	if d.part != nil {
		return len(d.part)
	}
	return d.rows
}

// Draw implements data.Cells. There are no codes.
func (d *cells) Draw(dst []float32, _ []int32, rows []int32, stream rng.Stream, step uint64, first int) {
	view := d.change.view(d.size)
	number, dim := d.number(), view.Height*view.Width*d.channels
	at, random := d.change.center(d.size), d.change.changes(d.size)
	for i, row := range rows {
		if d.part != nil {
			row = d.part[row]
		}
		if random {
			at = d.change.random(d.size, stream, step, uint64(first+i))
		}
		put(dst[i*dim:(i+1)*dim], levels, d.pixels[int(row)*number:(int(row)+1)*number], d.size, view, d.channels, at)
	}
}

// Checksum implements data.Cells: the SHA-256 of the size and the bytes, in hexadecimal digits.
func (d *cells) Checksum() string {
	hash := sha256.New()
	var shape []byte
	for _, n := range []int{d.Rows(), d.size.Height, d.size.Width, d.channels} {
		shape = binary.LittleEndian.AppendUint64(shape, uint64(n))
	}
	hash.Write(shape)
	if d.part == nil {
		hash.Write(d.pixels)
	}
	for _, row := range d.part {
		hash.Write(d.pixels[int(row)*d.number() : (int(row)+1)*d.number()])
	}
	return hex.EncodeToString(hash.Sum(nil))
}
