package solver

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/diffusion"

	"pgregory.net/rapid"
)

// contractSteps are few, so that every solver runs in no time.
const contractSteps = 9

// contractCase is one of lawsCases with few steps.
func contractCase(t testing.TB, l lawsCase) (Solver, *diffusion.Model, []float64) {
	t.Helper()
	set := l.set
	l.set = func(c *Config) {
		set(c)
		c.Steps = contractSteps
		if l.name == "annealed_langevin" {
			c.Corrector.Steps = 3
		}
	}
	s, p, times := l.prepare(t)
	return s, oracle(t, p, lawsMixture(), diffusion.X0), times
}

// everyCase runs a test for every choice.
func everyCase(t *testing.T, run func(t *testing.T, s Solver, m *diffusion.Model, times []float64)) {
	for _, l := range lawsCases(t) {
		t.Run(l.name, func(t *testing.T) {
			s, m, times := contractCase(t, l)
			run(t, s, m, times)
		})
	}
}

func contractStart(m *diffusion.Model, rows int) []float32 {
	x := make([]float32, 2*rows)
	diffusion.StartFromPrior(m.Process(), x, 3, 0, 2)
	return x
}

// TestRowsAreIndependent: any partition of the rows gives the same bits.
func TestRowsAreIndependent(t *testing.T) {
	everyCase(t, func(t *testing.T, s Solver, m *diffusion.Model, times []float64) {
		const rows = 13
		whole := contractStart(m, rows)
		parts := slices.Clone(whole)
		mustSolve(t, s, &Run{Model: m, Dim: 2, Noise: diffusion.NewRowNoise(7, 0, 2)}, whole, times)
		for _, bounds := range [][2]int{{0, 1}, {1, 6}, {6, 6}, {6, 13}} {
			run := &Run{Model: m, Dim: 2, Noise: diffusion.NewRowNoise(7, uint64(bounds[0]), 2)}
			mustSolve(t, s, run, parts[2*bounds[0]:2*bounds[1]], times)
		}
		for i := range whole {
			if math.Float32bits(whole[i]) != math.Float32bits(parts[i]) {
				t.Fatalf("row %d: %v together, %v in parts", i/2, whole[i], parts[i])
			}
		}
	})
}

// TestRunsAreRepeatable: a run that has solved before solves the same again, and allocates nothing.
func TestRunsAreRepeatable(t *testing.T) {
	everyCase(t, func(t *testing.T, s Solver, m *diffusion.Model, times []float64) {
		run := &Run{Model: m, Dim: 2, Noise: diffusion.NewRowNoise(7, 0, 2)}
		start := contractStart(m, 8)
		first, x := slices.Clone(start), slices.Clone(start)
		mustSolve(t, s, run, first, times)
		ctx := context.Background()
		var err error
		if n := testing.AllocsPerRun(3, func() {
			copy(x, start)
			err = errors.Join(err, s.Solve(ctx, run, x, times))
		}); n != 0 || err != nil {
			t.Errorf("a call allocates %v times; error %v", n, err)
		}
		if !slices.Equal(x, first) {
			t.Error("the second call gives other samples than the first")
		}
	})
}

// TestHookSeesEveryTime in order, with x as it then is.
func TestHookSeesEveryTime(t *testing.T) {
	everyCase(t, func(t *testing.T, s Solver, m *diffusion.Model, times []float64) {
		var seen []float64
		x := contractStart(m, 3)
		last := slices.Clone(x)
		run := &Run{Model: m, Dim: 2, Noise: diffusion.NewRowNoise(7, 0, 2), OnStep: func(step int, at float64, now []float32) error {
			switch {
			case step != len(seen):
				t.Errorf("call %d says that it is step %d", len(seen), step)
			case step == 0 && !slices.Equal(now, last):
				t.Error("the first x is not the start")
			case step > 0 && slices.Equal(now, last):
				t.Errorf("step %d has changed nothing", step)
			}
			seen = append(seen, at)
			copy(last, now)
			return nil
		}}
		mustSolve(t, s, run, x, times)
		if !slices.Equal(seen, times) || !slices.Equal(x, last) {
			t.Errorf("saw %v, expected %v; last x %v, result %v", seen, times, last, x)
		}

		stop := errors.New("stop")
		run.OnStep = func(step int, _ float64, _ []float32) error {
			if step == 4 {
				return stop
			}
			return nil
		}
		if err := s.Solve(context.Background(), run, x, times); !errors.Is(err, stop) {
			t.Errorf("the hook's error became %v", err)
		}
	})
}

// TestSolversStopWithContext before the next step.
func TestSolversStopWithContext(t *testing.T) {
	everyCase(t, func(t *testing.T, s Solver, m *diffusion.Model, times []float64) {
		ctx, cancel := context.WithCancel(context.Background())
		reached := 0
		run := &Run{Model: m, Dim: 2, Noise: diffusion.NewRowNoise(7, 0, 2), OnStep: func(step int, _ float64, _ []float32) error {
			if reached = step; step == 3 {
				cancel()
			}
			return nil
		}}
		if err := s.Solve(ctx, run, contractStart(m, 3), times); !errors.Is(err, context.Canceled) || reached != 3 {
			t.Errorf("came to step %d with error %v", reached, err)
		}
	})
}

// TestSolversAskForNoise: a solver that draws noise says so when there is none, and one that draws none does not.
func TestSolversAskForNoise(t *testing.T) {
	deterministic := []string{"ddim", "pndm", "flow_euler", "euler", "heun", "rk45", "dpm_2", "lms", "dpm++_1", "dpm++_2s", "dpm++_2m", "dpm++_3m", "unipc", "deis"}
	for _, l := range lawsCases(t) {
		s, m, times := contractCase(t, l)
		err := s.Solve(context.Background(), &Run{Model: m, Dim: 2}, contractStart(m, 3), times)
		drawsNone := slices.Contains(deterministic, l.name) && s != DDIM{Eta: 1} && !strings.Contains(fmt.Sprint(s), "40")
		if drawsNone != (err == nil) {
			t.Errorf("%s %+v without noise: %v", l.name, s, err)
		}
	}
}

// countingNetwork counts the rows that a denoiser is asked for.
type countingNetwork struct {
	diffusion.Denoiser
	rows int
}

func (c *countingNetwork) Predict(dst, x []float32, t float64) {
	c.rows += len(x) / 2
	c.Denoiser.Predict(dst, x, t)
}

// TestNetworkCalls counts them, for n steps of which the last goes to the data.
func TestNetworkCalls(t *testing.T) {
	const n = contractSteps
	once, twice := n, 2*n-1 // twice: but once for the step to the data
	want := map[string]int{
		"ancestral": once, "ddim": once, "euler_maruyama": once, "reverse_diffusion": once, "flow_euler": once, "euler": once,
		"euler_ancestral": once, "lms": once, "dpm++_1": once, "dpm++_2m": once, "dpm++_3m": once, "dpm++_2m_sde": once,
		"dpm++_3m_sde": once, "unipc": once, "deis": once,
		"heun": twice, "dpm_2": twice, "dpm_2_ancestral": twice, "dpm++_2s": twice, "predictor_corrector": twice,
		"pndm":              4*3 + n - 3, // three steps of Runge–Kutta
		"annealed_langevin": 3*n + 1,     // three at each level, and the last denoising
	}
	everyCase(t, func(t *testing.T, s Solver, m *diffusion.Model, times []float64) {
		const rows = 3
		network := &countingNetwork{Denoiser: m.Denoiser()}
		model, err := diffusion.NewModel(network, m.Process(), m.Parameterisation)
		if err != nil {
			t.Fatal(err)
		}
		run := &Run{Model: model, Dim: 2, Noise: diffusion.NewRowNoise(7, 0, 2)}
		mustSolve(t, s, run, contractStart(m, rows), times)
		name := strings.Split(t.Name(), "/")[1]
		name, _, _ = strings.Cut(name, "#")
		calls, ok := want[name]
		switch {
		case name == "rk45":
			if network.rows < 7*rows*(n-1) { // seven stages a step, at least a step for each time
				t.Errorf("got %d calls", network.rows)
			}
		case !ok || network.rows != calls*rows:
			t.Errorf("got %d calls for %d rows, expected %d each", network.rows, rows, calls)
		}
	})
}

// contractProcesses are a process of each kind and chains of each schedule.
func contractProcesses(t testing.TB) (names []string, processes map[string]diffusion.Process) {
	t.Helper()
	processes = timesProcesses(t)
	for _, name := range diffusion.ScheduleNames() {
		for _, zero := range []bool{false, true} {
			c := diffusion.DefaultConfig().Schedule
			c.Name, c.BetaStart, c.BetaEnd, c.ZeroTerminalSNR = name, 1e-4, 0.02, zero
			p, err := diffusion.NewChain(c, 60)
			if err != nil {
				t.Fatalf("%+v: %v", c, err)
			}
			processes[fmt.Sprint(name, " ", zero)] = p
		}
	}
	for name := range processes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, processes
}

// TestEverythingIsFinite: whatever a configuration asks of whatever process, Prepare refuses it and names the key, or
// the samples are numbers.
func TestEverythingIsFinite(t *testing.T) {
	names, processes := contractProcesses(t)
	choices := Choices()
	ran, refused := 0, map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		p := processes[rapid.SampledFrom(names).Draw(t, "process")]
		choice := rapid.SampledFrom(choices).Draw(t, "solver")
		c := DefaultConfig()
		c.Sampler = choice.Name
		c.Steps = rapid.IntRange(1, 50).Draw(t, "steps")
		c.Spacing = rapid.SampledFrom(SpacingNames()).Draw(t, "spacing")
		c.Final = rapid.SampledFrom([]string{"data", "first"}).Draw(t, "final")
		c.Rescale = rapid.SampledFrom([]string{"none", "none", "preserving", "exploding"}).Draw(t, "rescale")
		for _, key := range choice.Keys {
			switch key {
			case "variance":
				c.Variance = rapid.SampledFrom([]string{"beta", "beta_tilde"}).Draw(t, key)
			case "eta":
				c.Eta = rapid.SampledFrom([]float64{-1, 0, 0.3, 1}).Draw(t, key)
			case "order":
				c.Order = rapid.IntRange(0, 6).Draw(t, key)
			case "form":
				c.Form = rapid.SampledFrom([]string{"", "midpoint", "heun", "published", "quadratic", "bh1", "bh2"}).Draw(t, key)
			case "lower_order_final":
				c.LowerOrderFinal = rapid.Bool().Draw(t, key)
			case "churn":
				c.Churn.Amount = rapid.SampledFrom([]float64{0, 1, 40, 1e6}).Draw(t, key)
			case "corrector":
				c.Corrector.Steps = rapid.IntRange(1, 3).Draw(t, key)
			case "tolerance":
				c.Tolerance.Relative, c.Tolerance.Absolute = 1e-3, 1e-3
			default:
				t.Fatalf("the test does not know the key %s", key)
			}
		}
		s, p, times, err := Prepare(p, c)
		if err != nil {
			var wrong *configError
			if !errors.As(err, &wrong) {
				t.Fatal(err)
			}
			refused[wrong.key]++
			return
		}
		ran++
		q := diffusion.Parameterisation{Prediction: diffusion.Velocity, DataDeviation: 1}
		model, err := diffusion.NewModel(lawsMixture().Denoiser(p, q), p, q)
		if err != nil {
			t.Fatal(err)
		}
		run := &Run{Model: model, Dim: 2, Noise: diffusion.NewRowNoise(7, 0, 2)}
		if rapid.Bool().Draw(t, "bounded") {
			run.Bound = Bound{Limit: 2}
		}
		x := contractStart(model, 3)
		if err := s.Solve(context.Background(), run, x, times); err != nil {
			t.Fatal(err)
		}
		if countNotFinite(x) > 0 {
			t.Fatalf("%v", x)
		}
	})
	t.Logf("%d ran; refused: %v", ran, refused)
}
