package kernel

// GatherRows is dst[r] = table[index[r]].
func GatherRows(dst, table Matrix, index []int32) {
	checkRows("GatherRows", dst, table, index)
	for r, x := range index {
		copy(dst.row(r), table.row(int(x)))
	}
}

// ScatterAddRows is dst[index[r]] += src[r], in order of r: the gradient of GatherRows. dst is not cleared first.
// dst and src may not overlap.
func ScatterAddRows(dst, src Matrix, index []int32) {
	checkRows("ScatterAddRows", src, dst, index)
	if src.Cols > 0 && len(index) > 0 {
		scatterAdd(dst, src, index, 0)
	}
}

// ScatterAddRowsWithin is ScatterAddRows for a part of the table: dst holds its rows from first on, and rows of src whose
// index lies outside dst are left out.
func ScatterAddRowsWithin(dst, src Matrix, index []int32, first int) {
	const function = "ScatterAddRowsWithin"
	src.check(function, "rows")
	dst.check(function, "table")
	if src.Rows != len(index) || src.Cols != dst.Cols || first < 0 {
		panicShapes(function, "rows [%d, %d], table [%d, %d] from row %d on, %d indices",
			src.Rows, src.Cols, dst.Rows, dst.Cols, first, len(index))
	}
	if src.Cols > 0 && len(index) > 0 && dst.Rows > 0 {
		scatterAdd(dst, src, index, first)
	}
}

// SumRows is dst[j] = Σ_r src[r, j], in order of r: the gradient of a bias. dst is overwritten.
func SumRows(dst []float32, src Matrix) {
	src.check("SumRows", "src")
	if len(dst) != src.Cols {
		panicShapes("SumRows", "dst [%d], src [%d, %d]", len(dst), src.Rows, src.Cols)
	}
	if len(dst) > 0 {
		sumRows(dst, src)
	}
}

// CombineRows is dst[r] = a[r]·x[r] + b[r]·y[r], with one pair of coefficients for each row: the noising of a batch whose
// rows stand at different times. dst may be x or y.
func CombineRows(dst, x, y Matrix, a, b []float32) {
	const function = "CombineRows"
	dst.check(function, "dst")
	x.check(function, "x")
	y.check(function, "y")
	if x.Rows != dst.Rows || y.Rows != dst.Rows || x.Cols != dst.Cols || y.Cols != dst.Cols || len(a) != dst.Rows || len(b) != dst.Rows {
		panicShapes(function, "dst [%d, %d], x [%d, %d], y [%d, %d], a [%d], b [%d]",
			dst.Rows, dst.Cols, x.Rows, x.Cols, y.Rows, y.Cols, len(a), len(b))
	}
	if dst.Rows > 0 && dst.Cols > 0 {
		combineRows(dst, x, y, a, b)
	}
}

// checkRows panics unless index maps each row of part to a row of whole.
func checkRows(function string, part, whole Matrix, index []int32) {
	part.check(function, "rows")
	whole.check(function, "table")
	if part.Rows != len(index) || part.Cols != whole.Cols {
		panicShapes(function, "rows [%d, %d], table [%d, %d], %d indices", part.Rows, part.Cols, whole.Rows, whole.Cols, len(index))
	}
	checkIndex(function, index, whole.Rows)
}
