package guidance

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"euryale/diffusion"
)

// point draws a time of a process and rows that may well be there.
func point(t *rapid.T, p diffusion.Process) (x []float32, at float64) {
	_, first, last := p.Span()
	low, high := p.Lambda(last), p.Lambda(first)
	at = min(max(p.Time(rapid.Float64Range(low, high).Draw(t, "lambda")), first), last)
	if p.Steps() > 0 {
		at = math.Round(at)
	}
	alpha, sigma := p.Marginal(at)
	for range 6 {
		x = append(x, float32(rapid.Float64Range(-2.5, 2.5).Draw(t, "x")*math.Hypot(alpha, sigma)))
	}
	return x, at
}

// Over every process, prediction and scaling of inputs: the guided score is (1+w) times the conditional one less w
// times the other, and guidance by an exact classifier over the conditional denoiser is the same with scale w. With
// w = 0 and −1 it is one of the two, bit for bit.
func TestClassifierFree(t *testing.T) {
	for name, p := range processes {
		rapid.Check(t, func(t *rapid.T) {
			q := diffusion.Parameterization{Prediction: rapid.SampledFrom(predictions).Draw(t, "prediction"), SigmaData: 0.9,
				ScaleInput: rapid.Bool().Draw(t, "scale input")}
			w := rapid.SampledFrom([]float64{-1, -0.3, 0, 0.5, 3}).Draw(t, "w")
			label := rapid.IntRange(0, 1).Draw(t, "label")
			x, at := point(t, p)
			conditional, unconditional := two[label:label+1].Denoiser(p, q), two.Denoiser(p, q)
			model := func(d diffusion.Denoiser, err error) *diffusion.Model {
				return must(diffusion.NewModel(must(d, err), p, q))
			}
			free := model(NewClassifierFree(conditional, unconditional, w, Interval{}))
			guided := model(NewClassifierGuided(conditional, newExactClassifier(two, p), p, q, w, label))
			score := func(m *diffusion.Model) []float32 {
				dst := make([]float32, len(x))
				m.Score(dst, x, at)
				return dst
			}
			withLabel, without := score(model(conditional, nil)), score(model(unconditional, nil))
			gotFree, gotGuided := score(free), score(guided)
			// Some predictions determine the score badly at some times: float32 rounds them, and x before them.
			alpha, sigma := p.Marginal(at)
			a, b := q.Convert(diffusion.Score, alpha, sigma)
			for i := range x {
				a, b := math.Abs(a*float64(x[i])), math.Abs(b)
				tolerance := 2e-6 * (1 + math.Abs(w)) * (a + b*(1+math.Abs(float64(x[i]))) + math.Abs(float64(x[i]))/(sigma*sigma) +
					10/sigma)
				want := (1+w)*float64(withLabel[i]) - w*float64(without[i])
				if math.Abs(float64(gotFree[i])-want) > tolerance {
					t.Fatalf("%s, t = %v, x = %v: classifier-free score %v, want %v ± %v", name, at, x[i], gotFree[i], want, tolerance)
				}
				if math.Abs(float64(gotGuided[i])-want) > tolerance {
					t.Fatalf("%s, t = %v, x = %v: classifier's score %v, want %v ± %v", name, at, x[i], gotGuided[i], want, tolerance)
				}
			}
			if w == 0 && !(slices.Equal(gotFree, withLabel) && slices.Equal(gotGuided, withLabel)) ||
				w == -1 && !slices.Equal(gotFree, without) {
				t.Fatalf("%s, w = %v: %v and %v", name, w, gotFree, gotGuided)
			}
		})
	}
}

// The derivative is that of the guided prediction.
func TestClassifierFreeTangent(t *testing.T) {
	p := processes["vp"]
	q := diffusion.Parameterization{Prediction: diffusion.X0}
	for _, w := range []float64{-1, 0, 2} {
		d := must(NewClassifierFree(two[:1].Denoiser(p, q), two.Denoiser(p, q), w, Interval{})).(diffusion.Differentiable)
		x, v := []float32{0.3, -0.2, 1, 0.5}, []float32{1, 0.5, -1, 2}
		const step = 1e-2
		dst, tangent, plain := make([]float32, 4), make([]float32, 4), make([]float32, 4)
		d.PredictTangent(dst, tangent, x, v, 0.4)
		d.Predict(plain, x, 0.4)
		up, down := slices.Clone(x), slices.Clone(x)
		for i := range x {
			up[i] += step * v[i]
			down[i] -= step * v[i]
		}
		after, before := make([]float32, 4), make([]float32, 4)
		d.Predict(after, up, 0.4)
		d.Predict(before, down, 0.4)
		for i := range x {
			if math.Abs(float64(dst[i]-plain[i])) > 1e-6 {
				t.Errorf("w = %v: prediction %v with its tangent, %v without", w, dst[i], plain[i])
			}
			if want := float64(after[i]-before[i]) / (2 * step); math.Abs(float64(tangent[i])-want) > 2e-3*(1+math.Abs(want)) {
				t.Errorf("w = %v: tangent %v, want %v", w, tangent[i], want)
			}
		}
	}
}

