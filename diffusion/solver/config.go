package solver

// Config chooses how samples are drawn. It is the `sample` section of a configuration file.
type Config struct {
	// Sampler is the name of a solver; see Choices.
	Sampler string `yaml:"sampler"`
	// Steps is the number of reverse steps; 0: as many as the process has.
	Steps int `yaml:"steps"`
	// Spacing of the times over the process: one of SpacingNames; see Times.
	Spacing string `yaml:"spacing"`
	// Rho is the exponent of the spacing "karras".
	Rho float64 `yaml:"rho"`
	// Times, if not empty, is the list of times itself, from noise towards data, such as "99, 50, 10, 0": Steps
	// and Spacing then say nothing.
	Times string `yaml:"times"`
	// Final is where the last step goes: to the "data", or to the network's "first" time, with what noise is
	// left there.
	Final string `yaml:"final"`
	// Start says where the first x comes from: "prior", or "marginal": noised points of the data set, which is
	// right when the process does not reach noise.
	Start string `yaml:"start"`
	// Rescale runs the solver on another scale of the same process: "none", "preserving" (α² + σ² = 1) or
	// "exploding" (α = 1).
	Rescale string `yaml:"rescale"`
	// ClipX0 bounds each coordinate of the predicted x_0; 0: no bound.
	ClipX0 float64 `yaml:"clip_x0"`
	// ThresholdPercentile makes that bound dynamic; 0: it is fixed.
	ThresholdPercentile float64 `yaml:"threshold_percentile"`

	// The following belong to some solvers, which Choices says; for the others they keep their defaults. Where a
	// default is "the solver's own", Choices says that too.

	// Variance of the ancestral step: "beta" (fixed large), "beta_tilde" (fixed small) or "learned".
	Variance string `yaml:"variance"`
	// Eta scales the noise that is added in a step: 0 none, 1 all; −1: the solver's own, 0 for ddim and 1 for the
	// others.
	Eta float64 `yaml:"eta"`
	// Order of a multistep solver; 0: the solver's own.
	Order int `yaml:"order"`
	// Form is a variant of a solver; "": the solver's own.
	Form string `yaml:"form"`
	// LowerOrderFinal lets a multistep solver end with steps of lower order if there are fewer than 15, where
	// high orders are not stable (Lu et al. 2022, "DPM-Solver++").
	LowerOrderFinal bool `yaml:"lower_order_final"`
	// Churn adds noise to a solver of the ODE (Karras et al. 2022, algorithm 2).
	Churn ChurnConfig `yaml:"churn"`
	// Corrector configures Langevin steps.
	Corrector CorrectorConfig `yaml:"corrector"`
	// Tolerance of an adaptive solver.
	Tolerance ToleranceConfig `yaml:"tolerance"`
	// RePaint configures jumps back into noise, for samples of which some coordinates are known; see package guidance.
	RePaint RePaintConfig `yaml:"repaint"`
	// Guidance is w of classifier-free and classifier guidance, for a model with labels; see package guidance.
	Guidance float64 `yaml:"guidance"`
	// GuidanceMin and GuidanceMax bound the noise σ/α at which classifier-free guidance acts; max 0: no bound.
	GuidanceMin float64 `yaml:"guidance_min"`
	GuidanceMax float64 `yaml:"guidance_max"`
	// Label of the samples; -1: none.
	Label int `yaml:"label"`
}

// ChurnConfig is S_churn and its companions.
type ChurnConfig struct {
	Amount float64 `yaml:"amount"` // S_churn; 0: none
	Min    float64 `yaml:"min"`    // S_min
	Max    float64 `yaml:"max"`    // S_max; 0: no bound
	Noise  float64 `yaml:"noise"`  // S_noise
}

// CorrectorConfig is the Langevin dynamics of predictor–corrector and of annealed Langevin.
type CorrectorConfig struct {
	Steps int     `yaml:"steps"` // at each time; 0: the solver's own
	SNR   float64 `yaml:"snr"`   // signal-to-noise ratio r of a step; 0: the solver's own
}

// ToleranceConfig bounds the error of an adaptive step.
type ToleranceConfig struct {
	Relative float64 `yaml:"relative"`
	Absolute float64 `yaml:"absolute"`
}

// RePaintConfig is the resampling of RePaint.
type RePaintConfig struct {
	JumpLength int `yaml:"jump_length"` // j
	Resample   int `yaml:"resample"`    // r; 1: without jumps
}

// DefaultConfig is ancestral sampling with variance β_t from N(0, I), over every step.
func DefaultConfig() Config {
	return Config{
		Sampler: "ancestral", Spacing: "respaced", Rho: 7, Final: "data", Start: "prior", Rescale: "none",
		Variance: "beta", Eta: -1, LowerOrderFinal: true, Churn: ChurnConfig{Noise: 1},
		Tolerance: ToleranceConfig{Relative: 1e-5, Absolute: 1e-5}, RePaint: RePaintConfig{JumpLength: 10, Resample: 1}, Label: -1,
	}
}
