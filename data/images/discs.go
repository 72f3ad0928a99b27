package images

import (
	"context"
	"fmt"
	"math"

	"euryale/choice"
	"euryale/data"
	"euryale/rng"
)

// Discs is images of one disc on black, of known distribution: with R = 3/8 of the shorter side,
//
//	center uniform in [R, height−R] × [R, width−R], radius uniform in [0.6·R, R], gray uniform in 128 … 255
//
// all independent, each channel with a gray of its own. Pixels at the border of a disc get a share of the gray, which falls
// from 1 to 0 over a distance of one pixel (antialiasing). The nearest class, where half of the discs are rings, is a ring if
// the place of the center of mass is darker than half the mean gray.
type Discs struct {
	// Rows is the number of images, drawn once before training.
	Rows int `yaml:"rows"`
	// Size is the size of an image in pixels, from 8 to 1024 on each side: 16, or 16x24 (height x width).
	Size Size `yaml:"size"`
	// Channels is 1 (gray) or 3 (RGB).
	Channels int `yaml:"channels"`
	// Rings makes every second image, at random, a ring, with a hole of 0.6 of the radius. Disc and ring are classes then.
	Rings bool `yaml:"rings"`

	Augmentation `yaml:",inline"`
}

func newDiscs() data.Options { return &Discs{Rows: 10000, Size: Size{16, 16}, Channels: 1} }

// The bounds of a side.
const leastDiscs, mostDiscs = 8, 1024

// Image implements data.Imaging.
func (d *Discs) Image() []int {
	view := d.view(d.Size)
	return []int{view.Height, view.Width, d.Channels}
}

// Validate implements data.Options.
func (d *Discs) Validate() error {
	low, high := min(d.Size.Height, d.Size.Width), max(d.Size.Height, d.Size.Width)
	switch {
	case d.Rows < 1 || d.Rows > math.MaxInt32: // rows are numbered in int32
		return choice.Wrong("rows", "must be from 1 to %d, got %d", math.MaxInt32, d.Rows)
	case low < leastDiscs || high > mostDiscs:
		return choice.Wrong("size", "must be from %d to %d on each side, got %s", leastDiscs, mostDiscs, d.Size.both())
	case d.Channels != 1 && d.Channels != rgb:
		return choice.Wrong("channels", "must be 1 (gray) or 3 (RGB), got %d", d.Channels)
	}
	if err := d.check(); err != nil {
		return err
	}
	return d.fit(d.Size)
}

// Open implements data.Options. The source is a data.Distribution.
func (d *Discs) Open(_ context.Context, seed uint64) (data.Source, error) {
	if err := d.Validate(); err != nil {
		return nil, err
	}
	return &discs{*d, rng.NewStream(seed, rng.Data)}, nil
}

type discs struct {
	section Discs
	stream  rng.Stream // of the images to train on
}

func (d *discs) classes() []string {
	if d.section.Rings {
		return []string{"disc", "ring"}
	}
	return nil
}

// Schema implements data.Source.
func (d *discs) Schema() data.Schema {
	return data.Schema{Image: d.section.Image(), Classes: d.classes()}
}

// Rows implements data.Source.
func (d *discs) Rows() int { return d.section.Rows }

// Read implements data.Source.
func (d *discs) Read(ctx context.Context, dst *data.Batch, first, n int) error {
	if first < 0 || n < 0 || first > d.section.Rows-n {
		return fmt.Errorf("images: rows %d … %d of %d discs", first, first+n-1, d.section.Rows)
	}
	if n == 0 {
		dst.Resize(d.Schema(), first, 0)
		return ctx.Err()
	}
	return d.drawn(d.stream, first, n, data.AnyClass).readAs(ctx, dst, first)
}

// Fresh implements data.Distribution.
func (d *discs) Fresh(dst *data.Batch, stream rng.Stream, first, n, class int) error {
	switch classes := len(d.classes()); {
	case class == data.AnyClass:
	case classes == 0:
		return fmt.Errorf("data: discs without rings have no classes, got class %d", class)
	case class < 0 || class >= classes:
		return fmt.Errorf("data: class must be from 0 to %d, got %d", classes-1, class)
	}
	if n == 0 {
		dst.Resize(d.Schema(), first, 0)
		return nil
	}
	return d.drawn(stream, first, n, class).readAs(context.Background(), dst, first)
}

// readAs reads all rows of the set, as rows from first on.
func (s *Set) readAs(ctx context.Context, dst *data.Batch, first int) error {
	err := s.Read(ctx, dst, 0, s.rows)
	dst.First = first
	return err
}

