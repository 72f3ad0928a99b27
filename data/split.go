package data

import (
	"context"
	"fmt"
	"math"
	"sort"

	"euryale/rng"
)

// Split divides the rows of a source: held is a share of them, at least one, drawn by a permutation of the seed; train is
// the rest. Both keep the order of the source. If the source is a Distribution, so are both: their fresh rows are those of
// the whole.
//
// The share must be above 0 and below 1, and leave at least one row to train on.
func Split(s Source, share float64, seed uint64) (train, held Source, err error) {
	rows := s.Rows()
	if !(share > 0 && share < 1) {
		return nil, nil, fmt.Errorf("data: the share to hold out must be above 0 and below 1, got %v", share)
	}
	n := max(1, int(math.Round(share*float64(rows))))
	if n >= rows || rows > math.MaxInt32 {
		return nil, nil, fmt.Errorf("data: holding out %v of %d rows leaves none to train on", share, rows)
	}
	order := make([]int32, rows)
	rng.NewStream(seed, rng.HeldOut).Permutation(order, 0)
	out := make([]bool, rows)
	for _, i := range order[:n] {
		out[i] = true
	}
	// The two parts share the memory of the permutation, which is no longer needed.
	kept, left := order[n:n], order[:0]
	for i, isOut := range out {
		if isOut {
			left = append(left, int32(i))
		} else {
			kept = append(kept, int32(i))
		}
	}
	return part(s, kept), part(s, left), nil
}

// part is the rows of a source with the given numbers, which ascend.
func part(s Source, rows []int32) Source {
	if whole, ok := s.(Distribution); ok {
		return &distributionPart{Distribution: whole, subset: subset{whole, rows}}
	}
	return &subset{s, rows}
}

// PartOf undoes Split: it returns the source that s is a part of, and the numbers of its rows there, in order. Any other source
// is its own whole, and rows is nil.
func PartOf(s Source) (whole Source, rows []int32) {
	switch p := s.(type) {
	case *subset:
		return p.source, p.rows
	case *distributionPart:
		return p.Distribution, p.subset.rows
	}
	return s, nil
}

type subset struct {
	source Source
	rows   []int32
}

func (p *subset) Schema() Schema { return p.source.Schema() }

func (p *subset) Rows() int { return len(p.rows) }

// mostSpan is the most rows of the source that are read at once for the few that are wanted of them; long rows are fewer, so
// that they take a megabyte.
const mostSpan = 4096

func (p *subset) Read(ctx context.Context, dst *Batch, first, n int) error {
	if err := checkRange(p, first, n); err != nil {
		return err
	}
	schema := p.Schema()
	dst.Resize(schema, first, 0)
	span := min(max(1, 2*chunkNumbers/max(1, schema.Dim()+schema.Indices())), mostSpan)
	var read Batch
	for rows := p.rows[first : first+n]; len(rows) > 0; {
		begin := int(rows[0])
		count := sort.Search(len(rows), func(i int) bool { return int(rows[i])-begin >= span })
		if err := p.source.Read(ctx, &read, begin, int(rows[count-1])+1-begin); err != nil {
			return err
		}
		for _, i := range rows[:count] {
			dst.take(schema, &read, int(i)-begin)
		}
		rows = rows[count:]
	}
	return nil
}

// distributionPart is a part of the rows of a distribution. Its fresh rows and classes are those of the whole.
type distributionPart struct {
	Distribution
	subset subset
}

func (p *distributionPart) Rows() int { return p.subset.Rows() }

func (p *distributionPart) Read(ctx context.Context, dst *Batch, first, n int) error {
	return p.subset.Read(ctx, dst, first, n)
}
