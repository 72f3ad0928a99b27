package onnx_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"euryale/eager"
	"euryale/model"
	"euryale/nets"
	"euryale/onnx"
	"euryale/ops"
	"euryale/run"
)

func runFolder(path string) run.Folder { return run.Folder(path) }

// newRunCase is the graph of a model's net, at some times of its process.
func newRunCase(t testing.TB, m *model.Model) netCase {
	t.Helper()
	c := netCase{rows: 4, inputs: map[string]array{}}
	net, weights := m.Net()
	machine, err := eager.New(net, weights)
	if err != nil {
		t.Fatal(err)
	}
	_, first, last := m.Process().Span()
	dim, x := m.Dim(), random(2, c.rows*m.Dim(), 1)
	times, labels := array{shape: []int{c.rows}}, array{shape: []int{c.rows}}
	for r := range c.rows {
		time := float32(m.Process().NetworkTime(first + (last-first)*float64(r)/float64(c.rows-1)))
		label := r%(len(m.Schema.Classes)+1) - 1
		times.data, labels.data = append(times.data, float64(time)), append(labels.data, float64(label))
		y := make([]float32, net.Output.Size())
		machine.Run(y, x[r*dim:(r+1)*dim], eager.Condition{Time: float64(time), Label: label})
		c.want = append(c.want, y...)
	}
	shape := []int{dim}
	if s := m.Image(); s != nil {
		x, shape = channelsFirst(x, s, false), []int{s[2], s[0], s[1]}
		if net.Output.Size() == dim {
			c.want = channelsFirst(c.want, s, false)
		}
	}
	c.inputs = map[string]array{"x": {append([]int{c.rows}, shape...), wide(x)}, "t": times, "label": labels}
	if c.model, err = onnx.Net(m, onnx.Options{Version: "1.2.3"}); err != nil {
		t.Fatal(err)
	}
	return c
}

// The graph of a model's net has its inputs and outputs, and describes them.
func TestNet(t *testing.T) {
	m := untrained(t, tiny)
	c := newRunCase(t, m)
	p := parse(t, c.model)
	var ports []string
	for _, port := range append(slices.Clone(p.inputs), p.outputs...) {
		ports = append(ports, port.name)
		want := map[string][]int{"x": {-1, 1, 8, 8}, "t": {-1}, "label": {-1}, "prediction": {-1, 1, 8, 8}}[port.name]
		if !slices.Equal(port.shape, want) {
			t.Errorf("%s has the shape %v, want %v", port.name, port.shape, want)
		}
	}
	if want := []string{"x", "t", "label", "prediction"}; !slices.Equal(ports, want) {
		t.Errorf("inputs and outputs %v, want %v", ports, want)
	}
	compare(t, "prediction", p.evaluate(t, c.inputs)["prediction"].data, c.want, 3e-6)
	for key, want := range map[string]string{
		"graph": "net", "name": "test", "version": "1.2.3", "prediction": "eps", "input": "x_t", "objective": "denoise",
		"classes": `["0","1","2","3","4","5","6","7","8","9"]`, "normalization": `{"kind":"pixels","scale":[127.5],"shift":[127.5]}`,
		"weights": "raw", "step": "0",
	} {
		if got := p.metadata[key]; got != want {
			t.Errorf("metadata %s: %q, want %q", key, got, want)
		}
	}
	if !strings.HasPrefix(p.metadata["process"], "process:\n  name: ddpm\n  steps: 20\n") {
		t.Errorf("metadata process: %q", p.metadata["process"])
	}
	var levels struct {
		Times        []float64 `json:"times"`
		NetworkTimes []float64 `json:"network_times"`
		Alpha, Sigma []float64
	}
	if err := json.Unmarshal([]byte(p.metadata["levels"]), &levels); err != nil {
		t.Fatal(err)
	}
	alpha, sigma := m.Process().Marginal(19)
	if len(levels.Times) != 20 || levels.NetworkTimes[7] != 7 || levels.Alpha[19] != alpha || levels.Sigma[19] != sigma {
		t.Errorf("metadata levels: %+v", levels)
	}
}

// Nets whose output is more than a prediction have it in parts, or as it is.
func TestNetOutputs(t *testing.T) {
	for name, test := range map[string]struct {
		config   string
		want     string // outputs
		metadata string // prediction
	}{
		"hybrid": {strings.Replace(tiny, "net:", "objective: {name: hybrid, prediction: v}\nnet:", 1), "prediction variance", "v"},
		"classifier": {`
data: {name: digits}
process: {name: ddpm, steps: 20}
objective: classify
net: {name: unet_classifier, channels: 4, multipliers: [1, 2], blocks: 1, groups: 2}`, "prediction", "logits"},
	} {
		t.Run(name, func(t *testing.T) {
			m := untrained(t, test.config)
			c := newRunCase(t, m)
			p := parse(t, c.model)
			y := p.evaluate(t, c.inputs)
			var names []string
			for _, out := range p.outputs {
				names = append(names, out.name)
			}
			if got := strings.Join(names, " "); got != test.want || p.metadata["prediction"] != test.metadata {
				t.Errorf("outputs %s of prediction %s, want %s of %s", got, p.metadata["prediction"], test.want, test.metadata)
			}
			if !m.LearnsVariance() {
				compare(t, "prediction", y["prediction"].data, c.want, 3e-6)
				return
			}
			var prediction, variance []float32
			for dim := m.Dim(); len(c.want) > 0; c.want = c.want[2*dim:] {
				prediction, variance = append(prediction, c.want[:dim]...), append(variance, c.want[dim:2*dim]...)
			}
			compare(t, "prediction", y["prediction"].data, channelsFirst(prediction, m.Image(), false), 3e-6)
			compare(t, "variance", y["variance"].data, channelsFirst(variance, m.Image(), false), 3e-6)
		})
	}
}

