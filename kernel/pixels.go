package kernel

// images is the number of images of the given number of pixels in the rows of m.
func (m Matrix) images(function string, pixels int) int {
	if pixels < 1 || m.Rows%pixels != 0 {
		panicShapes(function, "%d rows are not images of %d pixels", m.Rows, pixels)
	}
	return m.Rows / pixels
}

// image is the view of image i.
func (m Matrix) image(i, pixels int) Matrix { return m.RowRange(i*pixels, (i+1)*pixels) }

// SumPixels is dst[i, c] = scale·Σ_p x[i·pixels + p, c], per image i and channel c, for x [images·pixels, C] and dst
// [images, C]: with scale 1 the gradient of what was added to every pixel, with 1/pixels the mean. The sums of pixels 0, 4, …,
// of 1, 5, …, of 2, 6, … and of 3, 7, … are added last.
func SumPixels(dst, x Matrix, pixels int, scale float32) {
	const function = "SumPixels"
	checkPixels(function, dst, x, pixels)
	if x.Cols == 0 {
		return
	}
	for i := range dst.Rows {
		sumPixels(dst.row(i), x.image(i, pixels), scale)
	}
}

// SpreadPixels is dst[i·pixels + p, c] = scale·x[i, c] for every pixel p of image i, for x [images, C] and dst
// [images·pixels, C]: the gradient of SumPixels. With accumulate, it is added to dst.
func SpreadPixels(dst, x Matrix, pixels int, scale float32, accumulate bool) {
	checkPixels("SpreadPixels", x, dst, pixels)
	if x.Cols == 0 {
		return
	}
	for i := range x.Rows {
		spreadPixels(dst.image(i, pixels), x.row(i), scale, accumulate)
	}
}

// CopyRows is dst = src.
func CopyRows(dst, src Matrix) {
	checkRows("CopyRows", dst, src)
	if src.Stride == src.Cols && dst.Stride == dst.Cols {
		copy(dst.Data[:dst.Rows*dst.Cols], src.Data[:src.Rows*src.Cols])
		return
	}
	for r := range src.Rows {
		copy(dst.row(r), src.row(r))
	}
}

// AddRows is dst += src.
func AddRows(dst, src Matrix) {
	checkRows("AddRows", dst, src)
	if src.Rows > 0 && src.Cols > 0 {
		addRows(dst, src)
	}
}

// AddSumRows is dst[j] += Σ_r src[r, j]: one chain of additions that starts at dst[j], in order of r. So dst does not depend
// on how rows are divided among calls.
func AddSumRows(dst []float32, src Matrix) {
	src.check("AddSumRows", "src")
	if len(dst) != src.Cols {
		panicShapes("AddSumRows", "dst [%d], src [%d, %d]", len(dst), src.Rows, src.Cols)
	}
	if src.Rows > 0 && src.Cols > 0 {
		addSumRows(dst, src)
	}
}

func checkPixels(function string, few, many Matrix, pixels int) {
	few.check(function, "images")
	many.check(function, "pixels")
	if images := many.images(function, pixels); few.Rows != images || few.Cols != many.Cols {
		panicShapes(function, "images [%d, %d], pixels [%d, %d]", few.Rows, few.Cols, many.Rows, many.Cols)
	}
}

func checkRows(function string, dst, src Matrix) {
	dst.check(function, "dst")
	src.check(function, "src")
	if dst.Rows != src.Rows || dst.Cols != src.Cols {
		panicShapes(function, "dst [%d, %d], src [%d, %d]", dst.Rows, dst.Cols, src.Rows, src.Cols)
	}
}
