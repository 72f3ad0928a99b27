package kernel

// AdamStep holds the numbers of one Adam step t = 1, 2, ... (Kingma and Ba, 2015, in the form PyTorch computes).
type AdamStep struct {
	Beta1, Beta2                 float32
	OneMinusBeta1, OneMinusBeta2 float32 // 1-β rounded from float64, not from the float32 β
	StepSize                     float32 // lr/(1-β1^t)
	InvSqrtBias2                 float32 // 1/√(1-β2^t)
	Epsilon                      float32
	GradScale                    float32 // from norm clipping; 1 without
}

// Adam updates the parameters p and the moments m and v in place, given the gradient g:
//
//	g' = GradScale·g
//	m  = β1·m + (1-β1)·g'
//	v  = β2·v + (1-β2)·g'·g'
//	p -= StepSize·m / (√v·InvSqrtBias2 + Epsilon)
//
// where a moment that is denormal (below 2^-126 in magnitude) becomes zero. The moments of a parameter whose gradient stays
// zero shrink by β in every step; without the rule they would spend the rest of the run among the denormal numbers, which
// processors handle slowly. The assembly computes the whole step in flush-to-zero arithmetic, because squares of tiny
// gradients are as slow when they underflow. It therefore gives the bits of the generic path except where an operation
// meets a denormal number; there the moments may differ by 2^-124 and the parameter by 2^-124/Epsilon.
func Adam(p, m, v, g []float32, s AdamStep) {
	checkLengths("Adam", len(p), len(m), len(v), len(g))
	adam(p, m, v, g, &s)
}
