package data

import (
	"context"
	"fmt"
	"math"

	"euryale/rng"
)

// Fresh returns n fresh rows of a distribution, of one class or AnyClass. For the same seed they share no random numbers
// with the rows of the distribution itself, nor with those of another class.
func Fresh(from Distribution, seed uint64, n, class int) (Source, error) {
	switch {
	case n < 1:
		return nil, fmt.Errorf("data: fresh points: must be at least 1, got %d", n)
	case n > math.MaxInt32:
		return nil, fmt.Errorf("data: fresh points: must be at most %d, got %d", math.MaxInt32, n)
	}
	f := &fresh{from: from, stream: rng.NewStream(seed, rng.Fresh), rows: n, class: class}
	if err := from.Fresh(new(Batch), f.stream, 0, 0, class); err != nil { // finds a class that does not exist
		return nil, err
	}
	return f, nil
}

type fresh struct {
	from        Distribution
	stream      rng.Stream
	rows, class int
}

func (f *fresh) Schema() Schema { return f.from.Schema() }

func (f *fresh) Rows() int { return f.rows }

func (f *fresh) Read(ctx context.Context, dst *Batch, first, n int) error {
	if err := checkRange(f, first, n); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return f.from.Fresh(dst, f.stream, first, n, f.class)
}

// checkRange is an error unless the source has rows first … first+n−1.
func checkRange(s Source, first, n int) error {
	if rows := s.Rows(); first < 0 || n < 0 || first > rows-n {
		return fmt.Errorf("data: rows %d … %d of a source of %d", first, first+n-1, rows)
	}
	return nil
}
