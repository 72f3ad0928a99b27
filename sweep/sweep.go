// Package sweep trains many runs that differ in a few keys, and compares them.
//
// A sweep file names a base configuration and axes, keys of the configuration with the values to try. Each combination of
// values and seed is a trial, an ordinary run in a folder of its own. What is done is on disk, so a sweep that is stopped, or
// killed, goes on where it was: no trial is lost, and none is done again.
//
//   - Spec (this file) is a sweep file; method.go has the methods: grid, random, halving.
//   - load.go reads it, check.go finds its mistakes before any trial starts, at their lines.
//   - trials.go lists its trials, draw.go draws random values, name.go names them.
//   - Run (run.go) trains the trials; task.go is one of them, halving.go chooses those that go on.
//   - folder.go is the folder of a sweep with its locks, record.go what is kept of a trial.
//   - metric.go names the figures of a trial, measure.go measures them.
//   - Collect (results.go) summarizes; csv.go, markdown.go and page.go write the tables, plot.go draws.
//
// Start reading at Spec, then Run.
package sweep

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"euryale/choice"
)

// Spec is a sweep file.
type Spec struct {
	// Name of the sweep; its default folder is sweeps/<name>. ASCII letters, digits, '.', '_' and '-', neither '.' nor '-'
	// first.
	Name string `yaml:"name"`
	// Config is the configuration that trials start from: a file, by its path from the folder of the sweep file, or a preset.
	Config string `yaml:"config"`
	// Set changes the configuration for all trials, by overrides "a.b=value".
	Set []string `yaml:"set"`
	// Axes are the keys that differ between trials.
	Axes Axes `yaml:"axes"`
	// Seeds is the number of seeds that each combination is trained with: the configuration's and those after it. 0: one, unless
	// there is an axis with the key seed, whose values they are then.
	Seeds int `yaml:"seeds"`
	// Seed of the random numbers of the sweep itself: of drawn values, not of the trials.
	Seed uint64 `yaml:"seed"`
	// Method is how combinations are chosen.
	Method choice.One[Method] `yaml:"method"`
	// Metric is the figure by which trials are compared; see Metrics.
	Metric string `yaml:"metric"`
	// Goal is min or max; empty: what suits the metric.
	Goal string `yaml:"goal"`
	// Evaluate is how samples are measured.
	Evaluate Evaluate `yaml:"evaluate"`
}

// Axis is a key of the configuration with the values to try. It has one of Values, Uniform and LogUniform.
type Axis struct {
	// Key is its path in the configuration, such as optimizer.learning_rate.
	Key string `yaml:"key"`
	// Values to try. A list or a mapping is put in quotes, as with -set: "{name: linear, beta_end: 0.03}".
	Values []string `yaml:"values"`
	// Uniform has the bounds between which values are drawn evenly. Those of a key for whole numbers are rounded.
	Uniform []float64 `yaml:"uniform"`
	// LogUniform has the bounds, above 0, between which the logarithms of values are drawn evenly.
	LogUniform []float64 `yaml:"log_uniform"`
	// Count is the number of values that a grid draws between bounds; random search draws one per trial, and needs none.
	Count int `yaml:"count"`
	// Label stands for the key in names and tables; empty: the last part of the key.
	Label string `yaml:"label"`
}

// Axes are the axes of a sweep.
type Axes []Axis

// Element is what a new axis starts from.
func (Axes) Element() any { return Axis{} }

// Evaluate is how the samples of a trained trial are measured.
type Evaluate struct {
	// Samples is the number of samples, and of rows to compare them with; of a table it is as many as there are training rows.
	// 0: no samples are drawn, and the metric is one of the training log.
	Samples int `yaml:"samples"`
	// Judge is the folder of a classifier's run, for the figures frechet and confidence of images. A path is relative to the
	// working directory.
	Judge string `yaml:"judge"`
}

// Default is a sweep without axes.
func Default() *Spec {
	return &Spec{Name: "sweep", Config: "scurve", Method: Methods().Choose("grid"), Metric: "sliced_w1", Evaluate: Evaluate{Samples: 10_000}}
}

// The bounds of a sweep.
const (
	maxTrials  = 10_000
	maxSamples = 10_000_000
)

// Validate returns a *choice.FieldError for an invalid value.
func (e Evaluate) Validate() error {
	if e.Samples < 0 || e.Samples > maxSamples {
		return choice.Wrong("samples", "must be from 0 (none) to %d, got %d", maxSamples, e.Samples)
	}
	return nil
}

