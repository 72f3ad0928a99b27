package data

import (
	"fmt"
	"math"

	"euryale/rng"
)

// Cursor is the place of a training step in the data.
type Cursor struct {
	// Epoch counts the complete passes over the data before this step.
	Epoch int64 `json:"epoch"`
	// Offset is the number of rows of the epoch that earlier steps have used.
	Offset int `json:"offset"`
}

// Loader deals the rows of a data set in batches. Each epoch is a permutation of all rows, drawn from the
// seed and the epoch's number, cut into batches of a fixed size; the last batch of an epoch is short when the
// size does not divide the rows, as in PyTorch's DataLoader without drop_last.
//
// A Loader is for one goroutine.
type Loader struct {
	shuffle rng.Stream
	batch   int
	epoch   int64   // whose order is in order; −1 before the first
	order   []int32 // [rows]
}

// NewLoader returns a loader for rows points, batch of them at a time. A batch larger than the set means one short batch per
// epoch.
func NewLoader(rows, batch int, seed uint64) (*Loader, error) {
	if rows < 1 || rows > math.MaxInt32 {
		return nil, fmt.Errorf("data: loader: the number of rows must be from 1 to %d, got %d", math.MaxInt32, rows)
	}
	if batch < 1 {
		return nil, fmt.Errorf("data: loader: the batch size must be at least 1, got %d", batch)
	}
	return &Loader{
		shuffle: rng.NewStream(seed, rng.Shuffle),
		batch:   min(batch, rows),
		epoch:   -1,
		order:   make([]int32, rows),
	}, nil
}

// StepsPerEpoch is ⌈rows / batch⌉.
func (l *Loader) StepsPerEpoch() int64 {
	return int64((len(l.order)-1)/l.batch + 1)
}

// Cursor returns the place of a step, counted from 0, in the data.
func (l *Loader) Cursor(step int64) Cursor {
	perEpoch := l.StepsPerEpoch()
	return Cursor{Epoch: step / perEpoch, Offset: int(step%perEpoch) * l.batch}
}

// Batch returns the row numbers of the batch of a step, counted from 0. The slice is a view of the epoch's
// order: read it before the next call, and do not write to it.
func (l *Loader) Batch(step int64) []int32 {
	at := l.Cursor(step)
	if at.Epoch != l.epoch {
		l.shuffle.Permutation(l.order, uint64(at.Epoch))
		l.epoch = at.Epoch
	}
	end := min(at.Offset+l.batch, len(l.order))
	return l.order[at.Offset:end:end]
}
