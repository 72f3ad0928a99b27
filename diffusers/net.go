package diffusers

import (
	"errors"
	"fmt"
	"slices"

	"euryale/choice"
	"euryale/nets"
)

// Names of blocks, without and with attention.
var (
	downBlocks = [2]string{"DownBlock2D", "AttnDownBlock2D"}
	upBlocks   = [2]string{"UpBlock2D", "AttnUpBlock2D"}
)

// configOf returns the configuration of a net. An error names the key that diffusers has nothing like.
func configOf(b *nets.Built) (config, error) {
	u, ok := b.Net.(*nets.UNet)
	if !ok {
		return config{}, fmt.Errorf("%w", choice.Wrong("net.name", "must be unet for the format of diffusers, which has no such net"))
	}
	height, width, colors := b.Spec.Sample[0], b.Spec.Sample[1], b.Spec.Sample[2]
	c := ours()
	c.SampleSize, c.InChannels, c.OutChannels = size{height, width}, colors, b.Spec.Outputs/(height*width)
	c.LayersPerBlock, c.NormNumGroups, c.Dropout = u.Blocks, u.Groups, u.Dropout
	for i, m := range u.Multipliers {
		c.BlockOutChannels = append(c.BlockOutChannels, u.Channels*m)
		attends := 0
		if slices.Contains(u.Attention, height>>i) {
			attends = 1
		}
		c.DownBlockTypes = append(c.DownBlockTypes, downBlocks[attends])
		c.UpBlockTypes = append(c.UpBlockTypes, upBlocks[attends])
	}
	slices.Reverse(c.UpBlockTypes)
	if u.Labels {
		n := b.Spec.Classes + 1
		c.NumClassEmbeds = &n
	}
	if time, ok := u.TimeEncoding().(*nets.Sinusoidal); !ok || time.Features != c.BlockOutChannels[0] {
		return config{}, fmt.Errorf("%w", choice.Wrong("net.time", "must be sinusoidal with as many features as the first level has "+
			"channels, %d, for the format of diffusers", c.BlockOutChannels[0]))
	}
	return c, nil
}

// net returns the net of a configuration.
func (c config) net() (nets.Net, nets.Spec, error) {
	fail := func(format string, args ...any) (nets.Net, nets.Spec, error) {
		return nil, nets.Spec{}, fmt.Errorf(format, args...)
	}
	levels := len(c.BlockOutChannels)
	if c.SampleSize == nil {
		return fail("sample_size is missing, expected the side of the images in pixels, or [height, width]")
	}
	if levels == 0 || slices.Min(c.BlockOutChannels) < 1 {
		return fail("block_out_channels is %v, expected the channels of each level", c.BlockOutChannels)
	}
	if len(c.DownBlockTypes) != levels || len(c.UpBlockTypes) != levels {
		return fail("down_block_types and up_block_types have %d and %d names, expected one per number of block_out_channels, %d",
			len(c.DownBlockTypes), len(c.UpBlockTypes), levels)
	}
	if min(c.SampleSize[0], c.SampleSize[1], c.InChannels) < 1 || max(c.SampleSize[0], c.SampleSize[1], c.InChannels) > maxSide {
		return fail("sample_size is %v and in_channels %d, expected numbers from 1 to %d", c.SampleSize, c.InChannels, maxSide)
	}
	if c.OutChannels != c.InChannels && c.OutChannels != 2*c.InChannels {
		return fail("out_channels is %d, expected in_channels, %d, or twice that for learned variances", c.OutChannels, c.InChannels)
	}
	u := nets.DefaultUNet()
	u.Blocks, u.Groups, u.Dropout = c.LayersPerBlock, c.NormNumGroups, c.Dropout
	u.Channels = c.unit()
	u.Multipliers = make([]int, levels)
	for i, channels := range c.BlockOutChannels {
		u.Multipliers[i] = channels / u.Channels
		down, up := slices.Index(downBlocks[:], c.DownBlockTypes[i]), slices.Index(upBlocks[:], c.UpBlockTypes[levels-1-i])
		switch {
		case down < 0:
			return fail("down_block_types has %q, expected %s or %s", c.DownBlockTypes[i], downBlocks[0], downBlocks[1])
		case up < 0:
			return fail("up_block_types has %q, expected %s or %s", c.UpBlockTypes[levels-1-i], upBlocks[0], upBlocks[1])
		case down != up:
			return fail("down_block_types and up_block_types have %s and %s for the level of %d channels, expected attention in both or "+
				"in neither", downBlocks[down], upBlocks[up], channels)
		case down == 1:
			u.Attention = append(u.Attention, c.SampleSize[0]>>i)
		}
	}
	spec := nets.Spec{Sample: []int{c.SampleSize[0], c.SampleSize[1], c.InChannels}}
	spec.Outputs = spec.Sample[0] * spec.Sample[1] * c.OutChannels
	if n := c.NumClassEmbeds; n != nil {
		if *n < 2 || *n > maxSide {
			return fail("num_class_embeds is %d, expected the number of classes and one more for \"no label\"", *n)
		}
		u.Labels, spec.Classes = true, *n-1
	}
	net, err := u.New(spec)
	if err != nil {
		return fail("makes a net that cannot be built: %w", within(err))
	}
	return net, spec, nil
}

// maxSide keeps sizes far from overflow.
const maxSide = 1 << 16

// unit are the channels that each level has a multiple of: those of the first level, if possible.
func (c config) unit() int {
	unit := 0
	for _, n := range c.BlockOutChannels {
		for n != 0 {
			unit, n = n, unit%n
		}
	}
	return unit
}

// within puts the key of an error of the net's section where users know it.
func within(err error) error {
	var field *choice.FieldError
	if errors.As(err, &field) {
		return choice.Within("net", field)
	}
	return err
}