// Validate returns a *choice.FieldError for an invalid value.
func (a Axis) Validate() error {
	given := 0
	for _, n := range []int{len(a.Values), len(a.Uniform), len(a.LogUniform)} {
		given += min(n, 1)
	}
	switch {
	case a.Key == "":
		return choice.Wrong("key", "must be the path of a key, such as optimizer.learning_rate")
	case given != 1:
		return choice.Wrong("key", "%s needs one of values, uniform and log_uniform, got %d of them", a.Key, given)
	case a.Count < 0 || a.Count > maxTrials:
		return choice.Wrong("count", "must be from 0 to %d, got %d", maxTrials, a.Count)
	case len(a.Values) > 0 && a.Count > 0:
		return choice.Wrong("count", "has no effect on listed values")
	case a.Key == seedKey && len(a.Values) == 0:
		return choice.Wrong("key", "seed takes listed values; seeds: 3 at the top takes three that follow each other")
	case a.Label != "" && !isName(a.Label):
		return choice.Wrong("label", "%s, got %q", wantedName, a.Label)
	}
	for i, v := range a.Values {
		if slices.Contains(a.Values[:i], v) {
			return choice.Wrong(fmt.Sprintf("values.%d", i), "has %s twice", v)
		}
	}
	if err := checkBounds("uniform", a.Uniform); err != nil {
		return err
	}
	if len(a.LogUniform) > 0 && !(a.LogUniform[0] > 0) {
		return choice.Wrong("log_uniform", "must have bounds above 0, got %v", a.LogUniform[0])
	}
	return checkBounds("log_uniform", a.LogUniform)
}

func checkBounds(key string, b []float64) error {
	switch {
	case len(b) == 0:
		return nil
	case len(b) != 2:
		return choice.Wrong(key, "must be two bounds, such as [0.1, 1], got %d numbers", len(b))
	case !(b[0] < b[1]):
		return choice.Wrong(key, "must have the lower bound first, got %v and %v", b[0], b[1])
	case math.IsInf(b[1]-b[0], 1):
		return choice.Wrong(key, "must have bounds whose difference is a float64, got %v and %v", b[0], b[1])
	}
	return nil
}

// drawn reports whether the values are drawn between bounds.
func (a Axis) drawn() bool { return len(a.Values) == 0 }

// bounds are those of a drawn axis.
func (a Axis) bounds() (low, high float64) {
	b := slices.Concat(a.Uniform, a.LogUniform) // one of them
	return b[0], b[1]
}

const (
	seedKey         = "seed"
	wantedName      = "must consist of ASCII letters, digits, '.', '_' and '-', neither '.' nor '-' first, and at most 64 of them"
	labelCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_"
)

func isName(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, labelCharacters) == "" && !strings.ContainsAny(s[:1], ".-")
}

// check holds what no section checks by itself, before the configuration is read.
func (s *Spec) check() error {
	if !isName(s.Name) {
		return choice.Wrong("name", "%s, got %q", wantedName, s.Name)
	}
	if s.Goal != "" {
		if err := choice.OneOf(s.Goal, Least, Most); err != nil {
			return choice.Wrong("goal", "%w", err)
		}
	}
	if s.Seeds < 0 || s.Seeds > maxTrials {
		return choice.Wrong("seeds", "must be from 0 to %d, got %d", maxTrials, s.Seeds)
	}
	if len(s.Axes) == 0 && s.Seeds == 0 {
		return choice.Wrong("axes", "must not be empty, unless seeds is at least 1: there is nothing to compare")
	}
	if err := checkMetric(s.Metric); err != nil {
		return choice.Wrong("metric", "%w", err)
	}
	return s.checkAxes()
}

// checkAxes checks the axes with each other and with the method.
func (s *Spec) checkAxes() error {
	random, grid := s.Method.Kind.draws() > 0, s.Method.Name() == "grid"
	labels := map[string]string{}
	if s.Seeds > 0 {
		labels[seedKey] = "seeds"
	}
	whole := s.whole()
	for i, a := range s.Axes {
		at := func(key string) string { return fmt.Sprintf("axes.%d.%s", i, key) }
		if at := slices.IndexFunc(s.Axes[:i], func(b Axis) bool { return b.Key == a.Key }); at >= 0 {
			return choice.Wrong(fmt.Sprintf("axes.%d.key", i), "has %s twice", a.Key)
		}
		switch other, taken := labels[s.label(i)]; {
		case a.Key == seedKey && s.Seeds > 0:
			return choice.Wrong(at("key"), "seed and seeds: %d at the top exclude each other", s.Seeds)
		case taken:
			return choice.Wrong(at("key"), "%s and %s would both be named %s: give one of them a label", other, a.Key, s.label(i))
		case a.drawn() && !random && a.Count == 0:
			return choice.Wrong(at("key"), "%s needs a count, the number of values that a %s draws", a.Key, s.Method.Name())
		case random && a.Count > 0:
			return choice.Wrong(at("count"), "has no effect where method.trials draws values; it is for a grid")
		case a.Key == s.Method.Kind.lengthKey() && !grid:
			return choice.Wrong(at("key"), "%s is set by the method %s", a.Key, s.Method.Name())
		}
		if a.drawn() && whole[i] {
			if low, high := a.bounds(); math.Ceil(low) > math.Floor(high) {
				return choice.Wrong(at("key"), "%s takes whole numbers, and there is none between %v and %v", a.Key, low, high)
			}
		}
		labels[s.label(i)] = a.Key
	}
	if random && len(s.parameters()) == 0 {
		return choice.Wrong("axes", "must have an axis other than seed to draw values of")
	}
	return nil
}

// parameters are the axes but that of the seed.
func (s *Spec) parameters() []Axis {
	return slices.DeleteFunc(slices.Clone(s.Axes), func(a Axis) bool { return a.Key == seedKey })
}
