package mixed

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/data"
)

// everything is a codec with every scale, code, treatment of missing cells and constraint, and its rows.
func everything(t testing.TB, n int) (*Codec, *table) {
	source := diamonds(n).withMissing(1).withMissing(2).withMissing(6)
	other := trips(n)
	for i := range source.rows {
		source.index[3*i] = max(source.index[3*i]-1, -1)
	}
	missing := "NA"
	source.schema.Columns[7].Missing = &missing
	wide := &table{rows: source.rows}
	wide.schema.Columns = append(slices.Clone(source.schema.Columns[:7]), other.schema.Columns[:5]...)
	wide.schema.Columns = append(append(wide.schema.Columns, source.schema.Columns[7:]...), other.schema.Columns[5:]...)
	wide.schema.Columns[6].Format = nil
	for i := range source.rows {
		wide.real = append(append(wide.real, source.real[7*i:7*i+7]...), other.real[5*i:5*i+5]...)
		wide.index = append(append(wide.index, source.index[3*i:3*i+3]...), other.index[2*i:2*i+2]...)
	}
	for j := range 5 {
		wide.schema.Columns[j].Name = string(rune('p' + j))
	}
	return fitted(t, Settings{
		Missing: Model, Seed: 9,
		Columns: map[string]ColumnSettings{
			"p": {Numbers: Standard}, "q": {Missing: Impute}, "s": {Numbers: Log}, "t": {Numbers: MinMax}, "color": {Categories: Codes},
			"clarity": {MinCount: n / 8}, "cut": {Missing: Impute},
		},
		Constraints: []string{"low <= high", "total = a + b", "fixed(city, state)", "p > 0"},
	}, wide), wide
}

func TestStateComesBack(t *testing.T) {
	c, source := everything(t, 900)
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	back := new(Codec)
	if err := json.Unmarshal(text, back); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(back)
	if err != nil || !bytes.Equal(text, again) {
		t.Errorf("the state changes when it is read and written: %v", err)
	}
	x := encoded(t, c, source.batch())
	if !slices.Equal(x, encoded(t, back, source.batch())) {
		t.Error("rows are encoded otherwise")
	}
	if !slices.Equal(drawn(t, c, source, 5), drawn(t, back, source, 5)) ||
		compacted(t, c, source).Checksum() != compacted(t, back, source).Checksum() {
		t.Error("rows are drawn otherwise")
	}
	a, b := samples(t, c, 500), samples(t, back, 500)
	if !slices.EqualFunc(a.Real, b.Real, same) || !slices.Equal(a.Index, b.Index) {
		t.Error("rows are decoded otherwise")
	}
	if !slices.Equal(c.Clipped(), back.Clipped()) || !slices.Equal(c.Remarks(), back.Remarks()) || c.Name() != "mixed" {
		t.Error("counts or notes differ")
	}
	got, want := back.Layout(), c.Layout()
	if got.Dim != want.Dim || got.Numbers != want.Numbers || !slices.Equal(got.Missing, want.Missing) ||
		len(got.Groups) != len(want.Groups) || !slices.Equal(back.Shape(), []int{want.Dim}) {
		t.Errorf("layout %+v, want %+v", got, want)
	}
	for k, g := range got.Groups {
		w := want.Groups[k]
		if g.First != w.First || g.Width != w.Width || !slices.Equal(g.Shares, w.Shares) || !slices.Equal(g.Codes, w.Codes) {
			t.Errorf("group %d is %+v, want %+v", k, g, w)
		}
	}
	b = decoded(t, back, x)
	for i, v := range source.real {
		exact := i%12 == 2 || i%12 >= 5 // quantile scales
		if exact && !same(b.Real[i], v) {
			t.Fatalf("column %d: %v became %v", i%12, v, b.Real[i])
		}
	}
}

func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

