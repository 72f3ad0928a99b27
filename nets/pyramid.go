package nets

import (
	"fmt"
	"slices"
	"strings"

	"euryale/choice"
)

// Pyramid has the keys of nets that look at an image at several sizes: each level is half as high and half as wide as the one
// before.
type Pyramid struct {
	// Channels is the unit in which the levels count their channels, from 1 to 4096.
	Channels int `yaml:"channels"`
	// Multipliers are the channels of each level, in units of Channels, the largest image first: from 1 to 12 numbers from 1 to 64.
	// Height and width of the data must be divisible by 2 once per level but the first: by 4 for three levels.
	Multipliers []int `yaml:"multipliers"`
	// Blocks is the number of residual blocks per level on the way down, from 1 to 64; on the way up there is one more.
	Blocks int `yaml:"blocks"`
	// Attention lists heights of images. In a level of such a height, each residual block is followed by attention. The smallest
	// level always has attention between its two residual blocks in the middle of the net.
	Attention []int `yaml:"attention"`
	// Groups is the number of groups of channels that are normalized together. It must divide the channels of each level, and on
	// the way up those of each level and its skip connection together.
	Groups int `yaml:"groups"`
	// Dropout is the probability that a number before the last convolution of a residual block is set to 0 in training, from 0
	// to below 1.
	Dropout float64 `yaml:"dropout"`
	// Time is the encoding of the time: sinusoidal, fourier or octaves. Its features are 0 by default here, which means as many as
	// the first level has channels.
	Time choice.One[TimeEncoding] `yaml:"time"`
}

func defaultPyramid() Pyramid {
	return Pyramid{
		Channels: 32, Multipliers: []int{1, 2, 2}, Blocks: 1, Attention: []int{}, Groups: 32, Time: pyramidTimes().Choose("sinusoidal"),
	}
}

// widths are the channels of the levels.
func (p *Pyramid) widths() []int {
	widths := make([]int, len(p.Multipliers))
	for i, m := range p.Multipliers {
		widths[i] = p.Channels * m
	}
	return widths
}

// The most that the keys may ask for.
const (
	maxChannels    = 4096
	maxLevels      = 12
	maxMultiplier  = 64
	maxLevelBlocks = 64
)

// maxPixels bounds the images: a step on one of 512 × 512 pixels takes more than a hundred times the work of one of MNIST.
const maxPixels = 1 << 18

// Validate returns a choice.FieldError for the first key that is wrong by itself.
func (p *Pyramid) Validate() error {
	if p.Channels < 1 || p.Channels > maxChannels {
		return choice.Wrong("channels", "must be from 1 to %d, got %d", maxChannels, p.Channels)
	}
	if n := len(p.Multipliers); n < 1 || n > maxLevels {
		return choice.Wrong("multipliers", "must have a number per level, from 1 to %d of them, got %d; [1, 2, 2] has three levels", maxLevels, n)
	}
	for _, m := range p.Multipliers {
		if m < 1 || m > maxMultiplier {
			return choice.Wrong("multipliers", "must be from 1 to %d, got %d", maxMultiplier, m)
		}
	}
	if p.Blocks < 1 || p.Blocks > maxLevelBlocks {
		return choice.Wrong("blocks", "must be from 1 to %d, got %d", maxLevelBlocks, p.Blocks)
	}
	for i, height := range p.Attention {
		if height < 1 {
			return choice.Wrong("attention", "must list heights of at least 1, got %d", height)
		}
		if slices.Contains(p.Attention[:i], height) {
			return choice.Wrong("attention", "lists %d twice", height)
		}
	}
	if !(p.Dropout >= 0 && float32(p.Dropout) < 1) { // 0.99999999 is 1 in float32
		return choice.Wrong("dropout", "must be from 0 to below 1, got %v", p.Dropout)
	}
	return p.validateTime()
}

// checkImages returns an error unless the Spec's samples are images.
func checkImages(s Spec) error {
	if len(s.Sample) != 3 {
		return choice.Wrong("", "needs data with images, of a height, a width and channels; the rows of this data have the shape %v: "+
			"choose such data, or the net mlp", s.Sample)
	}
	return nil
}

// checkImage returns an error unless the Spec's samples are images that can be halved as often as there are levels.
func (p *Pyramid) checkImage(s Spec) error {
	if err := checkImages(s); err != nil {
		return err
	}
	height, width, levels := s.Sample[0], s.Sample[1], len(p.Multipliers)
	if height > maxPixels/width {
		return choice.Wrong("", "takes images of at most %d pixels, as many as 512 × 512 have, got %d × %d (height × width): give smaller ones, "+
			"for example by data.resize=256 for a folder, or learn a part of each by data.crop", maxPixels, height, width)
	}
	fit := 1
	for h, w := height, width; h%2 == 0 && w%2 == 0; h, w = h/2, w/2 {
		fit++
	}
	if levels > fit {
		return choice.Wrong("multipliers", "has %d levels, each half as large as the one before, so height and width must be divisible "+
			"by %d, got images of %d × %d pixels; give at most %s, or images of another size",
			levels, 1<<(levels-1), height, width, count(fit, "multiplier"))
	}
	heights := make([]int, levels)
	for i := range heights {
		heights[i] = height >> i
	}
	for _, a := range p.Attention {
		if !slices.Contains(heights, a) {
			return choice.Wrong("attention", "must list heights of levels, which are %s for images of %d × %d pixels, got %d",
				listed(heights), height, width, a)
		}
	}
	return nil
}

// checkGroups returns an error unless the groups divide the channels wherever they are normalized.
func (p *Pyramid) checkGroups(normalized []int) error {
	slices.Sort(normalized)
	normalized = slices.Compact(normalized)
	common := 0
	for _, n := range normalized {
		common = divisor(common, n)
	}
	if p.Groups >= 1 && common%p.Groups == 0 {
		return nil
	}
	var valid []int
	for n := 1; n <= common; n++ {
		if common%n == 0 {
			valid = append(valid, n)
		}
	}
	return choice.Wrong("groups", "must divide the channels of every layer that is normalized, which are %s, got %d; it may be %s",
		listed(normalized), p.Groups, listed(valid))
}

// down are the channels that are normalized on the way down and in the middle, and those of the skip connections.
func (p *Pyramid) down() (normalized, skips []int) {
	widths := p.widths()
	channels := widths[0]
	skips = []int{channels}
	for i, width := range widths {
		for range p.Blocks {
			normalized = append(normalized, channels, width)
			channels = width
			skips = append(skips, channels)
		}
		if i < len(widths)-1 {
			skips = append(skips, channels)
		}
	}
	return normalized, skips
}

// up are the channels that are normalized on the way up.
func (p *Pyramid) up() (normalized []int) {
	_, skips := p.down()
	widths := p.widths()
	channels := widths[len(widths)-1]
	for _, width := range slices.Backward(widths) {
		for range p.Blocks + 1 {
			last := len(skips) - 1
			normalized = append(normalized, channels+skips[last], width)
			channels, skips = width, skips[:last]
		}
	}
	return normalized
}

// divisor is the greatest common divisor.
func divisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// listed writes numbers as "1, 2 and 4".
func listed(numbers []int) string {
	words := make([]string, len(numbers))
	for i, n := range numbers {
		words[i] = fmt.Sprint(n)
	}
	if last := len(words) - 1; last > 0 {
		return strings.Join(words[:last], ", ") + " and " + words[last]
	}
	return strings.Join(words, "")
}

// count writes a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
