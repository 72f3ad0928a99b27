package nets

import (
	"cmp"
	"strings"

	"euryale/choice"
)

// pyramidTimes are the encodings of the time for a Pyramid, which have as many features as its first level has channels unless
// another number is given.
func pyramidTimes() choice.Set[TimeEncoding] {
	return choice.Set[TimeEncoding]{
		{Name: "sinusoidal", Summary: "sines of wavelengths from 2π to 20000π (Vaswani et al. 2017; Ho et al. 2020)",
			New: func() TimeEncoding { return &ImageSinusoidal{} }},
		{Name: "fourier", Summary: "sines of random frequencies, for times of about unit range (Tancik et al. 2020)",
			New: func() TimeEncoding { return &ImageFourier{Scale: 16} }},
		{Name: "octaves", Summary: "sines of eight octaves of wavelengths, for times of a few units such as ¼ ln σ of edm",
			New: func() TimeEncoding { return &ImageOctaves{} }},
	}
}

// ImageSinusoidal is Sinusoidal for a Pyramid.
type ImageSinusoidal struct {
	// Features is the number of features of the time, even and from 2 to 65536, or 0: as many as the first level has channels.
	Features int `yaml:"features"`
}

// ImageFourier is Fourier for a Pyramid.
type ImageFourier struct {
	// Features is the number of features of the time, even and from 2 to 65536, or 0: as many as the first level has channels.
	Features int `yaml:"features"`
	// Scale is the standard deviation of the random frequencies, in periods per unit of time, from 1e-6 to 1e6. Song et al.
	// (2021) use 16.
	Scale float64 `yaml:"scale"`
}

// ImageOctaves is Octaves for a Pyramid.
type ImageOctaves struct {
	// Features is the number of features of the time, even and from 2 to 65536, or 0: as many as the first level has channels.
	Features int `yaml:"features"`
}

// byChannels is an encoding that takes its number of features, if it has none, from the channels of the first level.
type byChannels interface {
	TimeEncoding
	of(channels int) TimeEncoding
}

func (s *ImageSinusoidal) of(n int) TimeEncoding { return &Sinusoidal{cmp.Or(s.Features, n)} }
func (f *ImageFourier) of(n int) TimeEncoding    { return &Fourier{cmp.Or(f.Features, n), f.Scale} }
func (o *ImageOctaves) of(n int) TimeEncoding    { return &Octaves{cmp.Or(o.Features, n)} }

// someChannels stand for those of a Pyramid, which an encoding by itself does not see.
const someChannels = 2

// Validate implements TimeEncoding.
func (s *ImageSinusoidal) Validate() error { return s.of(someChannels).Validate() }

// Validate implements TimeEncoding.
func (f *ImageFourier) Validate() error { return f.of(someChannels).Validate() }

// Validate implements TimeEncoding.
func (o *ImageOctaves) Validate() error { return o.of(someChannels).Validate() }

// Frequencies implements TimeEncoding. It needs a number of features: Pyramid.TimeEncoding has it.
func (s *ImageSinusoidal) Frequencies(seed uint64) []float64 { return s.of(0).Frequencies(seed) }

// Frequencies implements TimeEncoding. It needs a number of features: Pyramid.TimeEncoding has it.
func (f *ImageFourier) Frequencies(seed uint64) []float64 { return f.of(0).Frequencies(seed) }

// Frequencies implements TimeEncoding. It needs a number of features: Pyramid.TimeEncoding has it.
func (o *ImageOctaves) Frequencies(seed uint64) []float64 { return o.of(0).Frequencies(seed) }

// TimeEncoding is the encoding of the time with its number of features.
func (p *Pyramid) TimeEncoding() TimeEncoding {
	if time, ok := p.Time.Kind.(byChannels); ok {
		return time.of(p.widths()[0])
	}
	return p.Time.Kind
}

func (p *Pyramid) validateTime() error {
	if p.Time.Kind == nil {
		return choice.Wrong("time", "is missing")
	}
	if _, table := p.Time.Kind.(*Embedding); table {
		return choice.Wrong("time", "must be one of %s, got embedding", strings.Join(pyramidTimes().Names(), ", "))
	}
	if err := p.Time.Kind.Validate(); err != nil {
		return choice.Within("time", err)
	}
	if p.TimeEncoding().Validate() != nil {
		return choice.Wrong("time.features", "must be given, even and from 2 to 65536: the first level has %d channels, which cannot "+
			"be halved into sines and cosines", p.widths()[0])
	}
	return nil
}
