package diffusion

import (
	"math"
	"slices"

	"euryale/choice"
)

// BetaRange is the section of the schedules that run from one β to another.
type BetaRange struct {
	// BetaStart is the first β, above 0 and below 1.
	BetaStart float64 `yaml:"beta_start"`
	// BetaEnd is the last β, at least BetaStart and below 1.
	BetaEnd float64 `yaml:"beta_end"`
	// ScaleBetas multiplies both by 1000/T, so that the total noise hardly depends on the number of steps T.
	ScaleBetas bool `yaml:"scale_betas"`
	// ZeroTerminalSNR rescales the schedule so that no signal is left at T−1 (Lin et al. 2024, algorithm 1).
	ZeroTerminalSNR bool `yaml:"zero_terminal_snr"`
}

const betaEndKey = "beta_end"

func (r BetaRange) validate() error {
	switch {
	case !(r.BetaStart > 0 && r.BetaStart < 1):
		return choice.Wrong("beta_start", "must be above 0 and below 1, got %v", r.BetaStart)
	case !(r.BetaEnd >= r.BetaStart && r.BetaEnd < 1):
		return choice.Wrong(betaEndKey, "must be at least beta_start (%v) and below 1, got %v", r.BetaStart, r.BetaEnd)
	}
	return nil
}

// betas returns the β of a curve from start to end.
func (r BetaRange) betas(steps int, curve func(start, end float64, steps int) []float64) ([]float64, error) {
	scale, err := betaScale(r.ScaleBetas, r.BetaEnd, steps)
	if err != nil {
		return nil, err
	}
	return ended(curve(scale*r.BetaStart, scale*r.BetaEnd, steps), r.ZeroTerminalSNR)
}

// betaScale is what beta_start and beta_end are multiplied by.
func betaScale(scaled bool, end float64, steps int) (float64, error) {
	if !scaled {
		return 1, nil
	}
	scale := 1000 / float64(steps)
	if end *= scale; !(end < 1) {
		return 0, choice.Wrong("scale_betas",
			"multiplies beta_end by 1000/%d, to %.4g, which must stay below 1: use more steps or smaller betas", steps, end)
	}
	return scale, nil
}

// LinearSchedule is β equally spaced from BetaStart to BetaEnd, both included, or BetaStart if T = 1 (Ho et al. 2020).
type LinearSchedule BetaRange

// Validate implements Schedule.
func (s *LinearSchedule) Validate() error { return BetaRange(*s).validate() }

// Betas implements Schedule.
func (s *LinearSchedule) Betas(steps int) ([]float64, error) {
	return BetaRange(*s).betas(steps, linspace)
}

// ScaledLinearSchedule is √β equally spaced from √BetaStart to √BetaEnd: "quad" in the code of Ho et al. 2020.
type ScaledLinearSchedule BetaRange

// Validate implements Schedule.
func (s *ScaledLinearSchedule) Validate() error { return BetaRange(*s).validate() }

// Betas implements Schedule.
func (s *ScaledLinearSchedule) Betas(steps int) ([]float64, error) {
	return BetaRange(*s).betas(steps, func(start, end float64, steps int) []float64 {
		betas := linspace(math.Sqrt(start), math.Sqrt(end), steps)
		for i, root := range betas {
			betas[i] = root * root
		}
		return betas
	})
}

// SigmoidSchedule is β = σ(u)·(BetaEnd−BetaStart) + BetaStart, with the logistic function σ and u equally spaced from −6 to
// 6 (Xu et al. 2022, "GeoDiff").
type SigmoidSchedule BetaRange

// Validate implements Schedule.
func (s *SigmoidSchedule) Validate() error { return BetaRange(*s).validate() }

// Betas implements Schedule.
func (s *SigmoidSchedule) Betas(steps int) ([]float64, error) {
	return BetaRange(*s).betas(steps, func(start, end float64, steps int) []float64 {
		betas := linspace(-6, 6, steps)
		for i, u := range betas {
			betas[i] = logistic(u)*(end-start) + start
		}
		return betas
	})
}

// Warmup10Schedule is linear over the first ⌊T/10⌋ steps, then BetaEnd (code of Ho et al. 2020).
type Warmup10Schedule BetaRange

// Validate implements Schedule.
func (s *Warmup10Schedule) Validate() error { return BetaRange(*s).validate() }

// Betas implements Schedule.
func (s *Warmup10Schedule) Betas(steps int) ([]float64, error) {
	return BetaRange(*s).betas(steps, warmup(10))
}

// Warmup50Schedule is linear over the first ⌊T/2⌋ steps, then BetaEnd (code of Ho et al. 2020).
type Warmup50Schedule BetaRange

// Validate implements Schedule.
func (s *Warmup50Schedule) Validate() error { return BetaRange(*s).validate() }

// Betas implements Schedule.
func (s *Warmup50Schedule) Betas(steps int) ([]float64, error) {
	return BetaRange(*s).betas(steps, warmup(2))
}

// warmup is the curve that rises linearly over the first of so many equal parts of the steps.
func warmup(parts int) func(start, end float64, steps int) []float64 {
	return func(start, end float64, steps int) []float64 {
		rise := steps / parts
		return append(linspace(start, end, rise), slices.Repeat([]float64{end}, steps-rise)...)
	}
}

// ConstSchedule is β = BetaEnd throughout (code of Ho et al. 2020).
type ConstSchedule struct {
	// BetaEnd is β, above 0 and below 1.
	BetaEnd float64 `yaml:"beta_end"`
	// ScaleBetas multiplies it by 1000/T, so that the total noise hardly depends on the number of steps T.
	ScaleBetas bool `yaml:"scale_betas"`
	// ZeroTerminalSNR rescales the schedule so that no signal is left at T−1 (Lin et al. 2024, algorithm 1).
	ZeroTerminalSNR bool `yaml:"zero_terminal_snr"`
}

// Validate implements Schedule.
func (s *ConstSchedule) Validate() error {
	if !(s.BetaEnd > 0 && s.BetaEnd < 1) {
		return choice.Wrong(betaEndKey, "must be above 0 and below 1, got %v", s.BetaEnd)
	}
	return nil
}

// Betas implements Schedule.
func (s *ConstSchedule) Betas(steps int) ([]float64, error) {
	scale, err := betaScale(s.ScaleBetas, s.BetaEnd, steps)
	if err != nil {
		return nil, err
	}
	return ended(slices.Repeat([]float64{scale * s.BetaEnd}, steps), s.ZeroTerminalSNR)
}
