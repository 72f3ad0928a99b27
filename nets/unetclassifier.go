package nets

import (
	"euryale/choice"
	"euryale/ops"
)

// UNetClassifier is the way down and the middle of UNet, then the mean over the pixels, as the classifier of Dhariwal and
// Nichol (2021), and two fully connected layers:
//
//	f = silu(mean(silu(norm(h)))·W + b)         [Features]
//	output = f·V + c                            [Outputs]
//
// f describes an image by a few numbers, in which images of one kind are near each other: FeatureLayer.
type UNetClassifier struct {
	Pyramid `yaml:",inline"`
	// Features is the number of features of an image that the logits are computed from, from 1 to 65536.
	Features int `yaml:"features"`
}

// DefaultUNetClassifier has the size of DefaultUNet, and 64 features.
func DefaultUNetClassifier() *UNetClassifier {
	return &UNetClassifier{Pyramid: defaultPyramid(), Features: 64}
}

// Validate implements Options.
func (c *UNetClassifier) Validate() error {
	if c.Features < 1 || c.Features > 1<<16 {
		return choice.Wrong("features", "must be from 1 to 65536, got %d", c.Features)
	}
	return c.Pyramid.Validate()
}

// New implements Options.
func (c *UNetClassifier) New(s Spec) (Net, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if err := c.checkImage(s); err != nil {
		return nil, err
	}
	normalized, _ := c.down()
	if err := c.checkGroups(normalized); err != nil {
		return nil, err
	}
	return c, nil
}

const featureLayer = "features silu"

// FeatureLayer implements FeatureNet.
func (c *UNetClassifier) FeatureLayer() string { return featureLayer }

// Apply implements Net. The order of the parameters determines the initial values, and must not change.
func (c *UNetClassifier) Apply(b *ops.Builder, in Input) *ops.Node {
	if _, err := c.New(in.Spec); err != nil {
		return b.Fail("unet_classifier: %w", err)
	}
	r := &residual{b: b, Pyramid: &c.Pyramid}
	r.embed(in, nil)
	h, _ := r.down(in.X)
	h = r.norm("conv_norm_out", r.middle(h), true)
	h = b.MeanPool("pool", h)
	h = b.SiLU(featureLayer, r.linear("features", h, c.Features, ops.Linear{}))
	return r.linear("logits", h, in.Outputs, ops.Linear{})
}
