package data

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/checkpoint"

	"pgregory.net/rapid"
)

// Numbers that are float32 keep their bits on the way in and out.
func TestFloat32KeepsBits(t *testing.T) {
	values := oddFloats(3000)
	s, err := Flat(widened(nil, values), 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := fit(t, s, new(Float32))
	d, err := Encode(t.Context(), s, c)
	if err != nil {
		t.Fatal(err)
	}
	var back Batch
	if err := c.Decode(&back, d.Points); err != nil {
		t.Fatal(err)
	}
	again := make([]float32, len(values))
	for i, v := range back.Real {
		again[i] = float32(v)
	}
	if !equalBits(d.Points, values) || !equalBits(again, values) || d.Rows() != 1000 || back.Rows != 1000 {
		t.Error("float32 numbers changed")
	}
}

// The moments are those of the rows; decoding gives the rows back, as float32 can hold them.
func TestStandardize(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		dim := rapid.IntRange(1, 4).Draw(r, "dim")
		n := rapid.IntRange(2, 200).Draw(r, "rows")
		flat := make([]float64, n*dim)
		for j := range dim {
			offset := rapid.Float64Range(-1e6, 1e6).Draw(r, "offset")
			width := math.Pow(10, rapid.Float64Range(-3, 3).Draw(r, "width"))
			for i := range n {
				flat[i*dim+j] = offset + width*rapid.Float64Range(-1, 1).Draw(r, "v")
			}
		}
		s, err := Flat(flat, dim, nil)
		if err != nil {
			r.Fatal(err)
		}
		codec := new(Standardize)
		c := NewChain(codec)
		if err := c.Fit(t.Context(), s); err != nil {
			r.Fatal(err)
		}
		d, err := Encode(t.Context(), s, c)
		if err != nil {
			r.Fatal(err)
		}
		var back Batch
		if err := c.Decode(&back, d.Points); err != nil {
			r.Fatal(err)
		}
		for j := range dim {
			sum, squares := 0.0, 0.0
			for i := range n {
				x := float64(d.Points[i*dim+j])
				sum, squares = sum+x/float64(n), squares+x*x/float64(n)
				v, got := flat[i*dim+j], back.Real[i*dim+j]
				if math.Abs(got-v) > 1e-7*(math.Abs(v)+codec.Deviation()[j]*math.Abs(x))+1e-44 || float64(float32(got)) != got {
					r.Fatalf("row %d, column %d: %v came back as %v", i, j, v, got)
				}
			}
			if codec.Deviation()[j] == 0 {
				continue
			}
			// The mean is rounded in float64, which a small deviation magnifies.
			bound := 1e-6 + 4e-16*math.Abs(codec.Mean()[j])/codec.Deviation()[j]
			if math.Abs(sum) > bound || math.Abs(squares-1) > 4*bound {
				r.Fatalf("column %d has the mean %v and the mean square %v", j, sum, squares)
			}
		}
	})
}

// Values worked out by hand: mean 3 and 10, deviation √(2/3)·2 and 0.
func TestStandardizeByHand(t *testing.T) {
	s := rowsOf(t, [][]float64{{1, 0.1}, {3, 0.1}, {5, 0.1}}, []int32{0, 1, 1})
	codec := new(Standardize)
	c := fit(t, s, codec)
	if m, d := codec.Mean(), codec.Deviation(); m[0] != 3 || m[1] != 0.1 || d[0] != math.Sqrt(8./3) || d[1] != 0 {
		t.Errorf("means %v, deviations %v", m, d)
	}
	if got := codec.Constant(); !slices.Equal(got, []int{1}) {
		t.Errorf("the constant columns are %v, want 1", got)
	}
	d, err := Encode(t.Context(), s, c)
	if err != nil {
		t.Fatal(err)
	}
	root := float32(math.Sqrt(1.5))
	if want := []float32{-root, 0, 0, 0, root, 0}; !slices.Equal(d.Points, want) {
		t.Errorf("encoded %v, want %v", d.Points, want)
	}
	if !slices.Equal(d.Labels, []int32{0, 1, 1}) || d.Classes != 2 || d.Dim != 2 {
		t.Errorf("labels %v of %d classes", d.Labels, d.Classes)
	}
	// A constant column is its value, whatever a net drew; NaN stays in the others.
	back := Batch{First: 7, Labels: []int32{1, 0}}
	if err := c.Decode(&back, []float32{0, 123, float32(math.NaN()), -1}); err != nil {
		t.Fatal(err)
	}
	if tenth := float64(float32(0.1)); back.Real[0] != 3 || back.Real[1] != tenth || !math.IsNaN(back.Real[2]) || back.Real[3] != tenth {
		t.Errorf("decoded %v", back.Real)
	}
	if back.First != 7 || back.Rows != 2 || !slices.Equal(back.Labels, []int32{1, 0}) {
		t.Errorf("decoding changed labels or place: %+v", back)
	}
}

