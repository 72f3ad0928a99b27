package data

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"euryale/checkpoint"
	"euryale/choice"
)

// Encoder turns raw rows into the float32 that a net sees, and what a net drew back into rows in the units of the data.
// What it learned from the data travels in the checkpoint. After Fit or LoadState several goroutines may use it at once.
type Encoder interface {
	checkpoint.Stateful
	// Fit learns from the training rows.
	Fit(ctx context.Context, s Source) error
	// Shape is the shape of one encoded row: [dim], or [height, width, channels].
	Shape() []int
	// Encode fills dst [rows.Rows, Shape…]. A row that cannot be encoded is an error that names row and column.
	Encode(dst []float32, rows *Batch) error
	// Decode resizes dst and fills it with the rows that x [rows, Shape…] stands for. It leaves First and Labels alone.
	Decode(dst *Batch, x []float32) error
	// LogVolume is the logarithm of the factor by which Encode changes volumes: the log-density of an encoded row plus
	// LogVolume is that of the row in the units of the data. The error explains why rows have no density; the schema of the
	// data names columns in it.
	LogVolume(s Schema) (float64, error)
}

// Codec is a step of a Chain: an encoder whose state is its JSON. Its UnmarshalJSON checks everything.
type Codec interface {
	// Name is the one by which a checkpoint names the codec.
	Name() string
	Fit(ctx context.Context, s Source) error
	Shape() []int
	Encode(dst []float32, rows *Batch) error
	Decode(dst *Batch, x []float32) error
	LogVolume(s Schema) (float64, error)
	json.Marshaler
	json.Unmarshaler
}

// Codecs are the steps that this package has. A program adds others to the set when it loads an encoder.
func Codecs() choice.Set[Codec] {
	return choice.Set[Codec]{
		{Name: "float32", Summary: "the numbers as they are", New: func() Codec { return new(Float32) }},
		{Name: "standardize", Summary: "every column with mean 0 and deviation 1", New: func() Codec { return new(Standardize) }},
	}
}

// renamedCodecs maps names that older checkpoints have to the present ones.
var renamedCodecs = map[string]string{"standardise": "standardize"}

// Chain is a run of codecs. The first sees the rows, each later one the numbers of the one before. It is the Encoder of
// everything whose state is small enough for JSON.
type Chain struct {
	codecs []Codec
	known  choice.Set[Codec] // that LoadState may find; nil: Codecs
}

// NewChain is the encoder of one codec, or of several one after the other.
func NewChain(first Codec, more ...Codec) *Chain {
	return &Chain{codecs: append([]Codec{first}, more...)}
}

// LoadEncoder is the encoder that a checkpoint holds, a chain of codecs of a set.
func LoadEncoder(f *checkpoint.File, known choice.Set[Codec]) (Encoder, error) {
	c := &Chain{known: known}
	if err := c.LoadState(f); err != nil {
		return nil, err
	}
	return c, nil
}

