package kernel

// AdamStep holds the coefficients of Adam step t = 1, 2, ... (Kingma and Ba, 2015, in the form that PyTorch computes).
type AdamStep struct {
	Beta1, Beta2                 float32
	OneMinusBeta1, OneMinusBeta2 float32 // 1-β, computed in float64 and then rounded
	StepSize                     float32 // lr/(1-β1^t)
	InvSqrtBias2                 float32 // 1/√(1-β2^t)
	Epsilon                      float32
	GradScale                    float32 // from clipping by norm; 1 without clipping
}

// Adam updates the parameters p and the moments m and v in place, given the gradient g:
//
//	g' = GradScale·g
//	m  = β1·m + (1-β1)·g'
//	v  = β2·v + (1-β2)·g'·g'
//	p -= StepSize·m / (√v·InvSqrtBias2 + Epsilon)
//
// where a denormal moment (below 2^-126 in magnitude) becomes zero. The moments of a parameter whose gradient stays zero
// shrink by a factor of β in each step. Without this rule they would become denormal and stay so for the rest of the run,
// and processors handle denormal numbers slowly. The assembly computes the whole step in flush-to-zero arithmetic, because
// squares of tiny gradients that underflow are just as slow. It therefore gives the bits of the generic path except where an
// operation meets a denormal number; there the moments may differ by 2^-124 and the parameter by 2^-124/Epsilon.
//
// The four slices have the same length and do not overlap.
func Adam(p, m, v, g []float32, s AdamStep) {
	checkLengths("Adam", len(p), len(m), len(v), len(g))
	adam(p, m, v, g, &s)
}
