// Package likelihood measures how probable data is under a model, in nats and in bits.
//
//   - VariationalBound (bound.go) is the bound of Ho et al. (2020) on −log p, term by term, for any list of reverse
//     steps; decoder.go has the two distributions of its last step, for data in bins and for continuous data.
//   - EstimateBound (estimate.go) estimates the same from a few terms per row; MeasureEndings (endings.go) finds where a chain had
//     best go on to the data.
//   - LogLikelihood (exact.go) is the exact log p of the probability-flow ODE of Song et al. (2021), with the
//     divergence exact or estimated as in FFJORD.
//
// Both give one number per row, which depends on the row, the seed and the row's place alone: data may be cut into parts
// and given to several goroutines with a model each, and the results are the same bits.
//
// Their random numbers come from the stream rng.Fresh, which data drawn for evaluation uses at its low steps: the
// bound's begin at step 2⁴⁶, the choice of its terms at 3·2⁴⁴, the probes of the divergence at 2⁴⁵.
//
// Start reading at VariationalBound.
package likelihood

import "math"

// boundDraws and probeDraws are the first steps of rng.Fresh that the bound and the divergence's probes use. The
// bound's draw s of the noise at entry i of its times is step boundDraws + s·drawStride + i.
const (
	boundDraws = 1 << 46
	probeDraws = 1 << 45
	drawStride = 1 << 21 // more than any process has steps
)

// BitsPerDimension turns the log-likelihood of a row, in nats, into the bits that each of its dim coordinates costs:
//
//	−(logLikelihood/dim + ln binWidth)/ln 2
//
// With binWidth = 1 that is the cost of the density itself. For data in bins of width w (in the scale of the density) that
// added noise made continuous, binWidth = w gives the cost of a bin, up to the gap of that dequantization: images of 256
// levels scaled to [−1, 1] have w = 2/256, which adds the 7 bits of Song et al. (2021).
func BitsPerDimension(logLikelihood float64, dim int, binWidth float64) float64 {
	return -(logLikelihood/float64(dim) + math.Log(binWidth)) / math.Ln2
}
