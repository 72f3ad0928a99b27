package objective

import (
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/choice"
	"euryale/data"
	"euryale/diffusion"
	"euryale/diffusion/multinomial"
	"euryale/diffusion/solver"
)

// twoKinds is the layout of rows of a number and two categories, of 2 and of 3.
func twoKinds() data.Layout {
	return data.Layout{Dim: 6, Numbers: 1, Groups: []data.Group{
		{First: 1, Width: 2, Shares: []float64{0.5, 0.5}}, {First: 3, Width: 3, Shares: []float64{0.5, 0.3, 0.2}},
	}}
}

func multinomialOf(t testing.TB, rows data.Layout) *multinomialRows {
	t.Helper()
	p, err := diffusion.Processes().Choose("ddpm").Kind.New()
	if err != nil {
		t.Fatal(err)
	}
	o, err := defaultMultinomial().New(p, rows)
	if err != nil {
		t.Fatal(err)
	}
	return o.(*multinomialRows)
}

// The inputs of the loss by their definitions; the rows of a later part of the batch go where they belong.
func TestMultinomialFill(t *testing.T) {
	const rows, groups = 9, 2
	o := multinomialOf(t, twoKinds())
	b := someBatch(o.process, rows, 6, 0)
	for r := range rows {
		b.Codes = append(b.Codes, int32(r%2), int32(r%3))
	}
	m := &memory{rows, 1, map[string][]float32{"chain": make([]float32, 4*rows)},
		map[string][]int32{"categories": make([]int32, groups*rows), "noisy_categories": make([]int32, groups*rows)}}
	o.Fill(m, b, 4, 2, 5)
	o.Fill(m, b, 4, 0, 2)
	if want := inputsOf(t, o, 6); !slices.Equal(m.names(), want) {
		t.Errorf("fills %v, want %v", m.names(), want)
	}
	x := make([]float32, 5*6)
	o.Noise(x, b, 4, 0, 5)
	alone := make([]float32, 2*6)
	o.Noise(alone, b, 4, 2, 4)
	if !slices.Equal(alone, x[2*6:4*6]) {
		t.Error("noised rows depend on the others")
	}
	for r := range 5 {
		at := b.Times[4+r]
		alpha, sigma := o.process.Marginal(at)
		eps := b.Eps[(4+r)*6 : (5+r)*6]
		near(t, "target", float64(m.Float("target")[r]), float64(eps[0]), 0)
		near(t, "weight", float64(m.Float("weight")[r]), float64(b.Importance[4+r])/rows, 1e-6)
		near(t, "number", float64(x[r*6]), alpha*float64(b.X0[(4+r)*6])/0.5+sigma*float64(eps[0]), 1e-5)
		if got, want := m.Index("categories")[2*r:2*r+2], b.Codes[2*(4+r):2*(5+r)]; !slices.Equal(got, want) {
			t.Errorf("categories of row %d: %v, want %v", r, got, want)
		}
		for i, g := range o.groups {
			group := make([]float32, g.Categories)
			multinomial.OneHot(group, int(m.Index("noisy_categories")[2*r+i]))
			if got := x[r*6+g.First : r*6+g.First+g.Categories]; !slices.Equal(got, group) {
				t.Errorf("row %d has the categories %v, and the loss reads %v", r, got, group)
			}
		}
		before := 1.0 // ᾱ of t−1
		if at > 0 {
			before, _ = o.process.Marginal(at - 1)
			before *= before
		}
		beta := o.process.(*diffusion.Chain).Beta(int(at))
		for i, want := range []float64{before, 1 - before, 1 - beta, beta} {
			near(t, "chain", float64(m.Float("chain")[4*r+i]), want, 1e-6)
		}
	}
}

// Categories are noised with the shares of q(x_t | x_0), independently of the numbers.
func TestMultinomialNoise(t *testing.T) {
	const rows = 30000
	o := multinomialOf(t, twoKinds())
	b := someBatch(o.process, rows, 6, 0)
	at := float64(o.process.Steps() / 2)
	for r := range rows {
		b.Times[r] = at
		b.Codes = append(b.Codes, 1, 2)
	}
	x := make([]float32, rows*6)
	o.Noise(x, b, 0, 0, rows)
	var counts [2][3]float64
	correlation := 0.0
	for r := 0; r < len(x); r += 6 {
		first := multinomial.Highest(x[r+1 : r+3])
		counts[first][multinomial.Highest(x[r+3:r+6])]++
		correlation += float64(b.Eps[r]) * float64(first)
	}
	_, sigma := o.process.Marginal(at)
	noise, chi2 := sigma*sigma, 0.0
	for i, p := range []float64{noise / 2, 1 - noise/2} {
		for j, q := range []float64{noise / 3, noise / 3, 1 - noise*2/3} {
			want := rows * p * q
			chi2 += (counts[i][j] - want) * (counts[i][j] - want) / want
		}
	}
	if chi2 > 20.515 { // scipy.stats.chi2.ppf(0.999, 5) of SciPy 1.10.1
		t.Errorf("chi-square %v of the counts %v", chi2, counts)
	}
	if z := correlation / math.Sqrt(rows); math.Abs(z) > 4 {
		t.Errorf("categories and numbers share noise: %v deviations", z)
	}
}

