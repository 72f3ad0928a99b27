package configs

import (
	"fmt"
	"strings"
)

// YAML writes the resolved configuration: every key, in a fixed order. Decode gives an equal Config back. A
// configuration that is not valid is an error, since it could not be read again.
func (c *Config) YAML() ([]byte, error) {
	if key, err := c.Validate(); err != nil {
		return nil, &Error{Message: fmt.Sprintf("configuration cannot be written: %s %v", key, err), Err: err}
	}
	var b strings.Builder
	for _, k := range keysOf(c) {
		_, name := split(k.path)
		b.WriteString(strings.Repeat("  ", strings.Count(k.path, ".")))
		if k.section() {
			b.WriteString(name + ":\n")
		} else {
			b.WriteString(name + ": " + formatScalar(k.value) + "\n")
		}
	}
	return []byte(b.String()), nil
}

// Differences lists the keys in which other differs from c, with both values: "net.width: 128 -> 256".
func (c *Config) Differences(other *Config) []string {
	return differences(c, other, func(string) bool { return true })
}

// ResumeConflicts lists, as Differences does, the keys that differ and may not when a run goes on: all that
// its weights, its data or its randomness depend on. How long to train, what to log and keep, and how to
// sample may change.
func ResumeConflicts(old, new *Config) []string {
	return differences(old, new, func(path string) bool {
		switch path {
		case "train.epochs", "train.log_every", "train.checkpoint_every", "train.keep_checkpoints":
			return false
		}
		return !strings.HasPrefix(path, "sample.")
	})
}

func differences(old, new *Config, counts func(path string) bool) []string {
	var list []string
	after := keysOf(new)
	for i, before := range keysOf(old) {
		if before.section() || before.value.Equal(after[i].value) || !counts(before.path) {
			continue
		}
		list = append(list, fmt.Sprintf("%s: %s -> %s", before.path, formatScalar(before.value), formatScalar(after[i].value)))
	}
	return list
}

// With returns the configuration changed by overrides of the form "a.b=value", validated again.
func (c *Config) With(overrides []string) (*Config, error) {
	text, err := c.YAML()
	if err != nil {
		return nil, err
	}
	return Decode("the configuration of "+c.Name, text, overrides)
}
