package boosting

// pair holds the first and the second derivative of a row's loss by its prediction. As in scikit-learn they have the
// precision of a float32, and sums that of a float64.
type pair struct{ gradient, hessian float32 }

// sums are sums over rows.
type sums struct {
	gradient, hessian float64
	rows              int
}

func (s sums) plus(t sums) sums {
	return sums{s.gradient + t.gradient, s.hessian + t.hessian, s.rows + t.rows}
}

func (s sums) minus(t sums) sums {
	return sums{s.gradient - t.gradient, s.hessian - t.hessian, s.rows - t.rows}
}

// value is the best value of a leaf, −G/(H+λ), equation 5.
func (s sums) value(l2 float64) float64 { return -s.gradient / (s.hessian + l2 + 1e-15) }

// fall is by how much that value lowers the loss, G²/(H+λ), twice the term of equation 6.
func (s sums) fall(l2 float64) float64 { return s.gradient * s.gradient / (s.hessian + l2 + 1e-15) }

// fill sums pairs, one per row of a node, by the rows' bins of a column.
func fill(histogram []sums, bins []uint8, rows []int32, pairs []pair) {
	clear(histogram)
	pairs = pairs[:len(rows)]
	for k, row := range rows {
		s, p := &histogram[bins[row]], pairs[k]
		s.gradient += float64(p.gradient)
		s.hessian += float64(p.hessian)
		s.rows++
	}
}

// subtract turns the histogram of a node into that of one child, given the other child's.
func subtract(histogram, child []sums) {
	child = child[:len(histogram)]
	for b := range histogram {
		histogram[b] = histogram[b].minus(child[b])
	}
}
