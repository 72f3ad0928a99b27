package figures

import (
	"context"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"euryale/data"
	"euryale/diffusion"
)

// must is for constructors that cannot fail here.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

var processes = map[string]diffusion.Process{
	"chain": must(diffusion.NewChain(&diffusion.LinearSchedule{BetaStart: 1e-4, BetaEnd: 0.02}, 1000)),
	"short": must(diffusion.NewChain(&diffusion.CosineSchedule{}, 7)),
	"vp":    must(diffusion.NewVP(0.1, 20, 1e-3)),
	"ve":    must(diffusion.NewVE(0.01, 50)),
	"edm":   must(diffusion.NewEDM(0.002, 80)),
	"flow":  must(diffusion.NewFlow(1e-3, 1)),
}

// Times increase from the first, or from the data, to the last; those of a chain are steps.
func TestTimes(t *testing.T) {
	for name, p := range processes {
		start, first, last := p.Span()
		for _, n := range []int{2, 10, 61} {
			for from, times := range map[float64][]float64{first: spacedTimes(p, n), start: forwardTimes(p, n)} {
				k := len(times)
				if math.Abs(times[0]-from) > 1e-12 || math.Abs(times[k-1]-last) > 1e-9*last || !slices.IsSorted(times) || k > n {
					t.Errorf("%s: %d times from %v to %v: %v", name, n, from, last, times)
				}
				if !diffusion.Discrete(p) && k != n {
					t.Errorf("%s: %d times, want %d", name, k, n)
				}
				for _, v := range times {
					if diffusion.Discrete(p) && v != math.Round(v) {
						t.Errorf("%s: %v is no step", name, v)
					}
				}
			}
		}
	}
	// Where α is 1, the noise grows by the same factor from one time to the next.
	times := spacedTimes(processes["edm"], 11)
	for i := range times[:10] {
		if ratio := times[i+1] / times[i]; math.Abs(ratio-math.Pow(80/0.002, 0.1)) > 1e-9 {
			t.Errorf("σ grows from %v to %v, by %v", times[i], times[i+1], ratio)
		}
	}
}

// The curves of Ho et al. (2020): β from 1e-4 to 0.02 in 1000 steps, of which ᾱ_T = 4.0358e-5 is left (their code; also
// 'alphas_cumprod[-1]' of DDPMScheduler in diffusers). Of the VP SDE g² = β_min + t (β_max − β_min) (Song et al. 2021,
// equation 32).
func TestScheduleOf(t *testing.T) {
	c := ScheduleOf(processes["chain"], 2000)
	if len(c.Time) != 1000 || c.Time[0] != 1 || c.Time[999] != 1000 || c.TimeName != "t" || c.LogTime {
		t.Errorf("%d times of %q from %v to %v", len(c.Time), c.TimeName, c.Time[0], c.Time[999])
	}
	for _, v := range []struct{ got, want float64 }{{c.Beta[0], 1e-4}, {c.Beta[999], 0.02}, {c.Alpha2[999], 4.0358e-5}} {
		if math.Abs(v.got-v.want) > 1e-4*v.want {
			t.Errorf("got %v, want %v", v.got, v.want)
		}
	}
	c = ScheduleOf(processes["vp"], 5)
	for i, v := range c.Time {
		if want := 0.1 + v*19.9; math.Abs(c.Beta[i]-want) > 1e-9 {
			t.Errorf("g² at %v is %v, want %v", v, c.Beta[i], want)
		}
	}
	for name, p := range processes {
		c := ScheduleOf(p, 50)
		if c.LogTime != (name == "ve" || name == "edm") {
			t.Errorf("%s: times on a logarithmic scale: %v", name, c.LogTime)
		}
		for i := range c.Time {
			if snr := c.Alpha2[i] / c.Sigma2[i]; math.Abs(c.SNR[i]-snr) > 1e-9*snr {
				t.Errorf("%s: SNR %v, want %v", name, c.SNR[i], snr)
			}
			if i > 0 && (c.SNR[i] >= c.SNR[i-1] || c.Ratio[i] <= c.Ratio[i-1] || c.Time[i] <= c.Time[i-1]) {
				t.Errorf("%s: at %v the signal grows", name, c.Time[i])
			}
		}
	}
	if c := ScheduleOf(processes["flow"], 3); !math.IsInf(c.Ratio[2], 1) || c.SNR[2] != 0 {
		t.Errorf("without signal the ratio is %v and the SNR %v", c.Ratio[2], c.SNR[2])
	}
}

