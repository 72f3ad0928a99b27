package kernel

// GroupNorm normalizes groups of adjacent channels of each image, and applies SiLU (Wu and He 2018, "Group normalization"):
// with the mean μ and the variance v over all pixels and channels of a group,
//
//	u = (x − μ)/√(v + Epsilon)·Weight[channel] + Bias[channel]
//	y = u, or u·σ(u) with SiLU
//
// Activations are [images·pixels, C]. Results have the same bits on every path, and those of an image do not depend on the
// other images of the call.
type GroupNorm struct {
	Pixels       int // of an image; divides the rows of every matrix
	Groups       int // divides C
	Weight, Bias []float32
	Epsilon      float64 // above 0
	SiLU         bool
}

// Statistics is the number of floats per image that Forward keeps for Tangent and Gradient.
func (g *GroupNorm) Statistics() int { return statisticsPerGroup * g.Groups }

// Forward is dst = y at x. It writes stats, Statistics() numbers per image. dst may be x.
func (g *GroupNorm) Forward(dst, x Matrix, stats []float32) {
	g.forward("GroupNorm.Forward", dst, x, stats, true)
}

// Apply is Forward for the x of an earlier call, whose stats it reads: the same dst, in less time.
func (g *GroupNorm) Apply(dst, x Matrix, stats []float32) {
	g.forward("GroupNorm.Apply", dst, x, stats, false)
}

func (g *GroupNorm) forward(function string, dst, x Matrix, stats []float32, measure bool) {
	images := g.check(function, x, stats)
	checkSame(function, "dst", dst, x)
	var t normTable
	for i := range images {
		image, to, s := x.image(i, g.Pixels), dst.image(i, g.Pixels), stats[i*g.Statistics():][:g.Statistics()]
		for first, run := 0, 0; first < x.Cols; first = run {
			run = g.run(first)
			if measure {
				g.statistics(s, image, first, run)
			}
			for from := first; from < run; from += normColumns {
				end := min(from+normColumns, run)
				g.affine(&t, s, from, end)
				normApply(to.ColRange(from, end), image.ColRange(from, end), &t, g.SiLU)
			}
		}
	}
}

// Gradient computes, per image and from the gradient d of y, the gradient of x,
//
//	dx = (γ·du − mean(γ·du) − x̂·mean(γ·du·x̂))/√(v + Epsilon)
//
// with γ = Weight, x̂ = (x − μ)/√(v + Epsilon) and means over the group, which it writes to dx or, with accumulate, adds to it.
// It writes to sums [images, 2·C] the sums over the image's pixels of du, for the gradient of Bias, and of du·x̂, for that of
// Weight. With SiLU, it overwrites d with du, the gradient of u. dx may be d without accumulate. stats are Forward's.
func (g *GroupNorm) Gradient(dx, x, d Matrix, stats, sums []float32, accumulate bool) {
	const function = "GroupNorm.Gradient"
	images := g.check(function, x, stats)
	checkSame(function, "dx", dx, x)
	checkSame(function, "d", d, x)
	if len(sums) != 2*images*x.Cols {
		panicShapes(function, "%d sums for %d images of %d channels", len(sums), images, x.Cols)
	}
	var t normTable
	var m normMeans
	for i := range images {
		image, u, to := x.image(i, g.Pixels), d.image(i, g.Pixels), dx.image(i, g.Pixels)
		s, total := stats[i*g.Statistics():][:g.Statistics()], sums[2*i*x.Cols:][:2*x.Cols]
		for first, run := 0, 0; first < x.Cols; first = run {
			run = g.run(first)
			m = normMeans{}
			for from := first; from < run; from += normColumns {
				end := min(from+normColumns, run)
				g.affine(&t, s, from, end)
				sumNorm(total[from:end], total[x.Cols+from:][:end-from], u.ColRange(from, end), image.ColRange(from, end), &t, g.SiLU)
				g.addMeans(&m, total[from:end], total[x.Cols+from:][:end-from], first, from, true)
			}
			for from := first; from < run; from += normColumns {
				end := min(from+normColumns, run)
				g.combination(&t, &m, s, first, from, end, false)
				normCombine(to.ColRange(from, end), u.ColRange(from, end), image.ColRange(from, end), &t, accumulate)
			}
		}
	}
}

// Tangent is dst = J·v, with the Jacobian J of y at x. stats are Forward's. dst may be v.
func (g *GroupNorm) Tangent(dst, x, v Matrix, stats []float32) {
	const function = "GroupNorm.Tangent"
	images := g.check(function, x, stats)
	checkSame(function, "dst", dst, x)
	checkSame(function, "v", v, x)
	var t normTable
	var m normMeans
	var part [2][normColumns]float32
	for i := range images {
		image, u, to, s := x.image(i, g.Pixels), v.image(i, g.Pixels), dst.image(i, g.Pixels), stats[i*g.Statistics():][:g.Statistics()]
		for first, run := 0, 0; first < x.Cols; first = run {
			run = g.run(first)
			m = normMeans{}
			for from := first; from < run; from += normColumns {
				end := min(from+normColumns, run)
				g.affine(&t, s, from, end)
				sumNorm(part[0][:end-from], part[1][:end-from], u.ColRange(from, end), image.ColRange(from, end), &t, false)
				g.addMeans(&m, part[0][:end-from], part[1][:end-from], first, from, false)
			}
			for from := first; from < run; from += normColumns {
				end := min(from+normColumns, run)
				g.affine(&t, s, from, end)
				g.combination(&t, &m, s, first, from, end, true)
				normCombine(to.ColRange(from, end), u.ColRange(from, end), image.ColRange(from, end), &t, false)
				if g.SiLU {
					sumNorm(part[0][:end-from], part[1][:end-from], to.ColRange(from, end), image.ColRange(from, end), &t, true)
				}
			}
		}
	}
}

// run is the end of the channels from first on that are computed together: as many whole groups as fit in a block, or one.
func (g *GroupNorm) run(first int) int {
	channels := len(g.Weight)
	width := channels / g.Groups
	return min(first+max(1, normColumns/width)*width, channels)
}

func (g *GroupNorm) check(function string, x Matrix, stats []float32) (images int) {
	x.check(function, "x")
	if len(g.Weight) != x.Cols || len(g.Bias) != x.Cols || g.Groups < 1 || x.Cols%g.Groups != 0 {
		panicShapes(function, "x [%d, %d], %d weights, %d biases, %d groups", x.Rows, x.Cols, len(g.Weight), len(g.Bias), g.Groups)
	}
	images = x.images(function, g.Pixels)
	if len(stats) != images*g.Statistics() {
		panicShapes(function, "%d statistics for %d images and %d groups", len(stats), images, g.Groups)
	}
	return images
}

// checkSame panics unless a matrix has the shape of x.
func checkSame(function, name string, m, x Matrix) {
	m.check(function, name)
	if m.Rows != x.Rows || m.Cols != x.Cols {
		panicShapes(function, name+" [%d, %d], x [%d, %d]", m.Rows, m.Cols, x.Rows, x.Cols)
	}
}
