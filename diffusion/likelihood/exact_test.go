package likelihood

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/diffusion"
	"euryale/internal/gaussian"
)

func mustLogLikelihood(t testing.TB, model *diffusion.Model, x []float32, dim int, o ExactOptions) []float64 {
	t.Helper()
	l, evaluations, err := LogLikelihood(context.Background(), model, x, dim, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d evaluations per row", evaluations*dim/len(x))
	return l
}

var processes = map[string]diffusion.Process{
	"vp":                   must(diffusion.NewVP(0.1, 20, 1e-3)),
	"sub_vp":               must(diffusion.NewSubVP(0.1, 20, 1e-3)),
	"sub_vp from 0.1":      must(diffusion.NewSubVP(0.1, 20, 0.1)), // where neither α nor α² + σ² is near 1
	"ve":                   must(diffusion.NewVE(0.01, 100)),
	"edm":                  must(diffusion.NewEDM(0.002, 80)),
	"ddpm":                 linear(1000, 1e-4, 0.02),
	"ncsn":                 ncsn(0.01, 100, 1000),
	"edm, preserving":      diffusion.Preserving(must(diffusion.NewEDM(0.002, 80))),
	"zero terminal SNR":    withoutSignal(linear(1000, 1e-4, 0.02)),
	"cosine, 50 steps":     must(diffusion.NewChain(&diffusion.CosineSchedule{}, 50)),
	"vp that ends at 0.03": must(diffusion.NewVP(0.1, 14, 1e-3)),
	"flow":                 must(diffusion.NewFlow(1e-3, 0.999)),
	"flow to 0.9999":       must(diffusion.NewFlow(1e-3, 0.9999)), // N(0, 1) is 1e-4 too wide there, not 1e-3
	"whole flow":           must(diffusion.NewFlow(1e-3, 1)),
	"flow, preserving":     diffusion.Preserving(must(diffusion.NewFlow(1e-3, 0.999))),
	"flow, exploding":      must(diffusion.Exploding(must(diffusion.NewFlow(1e-3, 0.999)))),
}

// The truth is the density at the network's first time. A perfect model differs from it by what is left of the data
// at the last time: log N(z; 0, π²) − log p_last(z), which is known once z is.
func TestExactLogLikelihood(t *testing.T) {
	for name, p := range processes {
		for _, data := range []gaussian.Mixture{normal(3, 0, 0.5), normal(1, 2, 0.1), cornered} {
			dim := data.Dim()
			for _, e := range diffusion.Predictions() {
				predicts := e.New()
				if (name == "zero terminal SNR" || name == "whole flow") && (predicts == diffusion.Epsilon || predicts == diffusion.Score) {
					continue
				}
				if predicts > diffusion.Epsilon && dim != 2 {
					continue
				}
				model := oracle(t, p, data, predicts)
				_, first, last := p.Span()
				alpha, sigma := p.Marginal(first)
				x := draw(data, 6, 11)
				for i := range x { // off the data as well
					x[i] = float32(alpha * float64(x[i]) * (0.9 + 0.05*float64(i%5)))
				}
				f, err := newFlow(context.Background(), model, dim, ExactOptions{})
				if err != nil {
					t.Fatal(err)
				}
				worst, worstLeft, evaluations := 0.0, 0.0, 0
				for r := range 6 {
					row := x[r*dim : (r+1)*dim]
					got, n, err := f.row(row, uint64(r))
					if err != nil {
						t.Fatal(err)
					}
					evaluations += n
					alphaLast, sigmaLast := p.Marginal(last)
					z, square := slices.Clone(f.state[:dim]), 0.0
					for j := range z {
						z[j] *= math.Hypot(alphaLast, sigmaLast)
						square += z[j] * z[j]
					}
					prior := p.PriorDeviation()
					left := -square/(2*prior*prior) - float64(dim)*math.Log(prior*math.Sqrt(2*math.Pi)) - data.LogDensity(z, alphaLast, sigmaLast)
					worst = max(worst, math.Abs(got-logDensity(data, row, alpha, sigma)-left))
					worstLeft = max(worstLeft, math.Abs(left))
				}
				t.Logf("%s, dim %d, %v: error %.2g, left by the prior %.2g nats, %d evaluations per row",
					name, dim, predicts, worst, worstLeft, evaluations/6)
				if worst > 2e-4 {
					t.Errorf("%s, dim %d, %v: %v nats off, besides the %v that the prior leaves", name, dim, predicts, worst, worstLeft)
				}
			}
		}
	}
}

// Against the truth itself, within 1e-3 nats, where the process leaves less than that of the data.
func TestLogLikelihoodIsTheTruth(t *testing.T) {
	for _, name := range []string{"vp", "sub_vp", "sub_vp from 0.1", "ve", "edm", "ddpm", "ncsn", "flow to 0.9999", "whole flow"} {
		p := processes[name]
		_, first, _ := p.Span()
		alpha, sigma := p.Marginal(first)
		for _, data := range []gaussian.Mixture{normal(2, 0, 0.7), cornered} {
			model := oracle(t, p, data, diffusion.Velocity)
			x := draw(data, 8, 12)
			got := mustLogLikelihood(t, model, x, 2, ExactOptions{})
			scaled := mustLogLikelihood(t, model, x, 2, ExactOptions{ScaleData: true})
			for r := range got {
				row := x[2*r : 2*r+2]
				if want := logDensity(data, row, alpha, sigma); math.Abs(got[r]-want) > 1e-3 {
					t.Errorf("%s: %v, want %v", name, got[r], want)
				}
				// x_t/α is data with noise σ/α.
				if want := logDensity(data, row, 1, sigma/alpha); math.Abs(scaled[r]-want) > 1e-3 {
					t.Errorf("%s, of data: %v, want %v", name, scaled[r], want)
				}
			}
		}
	}
}

// The mean over probes is the exact log-likelihood, and Rademacher's probes scatter less.
func TestHutchinsonIsUnbiased(t *testing.T) {
	p := processes["edm"]
	model := oracle(t, p, cornered, diffusion.X0)
	const rows = 150
	point := []float32{0.3, 0.6}
	want := mustLogLikelihood(t, model, point, 2, ExactOptions{})[0]
	var x []float32
	for range rows {
		x = append(x, point...)
	}
	var scatter []float64
	for _, h := range []Hutchinson{{Seed: 1}, {Seed: 1, Gaussian: true}, {Seed: 1, Gaussian: true, Samples: 8}} {
		got := mustLogLikelihood(t, model, x, 2, ExactOptions{Hutchinson: &h})
		mean, e := meanAndError(got)
		if !(math.Abs(mean-want) < 4.5*e+1e-4) || e == 0 {
			t.Errorf("%+v: mean %v ± %v, want %v", h, mean, e, want)
		}
		scatter = append(scatter, e)
	}
	if !(scatter[0] < scatter[1] && scatter[2] < scatter[1]/2) {
		t.Errorf("standard errors of Rademacher, Gaussian and eight Gaussian probes: %v", scatter)
	}
	// In one dimension ±1 is exact.
	line := normal(1, 0, 0.5)
	model = oracle(t, p, line, diffusion.X0)
	exact := mustLogLikelihood(t, model, point, 1, ExactOptions{})
	if got := mustLogLikelihood(t, model, point, 1, ExactOptions{Hutchinson: &Hutchinson{}}); !slices.Equal(got, exact) {
		t.Errorf("%v by probes, %v exactly", got, exact)
	}
}

// A smaller tolerance has a smaller error.
func TestToleranceIsKept(t *testing.T) {
	p := processes["vp"]
	_, first, _ := p.Span()
	alpha, sigma := p.Marginal(first)
	model := oracle(t, p, cornered, diffusion.X0)
	x := draw(cornered, 20, 13)
	var errs []float64
	for _, tolerance := range []float64{1e-3, 1e-4, 1e-6} {
		got := mustLogLikelihood(t, model, x, 2, ExactOptions{Relative: tolerance, Absolute: tolerance})
		worst := 0.0
		for r, v := range got {
			worst = max(worst, math.Abs(v-logDensity(cornered, x[2*r:2*r+2], alpha, sigma)))
		}
		errs = append(errs, worst)
	}
	if t.Log(errs); !(errs[1] < errs[0]/4 && errs[2] < errs[1]/4 && errs[2] < 2e-4) { // the prior leaves 1e-4
		t.Errorf("errors %v", errs)
	}
}

func TestLogLikelihoodOfParts(t *testing.T) {
	model := oracle(t, processes["vp"], cornered, diffusion.Epsilon)
	x := draw(cornered, 4, 14)
	o := ExactOptions{Hutchinson: &Hutchinson{Seed: 3, Gaussian: true}, FirstRow: 50}
	whole := mustLogLikelihood(t, model, x, 2, o)
	parts := mustLogLikelihood(t, model, x[:2], 2, o)
	o.FirstRow++
	if parts = append(parts, mustLogLikelihood(t, model, x[2:], 2, o)...); !slices.Equal(whole, parts) {
		t.Errorf("%v as a whole, %v in parts", whole, parts)
	}
}

func TestBitsPerDimension(t *testing.T) {
	// A density of 1/2 on [−1, 1] in 256 bins of width 2/256 costs 8 bits in each of 3 dimensions.
	if got := BitsPerDimension(3*math.Log(0.5), 3, 2./256); math.Abs(got-8) > 1e-12 {
		t.Errorf("%v bits", got)
	}
}

// blunt has no derivative.
type blunt struct{ diffusion.Denoiser }

func TestLogLikelihoodErrors(t *testing.T) {
	p := processes["vp"]
	data := normal(1, 0, 1)
	model := oracle(t, p, data, diffusion.X0)
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	for _, test := range []struct {
		ctx   context.Context
		model *diffusion.Model
		x     []float32
		o     ExactOptions
		want  string
	}{
		{context.Background(), nil, []float32{0}, ExactOptions{}, "needs a model"},
		{context.Background(), model, nil, ExactOptions{}, "got 0 numbers"},
		{context.Background(), modelOf(t, blunt{model.Denoiser()}, p, model.Parameterization), []float32{0}, ExactOptions{},
			"needs a network with a derivative"},
		{context.Background(), model, []float32{0}, ExactOptions{Relative: -1}, "tolerances must be"},
		{context.Background(), model, []float32{0}, ExactOptions{Absolute: 1e-9}, "tolerances must be"},
		{context.Background(), model, []float32{0}, ExactOptions{Hutchinson: &Hutchinson{Samples: -2}}, "got -2"},
		{context.Background(), model, []float32{0, float32(math.NaN())}, ExactOptions{FirstRow: 64}, "row 65: "},
		{stopped, model, []float32{0}, ExactOptions{}, "stopped at lambda"},
	} {
		_, _, err := LogLikelihood(test.ctx, test.model, test.x, 1, test.o)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "log-likelihood") {
			t.Errorf("error %v, want one with %q", err, test.want)
		}
		if test.ctx == stopped && !errors.Is(err, context.Canceled) {
			t.Errorf("%v does not wrap the context's error", err)
		}
	}
}
