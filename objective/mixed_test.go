package objective

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/data"
	"euryale/diffusion"
	"euryale/ops"
)

// someRows is the layout of rows of two numbers, the first of which is missing where the second group has category 1, three
// one-hot categories, the mark of missing numbers, and two categories with codes of three numbers.
func someRows() data.Layout {
	return data.Layout{Dim: 10, Numbers: 2, Missing: []int{1, -1}, Groups: []data.Group{
		{First: 2, Width: 3, Shares: []float64{0.5, 0.25, 0.25}}, {First: 5, Width: 2, Shares: []float64{0.9, 0.1}},
		{First: 7, Width: 3, Shares: []float64{1, 0}, Codes: []float32{1, 2, 3, -1, 0.5, 0}},
	}}
}

func mixedOf(t testing.TB, o *Mixed, p diffusion.Process, rows data.Layout) *mixed {
	t.Helper()
	objective, err := o.New(p, rows)
	if err != nil {
		t.Fatal(err)
	}
	return objective.(*mixed)
}

// The inputs of the loss by their definitions; the numbers of a later part of the batch go where its rows are.
func TestMixedFill(t *testing.T) {
	const rows, n, groups = 9, 2, 3
	layout := someRows()
	for _, name := range []string{"ddpm", "vp", "edm", "flow"} {
		p := process(t, name)
		b := someBatch(p, rows, layout.Dim, 0)
		for r := range rows {
			b.Codes = append(b.Codes, int32(r%3), int32(r%2), 1)
		}
		m := &memory{rows, n, map[string][]float32{"number_weight": make([]float32, rows*n)},
			map[string][]int32{"categories": make([]int32, rows*groups)}}
		o := mixedOf(t, defaultMixed(), p, layout)
		o.Fill(m, b, 4, 2, 5) // the rows 6 … 8 of the batch
		o.Fill(m, b, 4, 0, 2)
		if want := []string{"categories", "number_weight", "target", "weight"}; !slices.Equal(m.names(), want) {
			t.Errorf("fills %v, want %v", m.names(), want)
		}
		plain := newMemory(rows, layout.Dim)
		mustNew(t, denoising("F", "edm", "squared"), p, layout.Dim, 0).Fill(plain, b, 4, 0, 5)
		for r := range 5 {
			for j := range n {
				if got, want := m.Float("target")[r*n+j], plain.Float("target")[r*layout.Dim+j]; got != want {
					t.Errorf("%s: target [%d, %d] %v, denoise has %v", name, r, j, got, want)
				}
			}
			near(t, "weight", float64(m.Float("weight")[r]), float64(b.Importance[4+r])/(rows*(n+groups)), 1e-6)
			if got, want := m.Float("number_weight")[r*n:(r+1)*n], []float32{float32(1 - (4+r)%2), 1}; !slices.Equal(got, want) {
				t.Errorf("%s: weights of the numbers of row %d: %v, want %v", name, r, got, want)
			}
			if got, want := m.Index("categories")[r*groups:(r+1)*groups], b.Codes[(4+r)*groups:(5+r)*groups]; !slices.Equal(got, want) {
				t.Errorf("%s: categories of row %d: %v, want %v", name, r, got, want)
			}
		}
		if a := testing.AllocsPerRun(20, func() { o.Fill(m, b, 4, 0, 5) }); a != 0 {
			t.Errorf("%v allocations", a)
		}
	}
}

