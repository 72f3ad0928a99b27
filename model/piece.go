package model

import (
	"cmp"
	"slices"

	"euryale/rng"
)

// wave is samples that are drawn together.
type wave struct {
	first   int    // sample of the first row, where they follow each other
	numbers []int  // samples of the rows; nil: first, first+1, …
	attempt uint64 // how many times before they were drawn: each time they get other random numbers
	silent  bool   // whether they do not count as progress
}

// sample is the number of a row's sample.
func (w wave) sample(row int) int {
	if w.numbers != nil {
		return w.numbers[row]
	}
	return w.first + row
}

// address is the row of the random numbers of a row's sample.
func (w wave) address(row int) uint64 { return uint64(w.sample(row)) + w.attempt<<attemptShift }

// attemptShift puts the attempts at a sample beside each other: samples are numbered in 31 bits, rows of random numbers in 48.
const attemptShift = 32

// piece is the rows of a wave that a worker takes at once, all of one label: lo … hi−1, or those that are listed, in order.
type piece struct {
	lo, hi int
	listed []int
	label  int
	done   bool
}

func (p *piece) rows() int { return p.hi - p.lo }

// first is the first row of the piece.
func (p *piece) first() int {
	if p.listed != nil {
		return p.listed[0]
	}
	return p.lo
}

// pieces splits the n rows of a wave.
func (s *sampling) pieces(n int, of wave) []piece {
	label := func(row int) int { return s.request.label(of.sample(row)) }
	var order []int // by label; nil: all have the same, and follow each other
	if len(s.request.Labels) > 0 || of.numbers != nil {
		order = make([]int, n)
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(label(a), label(b)) })
	}
	var list []piece
	for lo := 0; lo < n; {
		p := piece{lo: lo, hi: min(lo+s.piece, n), label: label(lo)}
		if order != nil {
			p.label = label(order[lo])
			for i := lo; i < p.hi; i++ {
				if label(order[i]) != p.label {
					p.hi = i
				}
			}
			p.listed = order[lo:p.hi]
		}
		list = append(list, p)
		lo = p.hi
	}
	// In the order of their first rows, so that an interruption leaves the first samples done.
	slices.SortStableFunc(list, func(a, b piece) int { return cmp.Compare(a.first(), b.first()) })
	return list
}

// watch turns a watcher of the wave into one of the piece.
func (p *piece) watch(wave func(t float64, row int, x []float32), dim int) func(t float64, x []float32) {
	switch {
	case wave == nil:
		return nil
	case p.listed == nil:
		return func(t float64, x []float32) { wave(t, p.lo, x) }
	}
	return func(t float64, x []float32) {
		for i, row := range p.listed {
			wave(t, row, x[i*dim:(i+1)*dim])
		}
	}
}

// listedNoise is diffusion.RowNoise for rows that do not follow each other.
type listedNoise struct {
	stream    rng.Stream
	addresses []uint64
	dim       int
}

// Fill implements diffusion.Noise.
func (n *listedNoise) Fill(z []float32, draw int) {
	for i, row := range n.addresses {
		n.stream.Normal(z[i*n.dim:(i+1)*n.dim], uint64(draw), row, n.dim)
	}
}
