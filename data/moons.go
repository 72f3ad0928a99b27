package data

import (
	"math"

	"euryale/rng"
)

// The centre of the two moons: the mean of their points, about which one is the other turned by 180°.
const moonsX, moonsY = 0.5, 0.25

// moons draws rows points [rows, 2] of two interleaving half circles, and their labels: the curves of
// scikit-learn's make_moons, moved so that the centre (½, ¼) is the origin. For the upper moon, label 0, and
// the lower, label 1,
//
//	u = π·(uniform in [0, 1))
//	(x, y) = scale·(±(cos u − ½, sin u − ¼) + noise·z), + for label 0, − for 1, z ~ N(0, I)
//
// for (1 − cos u, ½ − sin u) − (½, ¼), the lower moon as it is commonly written, is the upper one's negative.
//
// Labels are drawn, 0 and 1 with probability ½, rather than dealt in turn: so the points are independent, as a
// model's samples are, and the distance between two sets of them is what perfect samples would have. Sets with
// equal halves lie closer together than that.
//
// Row i takes u from step 0, z from step 1 and the label from step 2 of the stream; with a class given, u and
// z from steps 3(class+1) and 3(class+1)+1.
func moons(stream rng.Stream, rows int, noise, scale float64, class int) (points []float32, labels []int32) {
	points, labels = make([]float32, 2*rows), make([]int32, rows)
	step := uint64(3 * (class + 1)) // 0 for anyClass
	stream.Normal(points, step+1, 0, 2)
	for i := range rows {
		label := class
		if class == anyClass {
			label = stream.IntN(2, uint64(i), 2)
		}
		u := math.Pi * stream.Float64(step, uint64(i))
		x, y := math.Cos(u)-moonsX, math.Sin(u)-moonsY
		if label == 1 {
			x, y = -x, -y
		}
		row := points[2*i : 2*i+2]
		// The conversions keep a compiler from fusing product and sum, which would round differently.
		row[0] = float32(scale * (x + float64(noise*float64(row[0]))))
		row[1] = float32(scale * (y + float64(noise*float64(row[1]))))
		labels[i] = int32(label)
	}
	return points, labels
}

// NearestClass returns the class whose curve without noise passes nearest to the point, [Dim]; of two equally
// near the lower. It is −1 when the data has no classes, or the point is not Dim finite numbers.
//
// The moons stay ½·Scale apart, so a point that noise carried from one to the other's side moved by at least
// a quarter of Scale.
func (c Config) NearestClass(point []float32) int {
	if c.Classes() == 0 || len(point) != c.Dim() {
		return -1
	}
	x, y := float64(point[0])/c.Scale, float64(point[1])/c.Scale
	if sum := x + y; math.IsNaN(sum) || math.IsInf(sum, 0) {
		return -1
	}
	if upperMoon(x, y) <= upperMoon(-x, -y) {
		return 0
	}
	return 1
}

// upperMoon is the distance of a point to the upper moon, both at scale 1 and about the origin.
func upperMoon(x, y float64) float64 {
	x, y = x+moonsX, y+moonsY // from the centre of its circle
	if y >= 0 {
		return math.Abs(math.Hypot(x, y) - 1)
	}
	return math.Hypot(math.Abs(x)-1, y) // to the nearer end
}