// Rows of numbers alone have the loss, the net's input and the denoised data of denoise with F and the weight edm.
func TestMixedOfNumbersIsDenoise(t *testing.T) {
	const dim, rows = 3, 8
	for _, name := range []string{"ddpm", "ncsn", "vp", "sub_vp", "ve", "edm", "flow"} {
		p := process(t, name)
		one, other := mustNew(t, defaultMixed(), p, dim, 0), mustNew(t, denoising("F", "edm", "squared"), p, dim, 0)
		b := someBatch(p, rows, dim, 0)
		got, want := newMemory(rows, dim), newMemory(rows, dim)
		one.Fill(got, b, 0, 0, rows)
		other.Fill(want, b, 0, 0, rows)
		if !slices.Equal(got.names(), want.names()) || !slices.Equal(got.Float("target"), want.Float("target")) {
			t.Errorf("%s: the targets differ", name)
		}
		for r := range rows {
			near(t, name+" weight", float64(got.Float("weight")[r])*rows, float64(want.Float("weight")[r])*rows, 2e-7)
		}
		models := make([]*diffusion.Model, 2)
		for i, o := range []Objective{one, other} {
			var err error
			models[i], err = diffusion.NewModel(o.(Denoising).Denoiser(echo{dim, dim}), p, o.Parameterization())
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, at := range b.Times {
			x := b.X0[:2*dim]
			var x0, tangent [2][]float32
			for i, m := range models {
				x0[i], tangent[i] = make([]float32, len(x)), make([]float32, len(x))
				m.PredictTangent(x0[i], tangent[i], x, b.Eps[:len(x)], at, diffusion.X0)
			}
			for j := range x {
				near(t, fmt.Sprint(name, " x0 at ", at), float64(x0[0][j]), float64(x0[1][j]), 1e-4)
				near(t, fmt.Sprint(name, " tangent at ", at), float64(tangent[0][j]), float64(tangent[1][j]), 1e-4)
			}
		}
		if err := one.(Likely).ExactLikelihood(); err != nil {
			t.Errorf("%s: no likelihood: %v", name, err)
		}
	}
}

// A net whose weights are 0 knows the shares: every category has the loss of its entropy, and weighs as much as a number.
func TestMixedStartsAtTheShares(t *testing.T) {
	o := mixedOf(t, defaultMixed(), process(t, "edm"), someRows())
	bias := o.OutputBias()
	if len(bias) != o.Outputs() || o.Outputs() != 2+3+2+2 {
		t.Fatalf("%d outputs with the bias %v", o.Outputs(), bias)
	}
	logShares := []float64{0, 0, math.Log(0.5), math.Log(0.25), math.Log(0.25), math.Log(0.9), math.Log(0.1), 0, math.Log(1e-9)}
	for j, want := range logShares {
		near(t, "bias", float64(bias[j]), want, 1e-6)
	}
	for i, g := range o.rows.Groups[:2] {
		loss := 0.0
		for k, p := range g.Shares {
			logits := bias[o.logits[i].First : o.logits[i].First+o.logits[i].Width]
			loss += p * (ops.LogSumExp(logits) - float64(logits[k]))
		}
		near(t, "mean loss of a group", o.factors[i]*loss, 1, 1e-6)
	}
	near(t, "factor of a constant column", o.factors[2], 1/leastEntropy, 1e-12)
	twice := mixedOf(t, &Mixed{CategoryWeight: 2, SigmaData: 0.5}, process(t, "edm"), someRows())
	near(t, "factor with twice the weight", twice.factors[0], 2*o.factors[0], 1e-12)
	if err := o.ExactLikelihood(); err == nil || !strings.Contains(err.Error(), "3 of their columns are categories") {
		t.Errorf("likelihood: %v", err)
	}
}

// The graph of the loss reads what Fill fills, whichever kinds of columns there are.
func TestMixedLossReads(t *testing.T) {
	whole := someRows()
	onlyCategories := data.Layout{Dim: 3, Groups: []data.Group{{Width: 3, Shares: []float64{0.5, 0.25, 0.25}}}}
	complete := whole
	complete.Missing = []int{-1, -1}
	for _, test := range []struct {
		name   string
		layout data.Layout
		want   []string
	}{
		{"all", whole, []string{"categories", "number_weight", "target", "weight"}},
		{"no missing numbers", complete, []string{"categories", "target", "weight"}},
		{"only categories", onlyCategories, []string{"categories", "weight"}},
		{"only numbers", data.PlainLayout(2, 0), []string{"target", "weight"}},
	} {
		o := mixedOf(t, defaultMixed(), process(t, "edm"), test.layout)
		if got := inputsOf(t, o, test.layout.Dim); !slices.Equal(got, test.want) {
			t.Errorf("%s: reads %v, want %v", test.name, got, test.want)
		}
		b := someBatch(process(t, "edm"), 2, test.layout.Dim, 0)
		b.Codes = make([]int32, 2*len(test.layout.Groups))
		n := test.layout.Numbers
		m := &memory{2, n, map[string][]float32{}, map[string][]int32{}}
		if slices.Contains(test.want, "number_weight") {
			m.floats["number_weight"] = make([]float32, 2*n)
		}
		if groups := len(test.layout.Groups); groups > 0 {
			m.indices["categories"] = make([]int32, 2*groups)
		}
		o.Fill(m, b, 0, 0, 2)
		if !slices.Equal(m.names(), test.want) {
			t.Errorf("%s: fills %v, want %v", test.name, m.names(), test.want)
		}
	}
}

// Keys that cannot be are refused with their name.
func TestMixedKeys(t *testing.T) {
	edm := diffusion.Processes().Choose("edm").Kind
	for _, test := range []struct {
		o         Mixed
		key, want string
	}{
		{Mixed{1, 0}, "sigma_data", "must be the standard deviation of the data"},
		{Mixed{1, math.NaN()}, "sigma_data", "must be the standard deviation of the data"},
		{Mixed{0, 0.5}, "category_weight", "must be from 1e-06 to 1e+06, got 0"},
		{Mixed{math.NaN(), 0.5}, "category_weight", "must be from 1e-06 to 1e+06, got NaN"},
	} {
		if err := newError(&test.o, edm, 2, 0); err == nil || keyOf(err) != test.key || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v, want %q of the key %s", test.o, err, test.want, test.key)
		}
	}
	if err := newError(defaultMixed(), edm, 0, 0); err == nil || !strings.Contains(err.Error(), "no columns that could be learned") {
		t.Errorf("rows without columns: %v", err)
	}
	o := mustNew(t, defaultMixed(), process(t, "edm"), 2, 0)
	if q := o.Parameterization(); q != (diffusion.Parameterization{Prediction: diffusion.X0, SigmaData: 0.5, ScaleInput: true}) {
		t.Errorf("parameterization %+v", q)
	}
	for _, timesteps := range diffusion.TimestepSamplers() {
		if err := o.CheckTimesteps(timesteps.New()); err != nil {
			t.Errorf("%s: %v", timesteps.Name, err)
		}
	}
}
