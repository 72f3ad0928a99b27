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

func ancestralChain(t testing.TB, schedule string, steps int) *diffusion.Chain {
	t.Helper()
	c, err := diffusion.NewChain(scheduled(schedule, 1e-3, 0.2, false), steps)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ancestralRun is a run on the exact model of N(1.5, ½²) with a cosine schedule.
func ancestralRun(t testing.TB, steps int) (*Run, *diffusion.Chain) {
	t.Helper()
	c := ancestralChain(t, "cosine", steps)
	return &Run{Model: oracle(t, c, normalData(1.5, 0.5), diffusion.Epsilon), Dim: 1, Noise: noNoise{}}, c
}

// With one step the sample is the prediction of x_0, and needs no noise.
func TestAncestralOneStep(t *testing.T) {
	run, _ := ancestralRun(t, 1)
	run.Noise = nil
	x := []float32{-1, 0, 2}
	want := make([]float32, 3)
	run.Model.X0(want, x, 0)
	mustSolve(t, Ancestral{}, run, x, []float64{0, -1})
	for i := range x {
		if math.Abs(float64(x[i]-want[i])) > 1e-6 {
			t.Errorf("x_0 = %v, want %v", x, want)
		}
	}
}

func TestAncestralDoesNotAllocate(t *testing.T) {
	run, c := ancestralRun(t, 50)
	noise, times, x := diffusion.NewRowNoise(0, 0, 2), fullTimes(c), make([]float32, 64)
	run.Dim, run.Noise, run.Bound = 2, noise, Bound{Limit: 3, Percentile: 0.9}
	run.Model = oracle(t, c, gaussian.Mixture{{Weight: 1, Mean: []float64{1, 2}, Deviation: 1}}, diffusion.Velocity)
	seen := 0
	run.OnStep = func(step int, t float64, x []float32) error { seen += len(x); return nil }
	if n := testing.AllocsPerRun(5, func() { mustSolve(t, Ancestral{}, run, x, times) }); n != 0 {
		t.Errorf("%v allocations in a later call", n)
	}
}

func TestAncestralHook(t *testing.T) {
	run, _ := ancestralRun(t, 10)
	var steps []int
	var times []float64
	x := make([]float32, 4)
	stop := errors.New("enough")
	run.OnStep = func(step int, t float64, now []float32) error {
		steps, times = append(steps, step), append(times, t)
		if &now[0] != &x[0] {
			return errors.New("the hook does not see x")
		}
		if t == 2 {
			return stop
		}
		return nil
	}
	err := Ancestral{}.Solve(context.Background(), run, x, []float64{9, 4, 2, 1, -1})
	if !errors.Is(err, stop) || !strings.Contains(err.Error(), "ancestral, after step 2, to t = 2") {
		t.Errorf("error %v, want the hook's, after step 2", err)
	}
	if !slices.Equal(steps, []int{0, 1, 2}) || !slices.Equal(times, []float64{9, 4, 2}) {
		t.Errorf("the hook saw steps %v at t = %v", steps, times)
	}
}

// ancestralDraws records the draws that a solver takes.
type ancestralDraws []int

func (n *ancestralDraws) Fill(z []float32, draw int) {
	*n = append(*n, draw)
	clear(z)
}

// Every step except one to the data takes the next draw, and every call starts from draw 0.
func TestAncestralNoiseAddresses(t *testing.T) {
	run, c := ancestralRun(t, 10)
	for _, test := range []struct {
		times []float64
		want  []int
	}{
		{fullTimes(c), []int{0, 1, 2, 3, 4, 5, 6, 7, 8}},
		{[]float64{9, 4, 2, 1, -1}, []int{0, 1, 2}},
		{[]float64{9, 4, 2, 1}, []int{0, 1, 2}},
	} {
		var draws ancestralDraws
		run.Noise = &draws
		mustSolve(t, Ancestral{}, run, make([]float32, 4), test.times)
		if !slices.Equal(draws, test.want) {
			t.Errorf("times %v: draws %v, want %v", test.times, draws, test.want)
		}
	}
}

func TestAncestralStopsWithContext(t *testing.T) {
	run, c := ancestralRun(t, 10)
	ctx, cancel := context.WithCancel(context.Background())
	done := -1
	run.OnStep = func(step int, t float64, _ []float32) error {
		if done = step; t == 5 {
			cancel()
		}
		return nil
	}
	err := Ancestral{}.Solve(ctx, run, make([]float32, 4), fullTimes(c))
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "before t = 5") || done != 4 {
		t.Errorf("error %v after %d steps", err, done)
	}
}

// ancestralBroken predicts nonsense at t = 3.
type ancestralBroken struct{}

func (ancestralBroken) Predict(dst, x []float32, t float64) {
	clear(dst)
	if t == 3 {
		dst[0], dst[4] = float32(math.NaN()), float32(math.Inf(-1))
	}
}

func TestAncestralReportsWhatIsNotFinite(t *testing.T) {
	c := ancestralChain(t, "cosine", 10)
	model, err := diffusion.NewModel(ancestralBroken{}, c, diffusion.Parameterization{Prediction: diffusion.Epsilon})
	if err != nil {
		t.Fatal(err)
	}
	for clip, want := range map[float64]string{
		0: "after step 7, to t = 2, 2 of 6 values are not finite",
		1: "after step 7, to t = 2, 1 of 6 values are not finite", // infinity can be clipped, NaN can not
	} {
		run := &Run{Model: model, Dim: 1, Noise: noNoise{}, Bound: Bound{Limit: clip}}
		if err := (Ancestral{}).Solve(context.Background(), run, make([]float32, 6), fullTimes(c)); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("clip %v: error %v, want %q", clip, err, want)
		}
	}
}

func TestAncestralErrors(t *testing.T) {
	for _, test := range []struct {
		want   string
		change func(run *Run) Ancestral
		times  []float64
		x      int
	}{
		{"entry 0 is 10", func(*Run) Ancestral { return Ancestral{} }, []float64{10, 5}, 4},
		{"entry 2 is 5 after 5", func(*Run) Ancestral { return Ancestral{} }, []float64{7, 5, 5}, 4},
		{"entry 1 of 3 is -0.5", func(*Run) Ancestral { return Ancestral{} }, []float64{3, -0.5, -1}, 4},
		{"at least two times", func(*Run) Ancestral { return Ancestral{} }, nil, 4},
		{"at least 0, got NaN", func(r *Run) Ancestral { r.Bound.Limit = math.NaN(); return Ancestral{} }, []float64{9, -1}, 4},
		{"ancestral: it needs noise", func(r *Run) Ancestral { r.Noise = nil; return Ancestral{} }, []float64{9, 4, -1}, 4},
		{"it needs noise", func(r *Run) Ancestral { r.Noise = nil; return Ancestral{} }, []float64{9, 4}, 4},
		{"trained to predict it", func(*Run) Ancestral { return Ancestral{VarianceLearned} }, []float64{9, -1}, 4},
		{"got 3 numbers and Dim = 2", func(r *Run) Ancestral { r.Dim = 2; return Ancestral{} }, []float64{9, -1}, 3},
		{"needs a model", func(r *Run) Ancestral { r.Model = nil; return Ancestral{} }, []float64{9, -1}, 4},
	} {
		run, _ := ancestralRun(t, 10)
		s := test.change(run)
		if err := s.Solve(context.Background(), run, make([]float32, test.x), test.times); err == nil ||
			!strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want one with %q", err, test.want)
		}
	}
}
