package likelihood

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/diffusion"
	"euryale/diffusion/solver"
	"euryale/internal/gaussian"
)

// Every term by Ho et al. (2020), equations 5 to 8, in β and ᾱ, and the textbook KL of two normal distributions.
func TestTermsOfAFlatModel(t *testing.T) {
	const dim, guess, v = 2, 0.25, 0.5
	chain := linear(20, 1e-3, 0.3)
	model := modelOf(t, flat{guess, v}, chain, diffusion.Parameterization{Prediction: diffusion.X0})
	x0 := []float32{0.5, -1, 0, 2, 0.25, 0.25}
	kl := func(mean1, variance1, mean2, variance2 float64) float64 {
		return (math.Log(variance2/variance1) + (variance1+(mean1-mean2)*(mean1-mean2))/variance2 - 1) / 2
	}
	for _, variance := range []solver.Variance{solver.VarianceBeta, solver.VarianceBetaTilde, solver.VarianceLearned} {
		variances := func(t int) float64 {
			beta, tilde := chain.Beta(t), math.Exp(chain.PosteriorLogVariance(t))
			return [...]float64{beta, tilde, math.Exp((1+v)/2*math.Log(beta) + (1-v)/2*math.Log(tilde))}[variance]
		}
		b := mustBound(t, model, x0, dim, GaussianDecoder{}, BoundOptions{Variance: variance})
		total := 0.0
		compare := func(name string, got float64, term func(x0 float64) float64) {
			t.Helper()
			want := 0.0
			for _, v := range x0 {
				want += term(float64(v)) / (float64(len(x0)) / dim)
			}
			if math.Abs(got-want) > 1e-9*(1+math.Abs(want)) {
				t.Errorf("variance %d, %s = %v, want %v", variance, name, got, want)
			}
			total += want
		}
		last := chain.AlphaBar(19)
		compare("L_T", b.Prior, func(x0 float64) float64 { return kl(math.Sqrt(last)*x0, 1-last, 0, 1) })
		for i, at := range b.Times[:len(b.Steps)] {
			now := int(at)
			if now != 19-i {
				t.Fatalf("times %v", b.Times)
			}
			a, before, beta := chain.AlphaBar(now), chain.AlphaBar(now-1), chain.Beta(now)
			scale := math.Sqrt(before) * beta / (1 - a)
			compare(fmt.Sprintf("L at t = %d", now), b.Steps[i], func(x0 float64) float64 {
				return kl(scale*x0, (1-before)/(1-a)*beta, scale*guess, variances(now))
			})
		}
		compare("L_0", b.Decoder, func(x0 float64) float64 {
			return (x0-guess)*(x0-guess)/(2*variances(0)) + math.Log(2*math.Pi*variances(0))/2
		})
		if math.Abs(b.Total()-total) > 1e-9*total || math.Abs(b.BitsPerDimension(dim)-total/dim*math.Log2E) > 1e-9*total {
			t.Errorf("total %v, %v bits, want %v", b.Total(), b.BitsPerDimension(dim), total)
		}
		if mean, _ := meanAndError(b.Rows); math.Abs(mean-total) > 1e-9*total {
			t.Errorf("mean of the rows %v, want %v", mean, total)
		}
	}
}

