package kernel

import "fmt"

// ReLU is dst = max(x, 0); NaN stays NaN. dst may be x.
func ReLU(dst, x []float32) {
	checkLengths("ReLU", len(dst), len(x))
	relu(dst, x)
}

// ReLUMask is the gradient of ReLU, given its output y: dst = gradient, but 0 where y <= 0. As in PyTorch, a NaN in y lets
// the gradient pass. dst may be gradient or y.
func ReLUMask(dst, gradient, y []float32) {
	checkLengths("ReLUMask", len(dst), len(gradient), len(y))
	reluMask(dst, gradient, y)
}

// SquaredNorm is Σ x², in float64. The squares are exact, and 32 partial sums (element i goes to sum i mod 32) are added
// pairwise at the end, so the result depends on x alone.
func SquaredNorm(x []float32) float64 { return squaredNorm(x) }

// Multiply is dst = x·y, element by element. dst may be x or y.
func Multiply(dst, x, y []float32) {
	checkLengths("Multiply", len(dst), len(x), len(y))
	times(dst, x, y)
}

// Combine2 is dst = a·x + b·y. dst may be x or y.
func Combine2(dst []float32, a float32, x []float32, b float32, y []float32) {
	checkLengths("Combine2", len(dst), len(x), len(y))
	combine2(dst, a, x, b, y)
}

// Combine3 is dst = a·x + b·y + c·z, added from left to right. dst may be x, y or z.
func Combine3(dst []float32, a float32, x []float32, b float32, y []float32, c float32, z []float32) {
	checkLengths("Combine3", len(dst), len(x), len(y), len(z))
	combine3(dst, a, x, b, y, c, z)
}

// Lerp is dst += weight·(x - dst), a step of an exponential moving average.
func Lerp(dst, x []float32, weight float32) {
	checkLengths("Lerp", len(dst), len(x))
	lerp(dst, x, weight)
}

func checkLengths(function string, lengths ...int) {
	for _, n := range lengths[1:] {
		if n != lengths[0] {
			panicLengths(function, lengths[0], n)
		}
	}
}

func panicLengths(function string, a, b int) {
	panic(fmt.Sprintf("kernel.%s: slices of length %d and %d", function, a, b))
}
