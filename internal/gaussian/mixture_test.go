package gaussian

import (
	"math"
	"slices"
	"testing"

	"euryale/diffusion"

	"pgregory.net/rapid"
)

// lopsided is a mixture in the plane without symmetry.
var lopsided = Mixture{
	{Weight: 2, Mean: []float64{-1, 0.5}, Deviation: 0.3},
	{Weight: 1, Mean: []float64{1.2, 1}, Deviation: 0.5},
	{Weight: 0.5, Mean: []float64{0.2, -1.5}, Deviation: 0.25},
}

// onGrid integrates over the plane: the density of x_0 times the likelihood of x, times f.
func onGrid(m Mixture, x []float64, alpha, sigma float64, f func(x0 []float64) []float64) []float64 {
	const step, reach = 0.04, 4.0
	var sums []float64
	x0 := make([]float64, 2)
	for x0[0] = -reach; x0[0] <= reach; x0[0] += step {
		for x0[1] = -reach; x0[1] <= reach; x0[1] += step {
			density := 0.0
			for _, c := range m {
				d0, d1, v := x0[0]-c.Mean[0], x0[1]-c.Mean[1], c.Deviation*c.Deviation
				density += c.Weight / 3.5 * math.Exp(-(d0*d0+d1*d1)/(2*v)) / (2 * math.Pi * v)
			}
			e0, e1 := x[0]-alpha*x0[0], x[1]-alpha*x0[1]
			density *= math.Exp(-(e0*e0+e1*e1)/(2*sigma*sigma)) / (2 * math.Pi * sigma * sigma) * step * step
			values := f(x0)
			if sums == nil {
				sums = make([]float64, len(values))
			}
			for i, v := range values {
				sums[i] += density * v
			}
		}
	}
	return sums
}

// The denoiser, its derivative and the density against integrals over the data. For the derivative: that of
// E[x_0|x] is α/σ² times the covariance of x_0 given x.
func TestMixtureAgainstIntegrals(t *testing.T) {
	p, err := diffusion.NewChain(&diffusion.LinearSchedule{BetaStart: 0.02, BetaEnd: 0.2}, 30)
	if err != nil {
		t.Fatal(err)
	}
	direction := []float32{0.6, -1.3}
	for _, at := range []float64{3, 8.5, 20} {
		alpha, sigma := p.Marginal(at)
		for _, x := range [][]float32{{0.1, 0.2}, {-0.8, 1.5}, {1, -0.7}} {
			wide := []float64{float64(x[0]), float64(x[1])}
			s := onGrid(lopsided, wide, alpha, sigma, func(y []float64) []float64 {
				return []float64{1, y[0], y[1], y[0] * y[0], y[0] * y[1], y[1] * y[1]}
			})
			mean := []float64{s[1] / s[0], s[2] / s[0]}
			covariance := [2][2]float64{
				{s[3]/s[0] - mean[0]*mean[0], s[4]/s[0] - mean[0]*mean[1]},
				{s[4]/s[0] - mean[0]*mean[1], s[5]/s[0] - mean[1]*mean[1]},
			}
			if got := lopsided.LogDensity(wide, alpha, sigma); !(math.Abs(got-math.Log(s[0])) <= 1e-6) {
				t.Errorf("log-density at %v, t = %v: %v, want %v", x, at, got, math.Log(s[0]))
			}
			for _, entry := range diffusion.Predictions() {
				speaks := entry.New()
				q := diffusion.Parameterization{Prediction: speaks, SigmaData: 0.9, ScaleInput: true}
				scale := float32(q.InputScale(alpha, sigma))
				got, tangent, again := make([]float32, 2), make([]float32, 2), make([]float32, 2)
				d := lopsided.Denoiser(p, q)
				input := []float32{x[0] * scale, x[1] * scale}
				d.PredictTangent(got, tangent, input, []float32{direction[0] * scale, direction[1] * scale}, at)
				d.Predict(again, input, at)
				if !slices.Equal(got, again) {
					t.Errorf("%v: Predict gives %v, PredictTangent %v", speaks, again, got)
				}
				c, e := q.Coefficients(alpha, sigma)
				for j := range got {
					change := alpha / (sigma * sigma) * (covariance[j][0]*float64(direction[0]) + covariance[j][1]*float64(direction[1]))
					want := c*mean[j] + e*(wide[j]-alpha*mean[j])/sigma
					wantTangent := c*change + e*(float64(direction[j])-alpha*change)/sigma
					if !(math.Abs(float64(got[j])-want) <= 3e-6*(1+math.Abs(want)) &&
						math.Abs(float64(tangent[j])-wantTangent) <= 1e-5*(1+math.Abs(wantTangent))) {
						t.Errorf("%v at %v, t = %v: %v and %v, want %v and %v", speaks, x, at, got[j], tangent[j], want, wantTangent)
					}
				}
			}
		}
	}
}

