package eval

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"euryale/data"
	"euryale/model"
)

// ImageEvaluation compares samples with images that the net was not trained on, from test files or held out. Each distance has
// its floor: that of as many training images to the same images. Distances are those of images as the net sees them, −1 … 1.
type ImageEvaluation struct {
	Step    int64   `json:"step"`
	File    string  `json:"file,omitempty"` // of the samples, if they were given
	Samples int     `json:"samples"`
	NFE     float64 `json:"nfe,omitempty"`  // evaluations of the net per sample
	Loss    float64 `json:"loss,omitempty"` // mean over the last epochs of training; 0: the model came without its log
	// Reference is what the samples are compared with, FreshImages how many of them there are, and TrainingImages how many
	// training images the floors are of.
	Reference      Reference `json:"reference"`
	FreshImages    int       `json:"fresh_images"`
	TrainingImages int       `json:"training_images"`
	Label          *int      `json:"label,omitempty"` // of all samples and the images that they are compared with
	// SlicedW1 is the sliced Wasserstein-1 distance of whole images, PatchW1 that of square patches of PatchSize pixels, at
	// PatchesPerImage random places of each image; 0: images are smaller.
	SlicedW1        float64 `json:"sliced_w1"`
	Floor           float64 `json:"floor"`
	PatchW1         float64 `json:"patch_w1,omitempty"`
	PatchFloor      float64 `json:"patch_floor,omitempty"`
	PatchSize       int     `json:"patch_size,omitempty"`
	PatchesPerImage int     `json:"patches_per_image,omitempty"`
	// Features are what a classifier finds; nil without one.
	Features *FeatureEvaluation `json:"features,omitempty"`
	// Nearest is whether the samples are copies of training images; nil if it was not asked for.
	Nearest *Nearest `json:"nearest,omitempty"`
	// Neighbors are the training images nearest to the first samples; nil if they were not asked for.
	Neighbors *Neighbors `json:"-"`
	// DrawSeconds is how long drawing the samples took, and MeasureSeconds comparing them.
	DrawSeconds    float64 `json:"draw_seconds,omitempty"`
	MeasureSeconds float64 `json:"measure_seconds"`
}

// Patches of 7×7 pixels (Karras et al. 2018, who also normalize them).
const (
	patchSize       = 7
	patchesPerImage = 4
)

// ImageOptions chooses what is measured.
type ImageOptions struct {
	// Classifier gives the features of FeatureEvaluation: a run of the objective classify with the net unet_classifier, trained
	// on images of the same shape. nil: they are not measured.
	Classifier *model.Model
	// Samples are judged in place of new ones, and File is where they come from. nil: samples of the request are drawn.
	Samples *data.Batch
	File    string
	// Copies asks for the test for memorizing, Neighbors for so many nearest training images of NeighborsOf samples.
	Copies                 bool
	Neighbors, NeighborsOf int
	// Progress is called with the parts of the comparison that are done; nil: it is not.
	Progress func(done, total int)
}