// Unchanged implements data.Changing.
func (d *discs) Unchanged() data.Source {
	still := *d
	still.section.Augmentation = d.section.unchanged()
	return &still
}

// whole implements pixelSource.
func (d *discs) whole(context.Context) (*Set, error) {
	return d.drawn(d.stream, 0, d.section.Rows, data.AnyClass), nil
}

// drawn is images first … first+n−1 of a stream.
func (d *discs) drawn(stream rng.Stream, first, n, class int) *Set {
	s := &Set{size: d.section.Size, channels: d.section.Channels, rows: n, classes: d.classes(), change: d.section.Augmentation}
	s.pixels = make([]byte, n*s.number())
	if d.section.Rings {
		s.labels = make([]int32, n)
	}
	for i := range n {
		label := d.draw(s.pixels[i*s.number():(i+1)*s.number()], stream, uint64(first+i), class)
		if d.section.Rings {
			s.labels[i] = label
		}
	}
	return s
}

// The steps of the stream that a number of an image comes from; those of a class lie stepsOfClass(class+1) further on.
const (
	stepOfY = iota
	stepOfX
	stepOfRadius
	stepOfKind
	stepOfGray                    // of channel 0, and so on
	stepsOfClass = stepOfGray + 4 // room for the channels
)

// The smallest radius is a share of the largest, and the hole of a ring one of its radius.
const (
	least = 0.6
	hole  = 0.6
)

// draw fills a black image and returns its class.
func (d *discs) draw(image []byte, stream rng.Stream, row uint64, class int) int32 {
	step := uint64(stepsOfClass * (class + 1))
	size, channels := d.section.Size, d.section.Channels
	most := float64(min(size.Height, size.Width)) * 3 / 8
	uniform := func(k uint64, low, high float64) float64 {
		return low + float64((high-low)*stream.Float64(step+k, row))
	}
	cy := uniform(stepOfY, most, float64(size.Height)-most)
	cx := uniform(stepOfX, most, float64(size.Width)-most)
	radius := uniform(stepOfRadius, least*most, most)
	kind := int32(max(class, 0))
	if d.section.Rings && class == data.AnyClass {
		kind = int32(stream.IntN(step+stepOfKind, row, 2))
	}
	var gray [rgb]float64
	for c := range channels {
		gray[c] = float64(128 + stream.IntN(step+stepOfGray+uint64(c), row, 128))
	}
	for y := range size.Height {
		for x := range size.Width {
			dy, dx := float64(y)+0.5-cy, float64(x)+0.5-cx
			distance := math.Sqrt(float64(dy*dy) + float64(dx*dx))
			share := covered(radius, distance)
			if kind == 1 {
				share -= covered(hole*radius, distance)
			}
			if share == 0 {
				continue
			}
			for c := range channels {
				image[(y*size.Width+x)*channels+c] = byte(math.Round(gray[c] * share))
			}
		}
	}
	return kind
}

// covered is the share of a pixel at a distance from the center that a disc covers.
func covered(radius, distance float64) float64 { return min(max(radius-distance+0.5, 0), 1) }

// NearestClass implements data.Distribution.
func (d *discs) NearestClass(row []float64) int {
	shape := d.section.Image()
	height, width, channels := shape[0], shape[1], shape[2]
	if !d.section.Rings || len(row) != height*width*channels {
		return -1
	}
	var sum, squares, y, x float64
	for i, v := range row {
		if v-v != 0 {
			return -1
		}
		at := i / channels
		sum, squares = sum+v, squares+v*v
		y, x = y+v*float64(at/width), x+v*float64(at%width)
	}
	if sum <= 0 {
		return 0
	}
	gray := squares / sum
	if middle(row, height, width, channels, y/sum, x/sum) < gray/2 {
		return 1
	}
	return 0
}

// middle is the mean of the channels at a place between pixels, linear in both directions.
func middle(row []float64, height, width, channels int, y, x float64) float64 {
	y, x = min(max(y, 0), float64(height-1)), min(max(x, 0), float64(width-1))
	y0, x0 := int(y), int(x)
	sum := 0.0
	for _, v := range [4][2]int{{0, 0}, {0, 1}, {1, 0}, {1, 1}} {
		weight := (1 - math.Abs(y-float64(y0+v[0]))) * (1 - math.Abs(x-float64(x0+v[1])))
		at := (min(y0+v[0], height-1)*width + min(x0+v[1], width-1)) * channels
		for c := range channels {
			sum += weight * row[at+c] / float64(channels)
		}
	}
	return sum
}
