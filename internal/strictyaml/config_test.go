package strictyaml

import (
	"errors"
	"fmt"
	"strings"

	"euryale/choice"
)

// config has every form that a configuration may have.
type config struct {
	Name      runName    `yaml:"name"`
	Seed      uint64     `yaml:"seed"`
	Data      dataPart   `yaml:"data"`
	Diffusion diffusion  `yaml:"diffusion"`
	Net       netPart    `yaml:"net"`
	Optimizer optimizer  `yaml:"optimizer"`
	EMA       emaPart    `yaml:"ema"`
	Train     train      `yaml:"train"`
	Sample    samplePart `yaml:"sample"`
	Report    struct {
		Columns []column       `yaml:"columns"`
		Grid    [][]float64    `yaml:"grid"`
		Titles  []string       `yaml:"titles"`
		Bounds  boundsList     `yaml:"bounds"`
		Modes   []startMode    `yaml:"modes"`
		Flags   []bool         `yaml:"flags"`
		Offset  int64          `yaml:"offset"`
		Empty   struct{}       `yaml:"empty"`
		Hidden  map[string]int `yaml:"-"`
		private int
	} `yaml:"report"`
}

func defaults() config {
	c := config{
		Name: "scurve",
		Data: dataPart{Source: sources().Choose("scurve")},
		Diffusion: diffusion{Steps: 100, Schedule: schedules().Choose("sigmoid"), Prediction: predictions().Choose("eps"),
			Timesteps: timesteps().Choose("paired")},
		Net: netPart{Width: 128, Depth: 3},
		Optimizer: optimizer{
			Rate:       rates().Choose("constant").Scalar("rate"),
			Transforms: []choice.One[transform]{transforms().Choose("clip"), transforms().Choose("adam")},
			ClipNorm:   1,
		},
		EMA:    emaPart{Warmup: true},
		Train:  train{Batch: 128, Epochs: 4000, keep: keep{LogEvery: 100, KeepCheckpoints: 3}},
		Sample: samplePart{One: solvers().Choose("ancestral"), Corrector: solvers().Choose("euler")},
	}
	return c
}

type runName string

func (n runName) Validate() error {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
	switch {
	case n == "":
		return errors.New("must not be empty")
	case strings.Trim(string(n), letters) != "":
		return fmt.Errorf("must consist of ASCII letters, digits, '.', '_' and '-', got %q", n)
	}
	return nil
}

// A union whose keys stand among common ones.
type dataPart struct {
	Source      choice.One[any] `yaml:",inline"`
	Standardize bool            `yaml:"standardize"`
	HeldOut     float64         `yaml:"held_out"`
}

type sCurve struct {
	Points int     `yaml:"points"`
	Noise  float64 `yaml:"noise"`
	Scale  float64 `yaml:"scale"`
}

// A section may return any error, also a nil *choice.FieldError.
func (s *sCurve) Validate() error {
	var wrong *choice.FieldError
	if s.Points < 1 {
		wrong = choice.Wrong("points", "must be at least 1, got %d", s.Points)
	}
	return wrong
}

type moons struct {
	Points int     `yaml:"points"`
	Noise  float64 `yaml:"noise"`
}

type file struct {
	File  string   `yaml:"file"`
	Names []string `yaml:"names"`
}

func sources() choice.Set[any] {
	return choice.Set[any]{
		{Name: "scurve", New: func() any { return &sCurve{10000, 0.1, 0.1} }},
		{Name: "moons", New: func() any { return &moons{1000, 0.05} }},
		{Name: "npy", New: func() any { return &file{File: "data.npy"} }},
	}
}

type diffusion struct {
	Steps      int                    `yaml:"steps"`
	Schedule   choice.One[schedule]   `yaml:"schedule"`
	Prediction choice.One[prediction] `yaml:"prediction"`
	Timesteps  choice.One[any]        `yaml:"timesteps"`
}

func (d diffusion) Validate() error { return atLeast("steps", d.Steps, 1) }

type schedule interface{ Betas() }

// betas is embedded by kinds that share keys.
type betas struct {
	Start float64 `yaml:"beta_start"`
	End   float64 `yaml:"beta_end"`
}

func (betas) Betas() {}

func (b betas) Validate() error {
	if !(b.End >= b.Start && b.End < 1) {
		return choice.Wrong("beta_end", "must be at least beta_start (%v) and below 1, got %v", b.Start, b.End)
	}
	return nil
}

