package kernel

// Group is a range of columns, First … First+Width−1.
type Group struct{ First, Width int }

// Softmax computes, for each row r and each group of its columns,
//
//	logSums[r, g] = ln Σ_j exp(logits[r, j])
//	p[r, j]       = exp(logits[r, j]) / Σ_j exp(logits[r, j])
//
// without overflow: the greatest logit is subtracted first. Columns of p in no group keep their values. p may be logits, and
// the zero Matrix stands for logSums that are not wanted. A NaN or +Inf in a group makes its results NaN, as does a group of
// −Inf alone. A row is fastest if its groups are in the order of their columns, without gaps.
//
// The error of p is below 4 units in the last place, that of logSums below 2e-7·(1 + |logSums|). They have the same bits on
// every path.
func Softmax(p, logits, logSums Matrix, groups []Group) {
	checkSoftmax(p, logits, logSums, groups)
	if len(groups) == 0 {
		return
	}
	chained := true
	for i, g := range groups[1:] {
		chained = chained && g.First == groups[i].First+groups[i].Width
	}
	from, last := groups[0].First, groups[len(groups)-1]
	for r := range logits.Rows {
		x, y := logits.row(r), p.row(r)
		var sums []float32
		if logSums.Data != nil {
			sums = logSums.row(r)
		}
		for i, g := range groups {
			highest := subtractGreatest(y[g.First:g.First+g.Width], x[g.First:g.First+g.Width])
			if sums != nil {
				sums[i] = highest
			}
			if !chained {
				exp(y[g.First:g.First+g.Width], y[g.First:g.First+g.Width])
			}
		}
		if chained {
			exp(y[from:last.First+last.Width], y[from:last.First+last.Width])
		}
		for i, g := range groups {
			sum := normalize(y[g.First : g.First+g.Width])
			switch {
			case sums == nil:
			case sum != sum: // the logarithm is for numbers alone
				sums[i] = sum
			default:
				sums[i] += logarithm(sum)
			}
		}
	}
}

// subtractGreatest is dst = x − max x, and returns the maximum.
func subtractGreatest(dst, x []float32) float32 {
	highest := x[0]
	for _, v := range x[1:] {
		highest = max(highest, v)
	}
	for j, v := range x {
		dst[j] = v - highest
	}
	return highest
}

// normalize divides positive numbers by their sum, which it returns.
func normalize(x []float32) float32 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v)
	}
	scale := float32(1 / sum)
	for j := range x {
		x[j] *= scale
	}
	return float32(sum)
}

func checkSoftmax(p, logits, logSums Matrix, groups []Group) {
	const function = "Softmax"
	logits.check(function, "logits")
	p.check(function, "p")
	if p.Rows != logits.Rows || p.Cols != logits.Cols {
		panicShapes(function, "p [%d, %d], logits [%d, %d]", p.Rows, p.Cols, logits.Rows, logits.Cols)
	}
	if logSums.Data != nil {
		logSums.check(function, "logSums")
		if logSums.Rows != logits.Rows || logSums.Cols != len(groups) {
			panicShapes(function, "logSums [%d, %d] for %d rows and %d groups", logSums.Rows, logSums.Cols, logits.Rows, len(groups))
		}
	}
	for _, g := range groups {
		if g.First < 0 || g.Width < 1 || g.Width > logits.Cols-g.First {
			panicShapes(function, "group of %d columns from %d on, logits [%d, %d]", g.Width, g.First, logits.Rows, logits.Cols)
		}
	}
}