// Without categories it is denoise with the prediction eps, on numbers divided by σ_d; without numbers it has no target.
func TestMultinomialOfOneKind(t *testing.T) {
	numbers := multinomialOf(t, data.PlainLayout(3, 0))
	b := someBatch(numbers.process, 5, 3, 0)
	got, want := newMemory(5, 3), newMemory(5, 3)
	numbers.Fill(got, b, 0, 0, 5)
	plain := mustNew(t, denoising("eps", "simple", "squared"), numbers.process, 3, 0)
	plain.Fill(want, b, 0, 0, 5)
	for _, name := range []string{"target", "weight"} {
		if !slices.Equal(got.Float(name), want.Float(name)) {
			t.Errorf("%s: %v, denoise has %v", name, got.Float(name), want.Float(name))
		}
	}
	if names := inputsOf(t, numbers, 3); !slices.Equal(names, []string{"target", "weight"}) {
		t.Errorf("reads %v", names)
	}
	x, doubled := make([]float32, 15), slices.Clone(b.X0)
	for i := range doubled {
		doubled[i] *= 2
	}
	numbers.Noise(x, b, 0, 0, 5)
	expected := make([]float32, 15)
	diffusion.AddNoise(numbers.process, expected, doubled, b.Eps, b.Times, 3)
	for i := range x {
		near(t, "noised number", float64(x[i]), float64(expected[i]), 1e-6)
	}
	categories := multinomialOf(t, data.Layout{Dim: 2, Groups: []data.Group{{Width: 2, Shares: []float64{0.5, 0.5}}}})
	if names := inputsOf(t, categories, 2); !slices.Equal(names, []string{"categories", "chain", "noisy_categories", "weight"}) {
		t.Errorf("reads %v", names)
	}
}

// The net of a sample reads numbers divided by σ_d, and categories as they are.
func TestMultinomialDenoiser(t *testing.T) {
	o := multinomialOf(t, twoKinds())
	dst := make([]float32, 12)
	o.Denoiser(echo{6, 6}).Predict(dst, []float32{1.5, 0, 1, 0, 0, 1, -2, 1, 0, 1, 0, 0}, 3)
	again := make([]float32, 12)
	echo{6, 6}.Run(again, []float32{3, 0, 1, 0, 0, 1, -4, 1, 0, 1, 0, 0}, 3)
	if !slices.Equal(dst, again) {
		t.Errorf("the net has read other numbers: %v, want %v", dst, again)
	}
	if err := o.ExactLikelihood(); err == nil || o.LearnsVariance() || o.Warnings() != nil {
		t.Errorf("likelihood: %v", err)
	}
}

func TestMultinomialErrors(t *testing.T) {
	coded := twoKinds()
	coded.Groups[1].Codes = make([]float32, 9)
	chain := process(t, "ddpm")
	for _, test := range []struct {
		p    diffusion.Process
		rows data.Layout
		want string
	}{
		{process(t, "edm"), twoKinds(), "it replaces categories in the steps of the process ddpm"},
		{process(t, "ncsn"), twoKinds(), "it replaces categories in the steps of the process ddpm"},
		{chain, coded, "with categories that have codes, as a column of 3 has"},
	} {
		_, err := defaultMultinomial().New(test.p, test.rows)
		if err == nil || keyOf(err) != "" || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
	if _, err := (&Multinomial{}).New(chain, twoKinds()); keyOf(err) != "sigma_data" {
		t.Errorf("a deviation of 0: %v", err)
	}
}

func TestMultinomialSolver(t *testing.T) {
	o := multinomialOf(t, twoKinds())
	s, err := o.Solver(solver.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	if m := s.(*solver.Multinomial); m.Numbers != 1 || len(m.Groups) != 2 || m.SigmaData != 0.5 || m.Variance != solver.VarianceBeta {
		t.Errorf("the solver is %+v", m)
	}
	for _, test := range []struct {
		change    func(o *solver.Options)
		key, want string
	}{
		{func(o *solver.Options) { o.Solver = solver.Solvers().Choose("heun") }, "solver", "must be ancestral"},
		{func(o *solver.Options) {
			o.Solver = solver.Solvers().With(&solver.Ancestral{Variance: solver.VarianceLearned})
		}, "solver.variance", "must be beta or beta_tilde"},
		{func(o *solver.Options) { o.Rescale = solver.RescaleExploding }, "rescale", "must be none"},
		{func(o *solver.Options) { o.Start = solver.StartMarginal }, "start", "must be prior"},
	} {
		chosen := solver.DefaultOptions()
		test.change(&chosen)
		_, err := o.Solver(chosen)
		if _, ok := err.(*choice.FieldError); !ok || keyOf(err) != test.key || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q at %s", err, test.want, test.key)
		}
	}
	tilde := solver.DefaultOptions()
	tilde.Solver = solver.Solvers().With(&solver.Ancestral{Variance: solver.VarianceBetaTilde})
	if s, err := o.Solver(tilde); err != nil || s.(*solver.Multinomial).Variance != solver.VarianceBetaTilde {
		t.Errorf("%+v, %v", s, err)
	}
}
