package nets

import (
	"fmt"
	"strings"

	"euryale/choice"
	"euryale/ops"
)

// DiT is the transformer of Peebles and Xie (2023), "Scalable diffusion models with transformers", on the patches of an image,
// with the names of its authors' code (facebookresearch/DiT). transformer.go has its parts.
//
// Each patch of Patch·Patch pixels becomes a vector of Width numbers, to which the sines of its position are added. Depth blocks
// of attention and two fully connected layers follow, which time and label modulate (adaLN-Zero): at first each block is the
// identity, and the output is 0. pos_embed of the authors' state dict is Positions, which is not trained and not a parameter
// here.
type DiT struct {
	// Patch is the height and the width of a patch in pixels, from 1 to 4096. It must divide the height and the width of the
	// data's images. The cost of attention grows with the square of the number of patches.
	Patch int `yaml:"patch"`
	// Width is the number of numbers per patch, from 4 to 8192 and a multiple of 4.
	Width int `yaml:"width"`
	// Depth is the number of blocks, from 1 to 256.
	Depth int `yaml:"depth"`
	// Heads is the number of heads of attention, at least 1. It must divide Width.
	Heads int `yaml:"heads"`
	// Ratio is the number of units between the two fully connected layers of a block, in units of Width, from 1 to 64.
	Ratio int `yaml:"ratio"`
	// Labels conditions the net on a class label.
	Labels bool `yaml:"labels"`
	// Time is the encoding of the time: sinusoidal, fourier or octaves, with 256 features by default here.
	Time choice.One[TimeEncoding] `yaml:"time"`
}

// DefaultDiT is a net of six blocks of width 128 with four heads, for patches of 2×2 pixels: 1.8 million weights.
func DefaultDiT() *DiT {
	return &DiT{Patch: 2, Width: 128, Depth: 6, Heads: 4, Ratio: 4, Time: ditTimes().Choose("sinusoidal")}
}

// Validate implements Options.
func (d *DiT) Validate() error {
	switch {
	case d.Patch < 1 || d.Patch > 1<<12:
		return choice.Wrong("patch", "must be from 1 to 4096, got %d", d.Patch)
	case d.Width < 4 || d.Width > 1<<13 || d.Width%4 != 0:
		return choice.Wrong("width", "must be from 4 to 8192 and a multiple of 4, for sines and cosines of a patch's column and row, got %d", d.Width)
	case d.Depth < 1 || d.Depth > 256:
		return choice.Wrong("depth", "must be from 1 to 256, got %d", d.Depth)
	case d.Heads < 1 || d.Width%d.Heads != 0:
		return choice.Wrong("heads", "must divide width, which is %d, got %d; it may be %s", d.Width, d.Heads, listed(divisors(d.Width)))
	case d.Ratio < 1 || d.Ratio > 64:
		return choice.Wrong("ratio", "must be from 1 to 64, got %d", d.Ratio)
	case d.Time.Kind == nil:
		return choice.Wrong("time", "is missing")
	}
	if _, table := d.Time.Kind.(*Embedding); table {
		return choice.Wrong("time", "must be one of %s, got embedding", strings.Join(ditTimes().Names(), ", "))
	}
	if err := d.Time.Kind.Validate(); err != nil {
		return choice.Within("time", err)
	}
	return nil
}

// New implements Options.
func (d *DiT) New(s Spec) (Net, error) {
	if err := d.Validate(); err != nil {
		return nil, err
	}
	if err := checkImages(s); err != nil {
		return nil, err
	}
	if height, width := s.Sample[0], s.Sample[1]; height%d.Patch != 0 || width%d.Patch != 0 {
		return nil, choice.Wrong("patch", "must divide the height and the width of images of %d × %d pixels, got %d; it may be %s",
			height, width, d.Patch, listed(divisors(divisor(height, width))))
	}
	if d.Labels && s.Classes < 1 {
		return nil, choice.Wrong("labels", "needs data with classes: give the data labels, or set net.labels=false")
	}
	if err := checkOutputs(s, "dit"); err != nil {
		return nil, err
	}
	return d, nil
}

// Apply implements Net. The order of the parameters determines the initial values, and must not change.
func (d *DiT) Apply(b *ops.Builder, in Input) *ops.Node {
	if _, err := d.New(in.Spec); err != nil {
		return b.Fail("dit: %w", err)
	}
	t := &transformer{DiT: d, b: b}
	h := t.patches(in)
	t.embed(in)
	for i := range d.Depth {
		h = t.block(fmt.Sprintf("blocks.%d", i), h)
	}
	return t.final(h, in)
}

// Positions are what is added to each patch of an image, [height/Patch, width/Patch, Width]: sines and cosines of its column,
// then of its row, at the frequencies 10000^(−i/n), i = 0 … n−1, with n = Width/4.
func (d *DiT) Positions(height, width int) []float32 {
	rows, columns, axis := height/d.Patch, width/d.Patch, ditFrequencies(d.Width/4)
	positions := make([]float32, 0, rows*columns*d.Width)
	for i := range rows {
		for j := range columns {
			for _, place := range []int{j, i} {
				positions = append(positions, sines(axis, float64(place))...)
			}
		}
	}
	return positions
}

// divisors are the numbers that divide n.
func divisors(n int) []int {
	var all []int
	for i := 1; i <= n; i++ {
		if n%i == 0 {
			all = append(all, i)
		}
	}
	return all
}
