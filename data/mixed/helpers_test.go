package mixed

import (
	"context"
	"math/rand/v2"
	"strconv"
	"testing"

	"euryale/data"
)

// table is rows in memory.
type table struct {
	schema data.Schema
	real   []float64
	index  []int32
	labels []int32
	rows   int
}

func (t *table) Schema() data.Schema { return t.schema }
func (t *table) Rows() int           { return t.rows }

func (t *table) Read(_ context.Context, dst *data.Batch, first, n int) error {
	dst.Resize(t.schema, first, n)
	dim, indices := t.schema.Dim(), t.schema.Indices()
	copy(dst.Real, t.real[first*dim:(first+n)*dim])
	copy(dst.Index, t.index[first*indices:(first+n)*indices])
	clear(dst.Labels)
	if t.labels != nil {
		copy(dst.Labels, t.labels[first:first+n])
	}
	return nil
}

// batch is all rows.
func (t *table) batch() *data.Batch {
	var b data.Batch
	t.Read(context.Background(), &b, 0, t.rows)
	return &b
}

// realColumns is a table of columns of numbers, a, b, …, that have these decimals.
func realColumns(decimals int, columns ...[]float64) *table {
	t := &table{rows: len(columns[0])}
	for j := range columns {
		t.schema.Columns = append(t.schema.Columns, data.Column{Name: string(rune('a' + j)), Format: &data.Format{Decimals: decimals}})
	}
	for i := range t.rows {
		for _, c := range columns {
			t.real = append(t.real, c[i])
		}
	}
	return t
}

// addCategories adds a column of categories named 0, 1, … ; −1 is missing.
func (t *table) addCategories(name string, codes []int32) *table {
	indices := t.schema.Indices()
	c := data.Column{Name: name, Kind: data.Category}
	k := int32(0)
	var index []int32
	for i, code := range codes {
		index = append(append(index, t.index[i*indices:(i+1)*indices]...), code)
		if k = max(k, code+1); code < 0 {
			missing := "NA"
			c.Missing = &missing
		}
	}
	for i := range k {
		c.Categories = append(c.Categories, strconv.Itoa(int(i)))
	}
	t.schema.Columns = append(t.schema.Columns, c)
	t.index, t.rows = index, len(codes)
	return t
}

func fitted(t testing.TB, s Settings, source data.Source) *Codec {
	t.Helper()
	c := New(s)
	if err := c.Fit(context.Background(), source); err != nil {
		t.Fatal(err)
	}
	return c
}

func encoded(t testing.TB, c *Codec, b *data.Batch) []float32 {
	t.Helper()
	x := make([]float32, b.Rows*c.layout.Dim)
	if err := c.Encode(x, b); err != nil {
		t.Fatal(err)
	}
	return x
}

func decoded(t testing.TB, c *Codec, x []float32) *data.Batch {
	t.Helper()
	var b data.Batch
	if err := c.Decode(&b, x); err != nil {
		t.Fatal(err)
	}
	return &b
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }
