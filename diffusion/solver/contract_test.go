package solver

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"euryale/diffusion"

	"pgregory.net/rapid"
)

// contractSteps is small, so that every solver is fast.
const contractSteps = 9

// contractCase is a distributionCase with few steps.
func contractCase(t testing.TB, l distributionCase) (Solver, *diffusion.Model, []float64) {
	t.Helper()
	l.steps = contractSteps
	if a, ok := l.solver.(*AnnealedLangevin); ok {
		l.solver = &AnnealedLangevin{Langevin{Steps: 3, SNR: a.Corrector.SNR}}
	}
	s, p, times := l.prepare(t)
	return s, l.model(t, p, distributionMixture(), diffusion.X0), times
}

// everyCase runs a test for every solver, on the process of its paper and on that of flow matching.
func everyCase(t *testing.T, run func(t *testing.T, s Solver, m *diffusion.Model, times []float64)) {
	for _, l := range slices.Concat(distributionCases(t), flowCases(t)) {
		t.Run(fmt.Sprintf("%s on %T", l.solver.Name(), l.process), func(t *testing.T) {
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

// TestRunsAreRepeatable: the second use of a run gives the same result, and allocates nothing.
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

// TestHookSeesEveryTime: in order, with x at that time.
func TestHookSeesEveryTime(t *testing.T) {
	everyCase(t, func(t *testing.T, s Solver, m *diffusion.Model, times []float64) {
		var seen []float64
		x := contractStart(m, 3)
		last := slices.Clone(x)
		run := &Run{Model: m, Dim: 2, Noise: diffusion.NewRowNoise(7, 0, 2), OnStep: func(step int, at float64, now []float32) error {
			switch {
			case step != len(seen):
				t.Errorf("call %d is for step %d", len(seen), step)
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

// TestSolversStopWithContext: they stop before the next step.
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

// TestSolversNeedNoise: a solver that draws noise fails without any, and one that draws none does not.
func TestSolversNeedNoise(t *testing.T) {
	deterministic := []string{"ddim", "pndm", "flow_euler", "euler", "heun", "rk45", "dpm_2", "lms", "dpm++_1", "dpm++_2s",
		"dpm++_2m", "dpm++_3m", "unipc", "deis"}
	for _, l := range slices.Concat(distributionCases(t), flowCases(t)) {
		s, m, times := contractCase(t, l)
		err := s.Solve(context.Background(), &Run{Model: m, Dim: 2}, contractStart(m, 3), times)
		drawsNone := slices.Contains(deterministic, s.Name()) && fmt.Sprint(s) != "&{1}" && !strings.Contains(fmt.Sprint(s), "40")
		if drawsNone != (err == nil) {
			t.Errorf("%s %+v without noise: %v", s.Name(), s, err)
		}
	}
}

// countingNetwork counts the rows that a denoiser evaluates.
type countingNetwork struct {
	diffusion.Denoiser
	rows int
}

func (c *countingNetwork) Predict(dst, x []float32, t float64) {
	c.rows += len(x) / 2
	c.Denoiser.Predict(dst, x, t)
}

// TestNetworkCalls counts the evaluations in n steps, of which the last goes to the data.
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
		model, err := diffusion.NewModel(network, m.Process(), m.Parameterization)
		if err != nil {
			t.Fatal(err)
		}
		run := &Run{Model: model, Dim: 2, Noise: diffusion.NewRowNoise(7, 0, 2)}
		mustSolve(t, s, run, contractStart(m, rows), times)
		name := s.Name()
		calls, ok := want[name]
		switch {
		case name == "rk45":
			if network.rows < 7*rows*(n-1) { // seven stages per step, at least one step per time
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
	for _, name := range diffusion.Schedules().Names() {
		for _, zero := range []bool{false, true} {
			p, err := diffusion.NewChain(scheduled(name, 1e-4, 0.02, zero), 60)
			if err != nil {
				t.Fatalf("%s %v: %v", name, zero, err)
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

// contractValues are values of the solvers' keys that are within their ranges.
func contractValues(t *rapid.T, key string, solver string) any {
	switch key {
	case "variance":
		return rapid.SampledFrom([]Variance{VarianceBeta, VarianceBetaTilde}).Draw(t, key)
	case "eta":
		return rapid.SampledFrom([]float64{0, 0.3, 1}).Draw(t, key)
	case "order":
		return rapid.IntRange(1, 6).Draw(t, key)
	case "variant":
		return rapid.SampledFrom([]string{"", "midpoint", "heun", "published", "quadratic", "bh1", "bh2"}).Draw(t, key)
	case "lower_order_final":
		return rapid.Bool().Draw(t, key)
	case "churn.amount":
		return rapid.SampledFrom([]float64{0, 1, 40, 1e6}).Draw(t, key)
	case "churn.min":
		return rapid.SampledFrom([]float64{0, 0.05}).Draw(t, key)
	case "churn.max":
		return rapid.SampledFrom([]float64{0, 50}).Draw(t, key)
	case "churn.noise":
		return rapid.SampledFrom([]float64{1, 1.003}).Draw(t, key)
	case "corrector.steps":
		return rapid.IntRange(1, 3).Draw(t, key)
	case "corrector.snr":
		return rapid.SampledFrom([]float64{0.05, 0.16, 0.22}).Draw(t, key)
	case "tolerance.relative", "tolerance.absolute":
		return 1e-3
	}
	t.Fatalf("the test has no value for the key %s of %s", key, solver)
	return nil
}

// TestEverythingIsFinite: for any options and any process, Prepare returns an error with the key, or the samples
// are numbers.
func TestEverythingIsFinite(t *testing.T) {
	names, processes := contractProcesses(t)
	ran, refused := 0, map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		trained := processes[rapid.SampledFrom(names).Draw(t, "process")]
		s := rapid.SampledFrom(Solvers()).Draw(t, "solver").New()
		for _, leaf := range leavesOf(s) {
			leaf.value.Set(reflect.ValueOf(contractValues(t, leaf.key, s.Name())))
		}
		o := optionsOf(s, rapid.IntRange(1, 50).Draw(t, "steps"), rapid.SampledFrom(Spacings().Names()).Draw(t, "spacing"))
		o.Final = rapid.SampledFrom(finals()).Draw(t, "final")
		o.Rescale = rapid.SampledFrom(append(rescales(), RescaleNone)).Draw(t, "rescale")
		s, p, times, err := o.Prepare(trained)
		if err != nil {
			refused[keyOf(t, err)]++
			return
		}
		ran++
		// These are defined where no signal is left too.
		speaks := []diffusion.Prediction{diffusion.X0, diffusion.Velocity, diffusion.Preconditioned, diffusion.U}
		q := diffusion.Parameterization{Prediction: rapid.SampledFrom(speaks).Draw(t, "prediction"), SigmaData: 1}
		model, err := diffusion.NewModel(distributionMixture().Denoiser(trained, q), trained, q)
		if err != nil {
			t.Fatal(err)
		}
		if p != trained {
			model = model.Rescaled(p)
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
