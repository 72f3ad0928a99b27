package boosting

import "euryale/parallel"

// grower grows trees on a table. It keeps its memory from one tree to the next.
type grower struct {
	o     Options
	table *table
	team  *parallel.Team

	pairs  []pair // of each row, for the current tree
	nodes  []node // of the current tree
	leaves []leaf // one per node; those that were split stay
	open   []*leaf
	rows   []int32 // the rows of a leaf are contiguous

	moved   []int32  // scratch of divide
	ordered []pair   // scratch of examine: the pairs of a leaf's rows
	spare   [][]sums // histograms that no leaf uses

	// What examine shares out.
	small, large *leaf
	next         parallel.Counter
	found        [2][]split // of small and large, per column
	search       func(worker int)
}

// leaf is a leaf of a growing tree.
type leaf struct {
	node       int
	first, end int // its rows are grower.rows[first:end]
	sums       sums
	histogram  []sums // nil when it is not needed any more
	best       split
}

// fewCells are not worth waking workers.
const fewCells = 1 << 14

func newGrower(t *table, team *parallel.Team, o Options) *grower {
	g := &grower{o: o, table: t, team: team}
	g.rows, g.moved, g.ordered = make([]int32, t.rows), make([]int32, t.rows), make([]pair, t.rows)
	g.leaves = make([]leaf, 0, 2*min(o.Leaves, t.rows)) // never moved: there are pointers to them
	for k := range g.found {
		g.found[k] = make([]split, len(t.columns))
	}
	g.search = g.searchColumns
	return g
}

// grow returns a tree fitted to the pairs of all rows, and adds its values to predictions, [rows]. It splits the leaf that
// gains most until there are enough leaves or none gains.
func (g *grower) grow(pairs []pair, predictions []float64) []node {
	g.pairs, g.nodes, g.leaves, g.open = pairs, nil, g.leaves[:0], g.open[:0]
	var all sums
	for i, p := range pairs {
		g.rows[i] = int32(i)
		all = all.plus(sums{float64(p.gradient), float64(p.hessian), 1})
	}
	g.examine(g.add(0, all, 0), nil)
	for leaves := 1; leaves < g.o.Leaves && len(g.open) > 0; leaves++ {
		parent := g.takeBest()
		left, right := g.divide(parent)
		small, large := right, left
		if left.sums.rows < right.sums.rows {
			small, large = left, right
		}
		large.histogram, parent.histogram = parent.histogram, nil
		if leaves+1 < g.o.Leaves {
			g.examine(small, large)
		}
	}
	for i := range g.leaves {
		l := &g.leaves[i]
		g.recycle(l)
		if n := &g.nodes[l.node]; n.child == 0 {
			n.value *= g.o.LearningRate
			for _, row := range g.rows[l.first:l.end] {
				predictions[row] += n.value
			}
		}
	}
	return g.nodes
}

// add appends a node and its leaf, whose rows start at first.
func (g *grower) add(first int, s sums, value float64) *leaf {
	g.leaves = append(g.leaves, leaf{node: len(g.nodes), first: first, end: first + s.rows, sums: s})
	g.nodes = append(g.nodes, node{value: value})
	return &g.leaves[len(g.leaves)-1]
}

// takeBest removes the leaf with the largest gain from the open ones.
func (g *grower) takeBest() *leaf {
	best := 0
	for i, l := range g.open {
		if l.best.gain > g.open[best].best.gain {
			best = i
		}
	}
	l := g.open[best]
	g.open = append(g.open[:best], g.open[best+1:]...)
	return l
}

// divide splits a leaf by its best split.
func (g *grower) divide(parent *leaf) (left, right *leaf) {
	s := &parent.best
	column := &g.table.columns[s.column]
	// The rows for the left move to the front, the others behind them, each in their order.
	rows, lefts, rights := g.rows[parent.first:parent.end], 0, 0
	for _, row := range rows {
		isLeft := s.left.bit(column.bins[row])
		rows[lefts], g.moved[rights] = row, row
		lefts += isLeft
		rights += 1 - isLeft
	}
	copy(rows[lefts:], g.moved[:rights])
	if !column.hasMissing && lefts > rights {
		s.left.add(column.width - 1) // cells missing at prediction go where most rows go
	}
	n := &g.nodes[parent.node]
	n.left, n.column, n.child = s.left, int32(s.column), int32(len(g.nodes))
	other := parent.sums.minus(s.sums)
	left = g.add(parent.first, s.sums, s.sums.value(g.o.L2))
	right = g.add(parent.first+lefts, other, other.value(g.o.L2))
	return left, right
}

// examine finds the best splits of two new leaves, of which large has the histogram of their parent, or of small alone, the
// root. Those with a gain become open.
func (g *grower) examine(small, large *leaf) {
	if !g.isDivisible(small) && !g.isDivisible(large) {
		return
	}
	g.small, g.large = small, large
	if last := len(g.spare) - 1; last >= 0 {
		small.histogram, g.spare = g.spare[last], g.spare[:last]
	} else {
		small.histogram = make([]sums, g.table.width)
	}
	for k, row := range g.rows[small.first:small.end] {
		g.ordered[k] = g.pairs[row]
	}
	g.team.Use(g.team.Workers())
	if small.sums.rows*len(g.table.useful) < fewCells {
		g.team.Use(1)
	}
	g.next.Reset()
	g.team.Run(g.search)
	for k, l := range []*leaf{small, large} {
		if !g.isDivisible(l) {
			continue
		}
		for _, j := range g.table.useful {
			if s := &g.found[k][j]; s.gain > l.best.gain {
				l.best = *s
			}
		}
		if l.best.gain > 0 {
			g.open = append(g.open, l)
		} else {
			g.recycle(l)
		}
	}
}

// isDivisible reports whether a leaf, which may be nil, has the rows for two.
func (g *grower) isDivisible(l *leaf) bool { return l != nil && l.sums.rows >= 2*g.o.LeafRows }

// searchColumns is one worker's share of examine.
func (g *grower) searchColumns(int) {
	for k := g.next.Next(); k < len(g.table.useful); k = g.next.Next() {
		j := g.table.useful[k]
		c := &g.table.columns[j]
		part := g.small.histogram[c.at:][:c.width]
		fill(part, c.bins, g.rows[g.small.first:g.small.end], g.ordered)
		if g.large != nil {
			subtract(g.large.histogram[c.at:][:c.width], part)
		}
		for child, l := range [...]*leaf{g.small, g.large} {
			if g.isDivisible(l) {
				g.found[child][j] = findSplit(j, c, l.histogram[c.at:][:c.width], l.sums, g.o)
			}
		}
	}
}

func (g *grower) recycle(l *leaf) {
	if l.histogram != nil {
		g.spare, l.histogram = append(g.spare, l.histogram), nil
	}
}