// Fit implements Encoder.
func (c *Chain) Fit(ctx context.Context, s Source) error {
	for i, codec := range c.codecs {
		if i > 0 {
			s = encoded{s, c.codecs[i-1]}
		}
		if err := codec.Fit(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// Shape implements Encoder.
func (c *Chain) Shape() []int { return c.codecs[len(c.codecs)-1].Shape() }

// Encode implements Encoder.
func (c *Chain) Encode(dst []float32, rows *Batch) error {
	last := len(c.codecs) - 1
	for _, codec := range c.codecs[:last] {
		x := make([]float32, rows.Rows*product(codec.Shape()))
		if err := codec.Encode(x, rows); err != nil {
			return err
		}
		rows = &Batch{First: rows.First, Rows: rows.Rows, Real: widened(nil, x)}
	}
	return c.codecs[last].Encode(dst, rows)
}

// Decode implements Encoder.
func (c *Chain) Decode(dst *Batch, x []float32) error {
	for i := len(c.codecs) - 1; i > 0; i-- {
		var rows Batch
		if err := c.codecs[i].Decode(&rows, x); err != nil {
			return err
		}
		x = make([]float32, len(rows.Real))
		for k, v := range rows.Real {
			x[k] = float32(v)
		}
	}
	return c.codecs[0].Decode(dst, x)
}

// LogVolume implements Encoder.
func (c *Chain) LogVolume(s Schema) (float64, error) {
	sum := 0.0
	for _, codec := range c.codecs {
		v, err := codec.LogVolume(s)
		if err != nil {
			return 0, err
		}
		sum += v
	}
	return sum, nil
}

// encodersKey is where a checkpoint keeps a chain: a list of names, each with the codec's state.
const encodersKey = "encoders"

type savedCodec struct {
	Name  string          `json:"name"`
	State json.RawMessage `json:"state"`
}

// SaveState implements checkpoint.Stateful.
func (c *Chain) SaveState(f *checkpoint.File) error {
	saved := make([]savedCodec, len(c.codecs))
	for i, codec := range c.codecs {
		name := codec.Name()
		state, err := codec.MarshalJSON()
		if err != nil {
			return fmt.Errorf("data: encoder %q: %w", name, err)
		}
		saved[i] = savedCodec{name, state}
	}
	return f.SaveJSON(encodersKey, saved)
}

// LoadState implements checkpoint.Stateful. The chain becomes the one that was saved.
func (c *Chain) LoadState(f *checkpoint.File) error {
	var saved []savedCodec
	if err := f.LoadJSON(encodersKey, &saved); err != nil {
		return err
	}
	known := c.known
	if known == nil {
		known = Codecs()
	}
	codecs, err := loadCodecs(saved, known)
	if err != nil {
		return fmt.Errorf("checkpoint %s: metadata %q: %w", f.Name, encodersKey, err)
	}
	c.codecs = codecs
	return nil
}

func loadCodecs(saved []savedCodec, known choice.Set[Codec]) ([]Codec, error) {
	if len(saved) == 0 {
		return nil, errors.New("no encoder")
	}
	codecs := make([]Codec, len(saved))
	for i, s := range saved {
		if name, ok := renamedCodecs[s.Name]; ok {
			s.Name = name
		}
		codec, err := known.New(s.Name)
		if err != nil {
			return nil, fmt.Errorf("unknown encoder: the name %w; was it written by a newer version?", err)
		}
		if err := codec.UnmarshalJSON(s.State); err != nil {
			return nil, fmt.Errorf("encoder %q: %w", s.Name, err)
		}
		// Each codec that there is gives as many numbers as it takes.
		if i > 0 && product(codec.Shape()) != product(codecs[i-1].Shape()) {
			return nil, fmt.Errorf("rows of %d numbers do not go into encoder %q for %d",
				product(codecs[i-1].Shape()), s.Name, product(codec.Shape()))
		}
		codecs[i] = codec
	}
	return codecs, nil
}

// encoded is the source of a codec's numbers.
type encoded struct {
	Source
	codec Codec
}

// Schema keeps the names of columns where there still are as many.
func (e encoded) Schema() Schema {
	before, shape := e.Source.Schema(), e.codec.Shape()
	after := Numbers(product(shape), 0)
	if len(shape) == 3 {
		after = Schema{Image: shape}
	}
	after.Classes = before.Classes
	if len(before.Columns) == len(after.Columns) {
		for j, c := range before.Columns {
			after.Columns[j].Name = c.Name
		}
	}
	return after
}

func (e encoded) Read(ctx context.Context, dst *Batch, first, n int) error {
	var rows Batch
	if err := e.Source.Read(ctx, &rows, first, n); err != nil {
		return err
	}
	x := make([]float32, n*product(e.codec.Shape()))
	if err := e.codec.Encode(x, &rows); err != nil {
		return err
	}
	dst.Resize(e.Schema(), first, n)
	dst.Real = widened(dst.Real, x)
	copy(dst.Labels, rows.Labels)
	return nil
}
