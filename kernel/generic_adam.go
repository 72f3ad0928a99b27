package kernel

import "math"

// smallestNormal is the smallest float32 that is not denormal.
const smallestNormal = 0x1p-126

// adamGeneric rounds each operation to float32 (the conversions forbid fusing), as the assembly does. It flushes only m and
// v, which the next step reads.
func adamGeneric(p, m, v, g []float32, s *AdamStep) {
	m, v, g = m[:len(p)], v[:len(p)], g[:len(p)]
	for i := range p {
		gradient := float32(s.GradScale * g[i])
		first := float32(s.Beta1*m[i]) + float32(s.OneMinusBeta1*gradient)
		if first > -smallestNormal && first < smallestNormal {
			first = 0
		}
		second := float32(s.Beta2*v[i]) + float32(float32(s.OneMinusBeta2*gradient)*gradient)
		if second > -smallestNormal && second < smallestNormal {
			second = 0
		}
		m[i], v[i] = first, second
		root := float32(math.Sqrt(float64(second)))
		p[i] -= float32(s.StepSize*first) / (float32(s.InvSqrtBias2*root) + s.Epsilon)
	}
}
