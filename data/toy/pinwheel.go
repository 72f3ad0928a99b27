package toy

import (
	"context"
	"math"

	"euryale/choice"
	"euryale/data"
)

// Pinwheel is bent arms about the origin, as Johnson et al. 2016 (Composing graphical models with neural networks) draw
// them. For arm k, the label,
//
//	(f, g) = (1 + radial_deviation·z₁, tangential_deviation·z₂), z ~ N(0, I), k uniform in 0 … arms−1
//	a = 2πk/arms + rate·exp f
//	p = scale·(f cos a + g sin a, −f sin a + g cos a)
//
// at a tenth of their scale. z is from step 2²⁴ of the stream, as explained at dice.
//
// The nearest class is the arm whose middle, g = 0, passes nearest along the circle about the origin that the point is
// on. It is another arm's for the points beyond the origin, f < 0: one in 2,300 with the default.
type Pinwheel struct {
	Plain `yaml:",inline"`
	// Arms is the number of arms, from 1 to 4096.
	Arms int `yaml:"arms"`
	// RadialDeviation is the standard deviation along an arm, whose middle is at radius 1; from 0 to 10.
	RadialDeviation float64 `yaml:"radial_deviation"`
	// TangentialDeviation is the standard deviation across an arm, from 0 to 10.
	TangentialDeviation float64 `yaml:"tangential_deviation"`
	// Rate is how strongly the arms bend; 0: straight.
	Rate float64 `yaml:"rate"`
}

func newPinwheel() data.Options {
	return &Pinwheel{Plain: Plain{defaultPoints, 1}, Arms: 5, RadialDeviation: 0.3, TangentialDeviation: 0.1, Rate: 0.25}
}

// Validate implements data.Options.
func (w *Pinwheel) Validate() error {
	if err := firstError(w.check(), checkCount("arms", w.Arms, 1, mostClasses)); err != nil {
		return err
	}
	for _, key := range []struct {
		name  string
		value float64
	}{{"radial_deviation", w.RadialDeviation}, {"tangential_deviation", w.TangentialDeviation}} {
		if !(key.value >= 0 && key.value <= 10) {
			return choice.Wrong(key.name, "must be from 0 to 10, got %v", key.value)
		}
	}
	if !(math.Abs(w.Rate) <= 100) {
		return choice.Wrong("rate", "must be from -100 to 100, got %v", w.Rate)
	}
	return nil
}

// Open implements data.Options.
func (w *Pinwheel) Open(_ context.Context, seed uint64) (data.Source, error) {
	if err := w.Validate(); err != nil {
		return nil, err
	}
	arms, rate, radial, tangential := float64(w.Arms), w.Rate, w.RadialDeviation, w.TangentialDeviation
	return distribution{name: "pinwheel", dim: 2, classes: w.Arms, points: w.Points, scale: w.Scale, noise: constant(0),
		place: func(p []float64, d dice, class int) {
			var z [2]float32
			d.normal(z[:], 1)
			f, g := 1+float64(radial*float64(z[0])), tangential*float64(z[1])
			sin, cos := math.Sincos(2*math.Pi*float64(class)/arms + float64(rate*math.Exp(f)))
			p[0] = float64(f*cos) + float64(g*sin)
			p[1] = float64(g*cos) - float64(f*sin)
		},
		nearest: func(p []float64) int {
			angle := -math.Atan2(p[1], p[0]) - rate*math.Exp(min(length(p), 100))
			k := math.Mod(math.Round(angle*arms/(2*math.Pi)), arms)
			if k < 0 {
				k += arms
			}
			return int(k)
		}}.open(seed)
}
