package optim

import "euryale/choice"

// Schedule is the learning rate as a function of the step; a kind's fields are its section of the configuration. A kind
// whose rate depends on total also has the method DependsOnTotal() bool.
type Schedule interface {
	Validate() error
	// At is the rate of a step, counted from 1, in a run of total steps in all. It holds no state: a resumed run gets the
	// rates of an uninterrupted one. Steps beyond total have a rate too.
	At(step, total int64) float64
}

// Schedules are the kinds of schedules.
func Schedules() choice.Set[Schedule] {
	return choice.Set[Schedule]{
		{Name: "constant", Summary: "the same rate in every step",
			New: func() Schedule { return &Constant{Rate: defaultRate} }},
		{Name: "warmup", Summary: "linear rise, then constant (Goyal et al. 2017)",
			New: func() Schedule { return &Warmup{Rate: defaultRate, Steps: 1000} }},
		{Name: "cosine", Summary: "linear rise, then half a cosine down to the end of the run (Loshchilov and Hutter 2017)",
			New: func() Schedule { return &Cosine{Rate: defaultRate} }},
		{Name: "linear", Summary: "linear rise, then linear fall to the end of the run",
			New: func() Schedule { return &Linear{Rate: defaultRate} }},
		{Name: "step", Summary: "multiplied by a factor at regular intervals",
			New: func() Schedule { return &StepDecay{Rate: defaultRate, Every: 100000, Factor: 0.1} }},
	}
}

const (
	defaultRate = 1e-3
	leastRate   = 1e-12 // steps much smaller than that are lost in float32: no weight moves
)

func checkRate(rate float64) error {
	if !(rate >= leastRate && rate < 1e3) {
		return choice.Wrong("rate", "must be at least %v and below 1000, got %v", leastRate, rate)
	}
	return nil
}

// checkFall checks the keys that cosine and linear have in common.
func checkFall(rate float64, warmup int64, final float64) error {
	switch {
	case warmup < 0:
		return choice.Wrong("warmup", "must be at least 0 steps, got %d", warmup)
	case !(final >= 0 && final <= 1):
		return choice.Wrong("final", "must be from 0 to 1, got %v", final)
	}
	return checkRate(rate)
}

// ramp is the factor of a linear warm-up: 1/warmup in step 1, 1 in step `warmup` and from there on.
func ramp(step, warmup int64) float64 {
	if step < warmup {
		return float64(step) / float64(warmup)
	}
	return 1
}

// progress is the part of the fall that is done: 0 up to the peak, which is step `warmup` or, without a warm-up, step 1;
// 1 in step total and beyond. A warm-up as long as the run or longer leaves no fall: the rate rises to the last step.
func progress(step, warmup, total int64) float64 {
	peak := max(warmup, 1)
	switch {
	case step <= peak:
		return 0
	case step >= total:
		return 1
	}
	return float64(step-peak) / float64(total-peak)
}
