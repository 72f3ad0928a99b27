package kernel

import (
	"slices"
	"sync"
)

// grid relates the pixels of two images: along each axis, pixel q of the coarse image meets pixel step·q + offsets[u] of the
// fine one under tap u, if there is such a pixel. A convolution computes the coarse image from the fine one, and the
// gradient of its input the fine one from the coarse one.
type grid struct {
	coarse, fine [2]int // height and width
	step         int
	offsets      []int
}

// backward holds the tables of the gradients, which sampling does without.
type backward struct {
	made     sync.Once
	grid     grid
	group    int
	upsample bool
	gradient []phase
	pairs    [][]pair // by tap
}

// tables returns b with its tables made.
func (b *backward) tables() *backward {
	b.made.Do(func() {
		b.gradient = b.grid.gather(b.group, !b.upsample)
		b.pairs = b.grid.pairs(b.group, b.upsample)
	})
	return b
}

// pair is a pixel of x and a pixel of the output's gradient that meet.
type pair struct{ x, d int32 }

// meetings lists, for each tap, the pixels of the coarse and the fine image that meet, in the order of the coarse image's.
func (g *grid) meetings(f func(tap, coarse, fine int)) {
	for u, down := range g.offsets {
		for v, right := range g.offsets {
			for q := range g.coarse[0] * g.coarse[1] {
				i, j := q/g.coarse[1]*g.step+down, q%g.coarse[1]*g.step+right
				if i >= 0 && j >= 0 && i < g.fine[0] && j < g.fine[1] {
					f(u*len(g.offsets)+v, q, i*g.fine[1]+j)
				}
			}
		}
	}
}

// pairs lists the meetings of each tap for a group of images, one after the other. The first n images have the first n
// parts of a list.
func (g *grid) pairs(group int, coarseIsX bool) [][]pair {
	lists := make([][]pair, len(g.offsets)*len(g.offsets))
	coarseSize, fineSize := g.coarse[0]*g.coarse[1], g.fine[0]*g.fine[1]
	for t := range lists {
		lists[t] = make([]pair, 0, group*coarseSize)
	}
	for image := range group {
		g.meetings(func(tap, coarse, fine int) {
			p := pair{int32(image*fineSize + fine), int32(image*coarseSize + coarse)}
			if coarseIsX {
				p.x, p.d = p.d, p.x
			}
			lists[tap] = append(lists[tap], p)
		})
	}
	return lists
}

// phase is a set of pixels of an image (the target) that meet pixels of another (the source) under the same taps: for
// example, those inside and those at each edge. The tables count pixels from the first of a group of images on, and cover
// the group one image after the other, so that the first n have the first n·pixels entries.
type phase struct {
	pixels  int     // of an image
	taps    []int32 // in the order in which they are added
	targets []int32 // [group·pixels]
	sources []int32 // [taps][group·pixels]
}

// gather returns the phases for computing the coarse image from the fine one or, if toFine is set, the fine from the coarse.
func (g *grid) gather(group int, toFine bool) []phase {
	target, source := g.coarse[0]*g.coarse[1], g.fine[0]*g.fine[1]
	if toFine {
		target, source = source, target
	}
	type pixel struct{ taps, sources []int32 }
	pixels := make([]pixel, target)
	taps := len(g.offsets) * len(g.offsets)
	room := make([]int32, 2*taps*target)
	for i := range pixels {
		p := room[2*taps*i:][:2*taps]
		pixels[i] = pixel{p[:0:taps], p[taps:taps]}
	}
	g.meetings(func(tap, to, from int) {
		if toFine {
			to, from = from, to
		}
		p := &pixels[to]
		p.taps, p.sources = append(p.taps, int32(tap)), append(p.sources, int32(from))
	})
	var phases []phase
	var members [][]int
	for to, p := range pixels {
		at := 0
		for at < len(phases) && !slices.Equal(phases[at].taps, p.taps) {
			at++
		}
		if at == len(phases) {
			phases, members = append(phases, phase{taps: p.taps}), append(members, nil)
		}
		members[at] = append(members[at], to)
	}
	for i := range phases {
		f := &phases[i]
		f.pixels = len(members[i])
		f.taps = slices.Clone(f.taps) // lets go of the rest
		f.targets = make([]int32, 0, group*f.pixels)
		f.sources = make([]int32, 0, group*f.pixels*len(f.taps))
		for image := range group {
			for _, to := range members[i] {
				f.targets = append(f.targets, int32(image*target+to))
			}
		}
		for tap := range f.taps {
			for image := range group {
				for _, to := range members[i] {
					f.sources = append(f.sources, int32(image*source)+pixels[to].sources[tap])
				}
			}
		}
	}
	return phases
}
