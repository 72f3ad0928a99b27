package strictyaml

import (
	"errors"
	"fmt"
	"testing"

	"euryale/choice"
)

func TestValidate(t *testing.T) {
	for _, test := range []struct {
		key string
		set func(*config)
	}{
		{"", func(c *config) {}},
		{"name", func(c *config) { c.Name = "" }}, // a value
		{"data.points", func(c *config) { c.Data.Source = sources().With(&sCurve{}) }},
		{"diffusion.steps", func(c *config) { c.Diffusion.Steps = 0 }}, // a value receiver
		{"train.batch", func(c *config) { c.Train.Batch = 0 }},         // a pointer receiver
		{"train.keep_checkpoints", func(c *config) { c.Train.KeepCheckpoints = -1 }},
		{"diffusion.schedule.beta_end", func(c *config) { c.Diffusion.Schedule = schedules().With(&linear{betas{0.5, 0.1}}) }}, // embedded
		{"sample.corrector.churn.amount", func(c *config) { c.Sample.Corrector = solvers().With(&heun{Churn: churn{Amount: -1}}) }},
		{"sample.churn.amount", func(c *config) { c.Sample.One = solvers().With(&heun{Churn: churn{Amount: -1}}) }},
		{"optimizer.transforms.clip.norm", func(c *config) { c.Optimizer.Transforms[0] = transforms().With(&clip{}) }},
		{"optimizer.transforms.1.norm", func(c *config) { c.Optimizer.Transforms[1] = transforms().With(&clip{}) }}, // there are two
		{"report.columns.1.width", func(c *config) { c.Report.Columns = []column{{}, {Width: -1}} }},
		{"report.bounds.1.low", func(c *config) { c.Report.Bounds = boundsList{{}, {Low: 1}} }}, // the list itself
		// In the order of the fields.
		{"diffusion.steps", func(c *config) { c.Diffusion.Steps, c.Train.Batch = 0, 0 }},
		{"optimizer.transforms.clip.norm", func(c *config) { c.Train.Batch, c.Optimizer.Transforms[0] = 0, transforms().With(&clip{}) }},
	} {
		c := defaults()
		test.set(&c)
		err := Validate(&c)
		if test.key == "" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		if field, ok := err.(*choice.FieldError); !ok || field.Key != test.key {
			t.Errorf("got %v, expected an error on %s", err, test.key)
		}
	}
}

// root has a Validate that calls the walk, as that of a whole configuration may.
type root struct {
	Part part `yaml:"part"`
}

func (r root) Validate() error { return Validate(r) }

type part struct {
	A int `yaml:"a"`
}

var errPart = errors.New("the part is wrong")

func (p part) Validate() error {
	if p.A == 1 {
		return errPart
	}
	return nil
}

func TestValidateRoot(t *testing.T) {
	if err := (root{part{1}}).Validate(); !errors.Is(err, errPart) || err.Error() != "part the part is wrong" {
		t.Errorf("got %v", err)
	}
	var r root
	err := Decode(&r, "x.yaml", []byte("part: {a: 1}"), nil, Options{})
	if want := "x.yaml:1:1: part the part is wrong\n> 1 | part: {a: 1}\n    | ^"; err == nil || err.Error() != want ||
		!errors.Is(err, errPart) {
		t.Errorf("got %v, expected %s", err, want)
	}
}

func TestCheck(t *testing.T) {
	for key, want := range map[string]string{
		"":                               "x.yaml: is odd",
		"name":                           "x.yaml: name is odd (the default)",
		"sample":                         "x.yaml: sample is odd",
		"optimizer.transforms":           "x.yaml:1:25: optimizer.transforms is odd",
		"optimizer.transforms.clip.norm": "x.yaml:1:26: optimizer.transforms.clip.norm is odd (the default)",
		"optimizer.transforms.1":         "x.yaml:1:32: optimizer.transforms.adam is odd",
		"optimizer.transforms[1].beta1":  "x.yaml:1:52: optimizer.transforms.adam.beta1 is odd",
		"no.such.key":                    "x.yaml: no.such.key is odd",
	} {
		c := defaults()
		err := Decode(&c, "x.yaml", []byte("optimizer: {transforms: [clip, {name: adam, beta1: .5}]}"), nil, Options{
			Check: func() error { return choice.Wrong(key, "is odd") },
		})
		// The column is that of a value, and of a section or element that of its start.
		if e, ok := err.(*Error); !ok || e.Where+": "+e.Message != want {
			t.Errorf("%s:\n     got %v\nexpected %s", key, err, want)
		}
	}
	for _, pass := range []error{nil, (*choice.FieldError)(nil)} {
		c := defaults()
		if err := Decode(&c, "x.yaml", []byte("name: a"), nil, Options{Check: func() error { return pass }}); err != nil {
			t.Error(err)
		}
	}
	c := defaults()
	cause := errors.New("cause")
	err := Decode(&c, "x.yaml", []byte("name: a"), nil, Options{Check: func() error { return fmt.Errorf("no place: %w", cause) }})
	if !errors.Is(err, cause) || err.Error() != "x.yaml: no place: cause" {
		t.Errorf("got %v", err)
	}
}
