package diffusion

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// With one step the sample is the prediction of x_0.
func TestAncestralOneStep(t *testing.T) {
	s := newSchedule(t, "linear", 0.4, 0.4, 1)
	model := oracle(t, s, Epsilon, component{1, 1.5, 0.25})
	x := []float32{-1, 0, 2}
	want := make([]float32, 3)
	model.X0(want, x, 0)
	if err := Ancestral(context.Background(), model, x, nil, AncestralOptions{}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(x, want) {
		t.Errorf("x_0 = %v, want %v", x, want)
	}
}

func TestAncestralDoesNotAllocate(t *testing.T) {
	allocations := func(steps int, workspace *Workspace) float64 {
		s := newSchedule(t, "cosine", 0, 0, steps)
		model := oracle(t, s, Epsilon, component{1, 1.5, 0.25})
		noise := NewRowNoise(0, 0, 2)
		x := make([]float32, 64)
		seen := 0
		options := AncestralOptions{Workspace: workspace, OnStep: func(step, t int, x []float32) error { seen += len(x); return nil }}
		return testing.AllocsPerRun(5, func() {
			StartFromPrior(x, 0, 0, 2)
			if err := Ancestral(context.Background(), model, x, noise, options); err != nil {
				t.Fatal(err)
			}
		})
	}
	if n := allocations(50, new(Workspace)); n != 0 {
		t.Errorf("%v allocations with a workspace", n)
	}
	if short, long := allocations(2, nil), allocations(200, nil); short != long || short > 2 {
		t.Errorf("%v allocations for 2 steps, %v for 200", short, long)
	}
}

func TestAncestralHook(t *testing.T) {
	s := newSchedule(t, "cosine", 0, 0, 10)
	model := oracle(t, s, Epsilon, component{1, 1.5, 0.25})
	var steps, times []int
	x := make([]float32, 4)
	stop := errors.New("enough")
	options := AncestralOptions{Times: []int32{9, 4, 2, 1}, OnStep: func(step, t int, now []float32) error {
		steps, times = append(steps, step), append(times, t)
		if &now[0] != &x[0] {
			return errors.New("the hook does not see x")
		}
		if t == 2 {
			return stop
		}
		return nil
	}}
	err := Ancestral(context.Background(), model, x, zeroNoise{}, options)
	if !errors.Is(err, stop) || !strings.Contains(err.Error(), "t = 2") {
		t.Errorf("error %v, want the hook's with t = 2", err)
	}
	if !slices.Equal(steps, []int{0, 1, 2}) || !slices.Equal(times, []int{9, 4, 2}) {
		t.Errorf("the hook saw steps %v at t = %v", steps, times)
	}
}

// recordedNoise notes the steps it was asked for.
type recordedNoise struct{ steps []int }

func (n *recordedNoise) Fill(z []float32, step int) {
	n.steps = append(n.steps, step)
	clear(z)
}

// Noise is addressed by the position in the list of times, and the last step asks for none.
func TestAncestralNoiseAddresses(t *testing.T) {
	s := newSchedule(t, "cosine", 0, 0, 10)
	model := oracle(t, s, Epsilon, component{1, 1.5, 0.25})
	for _, test := range []struct {
		times []int32
		want  []int
	}{{nil, []int{0, 1, 2, 3, 4, 5, 6, 7, 8}}, {[]int32{9, 4, 2, 1}, []int{0, 1, 2}}} {
		noise := &recordedNoise{}
		if err := Ancestral(context.Background(), model, make([]float32, 4), noise, AncestralOptions{Times: test.times}); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(noise.steps, test.want) {
			t.Errorf("times %v: noise of steps %v, want %v", test.times, noise.steps, test.want)
		}
	}
}

func TestAncestralStopsWithContext(t *testing.T) {
	s := newSchedule(t, "cosine", 0, 0, 10)
	model := oracle(t, s, Epsilon, component{1, 1.5, 0.25})
	ctx, cancel := context.WithCancel(context.Background())
	done := 0
	err := Ancestral(ctx, model, make([]float32, 4), zeroNoise{}, AncestralOptions{OnStep: func(step, t int, _ []float32) error {
		if done++; t == 6 {
			cancel()
		}
		return nil
	}})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "before t = 5") || done != 4 {
		t.Errorf("error %v after %d steps", err, done)
	}
}

// brokenAt3 predicts nonsense at t = 3.
type brokenAt3 struct{}

func (brokenAt3) Predict(dst, x []float32, t float64) {
	clear(dst)
	if t == 3 {
		dst[0], dst[4] = float32(math.NaN()), float32(math.Inf(-1))
	}
}

func TestAncestralReportsWhatIsNotFinite(t *testing.T) {
	s := newSchedule(t, "cosine", 0, 0, 10)
	model, err := NewModel(brokenAt3{}, s, Epsilon)
	if err != nil {
		t.Fatal(err)
	}
	for clip, count := range map[float64]int{0: 2, 1: 1} { // infinity can be clipped, NaN can not
		err = Ancestral(context.Background(), model, make([]float32, 6), zeroNoise{}, AncestralOptions{ClipX0: clip})
		if want := fmt.Sprintf("after the step at t = 3, %d of 6 values are not finite", count); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("clip %v: error %v, want %q", clip, err, want)
		}
	}
}

func TestAncestralErrors(t *testing.T) {
	s := newSchedule(t, "cosine", 0, 0, 10)
	model := oracle(t, s, Epsilon, component{1, 1.5, 0.25})
	for want, options := range map[string]AncestralOptions{
		"entry 0 is 10":        {Times: []int32{10, 5}},
		"entry 1 is -1":        {Times: []int32{3, -1}},
		"entry 2 is 5":         {Times: []int32{7, 5, 5}},
		"list of times is emp": {Times: []int32{}},
		"at least 0, got NaN":  {ClipX0: math.NaN()},
		"unknown variance 2":   {Variance: 2},
	} {
		if err := Ancestral(context.Background(), model, make([]float32, 4), zeroNoise{}, options); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	if err := Ancestral(context.Background(), model, make([]float32, 4), nil, AncestralOptions{}); err == nil {
		t.Error("no noise is no error")
	}
	if _, err := ParseVariance("tilde"); err == nil || !strings.Contains(err.Error(), "one of beta, beta_tilde") {
		t.Errorf("unknown variance: %v", err)
	}
}
