package diffusion

import (
	"math"
	"slices"
	"sort"
	"testing"

	"euryale/rng"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

func newLogitNormal(t failer, mean, deviation float64, p Process, seed uint64) TimestepSampler {
	t.Helper()
	s, err := (&LogitNormalTimesteps{mean, deviation}).New(p, seed)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Every row has exactly the quantile of the logit-normal distribution at its uniform number.
func TestLogitNormalQuantiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProcess(t, 200, true)
		_, first, last := p.Span()
		mean, deviation := rapid.Float64Range(-4, 4).Draw(t, "mean"), rapid.Float64Range(0.1, 3).Draw(t, "deviation")
		step := rapid.Uint64Range(0, 1<<40).Draw(t, "step")
		const rows = 16
		times, weight := make([]float64, rows), make([]float32, rows)
		newLogitNormal(t, mean, deviation, p, 5).Fill(times, weight, step, 0, rows)
		stream := rng.NewStream(5, rng.Timesteps)
		for row, at := range times {
			z := distuv.UnitNormal.Quantile(stream.Float64(step, uint64(row)) + 0x1p-54)
			want := first + (last-first)/(1+math.Exp(-(mean+deviation*z)))
			if p.Steps() == 0 && math.Abs(at-want) > 1e-9*(last-first) {
				t.Fatalf("row %d: t = %v, want %v", row, at, want)
			}
			if p.Steps() > 0 && (at != math.Trunc(at) || math.Abs(at-want) > 0.5+1e-6) {
				t.Fatalf("row %d: t = %v, nearest to %v", row, at, want)
			}
		}
	})
}

// Moments and Kolmogorov's distance of the shares; those of the distribution by quadrature over z. Its mean is ½ by
// symmetry when Mean is 0.
func TestLogitNormalDistribution(t *testing.T) {
	const n = 20_000
	times, weight := make([]float64, n), make([]float32, n)
	for _, o := range []LogitNormalTimesteps{{0, 1}, {0.8, 0.6}, {-1, 2}} {
		moment := func(power float64) float64 {
			return quad.Fixed(func(z float64) float64 {
				return math.Pow(logistic(o.Mean+o.Deviation*z), power) * distuv.UnitNormal.Prob(z)
			}, -9, 9, 400, quad.Legendre{}, 0)
		}
		mean, square := moment(1), moment(2)
		if o.Mean == 0 && math.Abs(mean-0.5) > 1e-12 {
			t.Errorf("the mean by quadrature is %v", mean)
		}
		for _, p := range []Process{Flow{1e-3, 1}, VP{0.1, 20, 1e-3}, EDM{0.002, 80}} {
			_, first, last := p.Span()
			newLogitNormal(t, o.Mean, o.Deviation, p, 1).Fill(times, weight, 0, 0, n)
			shares := make([]float64, n)
			gotMean, gotSquare := 0.0, 0.0
			for i, v := range times {
				shares[i] = (v - first) / (last - first)
				gotMean += shares[i] / n
				gotSquare += shares[i] * shares[i] / n
			}
			if math.Abs(gotMean-mean) > 4.5*math.Sqrt((square-mean*mean)/n) {
				t.Errorf("%+v on %T: mean %v, want %v", o, p, gotMean, mean)
			}
			if math.Abs(gotSquare-square) > 4.5*math.Sqrt((moment(4)-square*square)/n) {
				t.Errorf("%+v on %T: mean square %v, want %v", o, p, gotSquare, square)
			}
			sort.Float64s(shares)
			worst := 0.0
			for i, u := range shares {
				below := distuv.Normal{Mu: o.Mean, Sigma: o.Deviation}.CDF(math.Log(u / (1 - u)))
				worst = max(worst, math.Abs(below-(float64(i)+0.5)/n))
			}
			if worst > 1.95/math.Sqrt(n) { // 0.1% point of Kolmogorov's distance
				t.Errorf("%+v on %T: distance %v", o, p, worst)
			}
		}
	}
}

// A step of a chain has the mass between the middles to its neighbors, and the ends the tails.
func TestLogitNormalOfAChain(t *testing.T) {
	const steps, n = 12, 20_000
	o := LogitNormalTimesteps{0.5, 1.5}
	times, weight := make([]float64, n), make([]float32, n)
	newLogitNormal(t, o.Mean, o.Deviation, newChainOf(t, "cosine", 0, 0, steps), 1).Fill(times, weight, 0, 0, n)
	below := func(t float64) float64 {
		u := min(max(t/(steps-1), 0), 1)
		return distuv.Normal{Mu: o.Mean, Sigma: o.Deviation}.CDF(math.Log(u / (1 - u)))
	}
	for k := range steps {
		count := 0.0
		for _, v := range times {
			if v == float64(k) {
				count++
			}
		}
		want := below(float64(k)+0.5) - below(float64(k)-0.5)
		if math.Abs(count/n-want) > 4.5*math.Sqrt(want*(1-want)/n) {
			t.Errorf("step %d has a share of %v, want %v", k, count/n, want)
		}
	}
	if slices.Min(weight) != 1 || slices.Max(weight) != 1 {
		t.Error("it is weighted back")
	}
	single := newChainOf(t, "cosine", 0, 0, 1)
	newLogitNormal(t, 0, 1, single, 1).Fill(times, weight, 0, 0, n)
	if slices.Max(times) != 0 {
		t.Error("a chain of one step has others")
	}
}
