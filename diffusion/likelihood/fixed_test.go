package likelihood

import (
	"context"
	"math"
	"strings"
	"testing"

	"euryale/diffusion"
)

// The densities are those of LogLikelihood, row by row, and the error falls quickly with the step, like its fourth power.
func TestLogDensities(t *testing.T) {
	p := must(diffusion.NewVP(0.1, 20, 1e-3))
	model := oracle(t, p, cornered, diffusion.Velocity)
	x := draw(cornered, 12, 3)
	exact := mustLogLikelihood(t, model, x, 2, ExactOptions{ScaleData: true, Relative: 1e-8, Absolute: 1e-8})
	worst := map[int]float64{}
	for _, steps := range []int{6, 12, 20} {
		got, err := LogDensities(context.Background(), model, x, 2, steps)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range exact {
			worst[steps] = max(worst[steps], math.Abs(got[i]-want))
		}
		alone, err := LogDensities(context.Background(), model, x[10:12], 2, steps)
		if err != nil || alone[0] != got[5] {
			t.Errorf("%d steps: row 5 alone is %v, %v; among others %v", steps, alone, err, got[5])
		}
	}
	if worst[20] > 2e-3 || worst[12] > worst[6]/3 || worst[20] > worst[12]/8 {
		t.Errorf("errors by steps: %v", worst)
	}
	if _, err := LogDensities(context.Background(), model, x, 2, 0); err == nil || !strings.Contains(err.Error(), "at least 1, got 0") {
		t.Errorf("no steps: %v", err)
	}
	if _, err := LogDensities(context.Background(), model, x[:3], 2, 1); err == nil {
		t.Error("a row and a half: no error")
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := LogDensities(ended, model, x, 2, 1); err == nil {
		t.Error("a context that has ended: no error")
	}
}
