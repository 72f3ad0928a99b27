package data

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"euryale/checkpoint"
)

func TestLoadEncoderErrors(t *testing.T) {
	for text, want := range map[string]string{
		`[]`:                               "no encoder",
		`{}`:                               "cannot unmarshal",
		`[{"name":"standard","state":{}}]`: `unknown encoder: the name must be one of standardize, float32, got "standard"`,
		`[{"name":"float32","state":{}}]`:  `encoder "float32": there are no rows of shape []`,
		`[{"name":"float32","state":{"shape":[0]}}]`:                                         "no rows of shape [0]",
		`[{"name":"float32","state":{"shape":[-1,-1,1]}}]`:                                   "no rows of shape",
		`[{"name":"float32","state":{"shape":[1,2]}}]`:                                       "no rows of shape [1 2]",
		`[{"name":"float32","state":{"shape":[99999999999]}}]`:                               "no rows of shape",
		`[{"name":"float32"}]`:                                                               `encoder "float32"`,
		`[{"name":"float32","state":{"shape":[2],"scale":3}}]`:                               "unknown field",
		`[{"name":"standardize","state":{"shape":[2],"mean":[1],"deviation":[1,2]}}]`:        "got 1 means and 2 deviations",
		`[{"name":"standardize","state":{"shape":[1],"mean":[1],"deviation":[-1]}}]`:         "a deviation is below 0",
		`[{"name":"standardize","state":{"shape":[1],"mean":[1e999],"deviation":[1]}}]`:      "1e999",
		`[{"name":"standardize","state":{"shape":[1],"mean":[1],"deviation":[1]},"more":1}]`: "unknown field",
		`[{"name":"float32","state":{"shape":[2]}}] x`:                                       "text after the value",
		`[{"name":"float32","state":{"shape":[2]}},{"name":"float32","state":{"shape":[3]}}]`: "rows of 2 numbers do not go into " +
			"encoder \"float32\" for 3",
	} {
		f := &checkpoint.File{Name: "c.safetensors", Metadata: map[string]string{"encoders": text}}
		if _, err := LoadEncoder(f, nil); err == nil ||
			!strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "c.safetensors") {
			t.Errorf("%s: error %v, want %q and the file", text, err, want)
		}
	}
	if _, err := LoadEncoder(&checkpoint.File{Name: "c"}, nil); err == nil || !strings.Contains(err.Error(), `no metadata "encoders"`) {
		t.Errorf("no encoders: %v", err)
	}
}

func TestEncoderErrors(t *testing.T) {
	ctx := t.Context()
	nan := math.NaN()
	named := Schema{Columns: []Column{{Name: "carat"}, {Name: "price"}}}
	category := Schema{Columns: []Column{{}, {Name: "cut", Kind: Category, Categories: []string{"a"}}}}
	for _, codec := range []Codec{new(Float32), new(Standardize)} {
		err := NewChain(codec).Fit(ctx, &table{category, Batch{Rows: 1, Real: []float64{1}, Index: []int32{0}}})
		if err == nil || !strings.Contains(err.Error(), `column "cut" is of kind category`) {
			t.Errorf("%T of a category: %v", codec, err)
		}
		if err := codec.Encode(make([]float32, 2), &Batch{Rows: 2, Real: []float64{1, 2}}); err == nil {
			t.Errorf("%T encodes before it is fitted", codec)
		}
		if err := codec.Decode(new(Batch), make([]float32, 3)); err == nil {
			t.Errorf("%T decodes before it is fitted", codec)
		}
		c := fit(t, &table{named, Batch{Rows: 2, Real: []float64{1, 2, 3, 5}}}, codec)
		for _, v := range []float64{nan, math.Inf(-1), 1e300} {
			err := c.Encode(make([]float32, 4), &Batch{First: 10, Rows: 2, Real: []float64{1, 2, 3, v}})
			var cell *CellError
			if !errors.As(err, &cell) || cell.Row != 11 || cell.Column != "x1" {
				t.Errorf("%T of %v: %v", codec, v, err)
			}
		}
		if err := c.Encode(make([]float32, 3), &Batch{Rows: 2, Real: make([]float64, 4)}); err == nil {
			t.Errorf("%T encodes into too little room", codec)
		}
		if err := c.Encode(make([]float32, 3), &Batch{Rows: 1, Real: make([]float64, 3)}); err == nil {
			t.Errorf("%T encodes rows of another size", codec)
		}
		if err := c.Decode(new(Batch), make([]float32, 3)); err == nil {
			t.Errorf("%T decodes half a row", codec)
		}
	}
	for want, rows := range map[string]Batch{
		"row 1, column price: must be a finite number, got NaN": {Rows: 2, Real: []float64{1, 2, 3, nan}},
		"the numbers of column carat are too large":             {Rows: 2, Real: []float64{1e300, 2, -1e300, 3}},
		"there are no rows": {},
	} {
		if err := NewChain(new(Standardize)).Fit(ctx, &table{named, rows}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if _, err := Encode(ctx, rowsOf(t, [][]float64{{1}}, nil), NewChain(new(Float32))); err == nil ||
		!strings.Contains(err.Error(), "not fitted") {
		t.Errorf("not fitted: %v", err)
	}
	s := rowsOf(t, [][]float64{{1}, {2}}, nil)
	c := fit(t, s, new(Float32))
	done, cancel := context.WithCancel(ctx)
	cancel()
	for _, codec := range []Codec{new(Float32), new(Standardize)} {
		if err := NewChain(codec).Fit(done, s); !errors.Is(err, context.Canceled) {
			t.Errorf("%T: fitting after the end gave %v", codec, err)
		}
	}
	if _, err := Encode(done, s, c); !errors.Is(err, context.Canceled) {
		t.Errorf("encoding after the end gave %v", err)
	}
	labeled := &table{Numbers(1, 2), Batch{Rows: 1, Real: []float64{1}, Labels: []int32{2}}}
	if _, err := Encode(ctx, labeled, fit(t, labeled, new(Float32))); err == nil ||
		!strings.Contains(err.Error(), "row 0: label must be from 0 to 1, got 2") {
		t.Errorf("label 2 of 2 classes: %v", err)
	}
}

// Whatever the text, an encoder that is read works, and is saved as it was.
func FuzzEncoder(f *testing.F) {
	f.Add(`[{"name":"float32","state":{"shape":[2]}}]`)
	f.Add(`[{"name":"standardize","state":{"shape":[1,1,2],"mean":[1,2],"deviation":[0,3]}}]`)
	f.Add(`[{"name":"float32","state":{"shape":[1]}},{"name":"standardize","state":{"shape":[1],"mean":[1],"deviation":[1e-320]}}]`)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := LoadEncoder(&checkpoint.File{Metadata: map[string]string{"encoders": text}}, nil)
		if err != nil {
			return
		}
		dim := product(c.Shape())
		if dim > 1000 {
			return
		}
		var b Batch
		if err := c.Decode(&b, make([]float32, 2*dim)); err != nil || b.Rows != 2 {
			t.Fatalf("%v, %d rows", err, b.Rows)
		}
		_ = c.Encode(make([]float32, 2*dim), &b) // numbers may be out of bounds, and no more
		var first, second checkpoint.File
		if err := c.SaveState(&first); err != nil {
			t.Fatal(err)
		}
		again, err := LoadEncoder(&first, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := again.SaveState(&second); err != nil || first.Metadata["encoders"] != second.Metadata["encoders"] {
			t.Fatalf("%v: %s, then %s", err, first.Metadata, second.Metadata)
		}
	})
}
