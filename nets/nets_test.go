package nets

import (
	"errors"
	"strings"
	"testing"

	"euryale/choice"
	"euryale/ops"
)

// netFunc is a net that is one function.
type netFunc func(b *ops.Builder, in Input) *ops.Node

func (f netFunc) Apply(b *ops.Builder, in Input) *ops.Node { return f(b, in) }

func TestMLPValidate(t *testing.T) {
	tests := []struct {
		change func(m *MLP)
		want   string
	}{
		{func(*MLP) {}, ""},
		{func(m *MLP) { m.Width, m.Depth = 1<<16, 256 }, ""},
		{func(m *MLP) { m.Width = 0 }, "width must be from 1 to 65536, got 0"},
		{func(m *MLP) { m.Width = 1<<16 + 1 }, "width must be from 1 to 65536, got 65537"},
		{func(m *MLP) { m.Depth = -1 }, "depth must be from 1 to 256, got -1"},
		{func(m *MLP) { m.Depth = 257 }, "depth must be from 1 to 256, got 257"},
		{func(m *MLP) { m.Time, m.Labels = TimeEncodings().Choose("sinusoidal"), true }, ""},
		{func(m *MLP) { m.Time = choice.One[TimeEncoding]{} }, "time is missing"},
	}
	for _, test := range tests {
		m := DefaultMLP()
		test.change(m)
		err := m.Validate()
		var field *choice.FieldError
		if (err == nil) != (test.want == "") || err != nil && (err.Error() != test.want || !errors.As(err, &field)) {
			t.Errorf("%+v: %v; want %s", m, err, test.want)
		}
	}
}

func TestArchitectures(t *testing.T) {
	for _, name := range Architectures().Names() {
		o, err := Architectures().New(name)
		if err != nil || o.Validate() != nil {
			t.Errorf("the defaults of %s: %v, %v", name, err, o.Validate())
		}
	}
	m, ok := Architectures().Choose("mlp").Kind.(*MLP)
	if !ok || m.Width != 128 || m.Depth != 3 || m.Labels || m.Time.Name() != "embedding" {
		t.Errorf("the default mlp is %+v", m)
	}
}

// The error of New names the key that does not fit the data.
func TestMLPNewErrors(t *testing.T) {
	good := Spec{Sample: []int{2}, Outputs: 2, Steps: 100, Classes: 3}
	tests := []struct {
		change func(m *MLP, s *Spec)
		want   string
	}{
		{func(*MLP, *Spec) {}, ""},
		{func(m *MLP, _ *Spec) { m.Width = 0 }, "width must be from 1 to 65536, got 0"},
		{func(m *MLP, _ *Spec) { m.Time = TimeEncodings().With(&Sinusoidal{Features: 3}) },
			"time.features must be even and from 2 to 65536, got 3"},
		{func(_ *MLP, s *Spec) { s.Steps = 0 },
			"time must be sinusoidal or fourier in continuous time: a table of embeddings has a row for each step of a chain"},
		{func(m *MLP, s *Spec) { m.Labels, s.Classes = true, 0 }, "labels needs data with classes: give the data " +
			"labels, or set net.labels=false"},
		{func(m *MLP, s *Spec) { m.Time, s.Steps = TimeEncodings().Choose("fourier"), 0 }, ""},
	}
	for _, test := range tests {
		m, s := DefaultMLP(), good
		test.change(m, &s)
		_, err := m.New(s)
		var field *choice.FieldError
		if (err == nil) != (test.want == "") || err != nil && (err.Error() != test.want || !errors.As(err, &field)) {
			t.Errorf("New(%+v) of %+v: %v, want %q", s, m, err, test.want)
		}
	}
}

func TestProgram(t *testing.T) {
	net := netFunc(func(b *ops.Builder, in Input) *ops.Node { return Dense(b, "l", in.X, in.Outputs) })
	if got, err := (&Program{Net: net}).New(Spec{}); err != nil || got == nil {
		t.Errorf("the given net: %v, %v", got, err)
	}
	want := "of this run was given by a Go program: it must be given again, with euryale.WithNet"
	if _, err := (&Program{}).New(Spec{}); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("no net: %v, want %s", err, want)
	}
}

