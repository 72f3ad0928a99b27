package data

import (
	"math"

	"euryale/rng"
)

// sCurve draws rows points [rows, 2] of the S-curve: two arcs of three quarters of a circle each that meet
// at the origin, seen as the letter S turned over.
//
//	t = 3π(u − ½), u uniform in [0, 1)
//	(x, y) = scale·((sin t, sign(t)(cos t − 1)) + noise·z), z ~ N(0, I)
//
// Row i takes u from step 0 and z from step 1 of the stream.
func sCurve(stream rng.Stream, rows int, noise, scale float64) []float32 {
	points := make([]float32, 2*rows)
	stream.Normal(points, 1, 0, 2)
	for i := range rows {
		t := 3 * math.Pi * (stream.Float64(0, uint64(i)) - 0.5)
		y := math.Copysign(math.Cos(t)-1, -t)
		row := points[2*i : 2*i+2]
		// The conversions keep a compiler from fusing product and sum, which would round differently.
		row[0] = float32(scale * (math.Sin(t) + float64(noise*float64(row[0]))))
		row[1] = float32(scale * (y + float64(noise*float64(row[1]))))
	}
	return points
}
