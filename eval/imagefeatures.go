package eval

import (
	"context"
	"math"
	"slices"

	"euryale/metrics"
	"euryale/model"
)

// FeatureEvaluation is what a classifier of images finds in samples. The Fréchet distance depends on the classifier, so it
// is known by its checksum, and on the number of images: it falls as they become more.
type FeatureEvaluation struct {
	Classifier string `json:"classifier"` // the name of its run
	Step       int64  `json:"step"`
	Checksum   string `json:"checksum"` // model.Model.WeightsChecksum
	Width      int    `json:"width"`    // features of an image
	// Accuracy is on the images that the samples are compared with; nil: they have no labels.
	Accuracy *float64 `json:"accuracy,omitempty"`
	// Frechet is the distance of the samples' features to those of these images, and Floor that of training images.
	Frechet float64 `json:"frechet"`
	Floor   float64 `json:"frechet_floor"`
	// Confidence is the mean probability of the likeliest class, of the samples and of these images.
	Confidence      float64 `json:"confidence"`
	FreshConfidence float64 `json:"fresh_confidence"`
	// Classes are the classes that the classifier gives the samples and these images.
	Classes []ClassShares `json:"classes"`
	// Asked is the share of the samples whose label is the classifier's answer; nil: they have none.
	Asked *float64 `json:"asked,omitempty"`
}

// ClassShares are the shares of a class among samples and images by a classifier, and its mean probability where it is the
// likeliest; 0 where it never is.
type ClassShares struct {
	Class      string  `json:"class"`
	Samples    float64 `json:"samples"`
	Fresh      float64 `json:"fresh"`
	Confidence float64 `json:"confidence"`
}

// features measures by the classifier.
func (c *imageComparison) features(ctx context.Context) error {
	by := c.o.Classifier
	f := &FeatureEvaluation{Classifier: by.Config.Name, Step: by.Step, Checksum: by.WeightsChecksum()}
	samples, err := c.featuresOf(ctx, c.samples)
	if err != nil {
		return err
	}
	fresh, err := c.featuresOf(ctx, c.sets.fresh)
	if err != nil {
		return err
	}
	training, err := c.featuresOf(ctx, c.sets.training)
	if err != nil {
		return err
	}
	f.Width = samples.Width
	if f.Frechet, err = frechet(samples.Values, fresh.Values, f.Width); err != nil {
		return err
	}
	if f.Floor, err = frechet(training.Values, fresh.Values, f.Width); err != nil {
		return err
	}
	ofSamples, ofFresh := answersOf(samples), answersOf(fresh)
	f.Confidence, f.FreshConfidence = ofSamples.confidence(), ofFresh.confidence()
	if labels := c.sets.fresh.labels; labels != nil {
		right := ofFresh.right(func(i int) int { return int(labels[i]) })
		f.Accuracy = &right
	}
	f.Classes = make([]ClassShares, samples.Classes)
	for k := range f.Classes {
		f.Classes[k] = ClassShares{Class: by.Schema.Classes[k]}
		f.Classes[k].Samples, f.Classes[k].Confidence = ofSamples.of(k)
		f.Classes[k].Fresh, _ = ofFresh.of(k)
	}
	if asked := c.askedLabel(); asked != nil {
		right := ofSamples.right(asked)
		f.Asked = &right
	}
	c.result.Features = f
	return nil
}

// askedLabel gives the label that was asked for of each sample; nil where none was.
func (c *imageComparison) askedLabel() func(i int) int {
	labels := c.m.LabelsOf(c.r, c.r.N)
	if c.o.Samples != nil {
		labels = c.o.Samples.Labels
	}
	if len(labels) == 0 || slices.Max(labels) < 0 {
		return nil
	}
	return func(i int) int { return int(labels[i]) }
}

func (c *imageComparison) featuresOf(ctx context.Context, p *pictures) (*model.Features, error) {
	x, err := c.o.Classifier.Encode(p.points)
	if err != nil {
		return nil, err
	}
	return c.o.Classifier.Features(ctx, x, c.r.Workers)
}

func frechet(a, b []float32, width int) (float64, error) {
	x, err := metrics.GaussianOf(a, width)
	if err != nil {
		return 0, err
	}
	y, err := metrics.GaussianOf(b, width)
	if err != nil {
		return 0, err
	}
	return metrics.Frechet(x, y)
}

// answers are the likeliest class of each image, with its probability.
type answers struct {
	class       []int
	probability []float64
}

func answersOf(f *model.Features) *answers {
	a := new(answers)
	for lo := 0; lo < len(f.LogProbability); lo += f.Classes {
		row, best := f.LogProbability[lo:lo+f.Classes], 0
		for k, v := range row {
			if v > row[best] {
				best = k
			}
		}
		a.class = append(a.class, best)
		a.probability = append(a.probability, math.Exp(float64(row[best])))
	}
	return a
}

func (a *answers) confidence() float64 {
	sum := 0.0
	for _, p := range a.probability {
		sum += p
	}
	return sum / float64(len(a.probability))
}

// of is the share of a class, and the mean probability of its images.
func (a *answers) of(class int) (share, confidence float64) {
	n, sum := 0, 0.0
	for i, k := range a.class {
		if k == class {
			n++
			sum += a.probability[i]
		}
	}
	return float64(n) / float64(len(a.class)), sum / float64(max(n, 1))
}

// right is the share of the images whose class is the label.
func (a *answers) right(label func(i int) int) float64 {
	n := 0
	for i, k := range a.class {
		if k == label(i) {
			n++
		}
	}
	return float64(n) / float64(len(a.class))
}