func TestHostileStates(t *testing.T) {
	c, _ := everything(t, 900)
	text, err := c.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []struct{ old, new, want string }{
		{`{"seed"`, `{"sed"`, "unknown field"},
		{`"scale":"standard"`, `"scale":"normal"`, "numbers must be one of"},
		{`"scale":"standard"`, `"scale":""`, "settings of another kind"},
		{`"scale":"standard"`, `"scale":"log"`, "unknown field"},
		{`"kind":"real"`, `"kind":"category"`, "is of kind category and has 0 categories"},
		{`"pattern":1`, `"pattern":7`, "patterns of missing numbers"},
		{`"pattern":1`, `"pattern":-1`, "is missing by pattern -1"},
		{`"imputed":`, `"imputed":1e9,"x":`, "unknown field"},
		{`"low \u003c= high"`, `"low \u003c= hi"`, "is neither a value"},
		{`"total = a + b"`, `"unique(a, b)"`, "are made of"},
		{`"center":`, `"center":1e999,"x":`, "cannot unmarshal"},
		{`"unit":`, `"unit":0,"x":`, "unknown field"},
		{`"Rows":`, `"Rows":1,"x":`, "unknown field"},
		{`"counts":"`, `"counts":"////////////////`, "impossible counts"},
		{`"decimals":2`, `"decimals":-7`, "-7 decimals"},
		{`"name":"q"`, `"name":"p"`, "two columns"},
		{`"categories":5`, `"categories":1000000000`, "counts of"},
	} {
		changed := bytes.Replace(text, []byte(w.old), []byte(w.new), 1)
		if bytes.Equal(changed, text) {
			t.Errorf("the state has no %s", w.old)
			continue
		}
		if err := new(Codec).UnmarshalJSON(changed); err == nil || !strings.Contains(err.Error(), w.want) {
			t.Errorf("%s: %v, want %s", w.new, err, w.want)
		}
	}
	for _, q := range []quantile{
		{Rows: 10},
		{Rows: 10, Values: make([]byte, 16), Places: []byte{0, 4, 4, 4}},         // equal values
		{Rows: 10, Values: floats(1, math.NaN()), Places: []byte{0, 4, 4, 4}},    // no number
		{Rows: 10, Values: floats(1, 2), Places: []byte{0, 4, 4, 200, 1}},        // beyond the rows
		{Rows: 10, Values: floats(1, 2), Places: []byte{0, 4, 4}},                // too few
		{Rows: 10, Values: floats(1, 2), Places: []byte{0, 4, 4, 4, 0}},          // too many
		{Rows: 10, Values: floats(1, 2), Places: []byte{0, 0, 4, 4}},             // no rows at 0
		{Rows: 10, Values: floats(1, 2), Places: []byte{4, 0, 0, 0}},             // twice the same place
		{Rows: 10, Values: floats(1, 2), Places: []byte{4, 0, 16, 0}},            // no rows at the end
		{Rows: -10, Values: floats(1, 2), Places: []byte{0, 4, 4, 4}},            // rows
		{Rows: 10, Values: floats(1, 2), Places: bytes.Repeat([]byte{0xff}, 30)}, // an endless number
	} {
		if q.check() == nil {
			t.Errorf("the scale %+v passes", q)
		}
	}
}

func floats(values ...float64) []byte {
	var b []byte
	for _, v := range values {
		for i := range 8 {
			b = append(b, byte(math.Float64bits(v)>>(8*i)))
		}
	}
	return b
}

// Whatever a checkpoint holds, a codec that accepts it works.
func FuzzUnmarshalJSON(f *testing.F) {
	c, _ := everything(f, 40)
	small := fitted(f, Settings{}, realColumns(1, []float64{1, 2, 2, 3}))
	for _, codec := range []*Codec{c, fitted(f, Settings{MinCount: 5}, pets(0)), small} {
		text, err := codec.MarshalJSON()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c := new(Codec)
		if c.UnmarshalJSON(text) != nil {
			if c.plan != nil {
				t.Fatal("a refused state is kept")
			}
			return
		}
		again, err := c.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if err := new(Codec).UnmarshalJSON(again); err != nil {
			t.Fatal(err)
		}
		if c.layout.Dim > 1<<16 {
			return
		}
		b := new(data.Batch)
		if err := c.Decode(b, make([]float32, 2*c.layout.Dim)); err != nil {
			t.Fatal(err)
		}
		c.Remarks()
		x := make([]float32, 2*c.layout.Dim)
		if err := c.Encode(x, b); err == nil {
			for _, v := range x {
				if v-v != 0 {
					t.Fatalf("encoded %v", x)
				}
			}
		}
	})
}

func TestNotFitted(t *testing.T) {
	c := New(Settings{})
	_, err1 := c.MarshalJSON()
	_, err2 := c.Compact(context.Background(), pets(0))
	_, _, err3 := c.EncodeCell(pets(0).schema, 0, "1")
	_, err4 := c.LogVolume(pets(0).schema)
	for i, err := range []error{err1, err2, err3, err4, c.Encode(nil, &data.Batch{}), c.Decode(&data.Batch{}, nil)} {
		if err != errNotFitted {
			t.Errorf("%d: %v", i, err)
		}
	}
	if c.Shape() != nil || c.Layout().Dim != 0 || len(c.Clipped()) != 0 || c.Remarks() != nil || c.Unique() != nil {
		t.Error("a codec that was not fitted has a shape")
	}
}
