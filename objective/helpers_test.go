package objective

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"euryale/choice"
	"euryale/data"
	"euryale/diffusion"
	"euryale/ops"
)

// memory stands in for a program: it allocates the inputs that a loss uses, and keeps their names.
type memory struct {
	rows, dim int
	floats    map[string][]float32
	indices   map[string][]int32
}

func newMemory(rows, dim int) *memory {
	return &memory{rows, dim, map[string][]float32{}, map[string][]int32{}}
}

func (m *memory) Float(name string) []float32 {
	if m.floats[name] == nil {
		n := m.rows
		if name == "target" {
			n *= m.dim
		}
		m.floats[name] = slices.Repeat([]float32{float32(math.NaN())}, n)
	}
	return m.floats[name]
}

func (m *memory) Index(name string) []int32 {
	if m.indices[name] == nil {
		m.indices[name] = slices.Repeat([]int32{-99}, m.rows)
	}
	return m.indices[name]
}

// names are those of the inputs used.
func (m *memory) names() []string {
	var list []string
	for name := range m.floats {
		list = append(list, name)
	}
	for name := range m.indices {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

func process(t *testing.T, name string) diffusion.Process {
	t.Helper()
	p, err := diffusion.Processes().Choose(name).Kind.New()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func mustNew(t *testing.T, o Options, p diffusion.Process, dim, classes int) Objective {
	t.Helper()
	objective, err := o.New(p, data.PlainLayout(dim, classes))
	if err != nil {
		t.Fatal(err)
	}
	return objective
}

func denoising(prediction, weight, distance string) *Denoise {
	o := defaultDenoise()
	o.Prediction, o.Weight = diffusion.Predictions().Choose(prediction), diffusion.Weights().Choose(weight)
	o.Distance = Distances().Choose(distance)
	return o
}

func newRand() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func normal(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

// someBatch is a batch with times over the whole of a process, both ends among them.
func someBatch(p diffusion.Process, rows, dim, classes int) *Batch {
	r := rand.New(rand.NewPCG(1, 2))
	b := &Batch{Dim: dim, X0: normal(r, rows*dim), Eps: normal(r, rows*dim)}
	_, first, last := p.Span()
	for i := range rows {
		t := first + (last-first)*float64(i)/float64(rows-1)
		if p.Steps() > 0 {
			t = math.Round(t)
		}
		b.Times = append(b.Times, t)
		b.Importance = append(b.Importance, float32(0.25+2*r.Float64()))
		if classes > 0 {
			b.Classes = append(b.Classes, int32(r.IntN(classes)))
		}
	}
	return b
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*max(1, math.Abs(want))) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// inputsOf are the names of the inputs of a loss, without those of the net.
func inputsOf(t *testing.T, o Objective, dim int) []string {
	t.Helper()
	b := ops.NewBuilder()
	x := b.Input("x", dim)
	weight := b.Parameter("w", ops.Uniform(1), dim, o.Outputs())
	loss := o.Loss(b, b.Linear("net", x, ops.Linear{Weight: weight}))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	if loss.PerRow() || loss.Size() != 1 {
		t.Errorf("the loss is %v, want a scalar", loss)
	}
	var names []string
	for _, n := range b.Needed(loss) {
		switch n.Op.(type) {
		case ops.Input, ops.IndexInput:
			if n != x {
				names = append(names, n.Name)
			}
		}
	}
	slices.Sort(names)
	return names
}

func keyOf(err error) string {
	field, ok := err.(*choice.FieldError)
	if !ok {
		return "no *choice.FieldError"
	}
	return field.Key
}
