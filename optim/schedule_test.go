package optim

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func near(got, want float64) bool { return math.Abs(got-want) <= 1e-12*math.Abs(want)+1e-18 }

// The values that the documentation of other frameworks prints.
func TestPublishedValues(t *testing.T) {
	for _, test := range []struct {
		source      string
		schedule    Schedule
		step, total int64
		want        float64
		tolerance   float64
	}{
		// torch.optim.lr_scheduler.StepLR: lr 0.05, step_size 30, gamma 0.1; epochs count from 0.
		{"StepLR", &StepDecay{Rate: 0.05, Every: 30, Factor: 0.1}, 1, 100, 0.05, 1e-15},
		{"StepLR", &StepDecay{Rate: 0.05, Every: 30, Factor: 0.1}, 30, 100, 0.05, 1e-15},
		{"StepLR", &StepDecay{Rate: 0.05, Every: 30, Factor: 0.1}, 31, 100, 0.005, 1e-15},
		{"StepLR", &StepDecay{Rate: 0.05, Every: 30, Factor: 0.1}, 60, 100, 0.005, 1e-15},
		{"StepLR", &StepDecay{Rate: 0.05, Every: 30, Factor: 0.1}, 61, 100, 0.0005, 1e-15},
		// mlx.optimizers.cosine_decay(1e-1, 1000) in its fifth update.
		{"MLX", &Cosine{Rate: 0.1}, 5, 1001, 0.0999961, 5e-8},
	} {
		if got := test.schedule.At(test.step, test.total); math.Abs(got-test.want) > test.tolerance {
			t.Errorf("%s: step %d has %v, want %v", test.source, test.step, got, test.want)
		}
	}
}

// PyTorch's schedulers step by step, in the recursive form in which it computes them, with the learning rate that it holds
// in its epoch 0 before the first step. SequentialLR puts the warm-up before the fall.
func TestAgainstPyTorch(t *testing.T) {
	const rate, total, warmup, final = 0.02, 60, 7, 0.25

	// LinearLR: lr ← lr·(1 + (end − start)/(total_iters·start + (epoch − 1)·(end − start))) while epoch ≤ total_iters.
	linear := func(lr, start, end, iterations, epoch float64) float64 {
		if epoch > iterations {
			return lr
		}
		return lr * (1 + (end-start)/(iterations*start+(epoch-1)*(end-start)))
	}
	// CosineAnnealingLR: lr ← min + (lr − min)·(1 + cos(π·epoch/T))/(1 + cos(π·(epoch − 1)/T)).
	cosine := func(lr, least, period, epoch float64) float64 {
		return least + (lr-least)*(1+math.Cos(math.Pi*epoch/period))/(1+math.Cos(math.Pi*(epoch-1)/period))
	}
	lrWarmup, lrLinear, lrCosine, lrStep := rate/float64(warmup), rate/float64(warmup), rate/float64(warmup), float64(rate)
	for step := int64(1); step <= total; step++ {
		epoch := float64(step - 1)
		switch {
		case step == 1:
		case step <= warmup:
			lrWarmup = linear(lrWarmup, 1./warmup, 1, warmup-1, epoch)
			lrLinear, lrCosine = lrWarmup, lrWarmup
		default:
			lrLinear = linear(lrLinear, 1, final, total-warmup, float64(step-warmup))
			lrCosine = cosine(lrCosine, rate*final, total-warmup, float64(step-warmup))
		}
		if step > 1 && (step-1)%13 == 0 {
			lrStep *= 0.5
		}
		for _, test := range []struct {
			name     string
			schedule Schedule
			want     float64
		}{
			{"warmup", &Warmup{Rate: rate, Steps: warmup}, lrWarmup},
			{"linear", &Linear{Rate: rate, Warmup: warmup, Final: final}, lrLinear},
			{"cosine", &Cosine{Rate: rate, Warmup: warmup, Final: final}, lrCosine},
			{"step", &StepDecay{Rate: rate, Every: 13, Factor: 0.5}, lrStep},
		} {
			if got := test.schedule.At(step, total); !near(got, test.want) {
				t.Errorf("%s: step %d has %v, PyTorch %v", test.name, step, got, test.want)
			}
		}
	}
}

// optax.warmup_cosine_decay_schedule(init_value=0, peak_value, warmup_steps, decay_steps, end_value) joins, at count =
// warmup_steps, init + (peak − init)·count/warmup_steps with cosine_decay_schedule(peak, decay_steps − warmup_steps, alpha
// = end/peak), which is peak·((1 − alpha)·(1 + cos(π·min(count, decay_steps)/decay_steps))/2 + alpha).
func TestAgainstOptax(t *testing.T) {
	const peak, warmup, decaySteps, end = 0.3, 10, 100, 0.06
	s := &Cosine{Rate: peak, Warmup: warmup, Final: end / peak}
	for count := int64(1); count <= decaySteps+20; count++ {
		want := peak * float64(count) / warmup
		if count >= warmup {
			alpha := end / peak
			part := math.Min(float64(count-warmup), decaySteps-warmup) / (decaySteps - warmup)
			want = peak * ((1-alpha)*(1+math.Cos(math.Pi*part))/2 + alpha)
		}
		if got := s.At(count, decaySteps); !near(got, want) {
			t.Errorf("count %d has %v, optax %v", count, got, want)
		}
	}
}

