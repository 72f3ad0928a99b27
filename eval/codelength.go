package eval

import (
	"context"
	"fmt"

	"euryale/data"
	"euryale/diffusion/solver"
	"euryale/model"
	"euryale/rng"
)

// ImageCodeLength is how many bits images cost that the net was not trained on.
type ImageCodeLength struct {
	*model.CodeLength
	Reference Reference `json:"reference"` // what the images are
	// GivenClass means that the bits are those of images whose class is known, each by the net with its label.
	GivenClass bool `json:"given_class"`
}

// ImageFlowLength is FlowLength for images that the net was not trained on.
type ImageFlowLength struct {
	*model.FlowLength
	Reference  Reference `json:"reference"`   // what the images are
	GivenClass bool      `json:"given_class"` // as in ImageCodeLength
}

// CodeLengthOptions chooses how the bits of images are measured.
type CodeLengthOptions struct {
	Terms    int              // steps of the chain that are evaluated per image, by chance; 0: all
	Variance *solver.Variance // of a step; nil: the learned one, or β̃
	Plain    bool             // the chain as it is, with an end that is not chosen by training images
	Images   *data.Batch      // to measure in place of those that the net was not trained on
	Probes   int              // of the trace per image, for FlowLength
}

// endingImages are the training images by which the end of the chain is chosen.
const endingImages = 64

// CodeLength measures as many images that the net was not trained on as the request has samples, those of its label if it has
// one, or the images of the options. If samples of the request have labels, each image is measured as one of its class.
func CodeLength(ctx context.Context, m *model.Model, r model.Request, o CodeLengthOptions) (*ImageCodeLength, error) {
	if err := m.CheckCodeLength(r); err != nil {
		return nil, err
	}
	measured, err := measuredImages(ctx, m, &r, o)
	if err != nil {
		return nil, err
	}
	result := &ImageCodeLength{Reference: measured.from, GivenClass: measured.givenClass}
	options := model.CodeLengthOptions{Terms: o.Terms, Variance: o.Variance}
	if !o.Plain {
		train, _, err := m.Source(ctx)
		if err != nil {
			return nil, err
		}
		training, err := choose(ctx, train, endingImages, measured.class, rng.NewStream(r.Seed, rng.Fresh), chosenTraining)
		if err != nil {
			return nil, err
		}
		options.Training = training.batch(m)
	}
	if result.CodeLength, err = m.CodeLength(ctx, r, measured.images, options); err != nil {
		return nil, err
	}
	return result, nil
}

// FlowLength is CodeLength by the density of the probability-flow ODE, which takes long.
func FlowLength(ctx context.Context, m *model.Model, r model.Request, o CodeLengthOptions) (*ImageFlowLength, error) {
	if err := m.CheckCodeLength(r); err != nil {
		return nil, err
	}
	measured, err := measuredImages(ctx, m, &r, o)
	if err != nil {
		return nil, err
	}
	result := &ImageFlowLength{Reference: measured.from, GivenClass: measured.givenClass}
	if result.FlowLength, err = m.FlowLength(ctx, r, measured.images, max(o.Probes, 1)); err != nil {
		return nil, err
	}
	return result, nil
}

// imagesMeasured are images whose bits are measured.
type imagesMeasured struct {
	images     *data.Batch
	from       Reference
	class      int // of all of them, or data.AnyClass
	givenClass bool
}

// measuredImages are the images of the options, or those that the net was not trained on. It gives the request their labels, if
// its samples have labels.
func measuredImages(ctx context.Context, m *model.Model, r *model.Request, o CodeLengthOptions) (*imagesMeasured, error) {
	i := &imagesMeasured{images: o.Images, from: GivenRows, class: max(r.Sampling.Guidance.Label, data.AnyClass)}
	if i.images == nil {
		sets, err := openImages(ctx, m, r.N, i.class, r.Seed, 0)
		if err != nil {
			return nil, err
		}
		i.images, i.from = sets.fresh.batch(m), sets.from
	}
	if i.givenClass = m.LabelsOf(*r, 1)[0] >= 0; i.givenClass && i.class < 0 {
		if r.Labels = i.images.Labels; r.Labels == nil {
			return nil, fmt.Errorf("eval: the net of %s takes labels, and the images have none: give a label, or -1 for the net without one",
				m.Config.Name)
		}
	}
	return i, nil
}
