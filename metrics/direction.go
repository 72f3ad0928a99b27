package metrics

import (
	"math"

	"euryale/rng"
)

// unitDirections returns n directions, [n, dim], each uniform on the unit sphere. Every dim consecutive ones
// are orthogonal to each other: the mean over such a frame varies far less than over independent directions
// (Rowland, Hron, Tang, Choromanski, Sarlós and Weller 2019), in two dimensions as if there were more than
// ten times as many.
func unitDirections(dim, n int, seed uint64) []float64 {
	stream := rng.NewStream(seed, rng.Projections)
	z := make([]float32, dim)
	out := make([]float64, n*dim)
	for k := range n {
		u := out[k*dim : (k+1)*dim]
		frame := out[k/dim*dim*dim : k*dim] // the directions before u in its frame
		for draw := uint64(0); ; draw++ {
			stream.Normal(z, draw, uint64(k), dim)
			for j, v := range z {
				u[j] = float64(v)
			}
			before := math.Sqrt(dot(u, u))
			// Gram and Schmidt, twice because once leaves rounding errors of the size of what it removes.
			for range 2 {
				for f := 0; f < len(frame); f += dim {
					other := frame[f : f+dim]
					c := dot(u, other)
					for j, v := range other {
						u[j] -= c * v
					}
				}
			}
			// What is left of a draw that lies almost in the span of the others is noise: draw again.
			if norm := math.Sqrt(dot(u, u)); norm > 1e-6*before {
				for j := range u {
					u[j] /= norm
				}
				break
			}
		}
	}
	return out
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}
