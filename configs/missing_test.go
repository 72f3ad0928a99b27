package configs

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"euryale/choice"
	"euryale/data"
	"euryale/diffusion"
	"euryale/nets"
	"euryale/objective"
	"euryale/optim"
)

// The zero value of each section that holds a kind is an error on its key, and no panic.
func TestValidateWithoutKinds(t *testing.T) {
	fields := reflect.TypeFor[Config]()
	tested := 0
	for i := range fields.NumField() {
		key := fields.Field(i).Tag.Get("yaml")
		if key == "version" || key == "seed" {
			continue
		}
		tested++
		c := Default()
		reflect.ValueOf(c).Elem().Field(i).SetZero()
		var field *choice.FieldError
		if err := c.Validate(); !errors.As(err, &field) || !strings.HasPrefix(field.Key, key) {
			t.Errorf("without %s: %v", key, err)
		}
	}
	if tested != 9 {
		t.Errorf("tested %d fields", tested)
	}
	for key, drop := range map[string]func(*Config){
		"process.schedule":     func(c *Config) { c.Process.Kind.(*diffusion.DDPM).Schedule.Kind = nil },
		"objective.prediction": func(c *Config) { c.Objective = objective.Objectives().With(&objective.Denoise{}) },
		"objective.weight":     func(c *Config) { c.Objective.Kind.(*objective.Denoise).Weight.Kind = nil },
		"objective.distance":   func(c *Config) { c.Objective.Kind.(*objective.Denoise).Distance.Kind = nil },
		"net.time":             func(c *Config) { c.Net.Kind.(*nets.MLP).Time.Kind = nil },
		"sample.solver":        func(c *Config) { c.Sample.Solver.Kind = nil },
		"sample.spacing":       func(c *Config) { c.Sample.Spacing.Kind = nil },
	} {
		c := Default()
		drop(c)
		var field *choice.FieldError
		if err := c.Validate(); !errors.As(err, &field) || field.Key != key {
			t.Errorf("without %s: %v", key, err)
		}
	}
	if err := (&Config{}).Validate(); err == nil {
		t.Error("no configuration at all is valid")
	}
}

// foreign is a kind of data that no configuration can name.
type foreign struct{ data.Options }

func (foreign) Validate() error { return nil }

// What could not be read again from the file of a run, or from its checkpoint, is no valid configuration.
func TestValidateForeignKinds(t *testing.T) {
	for key, change := range map[string]func(*Config){
		"data":                 func(c *Config) { c.Data.Source = Sources().With(&foreign{}) },
		"objective.prediction": func(c *Config) { c.Objective.Kind.(*objective.Denoise).Prediction.Kind = 99 },
		"net":                  func(c *Config) { c.Net = nets.Architectures().With((*nets.MLP)(nil)) },
		"optimizer.transforms": func(c *Config) { c.Optimizer.Transforms[0] = choice.One[optim.TransformOptions]{} },
	} {
		c := Default()
		change(c)
		var field *choice.FieldError
		if err := c.Validate(); !errors.As(err, &field) || !strings.HasPrefix(field.Key, key) {
			t.Errorf("%s: %v", key, err)
		}
		if _, err := c.YAML(); err == nil {
			t.Errorf("%s: it can be written", key)
		}
	}
}
