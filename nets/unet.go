package nets

import (
	"fmt"

	"euryale/choice"
	"euryale/ops"
)

// UNet is the net of Ho, Jain and Abbeel (2020), "Denoising diffusion probabilistic models": residual blocks of convolutions
// on the way from the image down to its smallest size, and back up, where each block also reads what its counterpart on the
// way down made of the image.
//
// It is UNet2DModel of Hugging Face's diffusers in the setting of the authors' converted checkpoints, with its names:
// flip_sin_to_cos false, freq_shift 1, downsample_padding 0, one attention head, norm_eps 1e-6. unetblock.go has its parts.
// With Labels, the trained row of the class, or of "no label", is added to the embedding of the time.
type UNet struct {
	Pyramid `yaml:",inline"`
	// Labels conditions the net on a class label.
	Labels bool `yaml:"labels"`
}

// DefaultUNet is a net of three levels of 32, 64 and 64 channels, with one block each.
func DefaultUNet() *UNet { return &UNet{Pyramid: defaultPyramid()} }

// New implements Options.
func (u *UNet) New(s Spec) (Net, error) {
	if err := u.Validate(); err != nil {
		return nil, err
	}
	if err := u.checkImage(s); err != nil {
		return nil, err
	}
	normalized, _ := u.down()
	if err := u.checkGroups(append(normalized, u.up()...)); err != nil {
		return nil, err
	}
	if u.Labels && s.Classes < 1 {
		return nil, choice.Wrong("labels", "needs data with classes: give the data labels, or set net.labels=false")
	}
	if err := checkOutputs(s, "unet"); err != nil {
		return nil, err
	}
	return u, nil
}

// checkOutputs returns an error unless the Spec asks for images, as the net of a name gives them.
func checkOutputs(s Spec, name string) error {
	if size := sampleSize(s); s.Outputs%size != 0 {
		return choice.Wrong("name", "must not be %s for an objective that asks for %d numbers per image: the net gives images of "+
			"%d numbers; for classes there is unet_classifier", name, s.Outputs, size)
	}
	return nil
}

// sampleSize is the number of numbers of a sample.
func sampleSize(s Spec) int {
	size := 1
	for _, n := range s.Sample {
		size *= n
	}
	return size
}

// Apply implements Net. The order of the parameters determines the initial values, and must not change.
func (u *UNet) Apply(b *ops.Builder, in Input) *ops.Node {
	if _, err := u.New(in.Spec); err != nil {
		return b.Fail("unet: %w", err)
	}
	r := &residual{b: b, Pyramid: &u.Pyramid}
	var label *ops.Node
	if u.Labels {
		label = in.Label
	}
	r.embed(in, label)
	h, skips := r.down(in.X)
	h = r.middle(h)
	widths := u.widths()
	for i := range widths {
		level := len(widths) - 1 - i
		name := fmt.Sprintf("up_blocks.%d", i)
		for j := range u.Blocks + 1 {
			last := len(skips) - 1
			h = b.Concat(fmt.Sprintf("%s.skips.%d", name, j), h, skips[last])
			skips = skips[:last]
			h = r.block(name, j, h, widths[level])
		}
		if level > 0 {
			h = r.conv(name+".upsamplers.0.conv", h, widths[level], 1, ops.Conv{Kernel: 3, Stride: 1, Padding: 1, Upsample: true})
		}
	}
	h = r.norm("conv_norm_out", h, true)
	parts := in.Outputs / sampleSize(in.Spec)
	h = r.conv("conv_out", h, parts*in.Sample[2], small, ops.Conv{Kernel: 3, Stride: 1, Padding: 1})
	return b.Split("conv_out parts", h, parts)
}