// A fit does not depend on how rows are cut into chunks, and survives an offset that float32 would lose.
func TestStandardizeChunksAndOffsets(t *testing.T) {
	const n = 3*chunkNumbers + 17
	flat := make([]float64, n)
	for i := range flat {
		flat[i] = 1e9 + float64(i%10)
	}
	s, err := Flat(flat, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	codec := new(Standardize)
	c := fit(t, s, codec)
	// n is 196625: the values 0 … 4 come once more than the others.
	mean, squares := 0.0, 0.0
	for i := range n {
		mean += float64(i%10) / n
	}
	for i := range n {
		squares += (float64(i%10) - mean) * (float64(i%10) - mean) / n
	}
	if math.Abs(codec.Mean()[0]-1e9-mean) > 1e-6 || math.Abs(codec.Deviation()[0]-math.Sqrt(squares)) > 1e-6 {
		t.Errorf("mean 1e9 + %v, deviation %v, want %v and %v", codec.Mean()[0]-1e9, codec.Deviation()[0], mean, math.Sqrt(squares))
	}
	d, err := Encode(t.Context(), s, c)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := float64(d.Points[0]-d.Points[9]), -9/math.Sqrt(squares); math.Abs(got-want) > 1e-6 {
		t.Errorf("9 apart are %v encoded, want %v", got, want)
	}
}

// A chain of two is one after the other, both ways, and through a checkpoint to the bit.
func TestChain(t *testing.T) {
	s := rowsOf(t, [][]float64{{1, -2}, {math.Pi, 1e-9}, {5, 0.1}, {1e5, 7}}, nil)
	one := fit(t, s, new(Standardize))
	for _, c := range []*Chain{one, fit(t, s, new(Float32)), fit(t, s, new(Float32), new(Standardize), new(Standardize))} {
		var f checkpoint.File
		if err := c.SaveState(&f); err != nil {
			t.Fatal(err)
		}
		loaded, err := LoadEncoder(&f, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(loaded.Shape(), []int{2}) {
			t.Errorf("shape %v", loaded.Shape())
		}
		a, err := Encode(t.Context(), s, c)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Encode(t.Context(), s, loaded)
		if err != nil {
			t.Fatal(err)
		}
		if !equalBits(a.Points, b.Points) {
			t.Errorf("%s: loaded it encodes %v, saved %v", f.Metadata["encoders"], b.Points, a.Points)
		}
		var x, y Batch
		if err := errors.Join(c.Decode(&x, a.Points), loaded.Decode(&y, a.Points)); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(x.Real, y.Real) {
			t.Errorf("loaded it decodes %v, saved %v", y.Real, x.Real)
		}
		for i, v := range numbersOf(t, s) {
			if math.Abs(x.Real[i]-v) > 1e-7*1e5 {
				t.Errorf("%v came back as %v", v, x.Real[i])
			}
		}
	}
	var f checkpoint.File
	if err := one.SaveState(&f); err != nil {
		t.Fatal(err)
	}
	if got := f.Metadata["encoders"]; !strings.HasPrefix(got, `[{"name":"standardize","state":{"shape":[2],"mean":[25002.285`) {
		t.Errorf("saved as %s", got)
	}
}

// An older checkpoint has an older name of a codec; the state that is saved next has the present one.
func TestRenamedCodec(t *testing.T) {
	const state = `"state":{"shape":[1],"mean":[3],"deviation":[2]}}]`
	f := &checkpoint.File{Metadata: map[string]string{"encoders": `[{"name":"standardise",` + state}}
	e, err := LoadEncoder(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	var x [1]float32
	if err := e.Encode(x[:], &Batch{Rows: 1, Real: []float64{5}}); err != nil || x[0] != 1 {
		t.Errorf("5 is encoded as %v, %v; want 1", x[0], err)
	}
	var saved checkpoint.File
	if err := e.SaveState(&saved); err != nil || saved.Metadata["encoders"] != `[{"name":"standardize",`+state {
		t.Errorf("saved as %s, %v", saved.Metadata["encoders"], err)
	}
}

// A chain keeps the shape of images, and names its columns in errors.
func TestChainOfImages(t *testing.T) {
	rows := Batch{Rows: 3, Real: make([]float64, 3*12)}
	for i := range rows.Real {
		rows.Real[i] = float64(i * i)
	}
	s := &table{Schema{Image: []int{3, 2, 2}}, rows}
	c := fit(t, s, new(Float32), new(Standardize))
	if !slices.Equal(c.Shape(), []int{3, 2, 2}) {
		t.Errorf("shape %v", c.Shape())
	}
	if d, err := Encode(t.Context(), s, c); err != nil || d.Dim != 12 || d.Rows() != 3 {
		t.Errorf("%+v, %v", d, err)
	}
}
