package diffusion

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"euryale/choice"

	"pgregory.net/rapid"
)

// training is all that a configuration chooses in this package.
type training struct {
	process   ProcessOptions
	q         Parameterization
	weight    Weight
	timesteps TimestepOptions
}

// check makes the checks of a configuration: each section, and then their combination.
func (c training) check() error {
	if err := c.process.Validate(); err != nil {
		return err
	}
	p, err := c.process.New()
	if err != nil {
		return fmt.Errorf("Validate passed this: %w", err)
	}
	if err := c.q.Check(p); err != nil {
		return err
	}
	if err := CheckWeight(c.weight, c.q, p); err != nil {
		return err
	}
	if err := c.timesteps.Validate(); err != nil {
		return err
	}
	if err := CheckTimesteps(c.timesteps, c.weight); err != nil {
		return err
	}
	_, err = c.timesteps.New(p, 1)
	return err
}

// Every kind is usable: with the rest at its default, each is valid for some process.
func TestEveryKindIsValidSomewhere(t *testing.T) {
	valid := func(q Parameterization, weight, timesteps string) bool {
		return slices.ContainsFunc(Processes(), func(e choice.Entry[ProcessOptions]) bool {
			o, err := TimestepSamplers().New(timesteps)
			if err != nil {
				t.Fatal(err)
			}
			return training{e.New(), q, weightOf(t, weight), o}.check() == nil
		})
	}
	for _, name := range Schedules().Names() {
		c := training{ddpm(100, scheduleOf(t, name, nil)), parameterizationOf(t, "v"), &SimpleWeight{}, &PairedTimesteps{}}
		if err := c.check(); err != nil {
			t.Errorf("schedule %s: %v", name, err)
		}
	}
	for _, prediction := range Predictions().Names() {
		q := parameterizationOf(t, prediction)
		for _, name := range weightNames() {
			if !valid(q, name, "paired") {
				t.Errorf("weight %s with %s", name, prediction)
			}
		}
		for _, name := range TimestepSamplers().Names() {
			if !valid(q, "simple", name) {
				t.Errorf("timesteps %s with %s", name, prediction)
			}
		}
	}
}

// drawNumber draws a usual number, one at the edges of the valid range, or an invalid one.
func drawNumber(t *rapid.T, name string, usual ...float64) float64 {
	edges := []float64{usual[0], usual[0], 0, 1e-300, 1e-31, 1e-5, 0.5, 0.999, 1, 30, 1e12, 1e300, -1, math.Inf(1), math.NaN()}
	return rapid.SampledFrom(append(usual, edges...)).Draw(t, name)
}

// drawSection fills the numbers of a section, of which five of six are as usual.
func drawSection(t *rapid.T, section any, usual map[string][]float64) {
	for _, key := range keysOf(section) {
		field, _ := fieldOf(section, key)
		name := fmt.Sprintf("%T %s", section, key)
		switch v := field.Addr().Interface().(type) {
		case *bool:
			*v = rapid.Bool().Draw(t, name)
		case *int:
			*v = rapid.SampledFrom([]int{100, 100, 100, 100, 1000, 1, 2, 3, 20, 3000, 0, -1}).Draw(t, name)
		case *float64:
			if rapid.IntRange(0, 5).Draw(t, name+" is unusual") == 0 {
				*v = drawNumber(t, name, usual[key]...)
			}
		case *choice.One[Schedule]:
			s := scheduleOf(t, rapid.SampledFrom(Schedules().Names()).Draw(t, name), nil)
			drawSection(t, s, usual)
			*v = Schedules().With(s)
		}
	}
}

// The constructors accept what is valid, and what they make works.
func TestValidIsEnough(t *testing.T) {
	usual := map[string][]float64{
		"beta_start": {1e-4, 1e-70}, "beta_end": {0.02, 0.3}, "beta_min": {0.1}, "beta_max": {20, 200}, "first_time": {1e-3, 1e-20},
		"last_time": {0.999, 1}, "sigma_min": {0.002, 1e-12}, "sigma_max": {80, 0.0021}, "gamma": {5, 1}, "k": {1},
		"mean": {-1.2, -100}, "deviation": {1.2, 100},
	}
	passed := 0
	rapid.Check(t, func(t *rapid.T) {
		process, err := Processes().New(rapid.SampledFrom(Processes().Names()).Draw(t, "process"))
		if err != nil {
			t.Fatal(err)
		}
		timesteps, err := TimestepSamplers().New(rapid.SampledFrom(TimestepSamplers().Names()).Draw(t, "timesteps"))
		if err != nil {
			t.Fatal(err)
		}
		weight := weightOf(t, rapid.SampledFrom(weightNames()).Draw(t, "weight"))
		for _, section := range []any{process, timesteps, weight} {
			drawSection(t, section, usual)
		}
		c := training{process: process, weight: weight, timesteps: timesteps}
		c.q = Parameterization{
			Prediction: Prediction(rapid.IntRange(-1, len(predictions)).Draw(t, "prediction")),
			ScaleInput: rapid.Bool().Draw(t, "scale_input"),
			SigmaData:  0.5,
		}
		if rapid.IntRange(0, 5).Draw(t, "sigma_data is unusual") == 0 {
			c.q.SigmaData = drawNumber(t, "sigma_data", 0.5, 1e-12)
		}
		if c.check() != nil {
			return
		}
		passed++
		works(t, c)
	})
	if passed == 0 {
		t.Error("no configuration was valid")
	}
}

// works makes a batch of a valid configuration.
func works(t *rapid.T, c training) {
	p, err := c.process.New()
	if err != nil {
		t.Fatal(err)
	}
	model, err := NewModel(normalDenoiser{p, c.q}, p, c.q)
	if err != nil {
		t.Fatal(err)
	}
	sampler, err := c.timesteps.New(p, 1)
	if err != nil {
		t.Fatal(err)
	}
	const rows = 4
	times, weight, x0, eps, x := make([]float64, rows), make([]float32, rows), []float32{-1, 0, 1, 2}, []float32{1, -1, 0.5, -0.5},
		make([]float32, rows)
	sampler.Fill(times, weight, 3, 0, rows)
	for _, at := range times {
		if w := c.weight.Weight(c.q, p, at); !(w >= 0 && w <= 1.01*maxWeight) {
			t.Fatalf("weight %v at %v", w, at)
		}
		if c, d := c.q.Coefficients(p.Marginal(at)); !(math.Hypot(c, d) < math.MaxFloat32) {
			t.Fatalf("target of %v x_0 + %v ε at %v", c, d, at)
		}
		if scale := c.q.InputScale(p.Marginal(at)); !(scale < math.MaxFloat32) {
			t.Fatalf("the input is scaled by %v at %v", scale, at)
		}
	}
	AddNoise(p, x, x0, eps, times, 1)
	c.q.Target(p, x, x0, eps, times, 1)
	model.Epsilon(make([]float32, 1), x[:1], times[0])
	for _, v := range x {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			t.Fatalf("targets %v at %v", x, times)
		}
	}
}
