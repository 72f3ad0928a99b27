package configs

import (
	"errors"
	"slices"
	"strings"

	"euryale/choice"
	"euryale/diffusion"
	"euryale/diffusion/solver"
	"euryale/internal/strictyaml"
)

// version1 is the layout of configurations before version 2: one flat list of keys for every kind. Files and checkpoints
// of that version are read into it, written anew (rewrite1.go) and read again. Names that end in 1 are of that version.
type version1 struct {
	Version int    `yaml:"version"` // 1, or left out
	Name    string `yaml:"name"`
	Seed    uint64 `yaml:"seed"`
	Data    struct {
		Name   string  `yaml:"name"`
		Points int     `yaml:"points"`
		Noise  float64 `yaml:"noise"`
		Scale  float64 `yaml:"scale"`
	} `yaml:"data"`
	Diffusion struct {
		Process  string `yaml:"process"`
		Steps    int    `yaml:"steps"`
		Schedule struct {
			Name            string  `yaml:"name"`
			BetaStart       float64 `yaml:"beta_start"`
			BetaEnd         float64 `yaml:"beta_end"`
			ScaleBetas      bool    `yaml:"scale_betas"`
			ZeroTerminalSNR bool    `yaml:"zero_terminal_snr"`
		} `yaml:"schedule"`
		Continuous struct {
			BetaMin   float64 `yaml:"beta_min"`
			BetaMax   float64 `yaml:"beta_max"`
			FirstTime float64 `yaml:"first_time"`
		} `yaml:"continuous"`
		Sigma struct {
			Min float64 `yaml:"min"`
			Max float64 `yaml:"max"`
		} `yaml:"sigma"`
		Prediction string  `yaml:"prediction"`
		ScaleInput bool    `yaml:"scale_input"`
		SigmaData  float64 `yaml:"data_deviation"`
		Loss       struct {
			Weight      string  `yaml:"weight"`
			Distance    string  `yaml:"distance"`
			HuberDelta  float64 `yaml:"huber_delta"`
			MinSNRGamma float64 `yaml:"min_snr_gamma"`
			P2Gamma     float64 `yaml:"p2_gamma"`
			P2K         float64 `yaml:"p2_k"`
		} `yaml:"loss"`
		Timesteps string `yaml:"timesteps"`
		LogNormal struct {
			Mean      float64 `yaml:"mean"`
			Deviation float64 `yaml:"deviation"`
		} `yaml:"log_normal"`
	} `yaml:"diffusion"`
	Net struct {
		Name         string  `yaml:"name"`
		Width        int     `yaml:"width"`
		Depth        int     `yaml:"depth"`
		Time         string  `yaml:"time"`
		TimeFeatures int     `yaml:"time_features"`
		FourierScale float64 `yaml:"fourier_scale"`
		Labels       bool    `yaml:"labels"`
	} `yaml:"net"`
	Optimizer struct {
		Name         string  `yaml:"name"`
		LearningRate float64 `yaml:"learning_rate"`
		Beta1        float64 `yaml:"beta1"`
		Beta2        float64 `yaml:"beta2"`
		Epsilon      float64 `yaml:"epsilon"`
		ClipNorm     float64 `yaml:"clip_norm"`
	} `yaml:"optimizer"`
	EMA struct {
		Decay  float64 `yaml:"decay"`
		Warmup bool    `yaml:"warmup"`
	} `yaml:"ema"`
	Train  version1Train  `yaml:"train"`
	Sample version1Sample `yaml:"sample"`
}

// version1Train has no Validate: this version checks what was migrated.
type version1Train struct {
	Batch           int     `yaml:"batch"`
	Epochs          int     `yaml:"epochs"`
	LogEvery        int     `yaml:"log_every"`
	CheckpointEvery int     `yaml:"checkpoint_every"`
	KeepCheckpoints int     `yaml:"keep_checkpoints"`
	LabelDropout    float64 `yaml:"label_dropout"`
}

