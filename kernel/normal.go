package kernel

// FillNormal fills dst [rows, dim] with standard normal numbers; its first row is row firstRow of the step. Numbers 4b to
// 4b+3 of a row come from the words of Philox(key, step, row, b) by the transform of Box and Muller (1958) in float32, and
// depend on nothing else; their bits are the same on every path. The largest possible magnitude is √(2·32·ln 2) = 6.66.
func FillNormal(dst []float32, key [2]uint32, step, firstRow uint64, dim int) {
	if len(dst) == 0 {
		return
	}
	if dim < 1 || len(dst)%dim != 0 {
		panicShapes("FillNormal", "dst [%d] does not hold whole rows of %d", len(dst), dim)
	}
	fillNormal(dst, key, step, firstRow, dim)
}
