package likelihood

import (
	"fmt"
	"math"
)

// Decoder is p(x_0 | x_1), the last reverse step, for one coordinate: how probable data is under a normal
// distribution around the network's x_0.
type Decoder interface {
	// Check returns an error for an invalid coordinate of the data.
	Check(x0 float64) error
	// LogProbability is the logarithm of the probability, or of the density, of x0 under N(mean, variance).
	LogProbability(x0, mean, variance float64) float64
}

// GaussianDecoder is for continuous data: the density of N(mean, variance) itself. The bound is then one on the
// log-density, and has no floor at 0.
type GaussianDecoder struct{}

// Check implements Decoder.
func (GaussianDecoder) Check(x0 float64) error {
	if math.IsNaN(x0) || math.IsInf(x0, 0) {
		return fmt.Errorf("data must be finite, got %v", x0)
	}
	return nil
}

// LogProbability implements Decoder.
func (GaussianDecoder) LogProbability(x0, mean, variance float64) float64 {
	return -((x0-mean)*(x0-mean)/variance + math.Log(2*math.Pi*variance)) / 2
}

// DiscretizedDecoder is for data of that many levels, evenly spaced over [−1, 1], such as images: the probability of the
// level's bin (Ho et al. 2020, equation 13), which reaches 1/(Levels−1) to either side, and to infinity at the ends. Images
// of 8 bits, scaled from 0 … 255 to [−1, 1], have 256. The bound is then a code length: at least 0, in whole levels.
type DiscretizedDecoder struct{ Levels int }

// level is the nearest level to a value, and how far off it is in bins.
func (d DiscretizedDecoder) level(x0 float64) (level, off float64) {
	place := (x0 + 1) / 2 * float64(d.Levels-1)
	level = math.Round(place)
	return level, math.Abs(place - level)
}

// Check implements Decoder: the value must be one of the levels, up to 1% of the distance between two.
func (d DiscretizedDecoder) Check(x0 float64) error {
	if d.Levels < 2 {
		return fmt.Errorf("a discretized decoder needs at least 2 levels, got %d", d.Levels)
	}
	if level, off := d.level(x0); !(off <= 0.01 && level >= 0 && level <= float64(d.Levels-1)) {
		return fmt.Errorf("a discretized decoder with %d levels needs data at −1 + 2k/%d for k = 0 … %d, got %v",
			d.Levels, d.Levels-1, d.Levels-1, x0)
	}
	return nil
}

// LogProbability implements Decoder.
func (d DiscretizedDecoder) LogProbability(x0, mean, variance float64) float64 {
	level, _ := d.level(x0)
	top := float64(d.Levels - 1)
	deviation := math.Sqrt(variance)
	edge := func(level float64) float64 { return (-1 + 2*level/top - mean) / deviation }
	low, high := math.Inf(-1), math.Inf(1)
	if level > 0 {
		low = edge(level - 0.5)
	}
	if level < top {
		high = edge(level + 0.5)
	}
	return logNormalMass(low, high)
}

// logNormalMass is the logarithm of the standard normal probability of [low, high], also where it underflows.
func logNormalMass(low, high float64) float64 {
	if low < 0 && high > 0 {
		return math.Log((math.Erf(high/math.Sqrt2) - math.Erf(low/math.Sqrt2)) / 2)
	}
	if high <= 0 {
		low, high = -high, -low
	}
	// Q(low) − Q(high) = Q(low) (1 − Q(high)/Q(low)).
	tail := logTail(low)
	return tail + math.Log(-math.Expm1(logTail(high)-tail))
}

// logTail is ln Q(z), the logarithm of the normal probability above z ≥ 0.
func logTail(z float64) float64 {
	if z < 30 {
		return math.Log(math.Erfc(z/math.Sqrt2) / 2)
	}
	if math.IsInf(z, 1) {
		return z * -1
	}
	// The asymptotic series of Mills' ratio; the next term is below 1e-9 of it.
	w := 1 / (z * z)
	return -z*z/2 - math.Log(z*math.Sqrt(2*math.Pi)) + math.Log1p(-w*(1-w*(3-w*15)))
}