// For data N(m, s²) the perfect model errs by x_0 − x̂_0 = A + B ε with A = (x_0 − m) σ²/V, B = −α s² σ/V and
// V = α²s² + σ². So the mean of each term is known, and its standard error.
func TestTermsOfNormalData(t *testing.T) {
	const mean, deviation, rows = 0.7, 0.6, 4000
	data := normal(1, mean, deviation)
	x0 := draw(data, rows, 1)
	flow := must(diffusion.NewFlow(0.02, 0.98))
	for name, p := range map[string]diffusion.Process{
		"ddpm":       linear(30, 1e-3, 0.3),
		"ncsn":       ncsn(0.05, 8, 12),
		"preserving": diffusion.Preserving(ncsn(0.05, 8, 12)),
		"flow":       flow,
	} {
		var times []float64 // all of a chain
		if p == flow {
			times = spread(p, 15)
		}
		_, first, _ := p.Span()
		model := oracle(t, p, data, diffusion.Epsilon)
		for _, variance := range []solver.Variance{solver.VarianceBeta, solver.VarianceBetaTilde} {
			b := mustBound(t, model, x0, 1, GaussianDecoder{}, BoundOptions{Variance: variance, Seed: 2, Times: times})
			compare := func(term int, got, scale, offset float64) { // of offset + scale (x_0 − x̂_0)²
				t.Helper()
				alpha, sigma := p.Marginal(b.Times[term])
				whole := alpha*alpha*deviation*deviation + sigma*sigma
				bb := math.Pow(alpha*deviation*deviation*sigma/whole, 2)
				want, square := 0.0, 0.0
				for _, v := range x0 {
					aa := math.Pow((float64(v)-mean)*sigma*sigma/whole, 2)
					want += (aa + bb) / rows
					square += (4*aa*bb + 2*bb*bb) / rows
				}
				standardError := scale * math.Sqrt(square/rows)
				if want = offset + scale*want; !(math.Abs(got-want) <= 4.5*standardError+1e-6*math.Abs(want)) {
					t.Errorf("%s, variance %d, t = %v: %v, want %v ± %v", name, variance, b.Times[term], got, want, standardError)
				}
			}
			tildeBefore := 0.0
			for i, got := range b.Steps {
				// β̃ = σ_s² (1 − SNR_t/SNR_s), and a²/β̃ = SNR_s − SNR_t.
				snr, snrBefore := math.Exp(2*p.Lambda(b.Times[i])), math.Exp(2*p.Lambda(b.Times[i+1]))
				_, sigma := p.Marginal(b.Times[i])
				_, sigmaBefore := p.Marginal(b.Times[i+1])
				ratio := 1.0 // β̃/s²
				if variance == solver.VarianceBeta {
					ratio = math.Pow(sigmaBefore/sigma, 2)
				}
				compare(i, got, ratio*(snrBefore-snr)/2, (ratio-1-math.Log(ratio))/2)
				tildeBefore = sigmaBefore * sigmaBefore * (1 - snr/snrBefore)
			}
			_, sigma := p.Marginal(first)
			last := sigma * sigma
			if variance == solver.VarianceBetaTilde {
				last = tildeBefore
			}
			compare(len(b.Steps), b.Decoder, 1/(2*last), math.Log(2*math.Pi*last)/2)
		}
	}
}

// The reverse chain of N(0, 1) is known: each step is normal with variance β_t, and the prior is exact. So the bound
// is no bound but −log p itself, whatever the number of steps.
func TestBoundIsTightWhereTheChainIsExact(t *testing.T) {
	data := normal(2, 0, 1)
	x0 := draw(data, 3000, 3)
	for _, steps := range []int{1, 2, 40} {
		model := oracle(t, linear(steps, 0.02, 0.2), data, diffusion.Velocity)
		b := mustBound(t, model, x0, 2, GaussianDecoder{}, BoundOptions{Samples: 2})
		for r := range b.Rows {
			b.Rows[r] += logDensity(data, x0[2*r:2*r+2], 1, 0)
		}
		if gap, e := meanAndError(b.Rows); math.Abs(gap) > 4.5*e {
			t.Errorf("%d steps: the bound is %v ± %v above −log p", steps, gap, e)
		}
	}
}

// Every term has noise that no other has, and a single step to the data has but one variance.
func TestBoundDrawsAndSingleSteps(t *testing.T) {
	chain := linear(3, 0.1, 0.3)
	var seen []float32
	model := modelOf(t, recording{&seen, chain}, chain, diffusion.Parameterization{Prediction: diffusion.X0})
	mustBound(t, model, []float32{0}, 1, GaussianDecoder{}, BoundOptions{Samples: 2})
	if slices.Sort(seen); len(seen) != 6 || len(slices.Compact(seen)) != 6 {
		t.Errorf("noise of 3 terms and 2 samples: %v", seen)
	}
	model = modelOf(t, flat{x0: 1}, chain, diffusion.Parameterization{Prediction: diffusion.X0})
	var totals []float64
	for _, variance := range []solver.Variance{solver.VarianceBeta, solver.VarianceBetaTilde, solver.VarianceLearned} {
		o := BoundOptions{Variance: variance, Times: []float64{2, -1}}
		totals = append(totals, mustBound(t, model, []float32{0}, 1, GaussianDecoder{}, o).Total())
	}
	if totals[0] != totals[1] || math.Abs(totals[0]-totals[2]) > 1e-12 {
		t.Errorf("bounds of a single step: %v", totals)
	}
}

// recording notes the noise in the x that it is given for data at 0, to six digits.
type recording struct {
	seen  *[]float32
	chain *diffusion.Chain
}

func (d recording) Predict(dst, x []float32, t float64) {
	_, sigma := d.chain.Marginal(t)
	*d.seen = append(*d.seen, float32(math.Round(1e6*float64(x[0])/sigma)))
	clear(dst)
}

// perfectVariance also predicts the exact variance of the reverse step for data N(m, s²): β̃ + a² s²σ²/V.
type perfectVariance struct {
	diffusion.Denoiser
	chain     *diffusion.Chain
	deviation float64
}

