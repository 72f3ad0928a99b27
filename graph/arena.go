package graph

import (
	"cmp"
	"slices"
)

// line is a cache line of float32. Each buffer begins with one.
const line = 16

// arrange gives each buffer an offset, so that buffers that are in use at the same time are apart, and returns the size of
// the memory. Large buffers come first; each takes the smallest gap that holds it (Pisarchyk and Lee 2020, "Efficient memory
// management for deep neural net inference", greedy by size).
func arrange(buffers []*buffer) (size int) {
	order := slices.Clone(buffers)
	slices.SortStableFunc(order, func(a, b *buffer) int { return cmp.Compare(b.size, a.size) })
	var arranged []*buffer // by offset
	for _, b := range order {
		need := b.lines()
		end, best, gap := 0, -1, 0
		for _, other := range arranged {
			if other.death < b.birth || b.death < other.birth {
				continue
			}
			if room := other.offset - end; room >= need && (best < 0 || room < gap) {
				best, gap = end, room
			}
			end = max(end, other.offset+other.lines())
		}
		if best < 0 {
			best = end
		}
		b.offset = best
		at, _ := slices.BinarySearchFunc(arranged, b, func(x, y *buffer) int { return cmp.Compare(x.offset, y.offset) })
		arranged = slices.Insert(arranged, at, b)
		size = max(size, best+need)
	}
	return size
}

// lines is the size rounded up to cache lines, in numbers.
func (b *buffer) lines() int { return (b.size + line - 1) / line * line }