// EvaluateImages draws the samples of a request, or takes those of the options, and compares them with images that the net was
// not trained on. There may be fewer of these than samples. Distances depend on the number of images: compare those of equal
// numbers. Without such images the error is model.ErrNoFreshRows.
func EvaluateImages(ctx context.Context, m *model.Model, r model.Request, o ImageOptions) (*ImageEvaluation, error) {
	if r.Workers < 1 {
		r.Workers = runtime.GOMAXPROCS(0)
	}
	switch {
	case m.Image() == nil:
		return nil, fmt.Errorf("eval: the rows of %s are no images", m.Config.Name)
	case o.Samples != nil:
		r.N = o.Samples.Rows
	default:
		if err := m.Check(r); err != nil {
			return nil, err
		}
	}
	if o.Classifier != nil {
		if err := CheckClassifier(m, o.Classifier); err != nil {
			return nil, err
		}
	}
	class := max(r.Sampling.Guidance.Label, data.AnyClass)
	sets, err := openImages(ctx, m, r.N, class, r.Seed, r.N)
	if err != nil {
		return nil, err
	}
	dim := m.Schema.Dim()
	e := &ImageEvaluation{
		Step: m.Step, Samples: r.N, Loss: m.TrainingLoss, File: o.File, Reference: sets.from,
		FreshImages: sets.fresh.rows(dim), TrainingImages: sets.training.rows(dim),
	}
	if class >= 0 {
		e.Label = &class
	}
	began := time.Now()
	samples := new(pictures)
	if o.Samples == nil {
		if samples.points, e.NFE, err = m.Points(ctx, r); err != nil {
			return nil, err
		}
		e.DrawSeconds = time.Since(began).Seconds()
	} else {
		for i := range o.Samples.Rows {
			samples.add(&data.Batch{Real: o.Samples.Real}, i, dim)
		}
	}
	began = time.Now()
	c := &imageComparison{
		m: m, r: r, o: o, sets: sets, samples: samples, result: e,
	}
	if err := c.measure(ctx); err != nil {
		return nil, err
	}
	e.MeasureSeconds = time.Since(began).Seconds()
	return e, nil
}

// imageComparison compares samples with sets of images.
type imageComparison struct {
	m       *model.Model
	r       model.Request
	o       ImageOptions
	sets    *imageSets
	samples *pictures
	result  *ImageEvaluation

	encoded struct{ samples, fresh, training []float32 }
}

func (c *imageComparison) measure(ctx context.Context) (err error) {
	for _, set := range []struct {
		to   *[]float32
		from *pictures
	}{{&c.encoded.samples, c.samples}, {&c.encoded.fresh, c.sets.fresh}, {&c.encoded.training, c.sets.training}} {
		if *set.to, err = c.m.Encode(set.from.points); err != nil {
			return err
		}
	}
	parts := []func(context.Context) error{c.pixels, c.patches}
	if c.o.Classifier != nil {
		parts = append(parts, c.features)
	}
	if c.o.Copies || c.o.Neighbors > 0 {
		parts = append(parts, c.copies)
	}
	for i, part := range parts {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := part(ctx); err != nil {
			return err
		}
		if c.o.Progress != nil {
			c.o.Progress(i+1, len(parts))
		}
	}
	return nil
}

func (c *imageComparison) pixels(context.Context) (err error) {
	e, d := c.result, distances{c.m.Image(), c.r}
	if e.SlicedW1, err = d.pixels(c.encoded.samples, c.encoded.fresh); err == nil {
		e.Floor, err = d.pixels(c.encoded.training, c.encoded.fresh)
	}
	return err
}

func (c *imageComparison) patches(context.Context) (err error) {
	e, d := c.result, distances{c.m.Image(), c.r}
	if !d.fitPatches() {
		return nil
	}
	e.PatchSize, e.PatchesPerImage = patchSize, patchesPerImage
	if e.PatchW1, err = d.patches(c.encoded.samples, c.encoded.fresh); err == nil {
		e.PatchFloor, err = d.patches(c.encoded.training, c.encoded.fresh)
	}
	return err
}

// CheckClassifier returns an error unless a classifier can judge the samples of a model: ImageOptions.Classifier.
func CheckClassifier(m, classifier *model.Model) error {
	if err := classifier.CheckFeatures(); err != nil {
		return err
	}
	if want, got := m.Schema.Image, classifier.Schema.Image; !slices.Equal(want, got) {
		return fmt.Errorf("eval: the classifier (%s) was trained on images of height, width and channels %v, and those to be judged, of the "+
			"run %s, have %v: train one on such images", classifier.Config.Name, got, m.Config.Name, want)
	}
	if want, got := m.Schema.Classes, classifier.Schema.Classes; len(want) > 0 && !slices.Equal(want, got) {
		return fmt.Errorf("eval: the classifier (%s) tells the classes %v apart, and the images to be judged, of the run %s, have the "+
			"classes %v: train one on such images", classifier.Config.Name, got, m.Config.Name, want)
	}
	return nil
}