// A density has the integral 1, and that of one row is its normal distribution.
func TestMixture(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.IntRange(1, 8).Draw(t, "rows")
		x0 := make([]float32, 2*rows)
		for i := range x0 {
			x0[i] = rapid.Float32Range(-2, 2).Draw(t, "x")
		}
		alpha, sigma := rapid.Float64Range(0.1, 1).Draw(t, "alpha"), rapid.Float64Range(0.05, 3).Draw(t, "sigma")
		const n = 64
		a := areaOf(x0, alpha, 5*sigma)
		sum := 0.0
		for _, v := range mixture(x0, alpha, sigma, a, n) {
			sum += v * (a.high[0] - a.low[0]) * (a.high[1] - a.low[1]) / (n * n)
		}
		if math.Abs(sum-1) > 0.02 {
			t.Errorf("the integral is %v", sum)
		}
	})
	a := area{[2]float64{-3, -3}, [2]float64{3, 3}}
	got := mixture([]float32{1, 0}, 0.5, 2, a, 3)[1*3+2] // the cell at (2, 0); the mean is (0.5, 0)
	if want := math.Exp(-1.5*1.5/8) / (2 * math.Pi * 4); math.Abs(got-want) > 1e-12 {
		t.Errorf("a density is %v, want %v", got, want)
	}
}

// The times of the score have little noise, and much if the process has it; the last is the one with the least.
func TestScoreTimes(t *testing.T) {
	for name, p := range processes {
		times := scoreTimes(p, 1)
		for i := range times {
			if i > 0 && times[i] >= times[i-1] {
				t.Errorf("%s: times %v, want decreasing ones", name, times)
			}
		}
		if len(times) < 3 {
			t.Errorf("%s: only the times %v", name, times)
		}
	}
	p := processes["edm"]
	for i, at := range scoreTimes(p, 0.5) {
		if want := noiseLevels[i] * 0.5; math.Abs(at-want) > 1e-9 {
			t.Errorf("time %d is σ = %v, want %v", i, at, want)
		}
	}
}

// numbered is rows that hold their numbers.
type numbered struct{ n, most *int }

func (s numbered) Schema() data.Schema { return data.Numbers(1, 0) }
func (s numbered) Rows() int           { return *s.n }
func (s numbered) Read(_ context.Context, dst *data.Batch, first, n int) error {
	dst.Resize(s.Schema(), first, n)
	for i := range dst.Real {
		dst.Real[i] = float64(first + i)
	}
	*s.most = max(*s.most, n)
	return nil
}

// Rows are evenly spaced over all, whether they are read one by one or in blocks.
func TestSpacedRows(t *testing.T) {
	for total, wants := range map[int][]int{5: {1, 5, 9}, 1000: {3, 256}, 9001: {300, 9001, 10_000}} {
		for _, n := range wants {
			most := 0
			rows, err := spacedRows(context.Background(), numbered{&total, &most}, n)
			if err != nil {
				t.Fatal(err)
			}
			k := min(n, total)
			if rows.Rows != k || len(rows.Real) != k {
				t.Errorf("%d of %d: %d rows", n, total, rows.Rows)
				continue
			}
			for i, v := range rows.Real {
				if int(v) != i*total/k {
					t.Errorf("%d of %d: row %d is %v, want %d", n, total, i, v, i*total/k)
					break
				}
			}
			if k <= fewRows && most > 1 {
				t.Errorf("%d of %d: %d rows were read at once", n, total, most)
			}
		}
	}
}
