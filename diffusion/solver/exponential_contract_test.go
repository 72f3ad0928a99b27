package solver

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

// exponentialCounter counts evaluations.
type exponentialCounter struct {
	diffusion.Denoiser
	calls int
}

func (c *exponentialCounter) Predict(dst, x []float32, t float64) {
	c.calls++
	c.Denoiser.Predict(dst, x, t)
}

// A step evaluates the network once, one of 2S twice; any partition of the rows gives the same bits; the second call
// allocates nothing.
func TestContractOfExponentialIntegrators(t *testing.T) {
	p := vp(t)
	const rows, dim = 37, 3
	q := diffusion.Parameterization{Prediction: diffusion.Velocity}
	data := gaussian.Mixture{{Weight: 1, Mean: []float64{-1, 0, 1}, Deviation: 0.3}, {Weight: 2, Mean: []float64{1, 1, 0}, Deviation: 0.2}}
	counter := &exponentialCounter{Denoiser: data.Denoiser(p, q)}
	model, err := diffusion.NewModel(counter, p, q)
	if err != nil {
		t.Fatal(err)
	}
	start := make([]float32, rows*dim)
	diffusion.StartFromPrior(p, start, 3, 0, dim)
	times := exponentialTimes(p, 1, 0.001, 9)
	for name, s := range exponentialSolvers() {
		run := &Run{Model: model, Dim: dim, Noise: diffusion.NewRowNoise(5, 0, dim)}
		x := slices.Clone(start)
		counter.calls = 0
		mustSolve(t, s, run, x, times)
		calls := 9
		if s.Name() == "dpm++_2s" {
			calls = 18
		}
		if counter.calls != calls {
			t.Errorf("%s evaluates the network %d times in 9 steps, want %d", name, counter.calls, calls)
		}

		var parts []float32
		for at := 0; at < rows; at += 8 {
			part := slices.Clone(start[at*dim : min(at+8, rows)*dim])
			mustSolve(t, s, &Run{Model: model, Dim: dim, Noise: diffusion.NewRowNoise(5, uint64(at), dim)}, part, times)
			parts = append(parts, part...)
		}
		if !slices.Equal(x, parts) {
			t.Errorf("%s: rows depend on their company", name)
		}

		ctx := context.Background()
		if n := testing.AllocsPerRun(3, func() {
			if err := s.Solve(ctx, run, x, times); err != nil {
				t.Error(err)
			}
		}); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}

		stopped, stop := context.WithCancel(ctx)
		steps := 0
		run.OnStep = func(step int, at float64, _ []float32) error {
			if step != steps || at != times[step] {
				t.Errorf("%s: hook %d has step %d at %v", name, steps, step, at)
			}
			if steps++; steps == 4 {
				stop()
			}
			return nil
		}
		if err := s.Solve(stopped, run, slices.Clone(start), times); !errors.Is(err, context.Canceled) || steps != 4 {
			t.Errorf("%s: stopped after hook 4, it ran %d and gave %v", name, steps, err)
		}
	}
}

func TestExponentialIntegratorsRefuse(t *testing.T) {
	p := vp(t)
	for want, s := range map[string]Solver{
		"the variant must be one of midpoint, heun, got \"mid\"":             DPMPP2M{Variant: "mid"},
		"the variant must be one of midpoint, heun, got \"bh2\"":             DPMPP2MSDE{Variant: "bh2"},
		"the variant must be one of published, quadratic, got \"heun\"":      DPMPP3M{Variant: "heun"},
		"the variant must be one of published, quadratic, got \"taylor\"":    DPMPP3MSDE{Variant: "taylor"},
		"the variant must be one of bh1, bh2, got \"bh3\"":                   UniPC{Order: 2, Variant: "bh3"},
		"the order must be from 1 to 3, got 0":                               UniPC{},
		"the order must be from 1 to 3, got 4":                               DEIS{Order: 4},
		"eta must be at least 0 (0: no noise, 1: the reverse SDE), got -1":   DPMPP2MSDE{Eta: -1},
		"eta must be at least 0 (0: no noise, 1: the reverse SDE), got NaN":  DPMPP3MSDE{Eta: math.NaN()},
		"eta must be at least 0 (0: no noise, 1: the reverse SDE), got +Inf": DPMPP3MSDE{Eta: math.Inf(1)},
		"times must decrease": DPMPP1{},
	} {
		times := []float64{1, 0.5, 0.1}
		if s == (DPMPP1{}) {
			times = []float64{0.5, 1}
		}
		if err := s.Check(p, times); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", s.Name(), err, want)
		}
	}
	for _, s := range []Solver{DPMPP2MSDE{Eta: 1}, DPMPP3MSDE{Eta: 0.1}} {
		run := &Run{Model: oracle(t, p, normalData(0, 1), diffusion.X0), Dim: 1}
		if err := s.Solve(context.Background(), run, []float32{1}, []float64{1, 0.5}); err == nil ||
			!strings.Contains(err.Error(), "needs noise") {
			t.Errorf("%s without noise: %v", s.Name(), err)
		}
	}
}