func (d perfectVariance) PredictVariance(dst, v, x []float32, t float64) {
	d.Predict(dst, x, t)
	alpha, sigma := d.chain.Marginal(t)
	q := diffusion.PosteriorOf(d.chain, t, t-1)
	s2 := d.deviation * d.deviation
	exact := q.Variance + q.X0*q.X0*s2*sigma*sigma/(alpha*alpha*s2+sigma*sigma)
	low, high := d.chain.PosteriorLogVariance(int(t)), math.Log(d.chain.Beta(int(t)))
	for i := range v {
		v[i] = float32(2*(math.Log(exact)-low)/(high-low) - 1)
	}
}

// With the exact variance the reverse chain is exact for any normal data; only the prior is not.
func TestBoundWithLearnedVariance(t *testing.T) {
	const mean, deviation = 0.5, 0.3
	data := normal(1, mean, deviation)
	x0 := draw(data, 4000, 5)
	chain := linear(50, 1e-3, 0.2)
	q := diffusion.Parameterization{Prediction: diffusion.Epsilon}
	model := modelOf(t, perfectVariance{data.Denoiser(chain, q), chain, deviation}, chain, q)
	b := mustBound(t, model, x0, 1, GaussianDecoder{}, BoundOptions{Variance: solver.VarianceLearned})
	for r := range b.Rows {
		b.Rows[r] += logDensity(data, x0[r:r+1], 1, 0)
	}
	// What is left is KL(q(x_T) ‖ N(0, 1)).
	alpha, sigma := chain.Marginal(49)
	variance := alpha*alpha*deviation*deviation + sigma*sigma
	left := (variance + alpha*alpha*mean*mean - 1 - math.Log(variance)) / 2
	if gap, e := meanAndError(b.Rows); math.Abs(gap-left) > 4.5*e {
		t.Errorf("the bound is %v ± %v above −log p, want %v", gap, e, left)
	}
}

// On a mixture the bound lies above −log p, and comes to it as steps are added.
func TestBoundTendsToTheDensity(t *testing.T) {
	x0 := draw(cornered, 2000, 7)
	vp := must(diffusion.NewVP(0.1, 20, 1e-4))
	ve := must(diffusion.NewVE(0.005, 50))
	for name, p := range map[string]diffusion.Process{"vp": vp, "ve": ve, "flow": must(diffusion.NewFlow(2e-3, 0.998))} {
		before := math.Inf(1)
		for _, steps := range []int{5, 20, 80, 320} {
			b := mustBound(t, oracle(t, p, cornered, diffusion.X0), x0, 2, GaussianDecoder{}, BoundOptions{Times: spread(p, steps)})
			for r := range b.Rows {
				b.Rows[r] += logDensity(cornered, x0[2*r:2*r+2], 1, 0)
			}
			gap, e := meanAndError(b.Rows)
			t.Logf("%s, %d steps: gap %.4f ± %.4f", name, steps, gap, e)
			if gap < -4.5*e {
				t.Errorf("%s, %d steps: the bound is %v ± %v below −log p", name, steps, -gap, e)
			}
			// Its order in the length of a step is 1: a variance of β is off by that much where β̃ is right.
			if gap > before/2+4.5*e {
				t.Errorf("%s, %d steps: gap %v, and %v with a quarter of the steps", name, steps, gap, before)
			}
			before = gap
		}
		if before > 0.3 {
			t.Errorf("%s: the gap is %v", name, before)
		}
	}
}

// Data on four levels costs two bits, and the bound of a perfect model little more.
func TestBoundOfDiscreteData(t *testing.T) {
	levels := gaussian.Mixture{{Weight: 1, Mean: []float64{-1}}, {Weight: 1, Mean: []float64{-1. / 3}},
		{Weight: 1, Mean: []float64{1. / 3}}, {Weight: 1, Mean: []float64{1}}}
	x0 := draw(levels, 2000, 8)
	p := must(diffusion.NewVP(0.1, 20, 1e-3))
	var bits []float64
	for _, steps := range []int{10, 300} {
		o := BoundOptions{Variance: solver.VarianceBetaTilde, Times: spread(p, steps)}
		b := mustBound(t, oracle(t, p, levels, diffusion.Velocity), x0, 1, DiscretizedDecoder{4}, o)
		mean, e := meanAndError(b.Rows)
		if mean < 2*math.Ln2-4.5*e {
			t.Errorf("%d steps: %v ± %v nats for two bits", steps, mean, e)
		}
		bits = append(bits, b.BitsPerDimension(1))
	}
	if !(bits[0] > bits[1] && bits[1] < 2.1) {
		t.Errorf("bits with few and with many steps: %v", bits)
	}
}