type version1Sample struct {
	Sampler             string  `yaml:"sampler"`
	Steps               int     `yaml:"steps"`
	Spacing             string  `yaml:"spacing"`
	Rho                 float64 `yaml:"rho"`
	Times               string  `yaml:"times"`
	Final               string  `yaml:"final"`
	Start               string  `yaml:"start"`
	Rescale             string  `yaml:"rescale"`
	ClipX0              float64 `yaml:"clip_x0"`
	ThresholdPercentile float64 `yaml:"threshold_percentile"`
	Variance            string  `yaml:"variance"`
	Eta                 float64 `yaml:"eta"`
	Order               int     `yaml:"order"`
	Form                string  `yaml:"form"`
	LowerOrderFinal     bool    `yaml:"lower_order_final"`
	Churn               struct {
		Amount float64 `yaml:"amount"`
		Min    float64 `yaml:"min"`
		Max    float64 `yaml:"max"`
		Noise  float64 `yaml:"noise"`
	} `yaml:"churn"`
	Corrector struct {
		Steps int     `yaml:"steps"`
		SNR   float64 `yaml:"snr"`
	} `yaml:"corrector"`
	Tolerance struct {
		Relative float64 `yaml:"relative"`
		Absolute float64 `yaml:"absolute"`
	} `yaml:"tolerance"`
	RePaint struct {
		JumpLength int `yaml:"jump_length"`
		Resample   int `yaml:"resample"`
	} `yaml:"repaint"`
	Guidance    float64 `yaml:"guidance"`
	GuidanceMin float64 `yaml:"guidance_min"`
	GuidanceMax float64 `yaml:"guidance_max"`
	Label       int     `yaml:"label"`
}

// defaultVersion1 is what files of version 1 were decoded over.
func defaultVersion1() *version1 {
	c := &version1{Name: "scurve", Train: version1Train{Batch: 128, Epochs: 4000, LogEvery: 100, CheckpointEvery: 7900, KeepCheckpoints: 3}}
	c.Data.Name, c.Data.Points, c.Data.Noise, c.Data.Scale = "scurve", 10000, 0.1, 0.1
	d := &c.Diffusion
	d.Process, d.Steps, d.Prediction, d.SigmaData, d.Timesteps = "ddpm", 100, "eps", 0.5, "paired"
	d.Schedule.Name, d.Schedule.BetaStart, d.Schedule.BetaEnd = "sigmoid", 1e-5, 0.5e-2
	d.Continuous.BetaMin, d.Continuous.BetaMax, d.Continuous.FirstTime = 0.1, 20, 1e-3
	d.Sigma.Min, d.Sigma.Max = 0.002, 80
	d.Loss.Weight, d.Loss.Distance, d.Loss.HuberDelta, d.Loss.MinSNRGamma, d.Loss.P2Gamma, d.Loss.P2K = "simple", "squared", 1, 5, 1, 1
	d.LogNormal.Mean, d.LogNormal.Deviation = -1.2, 1.2
	n := &c.Net
	n.Name, n.Width, n.Depth, n.Time, n.TimeFeatures, n.FourierScale = "mlp", 128, 3, "embedding", 64, 16
	o := &c.Optimizer
	o.Name, o.LearningRate, o.Beta1, o.Beta2, o.Epsilon, o.ClipNorm = "adam", 1e-3, 0.9, 0.999, 1e-8, 1
	c.EMA.Warmup = true
	s := &c.Sample
	s.Sampler, s.Spacing, s.Rho, s.Final, s.Start, s.Rescale = "ancestral", "respaced", 7, "data", "prior", "none"
	s.Variance, s.Eta, s.LowerOrderFinal, s.Churn.Noise = "beta", -1, true, 1
	s.Tolerance.Relative, s.Tolerance.Absolute = 1e-5, 1e-5
	s.RePaint.JumpLength, s.RePaint.Resample, s.Label = 10, 1, -1
	return c
}

// read1 reads version 1. Its error is an *Error.
func read1(file string, text []byte) (*version1, error) {
	c := defaultVersion1()
	return c, strictyaml.Decode(c, file, text, nil, strictyaml.Options{Check: c.check})
}

// decode1 reads version 1, and changes it by overrides of either version.
func decode1(file string, text []byte, overrides []string) (*Config, error) {
	old, err := read1(file, text)
	if err != nil {
		return nil, err
	}
	return old.decode(file, text, overrides)
}