// What the guided denoiser can do is what those below it can.
func TestMethodsOfGuidedDenoisers(t *testing.T) {
	p := processes["ddpm"]
	q := diffusion.Parameterization{Prediction: diffusion.Epsilon}
	differentiable := two.Denoiser(p, q)
	plain := struct{ diffusion.Denoiser }{differentiable}
	all := struct {
		diffusion.Denoiser
		tangentOf
		varianceOf
	}{differentiable, tangentOf{differentiable}, varianceOf{withVariances{differentiable}}}
	for _, test := range []struct {
		conditional, unconditional diffusion.Denoiser
		tangent, variance          bool
	}{
		{differentiable, differentiable, true, false},
		{differentiable, plain, false, false},
		{plain, differentiable, false, false},
		{withVariances{plain}, plain, false, true},
		{plain, withVariances{plain}, false, false},
		{all, differentiable, true, true},
	} {
		free := must(NewClassifierFree(test.conditional, test.unconditional, 1, Interval{}))
		guided := must(NewClassifierGuided(test.conditional, newExactClassifier(two, p), p, q, 1, 0))
		if differentiates(free) != test.tangent || predictsVariance(free) != test.variance {
			t.Errorf("classifier-free over %T and %T: differentiable %v, variance %v", test.conditional, test.unconditional,
				differentiates(free), predictsVariance(free))
		}
		if differentiates(guided) || predictsVariance(guided) != test.variance {
			t.Errorf("classifier over %T: differentiable %v, variance %v", test.conditional, differentiates(guided),
				predictsVariance(guided))
		}
		for _, d := range []diffusion.Denoiser{free, guided} {
			if !predictsVariance(d) {
				continue
			}
			x, got, want, v := []float32{0.5, 1}, make([]float32, 2), make([]float32, 2), make([]float32, 2)
			d.(diffusion.VariancePredictor).PredictVariance(got, v, x, 50)
			d.Predict(want, x, 50)
			if !slices.Equal(got, want) || !slices.Equal(v, []float32{0.25, 0.25}) {
				t.Errorf("with its variance %v, %v, without %v", got, v, want)
			}
		}
	}
}

type tangentOf struct{ d diffusion.Differentiable }

func (o tangentOf) PredictTangent(dst, tangent, x, v []float32, t float64) {
	o.d.PredictTangent(dst, tangent, x, v, t)
}

type varianceOf struct{ d diffusion.VariancePredictor }

func (o varianceOf) PredictVariance(dst, v, x []float32, t float64) {
	o.d.PredictVariance(dst, v, x, t)
}

func TestNoAllocationOfDenoisers(t *testing.T) {
	p := processes["ddpm"]
	q := diffusion.Parameterization{Prediction: diffusion.Epsilon, ScaleInput: true, SigmaData: 1}
	x, dst := make([]float32, 20), make([]float32, 20)
	silent := classifierFunc(func(dst []float32) { clear(dst) })
	for _, d := range []diffusion.Denoiser{
		must(NewClassifierFree(two[:1].Denoiser(p, q), two.Denoiser(p, q), 2, Interval{})),
		must(NewClassifierGuided(two.Denoiser(p, q), silent, p, q, 2, 0)),
	} {
		if n := testing.AllocsPerRun(10, func() { d.Predict(dst, x, 10) }); n != 0 {
			t.Errorf("%T: %v allocations", d, n)
		}
	}
}

type classifierFunc func(dst []float32)

func (f classifierFunc) LogProbabilityGradient(dst, _ []float32, _ float64, _ int) { f(dst) }

func TestGuidanceErrors(t *testing.T) {
	p := processes["ddpm"]
	q := diffusion.Parameterization{Prediction: diffusion.X0}
	d, c := two.Denoiser(p, q), newExactClassifier(two, p)
	silent := must(diffusion.FromBetas([]float64{0.1, 0.5, 1}))
	errorOf := func(_ diffusion.Denoiser, err error) error { return err }
	for _, test := range []struct {
		err  error
		want string
	}{
		{errorOf(NewClassifierFree(nil, d, 1, Interval{})), "needs a conditional and an unconditional"},
		{errorOf(NewClassifierFree(d, nil, 1, Interval{})), "needs a conditional and an unconditional"},
		{errorOf(NewClassifierFree(d, d, math.Inf(1), Interval{})), "got +Inf"},
		{errorOf(NewClassifierGuided(d, nil, p, q, 1, 0)), "needs a classifier"},
		{errorOf(NewClassifierGuided(nil, c, p, q, 1, 0)), "needs a denoiser"},
		{errorOf(NewClassifierGuided(d, c, p, q, math.NaN(), 0)), "got NaN"},
		{errorOf(NewClassifierGuided(d, c, p, diffusion.Parameterization{Prediction: 99}, 1, 0)), "known prediction"},
		{errorOf(NewClassifierGuided(d, c, silent, q, 1, 0)), "no signal at its end"},
	} {
		if test.err == nil || !strings.Contains(test.err.Error(), test.want) {
			t.Errorf("error %v, want one with %q", test.err, test.want)
		}
	}
}
