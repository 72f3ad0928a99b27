package eval

import (
	"context"
	"fmt"
	"runtime"

	"euryale/data"
	"euryale/metrics"
	"euryale/model"
	"euryale/rng"
)

// ImageScale tells what distances of images mean: those of images that were changed in known ways.
type ImageScale struct {
	Classifier string     `json:"classifier"`
	Step       int64      `json:"step"`
	Checksum   string     `json:"checksum"` // model.Model.WeightsChecksum
	Accuracy   *float64   `json:"accuracy,omitempty"`
	Images     int        `json:"images"` // of each set
	Rows       []ScaleRow `json:"rows"`
}

// ScaleRow is a set of training images, changed or not, compared with images that the classifier was not trained on.
type ScaleRow struct {
	Name       string  `json:"name"` // what was changed
	SlicedW1   float64 `json:"sliced_w1"`
	PatchW1    float64 `json:"patch_w1,omitempty"` // 0: images are smaller than patches
	Frechet    float64 `json:"frechet"`
	Confidence float64 `json:"confidence"`
}

// Scale compares n training images, n being the request's, with as many that a classifier was not trained on: as they are,
// noisy, without one class, shifted, blurred, and with every pixel from another image. There may be fewer.
func Scale(ctx context.Context, classifier *model.Model, r model.Request) (*ImageScale, error) {
	if r.Workers < 1 {
		r.Workers = runtime.GOMAXPROCS(0)
	}
	shape := classifier.Image()
	if shape == nil {
		return nil, fmt.Errorf("eval: the rows of %s are no images", classifier.Config.Name)
	}
	if err := classifier.CheckFeatures(); err != nil {
		return nil, err
	}
	sets, err := openImages(ctx, classifier, r.N, data.AnyClass, r.Seed, r.N)
	if err != nil {
		return nil, err
	}
	s := &scale{classifier: classifier, request: r, shape: shape}
	if s.fresh, err = classifier.Encode(sets.fresh.points); err != nil {
		return nil, err
	}
	if s.freshFeatures, err = classifier.Features(ctx, s.fresh, r.Workers); err != nil {
		return nil, err
	}
	training, err := classifier.Encode(sets.training.points)
	if err != nil {
		return nil, err
	}
	result := &ImageScale{
		Classifier: classifier.Config.Name, Step: classifier.Step, Checksum: classifier.WeightsChecksum(),
		Images: min(sets.fresh.rows(classifier.Dim()), sets.training.rows(classifier.Dim())),
	}
	if labels := sets.fresh.labels; labels != nil {
		right := answersOf(s.freshFeatures).right(func(i int) int { return int(labels[i]) })
		result.Accuracy = &right
	}
	stream := rng.NewStream(r.Seed, rng.Evaluation)
	for _, set := range []struct {
		name   string
		images func() []float32
	}{
		{"training images", func() []float32 { return training }},
		{fmt.Sprintf("with noise of deviation %g", scaleNoise), func() []float32 { return noisy(training, stream, classifier.Dim()) }},
		{"without the first class", func() []float32 { return withoutClass(training, sets.training.labels, classifier.Dim()) }},
		{"shifted right by one pixel", func() []float32 { return shifted(training, shape) }},
		{"blurred over 3×3 pixels", func() []float32 { return blurred(training, shape) }},
		{"each pixel from another image", func() []float32 { return independent(training, stream, classifier.Dim()) }},
	} {
		images := set.images()
		if len(images) == 0 { // there is one class, or none
			continue
		}
		row, err := s.row(ctx, images)
		if err != nil {
			return nil, err
		}
		row.Name = set.name
		result.Rows = append(result.Rows, row)
	}
	return result, nil
}

// scale compares sets of images with fresh ones, all as the net sees them.
type scale struct {
	classifier    *model.Model
	request       model.Request
	shape         []int
	fresh         []float32
	freshFeatures *model.Features
}

func (s *scale) row(ctx context.Context, images []float32) (row ScaleRow, err error) {
	if err := ctx.Err(); err != nil {
		return row, err
	}
	d := distances{s.shape, s.request}
	if row.SlicedW1, err = d.pixels(images, s.fresh); err != nil {
		return row, err
	}
	if row.PatchW1, err = d.patches(images, s.fresh); err != nil {
		return row, err
	}
	features, err := s.classifier.Features(ctx, images, s.request.Workers)
	if err != nil {
		return row, err
	}
	row.Confidence = answersOf(features).confidence()
	row.Frechet, err = frechet(features.Values, s.freshFeatures.Values, features.Width)
	return row, err
}

// distances are distances of two sets of images as the net sees them.
type distances struct {
	shape   []int
	request model.Request
}

func (d distances) pixels(a, b []float32) (float64, error) {
	return d.sliced(a, b, d.shape[0]*d.shape[1]*d.shape[2])
}

func (d distances) sliced(a, b []float32, dim int) (float64, error) {
	return metrics.SlicedWasserstein(a, b, dim, metrics.DefaultDirections, d.request.Seed, d.request.Workers)
}

// fitPatches reports whether images are large enough for patches.
func (d distances) fitPatches() bool { return d.shape[0] >= patchSize && d.shape[1] >= patchSize }

// patches is the distance of patches, each set's at places of its own; 0 where they do not fit.
func (d distances) patches(a, b []float32) (float64, error) {
	if !d.fitPatches() {
		return 0, nil
	}
	var sets [2][]float32
	for i, of := range [][]float32{a, b} {
		var err error
		sets[i], err = metrics.Patches(of, d.shape[0], d.shape[1], d.shape[2], patchSize, patchesPerImage, d.request.Seed+uint64(i))
		if err != nil {
			return 0, err
		}
	}
	return d.sliced(sets[0], sets[1], patchSize*patchSize*d.shape[2])
}
