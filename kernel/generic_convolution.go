package kernel

// gatherBlock is the number of pixels whose taps the generic path copies at a time.
const gatherBlock = 256

// packTapGeneric copies a tap to the packed weights, which are a matrix [taps·channels, n].
func (w *packedWeights) packTapGeneric(tap operand, t, n int) {
	for x := range w.channels {
		row := w.data[(t*w.channels+x)*n:][:n]
		for j := range row {
			row[j] = tap.data[j*tap.outer+x*tap.inner]
		}
	}
}

// gatherGeneric copies the weights of a phase, and what a block of its pixels meets, to two factors of a product.
func gatherGeneric(ws *Workspace, phases []phase, p *product, first, images int, x Matrix, w *packedWeights) {
	for number := range phases {
		f := &phases[number]
		k, pixels := len(f.taps)*w.channels, images*f.pixels
		if k == 0 {
			f.finishZeros(ws, p, first, images)
			continue
		}
		size := min(gatherBlock, pixels)
		all := ws.c.grow(size*(k+p.n) + k*p.n)
		block, sums, weights := all[:size*k], all[size*k:][:size*p.n], all[size*(k+p.n):]
		for i, t := range f.taps {
			copy(weights[i*w.channels*p.n:][:w.channels*p.n], w.data[int(t)*w.channels*p.n:])
		}
		for from := 0; from < pixels; from += size {
			rows := min(size, pixels-from)
			for t := range f.taps {
				for i, source := range f.sources[t*len(f.targets)+from:][:rows] {
					copy(block[i*k+t*w.channels:][:w.channels], x.row(int(source)))
				}
			}
			dst := View(sums, rows, p.n)
			multiplyGeneric(ws, &product{dst: dst, a: operand{block, k, 1}, b: operand{weights, 1, p.n}, m: rows, n: p.n, k: k})
			for i := range rows {
				p.finish(dst.row(i), first+int(f.targets[from+i]), 0)
			}
		}
	}
}

// finishZeros stores a phase without taps.
func (f *phase) finishZeros(ws *Workspace, p *product, first, images int) {
	sums := ws.c.grow(p.n)
	for _, target := range f.targets[:images*f.pixels] {
		clear(sums)
		p.finish(sums, first+int(target), 0)
	}
}

func (c *Convolution) outerGeneric(dw, x, d Matrix, images int) {
	for t, list := range c.backward.tables().pairs {
		outerGeneric(dw.RowRange(t*c.in, (t+1)*c.in), x, d, list[:len(list)/c.group*images])
	}
}

// outerGeneric adds x(a)ᵀ·d(b) to dw for each pair (a, b), where dw is the part of a tap.
func outerGeneric(dw, x, d Matrix, list []pair) {
	for i := 0; i < x.Cols; i += 2 {
		next := min(i+1, x.Cols-1)
		w0, w1 := dw.row(i), dw.row(next)
		for j := 0; j < d.Cols; j += groupSize {
			cols := min(groupSize, d.Cols-j)
			var s, t group
			copy(s[:], w0[j:][:cols])
			copy(t[:], w1[j:][:cols])
			if cols == groupSize {
				chainPairs(&s, &t, x, d, i, next, j, list)
			} else {
				for _, p := range list {
					a, b := x.row(int(p.x)), d.row(int(p.d))[j:]
					for c := range cols {
						s[c] += float32(a[i] * b[c])
						t[c] += float32(a[next] * b[c])
					}
				}
			}
			copy(w0[j:][:cols], s[:])
			copy(w1[j:][:cols], t[:])
		}
	}
}

// chainPairs adds the products of channels i and next of x with three channels of d to s and t.
func chainPairs(s, t *group, x, d Matrix, i, next, j int, list []pair) {
	s0, s1, s2, t0, t1, t2 := s[0], s[1], s[2], t[0], t[1], t[2]
	for _, p := range list {
		a, c := x.Data[int(p.x)*x.Stride+i], x.Data[int(p.x)*x.Stride+next]
		b := d.Data[int(p.d)*d.Stride+j:][:groupSize]
		s0 += float32(a * b[0])
		t0 += float32(c * b[0])
		s1 += float32(a * b[1])
		t1 += float32(c * b[1])
		s2 += float32(a * b[2])
		t2 += float32(c * b[2])
	}
	*s, *t = group{s0, s1, s2}, group{t0, t1, t2}
}
