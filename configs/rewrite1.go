package configs

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"euryale/choice"
)

// rewrite is a configuration of version 1 as one of version 2. What the chosen kinds did not read is left out.
func (c *version1) rewrite() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "version: 2\nname: %s\nseed: %d\n", strconv.Quote(c.Name), c.Seed)
	for _, part := range []string{
		c.data(), c.process(), c.objective(), c.timesteps(), c.net(), c.optimizer(), c.train(), c.Sample.text(c),
	} {
		b.WriteString(part + "\n")
	}
	return []byte(b.String())
}

// flow writes keys and values in YAML's flow form.
func flow(pairs ...any) string {
	var parts []string
	for i := 0; i < len(pairs); i += 2 {
		parts = append(parts, fmt.Sprintf("%s: %s", pairs[i], spell(pairs[i+1])))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// raw is text that is YAML already.
type raw string

func spell(v any) string {
	switch v := v.(type) {
	case raw:
		return string(v)
	case string:
		return strconv.Quote(v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return fmt.Sprint(v)
}

func (c *version1) data() string {
	name := c.Data.Name
	if name == "scurve" {
		name = "s_curve"
	}
	return "data: " + flow("name", name, "points", c.Data.Points, "noise", c.Data.Noise, "scale", c.Data.Scale)
}

func (c *version1) process() string {
	d := c.Diffusion
	switch d.Process {
	case "ddpm":
		return "process: " + flow("name", "ddpm", "steps", d.Steps, "schedule", raw(c.schedule()))
	case "ncsn":
		return "process: " + flow("name", "ncsn", "steps", d.Steps, "sigma_min", d.Sigma.Min, "sigma_max", d.Sigma.Max)
	case "ve", "edm":
		return "process: " + flow("name", d.Process, "sigma_min", d.Sigma.Min, "sigma_max", d.Sigma.Max)
	case "vp", "sub_vp":
		b := d.Continuous
		return "process: " + flow("name", d.Process, "beta_min", b.BetaMin, "beta_max", b.BetaMax, "first_time", b.FirstTime)
	}
	return "process: " + flow("name", d.Process)
}

// betas1 are the schedules of version 1 that read beta_start.
var betas1 = []string{"linear", "scaled_linear", "quad", "sigmoid", "warmup10", "warmup50"}

func (c *version1) schedule() string {
	s := c.Diffusion.Schedule
	if s.Name == "quad" {
		s.Name = "scaled_linear"
	}
	pairs := []any{"name", s.Name, "zero_terminal_snr", s.ZeroTerminalSNR}
	betas := slices.Contains(betas1, s.Name)
	if betas {
		pairs = append(pairs, "beta_start", s.BetaStart)
	}
	if betas || s.Name == "const" {
		pairs = append(pairs, "beta_end", s.BetaEnd, "scale_betas", s.ScaleBetas)
	}
	return flow(pairs...)
}

func (c *version1) objective() string {
	d := c.Diffusion
	input := []any{"scale_input", d.ScaleInput, "sigma_data", d.SigmaData}
	switch {
	case c.Net.Name == "classifier":
		return "objective: " + flow(append([]any{"name", "classify"}, input...)...)
	case d.Loss.Weight == "hybrid":
		return "objective: " + flow(append([]any{"name", "hybrid", "prediction", d.Prediction}, input...)...)
	}
	weight, distance := raw(flow("name", d.Loss.Weight)), raw(flow("name", d.Loss.Distance))
	switch d.Loss.Weight {
	case "min_snr":
		weight = raw(flow("name", "min_snr", "gamma", d.Loss.MinSNRGamma))
	case "p2":
		weight = raw(flow("name", "p2", "gamma", d.Loss.P2Gamma, "k", d.Loss.P2K))
	}
	if d.Loss.Distance == "huber" {
		distance = raw(flow("name", "huber", "delta", d.Loss.HuberDelta))
	}
	denoise := []any{"name", "denoise", "prediction", d.Prediction, "weight", weight, "distance", distance}
	return "objective: " + flow(append(denoise, input...)...)
}

func (c *version1) timesteps() string {
	d := c.Diffusion
	if d.Timesteps == "log_normal" {
		return "timesteps: " + flow("name", "log_normal", "mean", d.LogNormal.Mean, "deviation", d.LogNormal.Deviation)
	}
	return "timesteps: " + flow("name", d.Timesteps)
}

func (c *version1) net() string {
	n := c.Net
	time := flow("name", n.Time)
	switch n.Time {
	case "sinusoidal":
		time = flow("name", n.Time, "features", n.TimeFeatures)
	case "fourier":
		time = flow("name", n.Time, "features", n.TimeFeatures, "scale", n.FourierScale)
	}
	return "net: " + flow("name", "mlp", "width", n.Width, "depth", n.Depth, "time", raw(time), "labels", n.Labels)
}

func (c *version1) optimizer() string {
	o := c.Optimizer
	var chain []string
	if o.ClipNorm != 0 {
		chain = append(chain, flow("name", "clip", "norm", o.ClipNorm))
	}
	chain = append(chain, flow("name", "adam", "beta1", o.Beta1, "beta2", o.Beta2, "epsilon", o.Epsilon))
	if c.EMA.Decay != 0 {
		chain = append(chain, flow("name", "ema", "decay", c.EMA.Decay, "warmup", c.EMA.Warmup))
	}
	rate := flow("name", "constant", "rate", o.LearningRate)
	return "optimizer: " + flow("learning_rate", raw(rate), "transforms", raw("["+strings.Join(chain, ", ")+"]"))
}

func (c *version1) train() string {
	t := c.Train
	return "train: " + flow("batch", t.Batch, "epochs", t.Epochs, "log_every", t.LogEvery, "checkpoint_every", t.CheckpointEvery,
		"keep_checkpoints", t.KeepCheckpoints, "label_dropout", t.LabelDropout)
}

// text is the section sample.
func (s version1Sample) text(c *version1) string {
	steps := s.Steps
	if steps == 0 && s.Times == "" && c.Diffusion.Process != "ddpm" && c.Diffusion.Process != "ncsn" {
		steps = c.Diffusion.Steps // which in continuous time were the reverse steps where none were given
	}
	spacing := raw(flow("name", s.Spacing))
	if s.Spacing == "karras" {
		spacing = raw(flow("name", s.Spacing, "rho", s.Rho))
	}
	times, _ := s.times() // checked
	return "sample: " + flow("solver", raw(s.solver()), "steps", steps, "spacing", spacing,
		"times", raw("["+strings.Join(times, ", ")+"]"), "final", s.Final, "start", s.Start, "rescale", s.Rescale,
		"clip_x0", s.ClipX0, "threshold_percentile", s.ThresholdPercentile,
		"guidance", raw(flow("label", s.Label, "weight", s.Guidance, "min", s.GuidanceMin, "max", s.GuidanceMax)),
		"repaint", raw(flow("jump_length", s.RePaint.JumpLength, "resample", s.RePaint.Resample)))
}

// times are the numbers of a list with commas between them.
func (s version1Sample) times() ([]string, error) {
	if s.Times == "" {
		return nil, nil
	}
	var list []string
	for i, text := range strings.Split(s.Times, ",") {
		text = strings.TrimSpace(text)
		t, err := strconv.ParseFloat(text, 64)
		if err != nil || strings.Trim(text, "+-.0123456789eE") != "" {
			return nil, fmt.Errorf("must be numbers with commas between them, but entry %d is %q", i+1, text)
		}
		list = append(list, spell(t))
	}
	return list, nil
}

// key1 is a key of version 1 that belonged to some solvers. Left at unset, it meant the default of the solver.
type key1 struct {
	key          string
	value, unset any
	solvers      []string
}

func (s version1Sample) keys() []key1 {
	churn, corrector := []string{"euler", "heun"}, []string{"predictor_corrector", "annealed_langevin"}
	return []key1{
		{"variance", s.Variance, "beta", []string{"ancestral"}},
		{"eta", s.Eta, -1.0, []string{"ddim", "dpm_2_ancestral", "euler_ancestral", "dpm++_2m_sde", "dpm++_3m_sde"}},
		{"order", s.Order, 0, []string{"lms", "unipc", "deis"}},
		{"form", s.Form, "", []string{"dpm++_2m", "dpm++_3m", "dpm++_2m_sde", "dpm++_3m_sde", "unipc"}},
		{"lower_order_final", s.LowerOrderFinal, true, []string{"dpm++_2m", "dpm++_3m", "unipc", "deis"}},
		{"churn.amount", s.Churn.Amount, 0.0, churn},
		{"churn.min", s.Churn.Min, 0.0, churn},
		{"churn.max", s.Churn.Max, 0.0, churn},
		{"churn.noise", s.Churn.Noise, 1.0, churn},
		{"corrector.steps", s.Corrector.Steps, 0, corrector},
		{"corrector.snr", s.Corrector.SNR, 0.0, corrector},
		{"tolerance.relative", s.Tolerance.Relative, 1e-5, []string{"rk45"}},
		{"tolerance.absolute", s.Tolerance.Absolute, 1e-5, []string{"rk45"}},
	}
}

// checkUnread refuses a key that the solver does not read.
func (s version1Sample) checkUnread() error {
	for _, k := range s.keys() {
		if k.value != k.unset && !slices.Contains(k.solvers, s.Sampler) {
			return choice.Wrong("sample."+k.key, "is %v, but %s does not use it", k.value, s.Sampler)
		}
	}
	return nil
}

func (s version1Sample) solver() string {
	pairs, sections := []any{"name", s.Sampler}, map[string][]any{}
	for _, k := range s.keys() {
		if k.value == k.unset {
			continue // the default of every solver that has the key, or its own
		}
		section, name, nested := strings.Cut(k.key, ".")
		if section == "form" {
			section = "variant"
		}
		if nested {
			sections[section] = append(sections[section], name, k.value)
		} else {
			pairs = append(pairs, section, k.value)
		}
	}
	for _, section := range []string{"churn", "corrector", "tolerance"} {
		if len(sections[section]) > 0 {
			pairs = append(pairs, section, raw(flow(sections[section]...)))
		}
	}
	return flow(pairs...)
}
