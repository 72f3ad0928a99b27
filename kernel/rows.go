package kernel

// ScatterAddRowsWithin is dst[index[r]-first] += src[r], in order of r, for a part of a table: the gradient of an embedding
// lookup. dst holds the table's rows first, first+1, ...; rows of src whose index lies outside it are skipped. dst is not
// cleared first, and may not overlap src.
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
