package boosting

import (
	"cmp"
	"slices"
)

const (
	leastHessian = 1e-3 // of a child
	// catSmooth is LightGBM's cat_smooth: it is added to the hessian by which categories are ordered, and a category of less
	// weight than so many rows goes to the right.
	catSmooth = 10
)

// set is a set of bins.
type set [4]uint64

func (s *set) add(bin int) { s[bin>>6] |= 1 << (bin & 63) }

// bit is 1 if the bin is in the set, else 0.
func (s *set) bit(bin uint8) int { return int(s[bin>>6] >> (bin & 63) & 1) }

// split sends the rows of a node to two children by their bins of a column. No split is one without gain.
type split struct {
	gain   float64
	column int
	left   set
	sums   sums // of the left child
}

// finder looks for the best split of a node on one column.
type finder struct {
	histogram  []sums // the last bin is that of missing cells
	hasMissing bool
	node       sums
	fall       float64 // of the loss by the node's value
	leafRows   int
	l2         float64
	best       split
}

// findSplit returns the best split of a node, of which it has the sums and the histogram of column j.
func findSplit(j int, c *tableColumn, histogram []sums, node sums, o Options) split {
	f := finder{histogram: histogram, hasMissing: c.hasMissing, node: node, fall: node.fall(o.L2), leafRows: o.LeafRows, l2: o.L2}
	f.best.column = j
	if c.isCategory {
		f.categories()
	} else {
		f.numbers()
	}
	return f.best
}

// gain is how much the loss falls, equation 7, when the rows that left sums up become a child. A child that is too small
// makes it 0, and stop tells whether a larger left child makes the right one too small as well.
func (f *finder) gain(left sums) (gain float64, stop bool) {
	right := f.node.minus(left)
	switch {
	case left.rows < f.leafRows:
		return 0, false
	case right.rows < f.leafRows:
		return 0, true
	case left.hessian < leastHessian:
		return 0, false
	case right.hessian < leastHessian:
		return 0, true
	}
	return left.fall(f.l2) + right.fall(f.l2) - f.fall, false
}

// numbers tries each threshold, with missing cells on the right and, if there are any, on the left.
func (f *finder) numbers() {
	missing := len(f.histogram) - 1
	last := missing - 1 // the last bin of numbers goes to the left only if missing cells go to the right
	if f.hasMissing {
		last = missing
	}
	at, withMissing := -1, false
	var left sums
	for bin := range last {
		left = left.plus(f.histogram[bin])
		gain, stop := f.gain(left)
		if stop {
			break
		}
		if gain > f.best.gain {
			f.best.gain, f.best.sums = gain, left
			at = bin
		}
	}
	if f.hasMissing {
		left = f.histogram[missing]
		for bin := range missing - 1 {
			left = left.plus(f.histogram[bin])
			gain, stop := f.gain(left)
			if stop {
				break
			}
			if gain > f.best.gain {
				f.best.gain, f.best.sums = gain, left
				at, withMissing = bin, true
			}
		}
	}
	for bin := range at + 1 {
		f.best.left.add(bin)
	}
	if withMissing {
		f.best.left.add(missing)
	}
}

// categories orders the categories, missing cells among them, by gradient over hessian, and tries each half of that order
// from both ends. The best subset is contiguous in such an order (Fisher 1958).
func (f *finder) categories() {
	type category struct {
		bin   int
		ratio float64
	}
	var all [256]category
	rowsPerHessian := float64(f.node.rows) / f.node.hessian
	order := all[:0]
	for bin, s := range f.histogram {
		if s.hessian*rowsPerHessian >= catSmooth {
			order = append(order, category{bin, s.gradient / (s.hessian + catSmooth)})
		}
	}
	if len(order) < 2 {
		return
	}
	slices.SortStableFunc(order, func(a, b category) int { return cmp.Compare(a.ratio, b.ratio) })
	count, fromEnd := 0, false
	for _, reverse := range []bool{false, true} {
		half := (len(order) + 1) / 2
		if reverse {
			half--
			slices.Reverse(order)
		}
		var left sums
		for k := range half {
			left = left.plus(f.histogram[order[k].bin])
			gain, stop := f.gain(left)
			if stop {
				break
			}
			if gain > f.best.gain {
				f.best.gain, f.best.sums = gain, left
				count, fromEnd = k+1, reverse
			}
		}
	}
	if !fromEnd {
		slices.Reverse(order)
	}
	for _, c := range order[:count] {
		f.best.left.add(c.bin)
	}
}
