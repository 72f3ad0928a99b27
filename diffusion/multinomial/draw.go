package multinomial

import "math"

// A draw takes one standard normal number z and inverts the distribution function at u = Φ(z). The result has the
// distribution of Gumbel-argmax, which would take K numbers.

// Noisy draws x_t from q(x_t | x_0), for a category x0 of K and 1−ᾱ_t, the share of noise: x_0 stays where 1−Φ(z) ≥ 1−ᾱ_t,
// and elsewhere any of the K categories takes its place.
func Noisy(x0, categories int, noise float64, z float32) int {
	above := upper(z) // 1−Φ(z), which is exact where the noise is small
	if above >= noise {
		return x0
	}
	return min(int(above/noise*float64(categories)), categories-1)
}

// Draw draws from the distribution with the given log-probabilities.
func Draw(logProbabilities []float64, z float32) int {
	rest := upper(z)
	last := 0 // the last category that is possible, for what rounding leaves
	for k, v := range logProbabilities {
		p := math.Exp(v)
		if p > 0 {
			last = k
		}
		if rest < p {
			return k
		}
		rest -= p
	}
	return last
}

// Highest is the place of the largest number of a group: the category of a one-hot vector, and of independent normal
// numbers a category of K at random.
func Highest(x []float32) int {
	highest := 0
	for k, v := range x {
		if v > x[highest] {
			highest = k
		}
	}
	return highest
}

// OneHot sets a group to one-hot.
func OneHot(x []float32, category int) {
	clear(x)
	x[category] = 1
}

// upper is 1−Φ(z), uniform for a standard normal z.
func upper(z float32) float64 { return math.Erfc(float64(z)/math.Sqrt2) / 2 }
