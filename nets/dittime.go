package nets

import (
	"math"

	"euryale/choice"
)

// ditTimes are the encodings of the time for a DiT, whose features are the cosines, then the sines.
func ditTimes() choice.Set[TimeEncoding] {
	return choice.Set[TimeEncoding]{
		{Name: "sinusoidal", Summary: "cosines and sines of wavelengths from 2π to nearly 20000π (Vaswani et al. 2017)",
			New: func() TimeEncoding { return &DiTSinusoidal{Features: 256} }},
		{Name: "fourier", Summary: "sines of random frequencies, for times of about unit range (Tancik et al. 2020)",
			New: func() TimeEncoding { return &Fourier{Features: 256, Scale: 16} }},
		{Name: "octaves", Summary: "sines of eight octaves of wavelengths, for times of a few units such as ¼ ln σ of edm",
			New: func() TimeEncoding { return &Octaves{Features: 256} }},
	}
}

// DiTSinusoidal has the frequencies of Vaswani et al. (2017): those of Sinusoidal, but with n for n−1.
type DiTSinusoidal struct {
	// Features is the number of features of the time, even and from 2 to 65536: half are cosines, half sines.
	Features int `yaml:"features"`
}

// Validate implements TimeEncoding.
func (s *DiTSinusoidal) Validate() error { return checkFeatures(s.Features) }

// Frequencies implements TimeEncoding: ωᵢ = 10000^(−i/n), i = 0 … n−1.
func (s *DiTSinusoidal) Frequencies(uint64) []float64 { return ditFrequencies(s.Features / 2) }

func ditFrequencies(n int) []float64 {
	frequencies := make([]float64, n)
	for i := range frequencies {
		frequencies[i] = math.Pow(longest, -float64(i)/float64(n))
	}
	return frequencies
}

// sines are sin ωx for all frequencies ω, then cos ωx.
func sines(frequencies []float64, x float64) []float32 {
	n := len(frequencies)
	features := make([]float32, 2*n)
	for i, frequency := range frequencies {
		sin, cos := math.Sincos(frequency * x)
		features[i], features[n+i] = float32(sin), float32(cos)
	}
	return features
}
