package diffusion

import "math"

// maxBeta bounds β for schedules given by ᾱ, which may fall to 0 at the end (Nichol and Dhariwal 2021, section 3.2).
const maxBeta = 0.999

// betasOf turns ᾱ(τ), up to a factor, into β_t = 1 − ᾱ((t+1)/T)/ᾱ(t/T), at most 0.999.
func betasOf(steps int, alphaBar func(tau float64) float64) []float64 {
	betas := make([]float64, steps)
	for i := range betas {
		betas[i] = min(1-alphaBar(float64(i+1)/float64(steps))/alphaBar(float64(i)/float64(steps)), maxBeta)
	}
	return betas
}

// CosineSchedule is ᾱ_t = f(τ)/f(0) at τ = (t+1)/T, with f(τ) = cos²((τ+0.008)/1.008·π/2) (Nichol and Dhariwal
// 2021, equation 17).
type CosineSchedule struct {
	// ZeroTerminalSNR rescales the schedule so that no signal is left at T−1 (Lin et al. 2024, algorithm 1).
	ZeroTerminalSNR bool `yaml:"zero_terminal_snr"`
}

// Validate implements Schedule.
func (*CosineSchedule) Validate() error { return nil }

// Betas implements Schedule.
func (s *CosineSchedule) Betas(steps int) ([]float64, error) {
	return ended(betasOf(steps, func(tau float64) float64 {
		c := math.Cos((tau + 0.008) / 1.008 * math.Pi / 2)
		return c * c
	}), s.ZeroTerminalSNR)
}

// SigmoidAlphaBarSchedule is ᾱ_t = (σ(3) − σ(6τ−3))/(σ(3) − σ(−3)) at τ = (t+1)/T, with the logistic function σ (Chen 2023,
// "On the importance of noise scheduling for diffusion models", algorithm 1, with start −3, end 3 and temperature 1).
type SigmoidAlphaBarSchedule struct {
	// ZeroTerminalSNR rescales the schedule so that no signal is left at T−1 (Lin et al. 2024, algorithm 1).
	ZeroTerminalSNR bool `yaml:"zero_terminal_snr"`
}

// Validate implements Schedule.
func (*SigmoidAlphaBarSchedule) Validate() error { return nil }

// Betas implements Schedule.
func (s *SigmoidAlphaBarSchedule) Betas(steps int) ([]float64, error) {
	return ended(betasOf(steps, func(tau float64) float64 { return logistic(3) - logistic(6*tau-3) }), s.ZeroTerminalSNR)
}

// JSDSchedule is β_t = 1/(T−t), so ᾱ_t = 1 − (t+1)/T, 0 at the end (Sohl-Dickstein et al. 2015).
type JSDSchedule struct {
	// ZeroTerminalSNR has no effect here: no signal is left at T−1 anyway.
	ZeroTerminalSNR bool `yaml:"zero_terminal_snr"`
}

// Validate implements Schedule.
func (*JSDSchedule) Validate() error { return nil }

// Betas implements Schedule.
func (s *JSDSchedule) Betas(steps int) ([]float64, error) {
	betas := make([]float64, steps)
	for i := range betas {
		betas[i] = 1 / float64(steps-i)
	}
	return ended(betas, s.ZeroTerminalSNR)
}

// SqrtSchedule is ᾱ_t = f(τ)/f(0) at τ = (t+1)/T, with f(τ) = 1 − √(τ+1e-4) (Li et al. 2022, "Diffusion-LM improves
// controllable text generation").
type SqrtSchedule struct {
	// ZeroTerminalSNR rescales the schedule so that no signal is left at T−1 (Lin et al. 2024, algorithm 1).
	ZeroTerminalSNR bool `yaml:"zero_terminal_snr"`
}

// Validate implements Schedule.
func (*SqrtSchedule) Validate() error { return nil }

// Betas implements Schedule.
func (s *SqrtSchedule) Betas(steps int) ([]float64, error) {
	return ended(betasOf(steps, func(tau float64) float64 { return 1 - math.Sqrt(tau+1e-4) }), s.ZeroTerminalSNR)
}
