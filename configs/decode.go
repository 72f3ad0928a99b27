package configs

import (
	"fmt"
	"strconv"
	"strings"

	"euryale/choice"
	"euryale/diffusion"
	"euryale/internal/strictyaml"
)

// Error is a mistake in a configuration, in an override or in the name of either. Commands exit with status 2 on it.
type Error = strictyaml.Error

// Decode reads a configuration from the text of a file, applies the overrides "a.b=value" and validates the outcome. The
// last override of a key counts; a kind is chosen before its keys are set, whatever their order. The file's name is for
// messages only. Every error is an *Error.
//
// A file without the key "version" may be of version 1 or of this one. It is of version 1 if version 1 can read it.
func Decode(file string, text []byte, overrides []string) (*Config, error) {
	if strings.HasPrefix(string(text[:min(len(text), len(present))]), present) { // as YAML writes it: it need not be parsed twice
		c, _, err := decode(file, text, overrides)
		return c, err
	}
	switch version, given := strictyaml.Top(text)["version"]; {
	case version == "1":
		return decode1(file, text, overrides)
	case given && version != strconv.Itoa(Version):
		return nil, wrongVersion(file, string(text))
	case given:
		c, _, err := decode(file, text, overrides)
		return c, err
	}
	old, parsed := read1(file, text)
	if parsed == nil {
		return old.decode(file, text, overrides)
	}
	c, moved, err := decode(file, text, overrides)
	if err != nil && (moved || strings.Contains(err.Error(), `got "scurve"`)) {
		return nil, parsed // it has keys or data of version 1, whose error is of more help
	}
	return c, err
}

// present is how a file of this version begins that YAML wrote.
const present = "version: 2\n"

// wrongVersion is the error on a file of a version that there is not, or not yet: whatever else it has cannot be judged.
func wrongVersion(file, text string) error {
	var c struct {
		Version int `yaml:"version"`
	}
	alone := "version: " + strictyaml.Top([]byte(text))["version"]
	for i, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "version") || strings.HasPrefix(line, `"version`) {
			alone = strings.Repeat("\n", i) + line // in its place
			break
		}
	}
	return strictyaml.Decode(&c, file, []byte(alone), nil, strictyaml.Options{Check: func() error {
		newer := ""
		if c.Version > Version {
			newer = "; a newer file needs a newer program"
		}
		return choice.Wrong("version", "must be %d, or 1 in a file that was written for it, got %d%s", Version, c.Version, newer)
	}})
}

// decode reads version 2. Moved reports whether it failed on a key that version 1 had.
func decode(file string, text []byte, overrides []string) (c *Config, moved bool, err error) {
	c = Default()
	if moved, err = decodeOver(c, file, text, overrides); c.ofImages() { // a default depends on the kind of data
		c = Default()
		c.Sample.ClipX0 = imageBound
		moved, err = decodeOver(c, file, text, overrides)
	}
	if err != nil {
		return nil, moved, err
	}
	return c, false, nil
}

// decodeOver reads version 2 over defaults.
func decodeOver(c *Config, file string, text []byte, overrides []string) (moved1 bool, err error) {
	var assignments []string
	list := settings(overrides)
	for _, s := range list {
		assignments = append(assignments, s.assignment)
	}
	err = strictyaml.Decode(c, file, text, assignments, strictyaml.Options{
		// It is called once per assignment.
		Alias: func(path string) (string, bool) {
			if len(list) > 0 && list[0].prepare != nil {
				list[0].prepare(c)
			}
			list = list[min(1, len(list)):]
			if path == "diffusion.steps" && !hasSteps(c) {
				return "sample.steps", true
			}
			return now(path), true
		},
		Unknown: func(path string) string {
			if text := elsewhere(path); text != "" {
				return text
			}
			text := moved(path)
			moved1 = moved1 || text != ""
			return text
		},
		Check: c.check,
	})
	return moved1, err
}

// YAML writes the resolved configuration: every key, in a fixed order. Decode gives an equal Config back. A configuration
// that is not valid is an error, since it could not be read again.
func (c *Config) YAML() ([]byte, error) {
	if err := c.Validate(); err != nil {
		return nil, &Error{Message: fmt.Sprintf("configuration cannot be written: %v", err), Err: err}
	}
	return strictyaml.Encode(c), nil
}

// With returns the configuration changed by overrides of the form "a.b=value", validated again.
func (c *Config) With(overrides []string) (*Config, error) {
	text, err := c.YAML()
	if err != nil {
		return nil, err
	}
	c, _, err = decode("the configuration of "+c.Name, text, overrides)
	return c, err
}

// ResumeConflicts lists the keys that differ and that a resume may not change, with both values: all that the weights, the
// data or the random numbers depend on. How long to train, what to log and keep, and how to sample may change. Where the
// learning rate depends on the number of steps, the epochs may not.
func ResumeConflicts(old, new *Config) []string {
	var list []string
	for _, d := range strictyaml.Differences(old, new) {
		switch d.Path {
		case "train.log_every", "train.checkpoint_every", "train.keep_checkpoints", "train.evaluate_every", "train.keep", "train.tensorboard",
			"train.previews", "train.report":
			continue
		case "train.epochs", "train.steps":
			if !old.Optimizer.DependsOnTotal() {
				continue
			}
		}
		if d.Path != "sample" && !strings.HasPrefix(d.Path, "sample.") {
			list = append(list, d.String())
		}
	}
	return list
}

// SameProcess reports whether two runs noise data alike.
func SameProcess(a, b *Config) bool {
	type section struct {
		Process choice.One[diffusion.ProcessOptions] `yaml:"process"`
	}
	return len(strictyaml.Differences(&section{a.Process}, &section{b.Process})) == 0
}
