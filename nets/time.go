package nets

import (
	"math"

	"euryale/choice"
	"euryale/rng"
)

// TimeEncoding is how a net represents the time: by a trained row per timestep, or by features of the time.
type TimeEncoding interface {
	// Validate checks the section; errors are choice.FieldErrors.
	Validate() error
	// Frequencies are the ω, in radians per unit of time, of the features sin ωt and cos ωt; nil if each timestep has a
	// trained row.
	Frequencies(seed uint64) []float64
}

// TimeEncodings lists the encodings of the time.
func TimeEncodings() choice.Set[TimeEncoding] {
	return choice.Set[TimeEncoding]{
		{Name: "embedding", Summary: "a trained row per discrete timestep", New: func() TimeEncoding { return &Embedding{} }},
		{Name: "sinusoidal", Summary: "sines of wavelengths from 2π to 20000π, for timesteps (Vaswani et al. 2017; Ho et al. 2020)",
			New: func() TimeEncoding { return &Sinusoidal{Features: 64} }},
		{Name: "fourier", Summary: "sines of random frequencies, for times of about unit range (Tancik et al. 2020)",
			New: func() TimeEncoding { return &Fourier{Features: 64, Scale: 16} }},
		{Name: "octaves", Summary: "sines of eight octaves of wavelengths, for times of a few units such as ¼ ln σ of edm",
			New: func() TimeEncoding { return &Octaves{Features: 32} }},
	}
}

// Embedding gives each discrete timestep a trained row.
type Embedding struct{}

// Validate implements TimeEncoding.
func (*Embedding) Validate() error { return nil }

// Frequencies implements TimeEncoding: it returns nil.
func (*Embedding) Frequencies(uint64) []float64 { return nil }

// Sinusoidal has the wavelengths of Vaswani et al. (2017) as used in DDPM, from 2π to 20000π, which suit a time that is
// the index of a step.
type Sinusoidal struct {
	// Features is the number of features of the time, even and from 2 to 65536: half are sines, half cosines.
	Features int `yaml:"features"`
}

// longest is the ratio of the longest to the shortest wavelength of the sinusoidal features.
const longest = 10000

// Validate implements TimeEncoding.
func (s *Sinusoidal) Validate() error { return checkFeatures(s.Features) }

// Frequencies implements TimeEncoding: ωᵢ = 10000^(−i/(n−1)), i = 0 … n−1, from 1 to 1/10000, as in the code of Ho, Jain
// and Abbeel (2020); Vaswani et al. (2017) divide by n.
func (s *Sinusoidal) Frequencies(uint64) []float64 {
	frequencies := make([]float64, s.Features/2)
	for i := range frequencies {
		frequencies[i] = math.Pow(longest, -float64(i)/float64(max(1, len(frequencies)-1)))
	}
	return frequencies
}

// Fourier has random frequencies (Tancik et al. 2020), which suit times of about unit range, such as a continuous
// process's t or the logarithm of σ.
type Fourier struct {
	// Features is the number of features of the time, even and from 2 to 65536: half are sines, half cosines.
	Features int `yaml:"features"`
	// Scale is the standard deviation of the random frequencies, in periods per unit of time, from 1e-6 to 1e6. Song et al.
	// (2021) use 16.
	Scale float64 `yaml:"scale"`
}

// frequencyPosition is the step of the random frequencies in the stream rng.Weights, beyond the parameters of any net.
const frequencyPosition = 1 << 40

// Validate implements TimeEncoding.
func (f *Fourier) Validate() error {
	if err := checkFeatures(f.Features); err != nil {
		return err
	}
	if !(f.Scale >= 1e-6 && f.Scale <= 1e6) {
		return choice.Wrong("scale", "must be from 1e-6 to 1e6, got %v", f.Scale)
	}
	return nil
}

// Frequencies implements TimeEncoding: ωᵢ = 2π·N(0, Scale²).
func (f *Fourier) Frequencies(seed uint64) []float64 {
	frequencies := make([]float64, f.Features/2)
	drawn := make([]float32, len(frequencies))
	rng.NewStream(seed, rng.Weights).Normal(drawn, frequencyPosition, 0, len(drawn))
	for i, v := range drawn {
		frequencies[i] = 2 * math.Pi * f.Scale * float64(v)
	}
	return frequencies
}

// Octaves has fixed frequencies over eight octaves, from ½ to nearly 128 radians per unit of time. In ¼ ln σ of EDM
// (Karras et al. 2022), which takes values from about −2 to 2, the slowest feature rises from end to end of it, and the
// fastest tells apart noise levels some percent from each other.
type Octaves struct {
	// Features is the number of features of the time, even and from 2 to 65536: half are sines, half cosines. Multiples of 16
	// are cheapest to compute.
	Features int `yaml:"features"`
}

const (
	octaves = 8
	lowest  = 0.5 // frequency
)

// Validate implements TimeEncoding.
func (o *Octaves) Validate() error { return checkFeatures(o.Features) }

// Frequencies implements TimeEncoding: ωᵢ = ½·2^(8i/n), i = 0 … n−1. If eight divides n, each but the lowest octave is
// exactly twice the one below.
func (o *Octaves) Frequencies(uint64) []float64 {
	frequencies := make([]float64, o.Features/2)
	n := len(frequencies)
	for i := range frequencies {
		within := float64(octaves*i%n) / float64(n)
		frequencies[i] = math.Ldexp(lowest*math.Exp2(within), octaves*i/n)
	}
	return frequencies
}

func checkFeatures(n int) error {
	if n < 2 || n > 1<<16 || n%2 != 0 {
		return choice.Wrong("features", "must be even and from 2 to 65536, got %d", n)
	}
	return nil
}
