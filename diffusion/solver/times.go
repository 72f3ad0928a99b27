package solver

import (
	"errors"
	"slices"

	"euryale/choice"
	"euryale/diffusion"
)

// Times makes the list of times that options choose: n = o.Steps ≥ 1 steps, so n + 1 strictly decreasing times. The last
// is the data, or with o.Final "first" the network's first time. The spacing places all but the data: see Spacings.
//
// If o.Times is not empty, it is the list; the end that o.Final chooses is added to it if it is missing. The error is a
// *choice.FieldError.
func Times(p diffusion.Process, o Options) ([]float64, error) {
	if err := named("final", o.Final, finals()); err != nil {
		return nil, err
	}
	data, first, _ := p.Span()
	end := data
	if o.Final == FinalFirst {
		end = first
	}
	if len(o.Times) > 0 {
		return explicitTimes(p, o.Times, end)
	}
	if o.Steps < 1 || o.Steps > maxSteps {
		return nil, choice.Wrong("steps", "must be from 1 to %d, got %d", maxSteps, o.Steps)
	}
	points := o.Steps
	if end == first {
		points++
	}
	times, err := spaced(p, o.Spacing, Layout{o.Steps, points, end})
	if err != nil {
		return nil, err
	}
	if end == data {
		times = append(times, data)
	}
	for i := 1; i < len(times); i++ {
		if times[i] >= times[i-1] {
			return nil, choice.Wrong("steps", "of %d are too many: times of this spacing coincide at %v", o.Steps, times[i])
		}
	}
	return times, nil
}

// spaced returns the network's times, from the last down.
func spaced(p diffusion.Process, by choice.One[Spacing], l Layout) ([]float64, error) {
	if by.Kind == nil {
		return nil, oneOf("spacing", "", Spacings().Names()...)
	}
	_, first, last := p.Span()
	switch {
	case l.Points == 1:
		return []float64{last}, nil
	case first == last:
		return nil, choice.Wrong("steps", "cannot be %d on a process of a single time: there is one step, to the data", l.Steps)
	}
	at, err := by.Kind.Place(p, l)
	if err != nil {
		return nil, cannotPlace(by.Name(), err)
	}
	if steps := p.Steps(); diffusion.Discrete(p) && by.Kind.Rounds() && l.Points > steps {
		return nil, choice.Wrong("steps", "must be at most %d for the spacing %s, which rounds to the chain's %d times, got %d; "+
			"linspace takes more", steps-(l.Points-l.Steps), by.Name(), steps, l.Steps)
	}
	times := make([]float64, l.Points)
	for i := range times {
		times[i] = min(max(at(float64(l.Points)-1-float64(i)), first), last)
	}
	return times, nil
}

// cannotPlace puts the error of a spacing at the key of the spacing, or of its field.
func cannotPlace(name string, err error) error {
	var of *choice.FieldError
	if errors.As(err, &of) && of.Key != "" {
		return choice.Within("spacing", of)
	}
	return choice.Wrong("spacing", "%s %w", name, err)
}

// explicitTimes checks a list of times, and adds its end if that is missing.
func explicitTimes(p diffusion.Process, list []float64, end float64) ([]float64, error) {
	if err := validateTimes(list); err != nil {
		return nil, err
	}
	data, first, last := p.Span()
	for i, t := range list {
		switch {
		case !(t >= data && t <= last):
			return nil, choice.Wrong("times", "must lie from %v to %v, but entry %d is %v", data, last, i+1, t)
		case t < end:
			return nil, choice.Wrong("times", "must end at %v, the network's first, with final: first, but entry %d is %v", end, i+1, t)
		}
	}
	times := slices.Clone(list)
	if times[len(times)-1] > end {
		times = append(times, end)
	}
	if len(times) < 2 {
		return nil, choice.Wrong("times", "must have a time before the end, got %v", list)
	}
	for i, t := range times[:len(times)-1] {
		if t < first {
			return nil, choice.Wrong("times", "must not be below %v, the network's first, except for the data, but entry %d is %v",
				first, i+1, t)
		}
	}
	return times, nil
}