type (
	cosine struct{}
	linear struct {
		betas `yaml:",inline"`
	}
	sigmoid struct {
		betas     `yaml:",inline"`
		Steepness float64 `yaml:"steepness"`
	}
)

func (cosine) Betas() {}

func schedules() choice.Set[schedule] {
	return choice.Set[schedule]{
		{Name: "cosine", New: func() schedule { return &cosine{} }},
		{Name: "linear", New: func() schedule { return &linear{betas{1e-4, 0.02}} }},
		{Name: "sigmoid", New: func() schedule { return &sigmoid{betas{1e-5, 0.005}, 6} }},
	}
}

type prediction int

func predictions() choice.Set[prediction] {
	return choice.Set[prediction]{
		{Name: "eps", New: func() prediction { return 0 }},
		{Name: "v", New: func() prediction { return 1 }},
	}
}

type (
	paired    struct{}
	uniform   struct{}
	logNormal struct {
		Mean      float64 `yaml:"mean"`
		Deviation float64 `yaml:"deviation"`
	}
)

func timesteps() choice.Set[any] {
	return choice.Set[any]{
		{Name: "uniform", New: func() any { return &uniform{} }},
		{Name: "paired", New: func() any { return &paired{} }},
		{Name: "log_normal", New: func() any { return &logNormal{-1.2, 1.2} }},
	}
}

type netPart struct {
	Width int `yaml:"width"`
	Depth int `yaml:"depth"`
}

type optimizer struct {
	Rate       choice.One[any]         `yaml:"learning_rate"`
	Transforms []choice.One[transform] `yaml:"transforms"`
	ClipNorm   float64                 `yaml:"clip_norm"`
}

type constant struct {
	Rate float64 `yaml:"rate"`
}

type warmup struct {
	Rate  float64 `yaml:"rate"`
	Steps int     `yaml:"steps"`
}

type stepwise struct{}

func rates() choice.Set[any] {
	return choice.Set[any]{
		{Name: "constant", New: func() any { return &constant{1e-3} }},
		{Name: "warmup", New: func() any { return &warmup{1e-3, 1000} }},
		{Name: "none", New: func() any { return &stepwise{} }},
	}
}

type transform interface{ Transform() }

type clip struct {
	Norm float64 `yaml:"norm"`
}

func (*clip) Transform() {}
func (c *clip) Validate() error {
	if !(c.Norm > 0) {
		return choice.Wrong("norm", "must be above 0, got %v", c.Norm)
	}
	return nil
}

type adam struct {
	Beta1 float64 `yaml:"beta1"`
	Beta2 float64 `yaml:"beta2"`
}

func (*adam) Transform() {}

type adamW struct {
	Adam        adam    `yaml:",inline"`
	WeightDecay float64 `yaml:"weight_decay"`
}

func (*adamW) Transform() {}

type ema struct {
	Decay float64 `yaml:"decay"`
	// Inner is a kind of the same set: configurations may nest without end.
	Inner transformList `yaml:"inner"`
}

// transformList may be empty by default, since it names its kinds.
type transformList []choice.One[transform]

func (transformList) Element() any { return transforms().Choose("clip") }

func (*ema) Transform() {}

func transforms() choice.Set[transform] {
	return choice.Set[transform]{
		{Name: "clip", New: func() transform { return &clip{1} }},
		{Name: "adam", New: func() transform { return &adam{0.9, 0.999} }},
		{Name: "adamw", New: func() transform { return &adamW{adam{0.9, 0.999}, 0.01} }},
		{Name: "ema", New: func() transform { return &ema{Decay: 0.999} }},
	}
}

type emaPart struct {
	Decay  float64 `yaml:"decay"`
	Warmup bool    `yaml:"warmup"`
}

type train struct {
	Batch  int `yaml:"batch"`
	Epochs int `yaml:"epochs"`
	keep   `yaml:",inline"`
}

type keep struct {
	LogEvery        int     `yaml:"log_every"`
	CheckpointEvery int     `yaml:"checkpoint_every"`
	KeepCheckpoints int     `yaml:"keep_checkpoints"`
	LabelDropout    float64 `yaml:"label_dropout"`
}

func (t *train) Validate() error {
	if err := atLeast("batch", t.Batch, 1); err != nil {
		return err
	}
	return atLeast("keep_checkpoints", t.KeepCheckpoints, 0)
}

func atLeast(key string, n, least int) error {
	if n < least {
		return choice.Wrong(key, "must be at least %d, got %d", least, n)
	}
	return nil
}