// Metadata describe the model: its weights, its step, how its net's input is scaled, what its net predicts, how it is decoded.
func TestMetadata(t *testing.T) {
	averaged, scaled := openFolder(t, "../testdata/version1/moons_cfg"), openFolder(t, "../testdata/version1/scurve_edm")
	for _, test := range []struct {
		m          *model.Model
		key, begin string
	}{
		{averaged, "weights", "averaged"}, {averaged, "step", strconv.FormatInt(averaged.Step, 10)},
		{scaled, "input", "x_t/sqrt((alpha*0.5)^2 + sigma^2)"}, {scaled, "prediction", "F"},
		{untrained(t, ofTable(t)), "prediction", "outputs of mixed"}, {untrained(t, ofTable(t)), "normalization", `{"kind":"table"}`},
	} {
		content, err := onnx.Net(test.m, onnx.Options{})
		if err != nil {
			t.Fatal(err)
		}
		p := parse(t, content)
		if got := p.metadata[test.key]; !strings.HasPrefix(got, test.begin) || int64(p.step) != test.m.Step {
			t.Errorf("%s: %q of step %d, want %q of step %d", test.key, got, p.step, test.begin, test.m.Step)
		}
	}
	config, err := averaged.Config.With([]string{"sample.solver=heun", "sample.steps=7"})
	if err != nil {
		t.Fatal(err)
	}
	content, err := onnx.Sampler(t.Context(), averaged, config.Sample, onnx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := parse(t, content)
	for key, want := range map[string]string{"graph": "sampler", "sample": "name: heun", "times": "[19", "evaluations": "13"} {
		if got := p.metadata[key]; !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %s", key, got, want)
		}
	}
}

// unknown is an operation that graphs do not have.
type unknown struct{ x *ops.Node }

func (u unknown) Operands() []*ops.Node { return []*ops.Node{u.x} }

func TestErrors(t *testing.T) {
	b := func(net nets.Net) *nets.Built {
		built, err := nets.Build(net, nets.Spec{Sample: []int{2}, Outputs: 2, Steps: 3})
		if err != nil {
			t.Fatal(err)
		}
		return built
	}
	built := b(netFunc(func(b *ops.Builder, in nets.Input) *ops.Node { return nets.Dense(b, "dense", in.X, in.Outputs) }))
	if _, err := onnx.NewGraph("").Apply(built, nil, onnx.Inputs{}); err == nil || !strings.Contains(err.Error(), "weights, got 0") {
		t.Errorf("no weights: %v", err)
	}
	_, size := built.Layout()
	built.Output.Op = unknown{built.Input.X}
	if _, err := onnx.NewGraph("").Apply(built, make([]float32, size), onnx.Inputs{}); err == nil ||
		!strings.Contains(err.Error(), `layer "dense": the operation onnx_test.unknown cannot be exported`) {
		t.Errorf("an unknown operation: %v", err)
	}

	path := filepath.Join(t.TempDir(), "net.onnx")
	if err := onnx.Write(path, []byte("a")); err != nil {
		t.Fatal(err)
	}
	if err := onnx.Write(path, []byte("b")); !errors.Is(err, os.ErrExist) {
		t.Errorf("a file that is there: %v", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "a" {
		t.Errorf("the file that was there holds %q, %v", text, err)
	}
	if err := onnx.Write(filepath.Join(t.TempDir(), "none", "net.onnx"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder that is missing: %v", err)
	}
}

// The levels of a process of continuous time go from its first time to its last.
func TestLevelsOfContinuousTime(t *testing.T) {
	m := openFolder(t, "../testdata/version1/scurve_edm")
	model, err := onnx.Net(m, onnx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var levels struct {
		Times, Sigma []float64
	}
	if err := json.Unmarshal([]byte(parse(t, model).metadata["levels"]), &levels); err != nil {
		t.Fatal(err)
	}
	_, first, last := m.Process().Span()
	if n := len(levels.Times); n != 1001 || levels.Times[0] != first || levels.Times[n-1] != last || levels.Sigma[n-1] != last {
		t.Errorf("%d levels from %v to %v, want 1001 from %v to %v", n, levels.Times[0], levels.Times[n-1], first, last)
	}
}
