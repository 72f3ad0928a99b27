package toy

import (
	"context"
	"fmt"
	"math"

	"euryale/data"
	"euryale/rng"
)

// distribution is an opened kind: what its section describes, as a data.Distribution. A point is
//
//	p = scale·(place + noise·z), z ~ N(0, I)
//
// rounded to float32, which is what a net sees and files hold.
type distribution struct {
	name    string
	dim     int
	classes int // 0: none
	points  int
	scale   float64
	noise   func(class int) float64
	// place sets p [dim] to a point without noise, at scale 1, of a class; without classes the class is 0.
	place func(p []float64, d dice, class int)
	// pick draws a class. nil: all are equally likely.
	pick func(d dice) int
	// nearest is the class of finite coordinates at scale 1; nil where there are none.
	nearest func(p []float64) int

	stream rng.Stream // of the training set
}

// open completes a distribution for the seed of a run.
func (s distribution) open(seed uint64) (data.Source, error) {
	s.stream = rng.NewStream(seed, rng.Data)
	return &s, nil
}

// constant is the noise that is the same for all classes.
func constant(noise float64) func(int) float64 { return func(int) float64 { return noise } }

// Schema implements data.Source.
func (s *distribution) Schema() data.Schema { return data.Numbers(s.dim, s.classes) }

// Rows implements data.Source.
func (s *distribution) Rows() int { return s.points }

// Read implements data.Source.
func (s *distribution) Read(ctx context.Context, dst *data.Batch, first, n int) error {
	if first < 0 || n < 0 || first > s.points-n {
		return fmt.Errorf("data: rows %d … %d of %d points of %q", first, first+n-1, s.points, s.name)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	s.draw(dst, s.stream, first, n, data.AnyClass)
	return nil
}

// Fresh implements data.Distribution.
func (s *distribution) Fresh(dst *data.Batch, stream rng.Stream, first, n, class int) error {
	switch {
	case class == data.AnyClass:
	case s.classes == 0:
		return fmt.Errorf("data: the points of %q have no classes, got class %d", s.name, class)
	case class < 0 || class >= s.classes:
		return fmt.Errorf("data: class must be from 0 to %d, got %d", s.classes-1, class)
	}
	s.draw(dst, stream, first, n, class)
	return nil
}

// NearestClass implements data.Distribution.
func (s *distribution) NearestClass(row []float64) int {
	if s.nearest == nil || len(row) != s.dim {
		return -1
	}
	p := make([]float64, len(row))
	for j, v := range row {
		if v-v != 0 {
			return -1
		}
		p[j] = v / s.scale
	}
	return s.nearest(p)
}

// dice are the random numbers of one point.
//
// Row i of a set takes its first uniform number from step 0, its noise from step 1 and its class from step 2 of the
// stream, and any further numbers from steps k·2²⁴; points of a given class c are 3(c+1) steps further on.
type dice struct {
	stream    rng.Stream
	step, row uint64
}

const stepsOfClass, stepsOfNumber = 3, 1 << 24

// uniform is the point's uniform number k, from 0 on, in [0, 1).
func (d dice) uniform(k int) float64 {
	return d.stream.Float64(d.step+uint64(k)*stepsOfNumber, d.row)
}

// normal fills z with standard normal numbers that are not the noise, for k from 1 on.
func (d dice) normal(z []float32, k int) {
	d.stream.Normal(z, d.step+uint64(k)*stepsOfNumber, d.row, len(z))
}

// class is the uniform number, and index the integer below n, that a class is drawn by.
func (d dice) class() float64  { return d.stream.Float64(d.step+2, d.row) }
func (d dice) index(n int) int { return d.stream.IntN(d.step+2, d.row, n) }

// stepOf is where the steps of a class begin, 0 for data.AnyClass.
func stepOf(class int) uint64 { return uint64(stepsOfClass * (class + 1)) }

// stepOfDistribution is the step from which a distribution draws what it has only once: the centers of blobs.
const stepOfDistribution = 1 << 40

// draw fills dst with rows first … first+n−1 of the stream.
//
// Classes are drawn rather than dealt in turn: thus the points are independent, as a model's samples are, and the distance
// between two sets of them is what perfect samples would have. Sets with equal shares lie closer together than that.
func (s *distribution) draw(dst *data.Batch, stream rng.Stream, first, n, class int) {
	dst.Resize(s.Schema(), first, n)
	step := stepOf(class)
	z := make([]float32, n*s.dim)
	stream.Normal(z, step+1, uint64(first), s.dim)
	for i := range n {
		d := dice{stream, step, uint64(first + i)}
		of := max(class, 0)
		if s.classes > 0 && class == data.AnyClass {
			if s.pick != nil {
				of = s.pick(d)
			} else {
				of = d.index(s.classes)
			}
		}
		p := dst.Real[i*s.dim : (i+1)*s.dim]
		s.place(p, d, of)
		noise := s.noise(of)
		for j := range p {
			// The conversion keeps a compiler from fusing product and sum, which would round differently.
			p[j] = float64(float32(s.scale * (p[j] + float64(noise*float64(z[i*s.dim+j])))))
		}
		if s.classes > 0 {
			dst.Labels[i] = int32(of)
		}
	}
}

// nearestOf is the number of the center that is nearest to p, of two equally near the lower.
func nearestOf(centers [][]float64) func(p []float64) int {
	return func(p []float64) int {
		best, least := 0, math.Inf(1)
		for c, center := range centers {
			if d := distance2(p, center); d < least {
				best, least = c, d
			}
		}
		return best
	}
}

// distance2 is the square of the distance of two points.
func distance2(p, q []float64) float64 {
	sum := 0.0
	for j := range p {
		d := p[j] - q[j]
		sum += float64(d * d)
	}
	return sum
}

// placeAt puts the points of a class on its center.
func placeAt(centers [][]float64) func(p []float64, d dice, class int) {
	return func(p []float64, _ dice, class int) { copy(p, centers[class]) }
}
