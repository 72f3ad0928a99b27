package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"euryale/data"
)

// measured returns rows that a program holds in memory, with a label each: heights in cm and masses in kg of two groups.
func measured(n int) (data.Source, error) {
	random := rand.New(rand.NewPCG(1, 2))
	rows, labels := make([][]float64, n), make([]int32, n)
	for i := range rows {
		group := i % 2
		height := 178 - 12*float64(group) + 7*random.NormFloat64()
		mass := 22*height*height/1e4 + 8*random.NormFloat64() // about the same body mass index
		rows[i], labels[i] = []float64{height, mass}, int32(group)
	}
	return data.Rows(rows, labels)
}

// helices is a data.Source that holds no rows: it computes them whenever they are read. Row i lies on one of two helices
// in space, a meter long, in millimeters.
type helices struct{ rows int }

// Schema implements data.Source. Names of columns and classes appear in files and errors.
func (helices) Schema() data.Schema {
	return data.Schema{
		Columns: []data.Column{{Name: "x"}, {Name: "y"}, {Name: "z"}},
		Classes: []string{"left", "right"},
	}
}

// Rows implements data.Source.
func (h helices) Rows() int { return h.rows }

// Read implements data.Source. Row i is the same whenever it is read, and rows may be read in any order: so it is a
// function of i alone.
func (h helices) Read(ctx context.Context, dst *data.Batch, first, n int) error {
	if first < 0 || n < 0 || first+n > h.rows {
		return fmt.Errorf("rows %d … %d of %d", first, first+n-1, h.rows)
	}
	dst.Resize(h.Schema(), first, n)
	for r := range n {
		// Multiples of an irrational number, modulo 1, fill the unit interval evenly (Weyl 1916).
		_, along := math.Modf(float64(first+r) * math.Phi)
		class := (first + r) % 2
		turn := 2 * math.Pi * along
		if class == 1 {
			turn += math.Pi
		}
		sin, cos := math.Sincos(turn)
		copy(dst.Real[3*r:], []float64{100 * cos, 100 * sin, 1000 * along})
		dst.Labels[r] = int32(class)
	}
	return ctx.Err()
}