// decode migrates what was read from the text of a file. An error on a value points to the file, not to what became of it.
func (c *version1) decode(file string, text []byte, overrides []string) (*Config, error) {
	migrated := c.rewrite()
	config, _, err := decode(file+" (migrated from version 1)", migrated, overrides)
	wrong, ok := err.(*Error)
	if !ok || strings.HasPrefix(wrong.Where, "-set ") {
		return config, err
	}
	if _, ok := wrong.Err.(*choice.FieldError); !ok {
		return nil, err
	}
	key, message, _ := strings.Cut(wrong.Message, " ")
	old := c.then(key)
	if old == "" {
		return nil, err
	}
	if old != key {
		message += " (read as version 1; since version 2 it is " + key + ")"
	}
	return nil, strictyaml.Decode(defaultVersion1(), file, text, nil, strictyaml.Options{Check: func() error {
		return &choice.FieldError{Key: old, Err: errors.New(message)}
	}})
}

// has reports whether a path is a key or section of version 1.
func (c *version1) has(path string) bool {
	return slices.ContainsFunc(strictyaml.Keys(c), func(k strictyaml.Key) bool { return k.Path == path })
}

// check holds what was an error in version 1 and would be lost in the migration: names, and keys that nothing reads.
func (c *version1) check() error {
	d, s := c.Diffusion, c.Sample
	for _, name := range []struct {
		key, got string
		names    []string
	}{
		{"data.name", c.Data.Name, []string{"scurve", "moons"}},
		{"diffusion.process", d.Process, []string{"ddpm", "ncsn", "vp", "sub_vp", "ve", "edm"}},
		{"diffusion.schedule.name", d.Schedule.Name, append(diffusion.Schedules().Names(), "quad")},
		{"diffusion.prediction", d.Prediction, []string{"eps", "x0", "v", "score", "F"}},
		{"diffusion.loss.weight", d.Loss.Weight, append(diffusion.Weights().Names(), "hybrid")},
		{"diffusion.loss.distance", d.Loss.Distance, []string{"squared", "absolute", "huber"}},
		{"diffusion.timesteps", d.Timesteps, []string{"uniform", "paired", "stratified", "importance", "log_normal"}},
		{"net.name", c.Net.Name, []string{"mlp", "classifier"}},
		{"net.time", c.Net.Time, []string{"embedding", "sinusoidal", "fourier"}},
		{"optimizer.name", c.Optimizer.Name, []string{"adam"}},
		{"sample.sampler", s.Sampler, solver.Solvers().Names()},
		{"sample.spacing", s.Spacing, solver.Spacings().Names()},
		{"sample.final", s.Final, []string{"data", "first"}},
		{"sample.start", s.Start, []string{"prior", "marginal"}},
		{"sample.rescale", s.Rescale, []string{"none", "preserving", "exploding"}},
		{"sample.variance", s.Variance, []string{"beta", "beta_tilde", "learned"}},
	} {
		if err := choice.OneOf(name.got, name.names...); err != nil {
			return choice.Wrong(name.key, "%w", err)
		}
	}
	if err := c.checkLost(); err != nil {
		return err
	}
	if _, err := s.times(); err != nil {
		return choice.Wrong("sample.times", "%w", err)
	}
	return s.checkUnread()
}

// checkLost holds keys to the kinds that read them.
func (c *version1) checkLost() error {
	d := c.Diffusion
	standard := defaultVersion1().Diffusion
	switch classifies := c.Net.Name == "classifier"; {
	case c.Version != 0 && c.Version != 1:
		return choice.Wrong("version", "must be 1, got %d", c.Version)
	case classifies && d.Loss != standard.Loss:
		return choice.Wrong("diffusion.loss", "must be left out: a classifier's loss is the cross-entropy")
	case classifies && d.Prediction != standard.Prediction:
		return choice.Wrong("diffusion.prediction", "must be left out: a classifier predicts labels, got %s", d.Prediction)
	case d.Loss.Weight == "hybrid" && d.Loss.Distance != "squared":
		return choice.Wrong("diffusion.loss.distance", "must be squared with the weight hybrid, got %s", d.Loss.Distance)
	case d.Schedule.ScaleBetas && (d.Process != "ddpm" || !slices.Contains(betas1, d.Schedule.Name) && d.Schedule.Name != "const"):
		return choice.Wrong("diffusion.schedule.scale_betas", "must be false without a schedule that is given by betas")
	case d.Schedule.ZeroTerminalSNR && d.Process != "ddpm":
		return choice.Wrong("diffusion.schedule.zero_terminal_snr", "must be false for the process %s, which has no schedule", d.Process)
	case c.Sample.Rho != 7 && c.Sample.Spacing != "karras":
		return choice.Wrong("sample.rho", "is %v, but the spacing %s does not use it", c.Sample.Rho, c.Sample.Spacing)
	}
	return nil
}
