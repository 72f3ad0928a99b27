package multinomial

import "math"

// LogAddExp is ln(e^a + e^b) without overflow; −Inf is the logarithm of 0.
func LogAddExp(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if math.IsInf(b, -1) || math.IsInf(a, 1) {
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}

// LogSumExp is ln Σ e^x without overflow.
func LogSumExp(x []float64) float64 {
	highest := math.Inf(-1)
	for _, v := range x {
		highest = max(highest, v)
	}
	sum := 0.0
	for _, v := range x {
		sum += math.Exp(v - highest)
	}
	return highest + math.Log(sum)
}

// LogSoftmax fills dst with the log-probabilities of the logits of one group.
func LogSoftmax(dst []float64, logits []float32) {
	for i, v := range logits {
		dst[i] = float64(v)
	}
	z := LogSumExp(dst)
	for i := range dst {
		dst[i] -= z
	}
}
