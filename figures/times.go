package figures

import (
	"math"
	"slices"

	"euryale/diffusion"
)

// byNoise reports whether the times of a process are evenly spaced in ln σ rather than in t: where α is always 1, almost all
// of t is noise alone.
func byNoise(p diffusion.Process) bool {
	_, _, last := p.Span()
	alpha, _ := p.Marginal(last)
	return alpha == 1
}

// spacedTimes are n evenly spaced times of the net, from the first to the last. Those of a chain are steps, of which there
// may be fewer.
func spacedTimes(p diffusion.Process, n int) []float64 {
	_, first, last := p.Span()
	if byNoise(p) {
		return steps(p, spacedNoise(p, p.Lambda(first), n))
	}
	return steps(p, spaced(first, last, n))
}

// leastNoise is the noise from which the forward process is shown where times are spaced by it: data has a deviation of
// about 1.
const leastNoise = 0.05

// forwardTimes are n evenly spaced times from that of the data to the last.
func forwardTimes(p diffusion.Process, n int) []float64 {
	start, first, last := p.Span()
	if byNoise(p) {
		from := min(p.Lambda(first), -math.Log(leastNoise))
		if n < 3 {
			from = p.Lambda(last)
		}
		return steps(p, append([]float64{start}, spacedNoise(p, from, max(n-1, 1))...))
	}
	return steps(p, spaced(start, last, n))
}

// spaced are n numbers from low to high.
func spaced(low, high float64, n int) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = low + (high-low)*float64(i)/float64(max(n-1, 1))
	}
	return list
}

// spacedNoise are n times, evenly spaced in λ from a number to that of the last time.
func spacedNoise(p diffusion.Process, from float64, n int) []float64 {
	_, _, last := p.Span()
	times := spaced(from, p.Lambda(last), n)
	for i, lambda := range times {
		times[i] = p.Time(lambda)
	}
	return times
}

// steps rounds times to the steps of a chain, each once, and keeps them within the process.
func steps(p diffusion.Process, times []float64) []float64 {
	start, _, last := p.Span()
	for i, t := range times {
		if diffusion.Discrete(p) {
			t = math.Round(t)
		}
		times[i] = min(max(t, start), last)
	}
	return slices.Compact(times)
}