// The derivative against differences of the denoiser itself, on every process.
func TestMixtureTangent(t *testing.T) {
	var processes []diffusion.Process
	for _, entry := range diffusion.Processes() {
		p, err := entry.New().New()
		if err != nil {
			t.Fatal(err)
		}
		processes = append(processes, p)
	}
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom(processes).Draw(t, "process")
		_, first, last := p.Span()
		at := rapid.Float64Range(first, last).Draw(t, "time")
		alpha, sigma := p.Marginal(at)
		if ratio := sigma / alpha; ratio < 0.2 || ratio > 20 {
			return // too steep, or too flat, for differences in float32
		}
		d := lopsided.Denoiser(p, diffusion.Parameterization{Prediction: diffusion.X0})
		norm := math.Hypot(alpha, sigma)
		angle := rapid.Float64Range(0, 2*math.Pi).Draw(t, "angle")
		x := []float32{float32(norm * rapid.Float64Range(-2, 2).Draw(t, "x")), float32(norm * rapid.Float64Range(-2, 2).Draw(t, "y"))}
		v := []float32{float32(norm * math.Cos(angle)), float32(norm * math.Sin(angle))}
		got, tangent, want := make([]float32, 2), make([]float32, 2), make([]float64, 2)
		d.PredictTangent(got, tangent, x, v, at)
		const h = 1.0 / 64
		for step, weight := range map[float32]float64{-2: 1, -1: -8, 1: 8, 2: -1} {
			d.Predict(got, []float32{x[0] + step*h*v[0], x[1] + step*h*v[1]}, at)
			for j := range want {
				want[j] += weight * float64(got[j]) / (12 * h)
			}
		}
		for j := range want {
			if !(math.Abs(float64(tangent[j])-want[j]) <= 2e-3*(1+math.Abs(want[j]))) {
				t.Fatalf("at %v, σ/α = %v: derivative %v, by differences %v", x, sigma/alpha, tangent, want)
			}
		}
	})
}

// The density of the noised mixture is a density, and its slope is the score.
func TestMixtureScoreIsTheSlopeOfItsDensity(t *testing.T) {
	p := diffusion.VE{SigmaMin: 0.1, SigmaMax: 10}
	d := lopsided.Denoiser(p, diffusion.Parameterization{Prediction: diffusion.Score})
	for _, at := range []float64{0, 0.3, 0.8} {
		alpha, sigma := p.Marginal(at)
		x := []float64{0.25, -0.5}
		got := make([]float32, 2)
		d.Predict(got, []float32{0.25, -0.5}, at)
		for j := range got {
			const h = 1e-5
			above, below := slices.Clone(x), slices.Clone(x)
			above[j], below[j] = x[j]+h, x[j]-h
			want := (lopsided.LogDensity(above, alpha, sigma) - lopsided.LogDensity(below, alpha, sigma)) / (2 * h)
			if !(math.Abs(float64(got[j])-want) <= 1e-5*(1+math.Abs(want))) {
				t.Errorf("score %v at t = %v, slope %v", got[j], at, want)
			}
		}
	}
	normal := Mixture{{Weight: 1, Mean: []float64{1.5}, Deviation: 0.5}}
	if got, want := normal.LogDensity([]float64{2}, 1, 0), -0.5-math.Log(0.5*math.Sqrt(2*math.Pi)); math.Abs(got-want) > 1e-14 {
		t.Errorf("log-density of N(1.5, 0.25) at 2: %v, want %v", got, want)
	}
}

// Draws have the mixture's moments, and a row is the same by itself.
func TestMixtureSample(t *testing.T) {
	const rows = 40_000
	x := make([]float32, 2*rows)
	lopsided.Sample(x, 5, 100)
	var mean, square [2]float64
	for i, v := range x {
		mean[i%2] += float64(v) / rows
		square[i%2] += float64(v) * float64(v) / rows
	}
	for j := range 2 {
		var wantMean, wantSquare float64
		for _, c := range lopsided {
			wantMean += c.Weight / 3.5 * c.Mean[j]
			wantSquare += c.Weight / 3.5 * (c.Mean[j]*c.Mean[j] + c.Deviation*c.Deviation)
		}
		variance := wantSquare - wantMean*wantMean
		if math.Abs(mean[j]-wantMean) > 4.5*math.Sqrt(variance/rows) || math.Abs(square[j]-wantSquare) > 4.5*2*variance/math.Sqrt(rows) {
			t.Errorf("coordinate %d: mean %v, mean square %v, want %v and %v", j, mean[j], square[j], wantMean, wantSquare)
		}
	}
	part := make([]float32, 6)
	lopsided.Sample(part, 5, 107)
	if !slices.Equal(part, x[14:20]) {
		t.Errorf("rows by themselves %v, in a batch %v", part, x[14:20])
	}
}

func TestMixtureCheck(t *testing.T) {
	if err := lopsided.Check(); err != nil || lopsided.Dim() != 2 {
		t.Error(err)
	}
	for name, m := range map[string]Mixture{
		"empty":              {},
		"no coordinates":     {{Weight: 1}},
		"unequal":            {{Weight: 1, Mean: []float64{0}, Deviation: 1}, {Weight: 1, Mean: []float64{0, 1}, Deviation: 1}},
		"weight 0":           {{Mean: []float64{0}, Deviation: 1}},
		"negative deviation": {{Weight: 1, Mean: []float64{0}, Deviation: -1}},
		"infinite":           {{Weight: math.Inf(1), Mean: []float64{0}, Deviation: 1}},
	} {
		if m.Check() == nil {
			t.Errorf("%s is no error", name)
		}
	}
}