// A wrong net gives an error of Build, which names the layer.
func TestBuildErrors(t *testing.T) {
	spec := Spec{Sample: []int{2}, Outputs: 3, Steps: 5, Classes: 4}
	continuous, bare := spec, spec
	continuous.Steps, bare.Classes = 0, 0
	dense := netFunc(func(b *ops.Builder, in Input) *ops.Node { return Dense(b, "l", in.X, in.Outputs) })
	embed := netFunc(func(b *ops.Builder, in Input) *ops.Node {
		return TimeEmbedding(b, "time", &Embedding{}, in, in.Outputs)
	})
	label := netFunc(func(b *ops.Builder, in Input) *ops.Node { return LabelEmbedding(b, "label", in, in.Outputs) })
	tests := []struct {
		name string
		net  Net
		spec Spec
		want string
	}{
		{"fits", dense, spec, ""},
		{"a step", embed, spec, ""},
		{"a time", netFunc(func(b *ops.Builder, in Input) *ops.Node {
			return TimeEmbedding(b, "time", &Fourier{Features: 4, Scale: 1}, in, in.Outputs)
		}), continuous, ""},
		{"a label", label, spec, ""},
		{"nil", nil, spec, "the net is nil"},
		{"no sample", dense, Spec{Outputs: 1}, "expected a sample shape"},
		{"empty axis", dense, Spec{Sample: []int{3, 0}, Outputs: 1},
			"every axis of a sample must have at least one element, got shape [3 0]"},
		{"no outputs", dense, Spec{Sample: []int{3}}, "at least one output"},
		{"negative", dense, Spec{Sample: []int{3}, Outputs: 1, Classes: -1}, "no negative number"},
		{"width", netFunc(func(b *ops.Builder, in Input) *ops.Node { return Dense(b, "last", in.X, 7) }), spec,
			`the net's output "last" [7] must have 3 numbers per row`},
		{"no output", netFunc(func(*ops.Builder, Input) *ops.Node { return nil }), spec, "the net's Apply returned nil"},
		{"a parameter", netFunc(func(b *ops.Builder, in Input) *ops.Node { return b.Parameter("w", ops.Normal(1), 3) }), spec,
			`the net's output "w" [3] must have 3 numbers per row`},
		{"another record", netFunc(func(_ *ops.Builder, in Input) *ops.Node {
			b := ops.NewBuilder()
			return b.Input("x", in.Outputs)
		}), spec, "another Builder"},
		{"layer", netFunc(func(b *ops.Builder, in Input) *ops.Node {
			h := b.Linear("linears.2", in.X, ops.Linear{Weight: b.Parameter("w", ops.Normal(1), 5, 5)})
			return Dense(b, "later", h, in.Outputs)
		}), spec, `nets: ops: layer "linears.2": an input of shape [2] needs a weight [2, out], got [5, 5]`},
		{"another label", netFunc(func(b *ops.Builder, in Input) *ops.Node {
			return b.Embedding("l", nil, ops.Lookup{Table: b.Parameter("t", ops.Normal(1), 3, in.Outputs), Index: b.Label("mine", 2)})
		}), spec, `the input "mine" [] has no value in sampling`},
		{"another step", netFunc(func(b *ops.Builder, in Input) *ops.Node {
			return b.Embedding("l", nil, ops.Lookup{Table: b.Parameter("t", ops.Normal(1), 2, in.Outputs), Index: b.Step("mine", 2)})
		}), spec, `the input "mine" [] has no value in sampling`},
		{"another time", netFunc(func(b *ops.Builder, in Input) *ops.Node {
			return Dense(b, "l", b.Sinusoids("s", b.Time("mine", 2), []float64{1}), in.Outputs)
		}), spec, `the input "mine" [] has no value in sampling`},
		{"a step in continuous time", embed, continuous, "time must be sinusoidal or fourier"},
		{"an index in continuous time", netFunc(func(b *ops.Builder, in Input) *ops.Node {
			return b.Embedding("steps", nil, ops.Lookup{Table: b.Parameter("t", ops.Normal(1), 9, in.Outputs), Index: in.Step})
		}), continuous, `layer "steps": the index is nil: a net has no Step in continuous time, where time must be sinusoidal or fourier`},
		{"an mlp in continuous time", DefaultMLP(), continuous, "time must be sinusoidal or fourier"},
		{"a label without classes", label, bare,
			"no Label if the data has no classes"},
		{"an mlp's label without classes", &MLP{Width: 3, Depth: 1, Time: TimeEncodings().Choose("fourier"), Labels: true}, bare,
			"no Label if the data has no classes"},
		{"no time", &MLP{Width: 3, Depth: 1}, spec, "the time encoding is missing"},
		{"no encoding", netFunc(func(b *ops.Builder, in Input) *ops.Node { return TimeEmbedding(b, "time", nil, in, in.Outputs) }), spec,
			"the time encoding is missing"},
		{"unknown input", netFunc(func(b *ops.Builder, in Input) *ops.Node { return Dense(b, "l", b.Input("y", 4), in.Outputs) }), spec,
			`the input "y" [4] has no value in sampling`},
		{"unused parameter", netFunc(func(b *ops.Builder, in Input) *ops.Node {
			Dense(b, "idle", in.X, 2)
			return Dense(b, "l", in.X, in.Outputs)
		}), spec, `the net's output does not depend on the parameter "idle.weight" [2, 2]`},
		{"a loss", netFunc(func(b *ops.Builder, in Input) *ops.Node {
			return b.WeightedError("loss", ops.Squared(), in.X, in.X, b.RowInput("w"))
		}), spec, `the net's output "loss" [] must have 3 numbers per row`},
		{"too many weights", DefaultMLP(), Spec{Sample: []int{2}, Outputs: 2, Steps: 1 << 21},
			"more than the limit of 268435456; choose a smaller net, or time sinusoidal or fourier, which need no table of timesteps"},
		{"overflow", netFunc(func(b *ops.Builder, in Input) *ops.Node { return Dense(b, "l", in.X, 1<<62) }), spec, "has more than"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Build(test.net, test.spec)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}
