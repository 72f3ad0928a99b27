package kernel

// The generic product computes tiles of two rows by three columns: six chains over k. (Six sums and their operands fit in
// the registers; with eight sums the compiler spills, at half the speed.) The columns of the right factor are packed three
// by three, so that a step of k reads one group; rows of the left factor are read in place, or from a packed copy if their
// elements are not adjacent. Each product is rounded before it is added (the conversion forbids fusing), so the bits are the
// same on every architecture.

// group is a step of k for three adjacent columns of the right factor.
type group = [groupSize]float32

const (
	groupSize = 3
	// genericGroups limits the packed right factor to 192 KiB, to keep it in the second-level cache.
	genericGroups = 1 << 14
)

func multiplyGeneric(ws *Workspace, p *product) {
	a, stride := p.a.data, p.a.outer
	if p.a.inner != 1 {
		a, stride = ws.a.grow(p.m*p.k), p.k
		for i := range p.m {
			row := a[i*p.k:][:p.k]
			for x := range row {
				row[x] = p.a.data[i*p.a.outer+x*p.a.inner]
			}
		}
	}
	panels := min(max(1, genericGroups/p.k), (p.n+groupSize-1)/groupSize)
	width := panels * groupSize
	if len(ws.groups) < panels*p.k {
		ws.groups = make([]group, panels*p.k)
	}
	sums := ws.b.grow(2 * width)
	for from := 0; from < p.n; from += width {
		to := min(from+width, p.n)
		packGroups(ws.groups, p, from, to)
		for i := 0; i < p.m; i += 2 {
			next := min(i+1, p.m-1) // an odd last row is computed twice, which avoids a second loop that might round differently
			a0, a1 := a[i*stride:][:p.k], a[next*stride:][:p.k]
			panel := ws.groups
			for at := 0; at < to-from; at += groupSize {
				tile(sums[at:at+groupSize], sums[width+at:width+at+groupSize], a0, a1, panel)
				panel = panel[p.k:]
			}
			p.finish(sums[:to-from], i, from)
			if next != i {
				p.finish(sums[width:width+to-from], next, from)
			}
		}
	}
}

// packGroups copies columns from ... to-1 of the right factor: group g·k+x holds b(from+3g ... from+3g+2, x). Missing
// columns are zero.
func packGroups(groups []group, p *product, from, to int) {
	for j := from; j < to; j += groupSize {
		panel := groups[:p.k]
		groups = groups[p.k:]
		if j+groupSize <= to {
			b0, b1, b2 := p.b.data[j*p.b.outer:], p.b.data[(j+1)*p.b.outer:], p.b.data[(j+2)*p.b.outer:]
			for x := range panel {
				at := x * p.b.inner
				panel[x] = group{b0[at], b1[at], b2[at]}
			}
			continue
		}
		clear(panel)
		for c := range to - j {
			for x := range panel {
				panel[x][c] = p.b.data[(j+c)*p.b.outer+x*p.b.inner]
			}
		}
	}
}

// tile is d0[c] = Σ_x a0[x]·panel[x][c], and the same for d1 and a1, each sum in increasing order of x.
func tile(d0, d1, a0, a1 []float32, panel []group) {
	var s0, s1, s2, t0, t1, t2 float32
	a1 = a1[:len(a0)]
	panel = panel[:len(a0)]
	for x, a := range a0 {
		b := &panel[x]
		c := a1[x]
		s0 += float32(a * b[0])
		t0 += float32(c * b[0])
		s1 += float32(a * b[1])
		t1 += float32(c * b[1])
		s2 += float32(a * b[2])
		t2 += float32(c * b[2])
	}
	_, _ = d0[groupSize-1], d1[groupSize-1]
	d0[0], d0[1], d0[2] = s0, s1, s2
	d1[0], d1[1], d1[2] = t0, t1, t2
}

// finish applies the epilogue to sums, the elements (i, from ...) of the product, and stores them. It overwrites sums.
func (p *product) finish(sums []float32, i, from int) {
	dst := p.dst.row(i)[from:][:len(sums)]
	if p.Accumulate {
		for j, d := range dst {
			sums[j] += d
		}
	}
	var bias, table []float32
	if p.Bias != nil {
		bias = p.Bias[from:][:len(sums)]
	}
	if p.Table.Data != nil {
		table = p.Table.row(int(p.Index[i]))[from:][:len(sums)]
	}
	switch {
	case bias != nil && table != nil:
		for j := range sums {
			sums[j] += bias[j] + table[j]
		}
	case bias != nil:
		for j := range sums {
			sums[j] += bias[j]
		}
	case table != nil:
		for j := range sums {
			sums[j] += table[j]
		}
	}
	if p.Add.Data != nil {
		for j, v := range p.Add.row(i)[from:][:len(sums)] {
			sums[j] += v
		}
	}
	if p.ReLU {
		reluGeneric(sums, sums)
	}
	if p.Mask.Data != nil {
		reluMaskGeneric(sums, sums, p.Mask.row(i)[from:][:len(sums)])
	}
	if p.Scale.Data != nil {
		timesGeneric(sums, sums, p.Scale.row(i)[from:][:len(sums)])
	}
	copy(dst, sums)
}
