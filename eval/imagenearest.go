package eval

import (
	"context"
	"slices"

	"euryale/data"
	"euryale/metrics"
	"euryale/model"
)

// Neighbors are samples and the training images nearest to them, in the data's units, [rows, 1 + Each, dim]: each sample is
// followed by its nearest images, the nearest first.
type Neighbors struct {
	Pixels []float32
	Each   int
}

// leastCopyFresh is how many fresh images are compared with training images, for their median distance, at most.
const leastCopyFresh = 2000

// copies compares the samples with all training images of their class, block by block.
func (c *imageComparison) copies(ctx context.Context) error {
	dim := c.m.Dim()
	toTraining, err := metrics.NewNeighbors(c.encoded.samples, dim)
	if err != nil {
		return err
	}
	some := c.encoded.fresh[:min(len(c.encoded.fresh), leastCopyFresh*dim)]
	fresh, err := metrics.NewNeighbors(some, dim)
	if err != nil {
		return err
	}
	closest := newClosest(c.encoded.samples[:min(c.o.NeighborsOf, c.r.N)*dim], dim, c.o.Neighbors)
	trained := 0
	err = eachBlock(ctx, c.sets.train, func(b *data.Batch) error {
		block := new(pictures)
		for i := range b.Rows {
			if isOf(b, i, c.sets.class) {
				block.add(b, i, c.m.Schema.Dim())
			}
		}
		if len(block.points) == 0 {
			return nil
		}
		x, err := c.m.Encode(block.points)
		if err != nil {
			return err
		}
		trained += len(x) / dim
		closest.add(x, block.points)
		if !c.o.Copies {
			return nil
		}
		if err := toTraining.Add(x, c.r.Workers); err != nil {
			return err
		}
		return fresh.Add(x, c.r.Workers)
	})
	if err != nil {
		return err
	}
	if c.o.Neighbors > 0 {
		c.result.Neighbors = closest.pictures(c.samples.points)
	}
	if !c.o.Copies {
		return nil
	}
	toFresh, err := metrics.NewNeighbors(c.encoded.samples, dim)
	if err != nil {
		return err
	}
	if err := toFresh.Add(c.encoded.fresh, c.r.Workers); err != nil {
		return err
	}
	of := metrics.CopyingOf(toTraining.Found(), toFresh.Found(), trained, len(c.encoded.fresh)/dim)
	c.result.Nearest = &Nearest{
		Samples: of.Distance, Fresh: metrics.MedianDistance(fresh.Found()), Points: c.r.N, TrainingRows: trained,
		FreshRows: len(c.encoded.fresh) / dim, NearerToTraining: of.Nearer, Expected: of.Expected, StandardError: of.StandardError,
		Copied: of.Copied(), Memorizing: of.Memorizing(),
	}
	return nil
}

// NearestImages finds the training images nearest to samples [rows, dim], which are pixels in the data's units: the first `each`
// of each sample, by the distance of images as the net sees them.
func NearestImages(ctx context.Context, m *model.Model, samples []float32, each int) (*Neighbors, error) {
	train, _, err := m.Source(ctx)
	if err != nil {
		return nil, err
	}
	if changing, ok := train.(data.Changing); ok {
		train = changing.Unchanged()
	}
	x, err := m.Encode(samples)
	if err != nil {
		return nil, err
	}
	closest := newClosest(x, m.Dim(), each)
	err = eachBlock(ctx, train, func(b *data.Batch) error {
		block := new(pictures)
		for i := range b.Rows {
			block.add(b, i, m.Dim())
		}
		x, err := m.Encode(block.points)
		if err != nil {
			return err
		}
		closest.add(x, block.points)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return closest.pictures(samples), nil
}

// closest keeps the nearest images of a few samples.
type closest struct {
	samples []float32 // [n, dim], encoded
	dim     int
	each    int
	found   [][]nearImage // of each sample, the nearest first
}

type nearImage struct {
	distance float64 // squared
	pixels   []float32
}

func newClosest(samples []float32, dim, each int) *closest {
	return &closest{samples: samples, dim: dim, each: each, found: make([][]nearImage, len(samples)/dim)}
}

// add looks at encoded images, which are pixels in the data's units.
func (c *closest) add(x, pixels []float32) {
	if c.each == 0 {
		return
	}
	for i, found := range c.found {
		sample := c.samples[i*c.dim : (i+1)*c.dim]
		for lo := 0; lo < len(x); lo += c.dim {
			d := 0.0
			for j, v := range x[lo : lo+c.dim] {
				d += float64(v-sample[j]) * float64(v-sample[j])
			}
			if len(found) == c.each && d >= found[c.each-1].distance {
				continue
			}
			at := 0
			for at < len(found) && found[at].distance <= d {
				at++
			}
			found = slices.Insert(found, at, nearImage{d, slices.Clone(pixels[lo : lo+c.dim])})
			found = found[:min(len(found), c.each)]
		}
		c.found[i] = found
	}
}

// pictures are the samples, in the data's units, with their nearest images.
func (c *closest) pictures(samples []float32) *Neighbors {
	n := &Neighbors{Each: c.each}
	for i, found := range c.found {
		n.Pixels = append(n.Pixels, samples[i*c.dim:(i+1)*c.dim]...)
		for _, near := range found {
			n.Pixels = append(n.Pixels, near.pixels...)
		}
		for range c.each - len(found) { // there are fewer images
			n.Pixels = append(n.Pixels, make([]float32, c.dim)...)
		}
	}
	return n
}
