package unroll_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"euryale/diffusion"
	"euryale/diffusion/guidance"
	"euryale/diffusion/solver"
	"euryale/diffusion/unroll"
)

// curved is a denoiser that is not linear in x.
type curved struct{ shift float64 }

func (c curved) Predict(dst, x []float32, t float64) {
	for i, v := range x {
		dst[i] = float32(math.Sin(float64(v)+c.shift) + 0.01*t*math.Cos(2*float64(v)))
	}
}

// run computes what a program describes.
func run(p *unroll.Program, nets []diffusion.Denoiser, limit float32, x []float32) []float32 {
	values := make([][]float32, len(p.Values))
	for i, v := range p.Values {
		sum := make([]float32, len(x))
		for _, term := range v.Terms {
			for j, of := range values[term.Of] {
				sum[j] += term.Factor * of
			}
		}
		values[i] = sum
		switch v.Kind {
		case unroll.Start:
			values[i] = x
		case unroll.Net:
			values[i] = make([]float32, len(x))
			nets[v.Net].Predict(values[i], sum, v.Time)
		case unroll.Bound:
			for j, of := range sum {
				sum[j] = max(-limit, min(of, limit))
			}
		}
	}
	return values[p.Result]
}

func process(t *testing.T, name string) diffusion.Process {
	t.Helper()
	kind, err := diffusion.Processes().New(name)
	if err != nil {
		t.Fatal(err)
	}
	if flow, ok := kind.(*diffusion.Flow); ok {
		flow.LastTime = 0.9 // nearer to 1 solvers in sigma/alpha subtract numbers that are nearly equal, and float32 shows
	}
	p, err := kind.New()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// model is a model of some nets, guided if there are two.
func model(t *testing.T, p diffusion.Process, prediction diffusion.Prediction, nets []diffusion.Denoiser) *diffusion.Model {
	t.Helper()
	q, err := diffusion.NewParameterization(prediction, false, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	net := nets[0]
	if len(nets) > 1 {
		if net, err = guidance.NewClassifierFree(net, nets[1], 1.5, guidance.Interval{Process: p, Least: 0.5}); err != nil {
			t.Fatal(err)
		}
	}
	m, err := diffusion.NewModel(net, p, q)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var drawing = []string{
	"ancestral", "euler_maruyama", "reverse_diffusion", "predictor_corrector", "annealed_langevin", "dpm_2_ancestral", "euler_ancestral",
	"dpm++_2m_sde", "dpm++_3m_sde",
}

// A program gives what the solver gives, for every solver that draws no noise, every scale of x, with a bound and with guidance.
func TestProgramIsTheSolver(t *testing.T) {
	nets := []diffusion.Denoiser{curved{0}, curved{0.7}}
	for _, settings := range []struct {
		process    string
		prediction diffusion.Prediction
		options    func(o *solver.Options)
		nets       int
	}{
		{"ddpm", diffusion.Epsilon, func(*solver.Options) {}, 1},
		{"ddpm", diffusion.Velocity, func(o *solver.Options) { o.ClipX0 = 1 }, 2},
		{"edm", diffusion.Preconditioned, func(*solver.Options) {}, 1},
		{"edm", diffusion.Preconditioned, func(o *solver.Options) { o.Rescale, o.ClipX0 = solver.RescalePreserving, 0.8 }, 2},
		{"flow", diffusion.U, func(o *solver.Options) { o.Final = solver.FinalFirst }, 1},
		{"vp", diffusion.Score, func(*solver.Options) {}, 2},
	} {
		p := process(t, settings.process)
		exported := 0
		for _, entry := range solver.Solvers() {
			o := solver.DefaultOptions()
			o.Solver, o.Steps = solver.Solvers().Choose(entry.Name), 7
			o.Spacing = solver.Spacings().Choose("linspace")
			settings.options(&o)
			s, scaled, times, err := o.Prepare(p)
			if err != nil { // not on this process
				continue
			}
			r := new(unroll.Recorder)
			symbols := []diffusion.Denoiser{r.Net(0), r.Net(1)}[:settings.nets]
			rescale := func(m *diffusion.Model) *diffusion.Model {
				if scaled != p {
					return m.Rescaled(scaled)
				}
				return m
			}
			program, err := r.Record(t.Context(), s, rescale(model(t, p, settings.prediction, symbols)), times, o.Bound())
			if slices.Contains(drawing, entry.Name) {
				if noise := (*unroll.NoiseError)(nil); !errors.As(err, &noise) {
					t.Errorf("%s on %s: %v, want a NoiseError", entry.Name, settings.process, err)
				}
				continue
			}
			if adaptive := (*unroll.AdaptiveError)(nil); entry.Name == "rk45" && errors.As(err, &adaptive) {
				continue
			}
			if err != nil {
				t.Errorf("%s on %s: %v", entry.Name, settings.process, err)
				continue
			}
			exported++
			x := []float32{0.3, -1.2, 2.5, 0.01}
			got := run(program, nets, float32(o.ClipX0), x)
			want := slices.Clone(x)
			numbers := solver.Run{Model: rescale(model(t, p, settings.prediction, nets[:settings.nets])), Dim: 2, Bound: o.Bound()}
			if err := s.Solve(t.Context(), &numbers, want, times); err != nil {
				t.Fatal(err)
			}
			largest := 0.0
			for _, v := range want {
				largest = max(largest, math.Abs(float64(v)))
			}
			for i := range want {
				if d := math.Abs(float64(got[i] - want[i])); !(d <= 1e-5*largest) {
					t.Errorf("%s on %s: coordinate %d is %v, want %v", entry.Name, settings.process, i, got[i], want[i])
				}
			}
		}
		if exported < 8 {
			t.Errorf("%s: %d solvers, expected at least 8", settings.process, exported)
		}
	}
}

// Sums stay short: those of a step reach back only as far as the solver does.
func TestSumsAreShort(t *testing.T) {
	p := process(t, "ddpm")
	for name, most := range map[string]int{"ddim": 2, "heun": 3, "dpm++_2m": 4, "dpm++_3m": 6, "pndm": 8, "unipc": 8} {
		o := solver.DefaultOptions()
		o.Solver, o.Steps = solver.Solvers().Choose(name), 50
		s, _, times, err := o.Prepare(p)
		if err != nil {
			t.Fatal(err)
		}
		r := new(unroll.Recorder)
		program, err := r.Record(t.Context(), s, model(t, p, diffusion.Epsilon, []diffusion.Denoiser{r.Net(0)}), times, solver.Bound{})
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range program.Values {
			if len(v.Terms) > most {
				t.Errorf("%s: value %d has %d terms, expected at most %d", name, i, len(v.Terms), most)
			}
		}
	}
}

// restless is a solver whose steps depend on x.
type restless struct {
	solver.DDIM
	step func(m *diffusion.Model, x []float32, times []float64)
}

func (restless) Name() string { return "restless" }

func (r restless) Solve(_ context.Context, run *solver.Run, x []float32, times []float64) error {
	r.step(run.Model, x, times)
	return run.OnStep(1, times[1], x)
}

// restlessSteps are steps that no program has, by what is wrong with them.
func restlessSteps() map[string]func(m *diffusion.Model, x []float32, times []float64) {
	whole := func(x []float32) bool { return x[0] == float32(int(x[0])) } // as unit vectors are, and not the numbers after them
	return map[string]func(*diffusion.Model, []float32, []float64){
		"factors": func(m *diffusion.Model, x []float32, times []float64) {
			output := make([]float32, len(x))
			m.Output(output, x, times[0])
			for i := range x {
				x[i] *= output[i]
			}
		},
		"times": func(m *diffusion.Model, x []float32, times []float64) {
			if whole(x) {
				times = times[1:]
			}
			m.Output(x, x, times[0])
		},
		"evaluations that are left out": func(m *diffusion.Model, x []float32, times []float64) {
			m.Output(x, x, times[0])
			if whole(x) {
				m.Output(x, x, times[0])
			}
		},
		"more evaluations": func(m *diffusion.Model, x []float32, times []float64) {
			m.Output(x, x, times[0])
			if !whole(x) {
				m.Output(x, x, times[0])
			}
		},
	}
}

func TestRecordErrors(t *testing.T) {
	p := process(t, "ddpm")
	times := []float64{99, 50, -1}
	r := new(unroll.Recorder)
	m := model(t, p, diffusion.Epsilon, []diffusion.Denoiser{r.Net(0)})
	adaptive := (*unroll.AdaptiveError)(nil)
	for what, step := range restlessSteps() {
		_, err := r.Record(t.Context(), restless{step: step}, m, times, solver.Bound{})
		if !errors.As(err, &adaptive) || adaptive.Solver != "restless" {
			t.Errorf("a solver whose %s depend on x: %v, want an AdaptiveError", what, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Record(ctx, solver.DDIM{}, m, times, solver.Bound{}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	noise := (*unroll.NoiseError)(nil)
	if _, err := r.Record(t.Context(), solver.DDIM{Eta: 1}, m, times, solver.Bound{}); !errors.As(err, &noise) || noise.Solver != "ddim" {
		t.Errorf("ddim with noise: %v, want a NoiseError", err)
	}
	if _, err := r.Record(t.Context(), solver.DDIM{}, m, []float64{1, 2}, solver.Bound{}); err == nil {
		t.Error("times that increase: no error")
	}
	long := make([]float64, unroll.MaxEvaluations+2)
	for i := range long {
		long[i] = 99 * (1 - float64(i)/float64(len(long)))
	}
	if _, err := r.Record(t.Context(), solver.DDIM{}, m, long, solver.Bound{}); !errors.Is(err, unroll.ErrTooLong) {
		t.Errorf("%d steps: %v, want ErrTooLong", len(long)-1, err)
	}
}