// A row's bound is the same alone, and a chain without any signal at its end is fine.
func TestBoundOfPartsAndZeroSNR(t *testing.T) {
	p := withoutSignal(linear(12, 1e-3, 0.2))
	x0 := draw(cornered, 10, 9)
	model := oracle(t, p, cornered, diffusion.Velocity)
	o := BoundOptions{Seed: 4, FirstRow: 100, Samples: 3}
	whole := mustBound(t, model, x0, 2, GaussianDecoder{}, o)
	if alpha, _ := p.Marginal(11); alpha != 0 || math.Abs(whole.Prior) > 1e-12 {
		t.Errorf("alpha at the end is %v, the prior's term %v", alpha, whole.Prior)
	}
	first := mustBound(t, model, x0[:8], 2, GaussianDecoder{}, o)
	o.FirstRow += 4
	second := mustBound(t, model, x0[8:], 2, GaussianDecoder{}, o)
	if parts := append(first.Rows, second.Rows...); !slices.Equal(parts, whole.Rows) {
		t.Errorf("rows %v in parts, %v as a whole", parts, whole.Rows)
	}
	clipped := mustBound(t, model, x0, 2, GaussianDecoder{}, BoundOptions{Seed: 4, FirstRow: 100, ClipX0: 0.1})
	if clipped.Total() < whole.Total()+1 {
		t.Errorf("with x_0 clipped to 0.1 the bound is %v, without %v", clipped.Total(), whole.Total())
	}
}

func TestBoundErrors(t *testing.T) {
	chain := linear(10, 1e-3, 0.2)
	vp := must(diffusion.NewVP(0.1, 20, 1e-3))
	data := normal(1, 0, 1)
	model, continuous := oracle(t, chain, data, diffusion.X0), oracle(t, vp, data, diffusion.X0)
	broken := modelOf(t, flat{x0: float32(math.NaN())}, chain, diffusion.Parameterization{Prediction: diffusion.X0})
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	for _, test := range []struct {
		ctx     context.Context
		model   *diffusion.Model
		x0      []float32
		decoder Decoder
		o       BoundOptions
		want    string
	}{
		{nil, nil, []float32{0}, GaussianDecoder{}, BoundOptions{}, "needs a model"},
		{nil, model, nil, GaussianDecoder{}, BoundOptions{}, "got 0 numbers"},
		{nil, model, []float32{0}, nil, BoundOptions{}, "needs a decoder"},
		{nil, model, []float32{0}, GaussianDecoder{}, BoundOptions{Samples: -1}, "got -1"},
		{nil, model, []float32{0}, GaussianDecoder{}, BoundOptions{ClipX0: math.NaN()}, "got NaN"},
		{nil, model, []float32{0}, GaussianDecoder{}, BoundOptions{Variance: solver.VarianceLearned}, "objective hybrid"},
		{nil, model, []float32{0}, GaussianDecoder{}, BoundOptions{Times: []float64{8, -1}}, "must go from 9"},
		{nil, model, []float32{0}, GaussianDecoder{}, BoundOptions{Times: []float64{9, 0}}, "to -1, the data"},
		{nil, model, []float32{0}, GaussianDecoder{}, BoundOptions{Times: []float64{9, 9, -1}}, "must decrease"},
		{nil, continuous, []float32{0}, GaussianDecoder{}, BoundOptions{}, "has no steps: give the times"},
		{nil, model, []float32{0, float32(math.Inf(1))}, GaussianDecoder{}, BoundOptions{FirstRow: 64}, "row 65, coordinate 0: data must be"},
		{nil, model, []float32{0.3}, DiscretizedDecoder{256}, BoundOptions{}, "needs data at"},
		{nil, model, []float32{1.1}, DiscretizedDecoder{2}, BoundOptions{}, "needs data at"},
		{nil, model, []float32{1}, DiscretizedDecoder{1}, BoundOptions{}, "at least 2 levels"},
		{nil, broken, []float32{1}, GaussianDecoder{}, BoundOptions{}, "the term at t = 9 is NaN"},
		{stopped, model, []float32{1}, GaussianDecoder{}, BoundOptions{}, "stopped before t = 9"},
	} {
		if test.ctx == nil {
			test.ctx = context.Background()
		}
		_, err := VariationalBound(test.ctx, test.model, test.x0, 1, test.decoder, test.o)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "variational bound: ") {
			t.Errorf("error %v, want one with %q", err, test.want)
		}
		if test.ctx == stopped && !errors.Is(err, context.Canceled) {
			t.Errorf("%v does not wrap the context's error", err)
		}
	}
}
