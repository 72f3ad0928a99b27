// Package configs says what a run does: the typed configuration, read strictly from YAML, changed by
// overrides and validated before anything else happens.
//
// Each section is the Config struct of the package that uses it; only Train is at home here. A file is
// decoded over Default, so it may leave keys out, but what it says must be right: an unknown key, a wrong
// type or a bad value is an *Error with file, line, column, an excerpt, and the nearest valid name.
//
// Start reading at Config, then Decode (decode.go). keys.go walks the yaml tags once for all who need the
// list of keys: decoding, overrides, YAML and the comparison of two configurations. scalar.go says how a
// value is spelled. The *.yaml files beside the code are the embedded presets.
package configs

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"euryale/data"
	"euryale/diffusion"
	"euryale/diffusion/solver"
	"euryale/nets"
	"euryale/optim"
)

// Config is the whole of a run. It is comparable: two configurations are the same run if they are ==.
type Config struct {
	// Name of the run; its default folder is runs/<name>. ASCII letters, digits, '.', '_' and '-', neither
	// '.' nor '-' first.
	Name string `yaml:"name"`
	// Seed of every random number in the run.
	Seed      uint64           `yaml:"seed"`
	Data      data.Config      `yaml:"data"`
	Diffusion diffusion.Config `yaml:"diffusion"`
	Net       nets.Config      `yaml:"net"`
	Optimizer optim.Config     `yaml:"optimizer"`
	EMA       optim.EMAConfig  `yaml:"ema"`
	Train     Train            `yaml:"train"`
	Sample    solver.Config    `yaml:"sample"`
}

// Train is the `train` section: how long to train, and what to keep of it.
type Train struct {
	// Batch is the number of rows in a step.
	Batch int `yaml:"batch"`
	// Epochs is the number of passes over the data.
	Epochs int `yaml:"epochs"`
	// LogEvery is the number of steps between two log points.
	LogEvery int `yaml:"log_every"`
	// CheckpointEvery is the number of steps between two checkpoints; 0: only at the end and on interruption.
	CheckpointEvery int `yaml:"checkpoint_every"`
	// KeepCheckpoints is how many of the newest checkpoints are kept; 0: all.
	KeepCheckpoints int `yaml:"keep_checkpoints"`
	// LabelDropout is the share of rows that are trained without their label, so that the net can also be asked
	// without one, for a net with labels (Ho and Salimans 2022, "Classifier-free diffusion guidance").
	LabelDropout float64 `yaml:"label_dropout"`
}

// Default is the S-curve tutorial's run, the same as the preset "scurve" but for its seed.
func Default() Config {
	return Config{
		Name:      "scurve",
		Data:      data.DefaultConfig(),
		Diffusion: diffusion.DefaultConfig(),
		Net:       nets.DefaultConfig(),
		Optimizer: optim.DefaultConfig(),
		EMA:       optim.DefaultEMAConfig(),
		Train:     Train{Batch: 128, Epochs: 4000, LogEvery: 100, CheckpointEvery: 7900, KeepCheckpoints: 3},
		Sample:    solver.DefaultConfig(),
	}
}

// maxSteps bounds the steps of a run: random numbers are addressed by steps of 48 bits.
const maxSteps int64 = 1 << 48

// Validate returns the first offending key, in the order of the fields, and what was expected of it, or
// "", nil.
func (c Config) Validate() (key string, err error) {
	if err := validateName(c.Name); err != nil {
		return "name", err
	}
	config := reflect.ValueOf(c)
	for i := range config.NumField() {
		section, ok := config.Field(i).Interface().(interface{ Validate() (string, error) })
		if !ok {
			continue
		}
		if key, err := section.Validate(); err != nil {
			return join(tag(config.Type().Field(i)), key), err
		}
	}
	if key, err := c.together(); err != nil {
		return key, err
	}
	steps := (c.Data.Points-1)/c.Train.Batch + 1 // an epoch's last batch may be short
	if int64(c.Train.Epochs) > maxSteps/int64(steps) {
		return "train.epochs", fmt.Errorf("must give at most %d steps in all, got %d epochs of %d steps", maxSteps, c.Train.Epochs, steps)
	}
	return "", nil
}

func validateName(name string) error {
	const first = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
	switch {
	case name == "":
		return errors.New("must not be empty")
	case len(name) > 128:
		return fmt.Errorf("must have at most 128 characters, got %d", len(name))
	case strings.Trim(name, first+".-") != "":
		return fmt.Errorf("must consist of ASCII letters, digits, '.', '_' and '-', got %q", name)
	case strings.Trim(name[:1], first) != "":
		return fmt.Errorf("must not start with %q, got %q", name[0], name)
	}
	return nil
}

// Validate returns the offending key and what was expected of it, or "", nil.
func (t Train) Validate() (key string, err error) {
	switch {
	case t.Batch < 1:
		return "batch", fmt.Errorf("must be at least 1, got %d", t.Batch)
	case t.Batch > 1<<24:
		return "batch", fmt.Errorf("must be at most %d, got %d", 1<<24, t.Batch)
	case t.Epochs < 1:
		return "epochs", fmt.Errorf("must be at least 1, got %d", t.Epochs)
	case t.LogEvery < 1:
		return "log_every", fmt.Errorf("must be at least 1, got %d", t.LogEvery)
	case t.CheckpointEvery < 0:
		return "checkpoint_every", fmt.Errorf("must be at least 0 (0: only at the end), got %d", t.CheckpointEvery)
	case t.KeepCheckpoints < 0:
		return "keep_checkpoints", fmt.Errorf("must be at least 0 (0: all), got %d", t.KeepCheckpoints)
	case !(t.LabelDropout >= 0 && t.LabelDropout < 1):
		return "label_dropout", fmt.Errorf("must be at least 0 and below 1, got %v", t.LabelDropout)
	}
	return "", nil
}
