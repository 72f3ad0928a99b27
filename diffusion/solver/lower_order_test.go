package solver

import (
	"fmt"
	"slices"
	"testing"

	"euryale/diffusion"
	"euryale/internal/gaussian"
)

// lower_order_final acts where its comment promises: on unipc always, on the others below 15 steps.
func TestLowerOrderFinal(t *testing.T) {
	p := vp(t)
	data := gaussian.Mixture{{Weight: 1, Mean: []float64{-1}, Deviation: 0.3}, {Weight: 2, Mean: []float64{1}, Deviation: 0.4}}
	model := oracle(t, p, data, diffusion.X0)
	for _, c := range []struct {
		name  string
		of    func(lower bool) Solver
		steps map[int]bool // whether the key has an effect
		data  map[int]bool // whether it has where the last step goes to the data
	}{
		{"dpm++_2m", func(lower bool) Solver { return DPMPP2M{LowerOrderFinal: lower} }, map[int]bool{14: true, 15: false},
			map[int]bool{14: false, 15: false}},
		{"dpm++_3m", func(lower bool) Solver { return DPMPP3M{LowerOrderFinal: lower} }, map[int]bool{14: true, 15: false},
			map[int]bool{14: true, 15: false}},
		{"deis", func(lower bool) Solver { return DEIS{3, lower} }, map[int]bool{14: true, 15: false}, map[int]bool{14: true, 15: false}},
		{"unipc", func(lower bool) Solver { return UniPC{Order: 3, LowerOrderFinal: lower} },
			map[int]bool{14: true, 15: true, 40: true}, map[int]bool{14: true, 15: true, 40: true}},
	} {
		check := func(toData bool, steps int, want bool) {
			times := make([]float64, steps+1)
			for i := range times {
				times[i] = 1 - 0.98*float64(i)/float64(steps)
			}
			if toData {
				times[steps] = 0
			}
			solve := func(lower bool) string {
				x := []float32{-2, -0.6, 0.2, 1.5}
				mustSolve(t, c.of(lower), &Run{Model: model, Dim: 1}, x, slices.Clone(times))
				return fmt.Sprint(x)
			}
			if got := solve(true) != solve(false); got != want {
				t.Errorf("%s in %d steps, to the data %v: an effect is %v, want %v", c.name, steps, toData, got, want)
			}
		}
		for steps, want := range c.steps {
			check(false, steps, want)
		}
		for steps, want := range c.data {
			check(true, steps, want)
		}
	}
}
