package diffusion

import (
	"fmt"
	"math"
)

// Config chooses the forward process and what the network is trained to predict. It is the `diffusion`
// section of a configuration file.
type Config struct {
	// Process: the chains "ddpm" (by Schedule) and "ncsn" (by Sigma), or in continuous time "vp", "sub_vp" (by
	// Continuous), "ve" and "edm" (by Sigma).
	Process string `yaml:"process"`
	// Steps is T, the number of noising steps of a chain. In continuous time it is only the number of reverse
	// steps where none is asked for.
	Steps int `yaml:"steps"`
	// Schedule gives β_t for t = 0 … T−1 of a ddpm chain.
	Schedule ScheduleConfig `yaml:"schedule"`
	// Continuous gives β(t) of vp and sub_vp.
	Continuous ContinuousConfig `yaml:"continuous"`
	// Sigma bounds the noise of ncsn, ve and edm.
	Sigma SigmaConfig `yaml:"sigma"`
	// Prediction is what the network's output means: "eps", "x0", "v", "score" or "F".
	Prediction string `yaml:"prediction"`
	// ScaleInput divides what the network is given by its deviation √(α²σ_d² + σ²).
	ScaleInput bool `yaml:"scale_input"`
	// DataDeviation is σ_d, the standard deviation of a coordinate of the data, for ScaleInput, the prediction F
	// and the weight edm.
	DataDeviation float64 `yaml:"data_deviation"`
	// Loss chooses what is minimised.
	Loss LossConfig `yaml:"loss"`
	// Timesteps chooses how training draws t: "paired" (t and T−1−t), "uniform", "stratified", "importance" or
	// "log_normal".
	Timesteps string `yaml:"timesteps"`
	// LogNormal gives ln(σ/α) ~ N(Mean, Deviation²) for the timesteps "log_normal".
	LogNormal LogNormalConfig `yaml:"log_normal"`
}

// ScheduleConfig chooses a noise schedule by name.
type ScheduleConfig struct {
	// Name is one of ScheduleNames.
	Name string `yaml:"name"`
	// BetaStart and BetaEnd bound β for the schedules that are given by β.
	BetaStart float64 `yaml:"beta_start"`
	BetaEnd   float64 `yaml:"beta_end"`
	// ScaleBetas multiplies BetaStart and BetaEnd by 1000/T, so that they mean the same for any T.
	ScaleBetas bool `yaml:"scale_betas"`
	// ZeroTerminalSNR rescales the schedule so that no signal is left at T−1 (Lin et al. 2024, algorithm 1).
	ZeroTerminalSNR bool `yaml:"zero_terminal_snr"`
}

// ContinuousConfig gives β(t) from BetaMin at t = 0 to BetaMax at t = 1.
type ContinuousConfig struct {
	BetaMin float64 `yaml:"beta_min"`
	BetaMax float64 `yaml:"beta_max"`
	// FirstTime is the smallest t of training and sampling.
	FirstTime float64 `yaml:"first_time"`
}

// SigmaConfig bounds the noise.
type SigmaConfig struct {
	Min float64 `yaml:"min"`
	Max float64 `yaml:"max"`
}

// LogNormalConfig is the law of ln(σ/α).
type LogNormalConfig struct {
	Mean      float64 `yaml:"mean"`
	Deviation float64 `yaml:"deviation"`
}

// LossConfig chooses a loss.
type LossConfig struct {
	// Weight of each row by its t: one of LossWeights.
	Weight string `yaml:"weight"`
	// Distance between prediction and target: "squared", "absolute" or "huber".
	Distance string `yaml:"distance"`
	// HuberDelta is where Huber's distance turns from square to line.
	HuberDelta float64 `yaml:"huber_delta"`
	// MinSNRGamma is γ of "min_snr".
	MinSNRGamma float64 `yaml:"min_snr_gamma"`
	// P2Gamma and P2K are γ and k of "p2".
	P2Gamma float64 `yaml:"p2_gamma"`
	P2K     float64 `yaml:"p2_k"`
}

// DefaultConfig is the process of the S-curve tutorial: 100 steps, a sigmoid schedule, eps-prediction, paired
// timesteps. What it does not use has the values of the papers.
func DefaultConfig() Config {
	return Config{
		Process:       "ddpm",
		Steps:         100,
		Schedule:      ScheduleConfig{Name: "sigmoid", BetaStart: 1e-5, BetaEnd: 0.5e-2},
		Continuous:    ContinuousConfig{BetaMin: 0.1, BetaMax: 20, FirstTime: 1e-3},
		Sigma:         SigmaConfig{Min: 0.002, Max: 80},
		Prediction:    "eps",
		DataDeviation: 0.5,
		Loss:          LossConfig{Weight: "simple", Distance: "squared", HuberDelta: 1, MinSNRGamma: 5, P2Gamma: 1, P2K: 1},
		Timesteps:     "paired",
		LogNormal:     LogNormalConfig{Mean: -1.2, Deviation: 1.2},
	}
}

// ProcessChoices are the processes.
func ProcessChoices() []Choice {
	return []Choice{
		{"ddpm", "variance-preserving chain, by its schedule (Ho et al. 2020)", []string{"steps", "schedule"}},
		{"ncsn", "variance-exploding chain, sigma in a geometric row (Song and Ermon 2019)", []string{"steps", "sigma"}},
		{"vp", "variance-preserving SDE (Song et al. 2021)", []string{"continuous"}},
		{"sub_vp", "sub-variance-preserving SDE (Song et al. 2021)", []string{"continuous"}},
		{"ve", "variance-exploding SDE (Song et al. 2021)", []string{"sigma"}},
		{"edm", "variance-exploding, time being sigma itself (Karras et al. 2022)", []string{"sigma"}},
	}
}

// ProcessNames lists what Config.Process may be.
func ProcessNames() []string { return namesOf(ProcessChoices()) }

// NewProcess returns the process of a configuration.
func NewProcess(c Config) (Process, error) {
	switch c.Process {
	case "ddpm":
		return NewChain(c.Schedule, c.Steps)
	case "ncsn":
		if err := checkSigmas(c.Sigma.Min, c.Sigma.Max); err != nil {
			return nil, err
		}
		if c.Steps < 2 || c.Steps > maxSteps {
			return nil, fmt.Errorf("an ncsn chain needs from 2 to %d steps, got %d", maxSteps, c.Steps)
		}
		sigmas := linspace(math.Log(c.Sigma.Min), math.Log(c.Sigma.Max), c.Steps)
		for i, l := range sigmas {
			sigmas[i] = math.Exp(l)
		}
		sigmas[0], sigmas[c.Steps-1] = c.Sigma.Min, c.Sigma.Max // free of rounding
		return FromSigmas(sigmas)
	case "vp":
		return NewVP(c.Continuous.BetaMin, c.Continuous.BetaMax, c.Continuous.FirstTime)
	case "sub_vp":
		return NewSubVP(c.Continuous.BetaMin, c.Continuous.BetaMax, c.Continuous.FirstTime)
	case "ve":
		return NewVE(c.Sigma.Min, c.Sigma.Max)
	case "edm":
		return NewEDM(c.Sigma.Min, c.Sigma.Max)
	}
	return nil, OneOf(c.Process, ProcessNames()...)
}

// NewParameterisation returns how a configuration wraps its network.
func NewParameterisation(c Config) (Parameterisation, error) {
	p, err := ParsePrediction(c.Prediction)
	q := Parameterisation{Prediction: p, DataDeviation: c.DataDeviation, ScaleInput: c.ScaleInput || p == Preconditioned}
	if err == nil {
		err = q.validate()
	}
	return q, err
}
