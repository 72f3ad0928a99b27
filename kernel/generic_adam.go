package kernel

import "math"

const (
	// smallestFirst keeps StepSize·m normal, too, for any learning rate above 1e-8.
	smallestFirst = 0x1p-100
	// smallestSecond is the smallest normal number.
	smallestSecond = 0x1p-126
)

// adamGeneric defines the bits of every path: each operation is rounded to float32 (the conversions forbid fusing).
func adamGeneric(p, m, v, g []float32, s *AdamStep) {
	m, v, g = m[:len(p)], v[:len(p)], g[:len(p)]
	for i := range p {
		gradient := s.GradScale * g[i]
		first := float32(s.Beta1*m[i]) + float32(s.OneMinusBeta1*gradient)
		if first > -smallestFirst && first < smallestFirst {
			first = 0
		}
		second := float32(s.Beta2*v[i]) + float32(float32(s.OneMinusBeta2*gradient)*gradient)
		if second > -smallestSecond && second < smallestSecond {
			second = 0
		}
		m[i], v[i] = first, second
		root := float32(math.Sqrt(float64(second)))
		p[i] -= float32(s.StepSize*first) / (float32(root*s.InvSqrtBias2) + s.Epsilon)
	}
}
