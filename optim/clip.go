package optim

import "math"

// ClipScale returns the factor by which a gradient is multiplied so that its L2 norm is at most clipNorm,
// and the norm before, from the sum of the squares of all its numbers:
//
//	scale = min(1, clipNorm/(norm + 1e-6)), as in PyTorch's clip_grad_norm_
//
// and 1 if clipNorm is 0. The sum is the caller's, so that it adds its parts in an order that does not
// depend on the workers. A norm that is not finite is returned as it is, with the scale NaN: the caller
// should stop, and a step taken all the same cannot pass for a good one.
func ClipScale(squaredNorm, clipNorm float64) (scale float32, norm float64) {
	norm = math.Sqrt(squaredNorm)
	switch {
	case math.IsNaN(norm) || math.IsInf(norm, 0):
		return float32(math.NaN()), norm
	case clipNorm == 0:
		return 1, norm
	}
	return float32(min(1, clipNorm/(norm+1e-6))), norm
}
