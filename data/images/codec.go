package images

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"euryale/checkpoint"
	"euryale/data"
)

const codecName = "image"

// Codec is the codec of images: numbers v from 0 to 255 become
//
//	x = −1 + 2v/255
//
// in float64, rounded to float32 once: the 256 levels that likelihood.DiscretizedDecoder wants. Decode rounds to whole
// numbers from 0 to 255. After Fit or UnmarshalJSON several goroutines may use it at once.
type Codec struct {
	shape []int // [height, width, channels]
}

var _ data.Compacting = (*Codec)(nil)

// NewCodec is a codec that was not yet fitted.
func NewCodec() *Codec { return new(Codec) }

// levels is what a net sees for bytes.
var levels = func() *[256]float32 {
	var t [256]float32
	for v := range t {
		t[v] = level(float64(v))
	}
	return &t
}()

func level(v float64) float32 { return float32(-1 + 2*v/255) }

// Name implements data.Codec.
func (*Codec) Name() string { return codecName }

// Fit learns the shape of an image. Rows that are no images are an error.
func (c *Codec) Fit(ctx context.Context, s data.Source) error {
	schema := s.Schema()
	if err := schema.Validate(); err != nil {
		return err
	}
	if len(schema.Image) == 0 {
		return errors.New("images: the rows are no images")
	}
	c.shape = slices.Clone(schema.Image)
	return ctx.Err()
}

// Shape implements data.Codec.
func (c *Codec) Shape() []int { return slices.Clone(c.shape) }

func (c *Codec) dim() int {
	if len(c.shape) == 0 {
		return 0
	}
	return c.shape[0] * c.shape[1] * c.shape[2]
}

// Encode implements data.Codec. Numbers need not be whole.
func (c *Codec) Encode(dst []float32, rows *data.Batch) error {
	dim := c.dim()
	if dim == 0 || len(rows.Real) != rows.Rows*dim || len(dst) != len(rows.Real) {
		return fmt.Errorf("images: want %d images of %d numbers, got %d numbers and room for %d", rows.Rows, dim, len(rows.Real), len(dst))
	}
	for i, v := range rows.Real {
		if !(v >= 0 && v <= 255) {
			return fmt.Errorf("image %d, %s: must be a number from 0 to 255, got %v", rows.First+i/dim, c.where(i%dim), v)
		}
		dst[i] = level(v)
	}
	return nil
}

// where names a number of an image.
func (c *Codec) where(i int) string {
	channels, width := c.shape[2], c.shape[1]
	text := fmt.Sprintf("pixel (%d, %d)", i/channels/width, i/channels%width)
	if channels > 1 {
		text += fmt.Sprintf(", channel %d", i%channels)
	}
	return text
}

// Decode implements data.Codec: whole numbers from 0 to 255. One that is not a number is an error.
func (c *Codec) Decode(dst *data.Batch, x []float32) error {
	dim := c.dim()
	if dim == 0 || len(x)%dim != 0 {
		return fmt.Errorf("images: want whole images of %d numbers, got %d numbers", dim, len(x))
	}
	dst.Rows, dst.Index = len(x)/dim, nil
	dst.Real = slices.Grow(dst.Real[:0], len(x))[:len(x)]
	for i, v := range x {
		if v != v {
			return fmt.Errorf("images: image %d, %s: not a number", i/dim, c.where(i%dim))
		}
		dst.Real[i] = min(max(math.Round((float64(v)+1)*127.5), 0), 255)
	}
	return nil
}

// LogVolume implements data.Codec: dim·ln(2/255). The density is then that of pixels of which each number of 0 … 255 takes an
// interval of length 1, so that −log₂ of it, per number, is in bits.
func (c *Codec) LogVolume(data.Schema) (float64, error) {
	return float64(c.dim()) * math.Log(2.0/255), nil
}

type codecState struct {
	Shape []int `json:"shape"`
}

// MarshalJSON implements data.Codec.
func (c *Codec) MarshalJSON() ([]byte, error) { return json.Marshal(codecState{c.shape}) }

// UnmarshalJSON implements data.Codec.
func (c *Codec) UnmarshalJSON(text []byte) error {
	var state codecState
	if err := checkpoint.StrictJSON(text, &state); err != nil {
		return err
	}
	if err := (data.Schema{Image: state.Shape}).Validate(); err != nil {
		return err
	}
	c.shape = state.Shape
	return nil
}
