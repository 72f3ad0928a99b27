package tabular

import "math"

// ziggurat draws normal numbers from a pcg64 as NumPy's Generator.standard_normal does: the method of Marsaglia and Tsang
// (2000) with 256 strips, by one 64-bit word in 99% of the cases.
type ziggurat struct {
	*pcg64
	inside [256]uint64  // k: below it, a place in the strip is under the curve
	width  [256]float64 // w: of a strip, over 2⁵²
	height [256]float64 // f: of the curve at the strip's edge
}

const (
	strips   = 256
	tailFrom = 3.6541528853610088 // r, the edge of the lowest strip
	area     = 0.00492867323399   // v, of each strip
	places   = 1 << 52
)

func newZiggurat(g *pcg64) *ziggurat {
	z := &ziggurat{pcg64: g}
	edge := float64(tailFrom)
	last := strips - 1
	z.width[last] = edge / places
	z.height[last] = math.Exp(-0.5 * edge * edge)
	z.inside[0] = uint64(edge * z.height[last] / area * places)
	z.width[0] = area / z.height[last] / places
	z.height[0] = 1
	for i := last - 1; i > 0; i-- {
		x := math.Sqrt(-2 * math.Log(area/edge+z.height[i+1]))
		z.inside[i+1] = uint64(x / edge * places)
		z.width[i] = x / places
		z.height[i] = math.Exp(-0.5 * x * x)
		edge = x
	}
	return z
}

func (z *ziggurat) uniform() float64 { return float64(z.uint64()>>11) * 0x1p-53 }

// normal draws a standard normal number.
func (z *ziggurat) normal() float64 {
	for {
		word := z.uint64()
		strip, place := word&0xff, word>>9&(places-1)
		x := float64(place) * z.width[strip]
		if word>>8&1 == 1 {
			x = -x
		}
		switch {
		case place < z.inside[strip]:
			return x
		case strip == 0:
			return z.tail(place>>8&1 == 1)
		case (z.height[strip-1]-z.height[strip])*z.uniform()+z.height[strip] < math.Exp(-0.5*x*x):
			return x
		}
	}
}

// tail draws a number beyond the lowest strip.
func (z *ziggurat) tail(negative bool) float64 {
	for {
		x := -math.Log1p(-z.uniform()) / tailFrom
		y := -math.Log1p(-z.uniform())
		if y+y > x*x {
			if negative {
				return -(tailFrom + x)
			}
			return tailFrom + x
		}
	}
}

// directions returns n unit vectors, [n, dim]: the normalized columns of
// numpy.random.default_rng(seed).standard_normal((dim, n)).
func directions(dim, n int, seed uint64) []float64 {
	z := newZiggurat(newPCG64(seed))
	u := make([]float64, n*dim)
	for k := range dim {
		for i := range n {
			u[i*dim+k] = z.normal()
		}
	}
	for i := range n {
		v := u[i*dim : (i+1)*dim]
		norm := math.Sqrt(dot(v, v))
		for k := range v {
			v[k] /= norm
		}
	}
	return u
}
