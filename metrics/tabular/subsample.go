package tabular

import "slices"

// subsample returns k different rows of 0 … n−1 in ascending order; nil, meaning all of them, if k ≥ n. They are
//
//	numpy.sort(numpy.random.default_rng(seed).choice(n, k, replace=False))
func subsample(n, k int, seed uint64) []int32 {
	if k >= n {
		return nil
	}
	rows := newPCG64(seed).choice(n, k)
	slices.Sort(rows)
	return rows
}

// choice is numpy.random.Generator.choice(n, k, replace=False): the end of a shuffled list where k is a large part of a
// large n, else Floyd's algorithm followed by a shuffle.
func (g *pcg64) choice(n, k int) []int32 {
	if n > 10_000 && k > n/50 {
		all := make([]int32, n)
		for i := range all {
			all[i] = int32(i)
		}
		g.shuffle(all, max(n-k, 1))
		return all[n-k:]
	}
	rows, taken := make([]int32, 0, k), make(map[int32]bool, k)
	for last := n - k; last < n; last++ {
		row := int32(g.upTo(last))
		if taken[row] {
			row = int32(last)
		}
		taken[row] = true
		rows = append(rows, row)
	}
	g.shuffle(rows, 1)
	return rows
}

// shuffle exchanges each position from the last down to `first` with a position that is not after it.
func (g *pcg64) shuffle(values []int32, first int) {
	for i := len(values) - 1; i >= first; i-- {
		j := g.upTo(i)
		values[i], values[j] = values[j], values[i]
	}
}

// stratifiedFolds deals n rows of one class, followed by n rows of another, to 3 folds, [2n]: the fold in which each is
// tested. It is the split of sklearn.model_selection.StratifiedKFold(3, shuffle=True, random_state=seed).
func stratifiedFolds(n int, seed uint32) []uint8 {
	const folds = 3
	deal := newMT19937(seed)
	test := make([]uint8, 0, 2*n)
	for class := range 2 {
		part := test[len(test) : len(test)+n]
		at := 0
		for fold := range folds {
			// Rows in order of class are dealt in turn: fold f gets those at places f, f+3, …
			for place := fold; place < 2*n; place += folds {
				if place/n == class {
					part[at] = uint8(fold)
					at++
				}
			}
		}
		for i := n - 1; i > 0; i-- {
			j := deal.upTo(uint32(i))
			part[i], part[j] = part[j], part[i]
		}
		test = test[:len(test)+n]
	}
	return test
}
