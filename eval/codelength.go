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

// CodeLengthOptions chooses how the bits of images are measured.
type CodeLengthOptions struct {
	Terms    int              // steps of the chain that are evaluated per image, by chance; 0: all
	Variance *solver.Variance // of a step; nil: the learned one, or β̃
	Plain    bool             // the chain as it is, with an end that is not chosen by training images
	Images   *data.Batch      // to measure in place of those that the net was not trained on
}

// endingImages are the training images by which the end of the chain is chosen.
const endingImages = 64

// CodeLength measures as many images that the net was not trained on as the request has samples, those of its label if it has
// one, or the images of the options. If samples of the request have labels, each image is measured as one of its class.
func CodeLength(ctx context.Context, m *model.Model, r model.Request, o CodeLengthOptions) (*ImageCodeLength, error) {
	if err := m.CheckCodeLength(r); err != nil {
		return nil, err
	}
	result := &ImageCodeLength{Reference: GivenRows}
	images, class := o.Images, max(r.Sampling.Guidance.Label, data.AnyClass)
	if images == nil {
		sets, err := openImages(ctx, m, r.N, class, r.Seed, 0)
		if err != nil {
			return nil, err
		}
		images, result.Reference = sets.fresh.batch(m), sets.from
	}
	result.GivenClass = m.LabelsOf(r, 1)[0] >= 0
	if result.GivenClass && class < 0 {
		if r.Labels = images.Labels; r.Labels == nil {
			return nil, fmt.Errorf("eval: the net of %s takes labels, and the images have none: give a label, or -1 for the net without one",
				m.Config.Name)
		}
	}
	options := model.CodeLengthOptions{Terms: o.Terms, Variance: o.Variance}
	if !o.Plain {
		train, _, err := m.Source(ctx)
		if err != nil {
			return nil, err
		}
		training, err := choose(ctx, train, endingImages, class, rng.NewStream(r.Seed, rng.Fresh), chosenTraining)
		if err != nil {
			return nil, err
		}
		options.Training = training.batch(m)
	}
	var err error
	if result.CodeLength, err = m.CodeLength(ctx, r, images, options); err != nil {
		return nil, err
	}
	return result, nil
}