// What happens at step 1, around the end of the warm-up, at the last step and beyond it, to the bit.
func TestLandmarks(t *testing.T) {
	const rate, warmup, total, final = 1e-3, 5, 20, 0.1
	half := rate * ((1 + final) / 2)
	for _, test := range []struct {
		schedule Schedule
		want     map[int64]float64
	}{
		{&Constant{rate}, map[int64]float64{1: rate, total: rate, 1 << 40: rate}},
		{&Warmup{rate, warmup}, map[int64]float64{1: rate * 0.2, 4: rate * 0.8, 5: rate, 6: rate, total: rate, 1 << 40: rate}},
		{&Warmup{rate, 1}, map[int64]float64{1: rate, 2: rate}},
		{&Warmup{rate, 40}, map[int64]float64{1: rate / 40, total: rate / 2, 40: rate}}, // longer than the run
		{&Cosine{rate, warmup, final}, map[int64]float64{1: rate * 0.2, 5: rate, total: rate * final, total + 1: rate * final}},
		{&Cosine{rate, warmup, final}, map[int64]float64{1 << 40: rate * final}},
		{&Cosine{rate, 0, final}, map[int64]float64{1: rate, total: rate * final}},
		{&Cosine{rate, 1, 0}, map[int64]float64{1: rate, total: 0, total + 1: 0}},
		{&Cosine{rate, total, 0}, map[int64]float64{1: rate / 20, 10: rate / 2, total: rate, total + 1: 0}},
		{&Cosine{rate, 40, 0}, map[int64]float64{total: rate / 2}},
		{&Cosine{rate, 0, 1}, map[int64]float64{1: rate, 7: rate, total: rate}},
		{&Linear{rate, warmup, final}, map[int64]float64{1: rate * 0.2, 5: rate, total: rate * final, total + 1: rate * final}},
		{&Linear{rate, warmup, final}, map[int64]float64{1 << 40: rate * final}},
		{&Linear{rate, 0, final}, map[int64]float64{1: rate, total: rate * final}},
		{&Linear{rate, 10, final}, map[int64]float64{10: rate, 15: half, total: rate * final}},
		{&Cosine{rate, 10, final}, map[int64]float64{10: rate, 15: half, total: rate * final}},
		{&StepDecay{rate, 5, 0.5}, map[int64]float64{1: rate, 5: rate, 6: rate / 2, 10: rate / 2, 11: rate / 4, 1 << 40: 0}},
	} {
		for step, want := range test.want {
			if got := test.schedule.At(step, total); got != want && math.Abs(got/want-1) > 1e-15 {
				t.Errorf("%#v: step %d of %d has %v, want %v", test.schedule, step, total, got, want)
			}
		}
	}
	// A run of one step has a rate above 0 where one is wanted: its only step is the peak.
	for _, s := range []Schedule{&Cosine{Rate: rate}, &Linear{Rate: rate}} {
		if got := s.At(1, 1); got != rate {
			t.Errorf("%T: the only step has %v, want %v", s, got, rate)
		}
	}
}

// Every schedule is between 0 and its rate, rises at most until the end of its warm-up and then never again.
func TestScheduleLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := rapid.OneOf(rapid.Int64Range(0, 30), rapid.Int64Range(0, math.MaxInt64))
		rate := math.Pow(10, rapid.Float64Range(-12, 2.9).Draw(t, "log10 rate"))
		warmup, final := steps.Draw(t, "warmup"), rapid.Float64Range(0, 1).Draw(t, "final")
		total, step := max(1, steps.Draw(t, "total")), max(1, steps.Draw(t, "step"))
		for _, s := range []Schedule{
			&Constant{rate}, &Warmup{rate, max(1, warmup)}, &Cosine{rate, warmup, final}, &Linear{rate, warmup, final},
			&StepDecay{rate, max(1, warmup), max(final, 1e-6)},
		} {
			if err := s.Validate(); err != nil {
				t.Fatal(err)
			}
			at := s.At(step, total)
			if !(at >= 0 && at <= rate*(1+1e-15)) {
				t.Fatalf("%#v: step %d of %d has %v", s, step, total, at)
			}
			if step == math.MaxInt64 {
				continue
			}
			next := s.At(step+1, total)
			_, falls := s.(*StepDecay)
			if rises := !falls && step < warmup; rises && next < at*(1-1e-15) && step+1 <= warmup {
				t.Fatalf("%#v: falls from %v to %v in its warm-up, step %d of %d", s, at, next, step, total)
			} else if !rises && next > at*(1+1e-15) {
				t.Fatalf("%#v: rises from %v to %v in step %d of %d", s, at, next, step, total)
			}
		}
	})
}
