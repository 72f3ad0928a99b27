package onnx_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"euryale/model"
	"euryale/onnx"
)

// tiny is a run of images without training.
const tiny = `
data: {name: digits}
process: {name: ddpm, steps: 20}
train: {label_dropout: 0.1}
net: {name: unet, channels: 4, multipliers: [1, 2], blocks: 1, groups: 2, labels: true}
`

// samplerCase is a graph of a sampler with inputs, and what the model draws from the same noise.
type samplerCase struct {
	model   []byte
	inputs  map[string]array
	encoded []float32 // as the net sees samples
	points  []float32 // in the units of the data
	images  bool
}

func newSamplerCase(t testing.TB, m *model.Model, n int, overrides ...string) samplerCase {
	t.Helper()
	config, err := m.Config.With(overrides)
	if err != nil {
		t.Fatal(err)
	}
	u, err := m.Unroll(t.Context(), config.Sample)
	if err != nil {
		t.Fatal(err)
	}
	dim := m.Dim()
	z := random(11, n*dim, 1)
	r := m.Request(n)
	r.Sampling, r.From, r.Workers = config.Sample, make([]float32, len(z)), 1
	for i, v := range z {
		r.From[i] = v * float32(u.Start)
	}
	c := samplerCase{inputs: map[string]array{}}
	if m.TakesLabels() {
		r.Sampling.Guidance.Label = -1
		labels := array{shape: []int{n}}
		for i := range n {
			label := i % len(m.Schema.Classes)
			if i == n-1 && config.Sample.Guidance.Weight == 0 && m.Config.Train.LabelDropout > 0 {
				label = -1
			}
			r.Labels, labels.data = append(r.Labels, int32(label)), append(labels.data, float64(label))
		}
		c.inputs["label"] = labels
	}
	if err := m.Draw(t.Context(), r, func(x []float32) error {
		c.encoded = append(c.encoded, x...)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if c.points, _, err = m.Points(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	shape := []int{dim}
	if s := m.Image(); s != nil {
		c.images = true
		z, c.encoded, shape = channelsFirst(z, s, false), channelsFirst(c.encoded, s, false), []int{s[2], s[0], s[1]}
	}
	c.inputs["noise"] = array{append([]int{n}, shape...), wide(z)}
	if c.model, err = onnx.Sampler(t.Context(), m, config.Sample, onnx.Options{Version: "test"}); err != nil {
		t.Fatal(err)
	}
	return c
}

// check compares the outputs of a graph, and returns the share of the largest number by which they differ.
func (c samplerCase) check(t testing.TB, outputs map[string]array, tolerance float64) float64 {
	t.Helper()
	if !c.images {
		return compare(t, "samples", outputs["samples"].data, c.points, tolerance)
	}
	encoded := outputs["encoded"].data
	share := compare(t, "encoded", encoded, c.encoded, tolerance)
	pixels := outputs["samples"].data
	if len(pixels) != len(c.points) {
		t.Fatalf("%d pixels, want %d", len(pixels), len(c.points))
	}
	shape := outputs["samples"].shape
	exact := channelsFirst(c.encoded, shape[1:], true)
	for i, want := range c.points {
		_, half := math.Modf((float64(exact[i]) + 1) * 127.5)
		if nearHalf := math.Abs(half-0.5) < 0.01; pixels[i] != float64(want) && !(nearHalf && math.Abs(pixels[i]-float64(want)) <= 1) {
			t.Fatalf("pixel %d is %v, want %v", i, pixels[i], want)
		}
	}
	return share
}

// samplerCases are samplers of points and of images, by some solvers.
func samplerCases() map[string]struct {
	run, config string // one of them
	overrides   []string
} {
	type entry = struct {
		run, config string
		overrides   []string
	}
	cases := map[string]entry{
		"scurve heun":      {run: "scurve", overrides: []string{"sample.solver=heun", "sample.steps=8"}},
		"scurve first":     {run: "scurve", overrides: []string{"sample.solver=ddim", "sample.steps=5", "sample.final=first"}},
		"edm":              {run: "scurve_edm", overrides: []string{"sample.solver=heun", "sample.steps=6"}},
		"edm, later start": {run: "scurve_edm", overrides: []string{"sample.solver=euler", "sample.times=[10, 1, 0.1, 0]"}},
		"vp":               {run: "scurve_vpsde", overrides: []string{"sample.solver=dpm++_3m", "sample.steps=6"}},
		"guided":           {run: "moons_cfg", overrides: []string{"sample.solver=ddim", "sample.guidance={label: 0, weight: 1.5}"}},
		"guided at times": {run: "moons_cfg",
			overrides: []string{"sample.solver=unipc", "sample.steps=8", "sample.guidance={label: 0, weight: 2, min: 0.5, max: 4}"}},
		"rescaled": {run: "moons_cfg", overrides: []string{"sample.solver=euler", "sample.steps=8", "sample.rescale=exploding"}},
		"standardized": {config: `
data: {name: moons, points: 50, standardize: true}
process: {name: flow}
net: {name: mlp, width: 16, time: fourier}
objective: {name: denoise, prediction: u}
sample: {solver: unipc, steps: 5}`},
		"learned variance": {config: strings.Replace(tiny, "net:", "objective: {name: hybrid}\nnet:", 1),
			overrides: []string{"sample.solver=ddim", "sample.steps=3"}},
		"points, learned variance": {config: `
data: {name: moons, points: 50}
process: {name: ddpm, steps: 20}
objective: hybrid
net: {name: mlp, width: 16}
sample: {solver: ddim, steps: 4}`},
		"images, mlp": {config: `
data: {name: digits}
process: {name: ddpm, steps: 20}
net: {name: mlp, width: 16}
sample: {solver: ddim, steps: 3}`},
		"dit": {config: `
data: {name: discs, rows: 20, size: 8x8}
process: {name: vp}
objective: {name: denoise, prediction: v}
net: {name: dit, patch: 2, width: 16, depth: 1, heads: 2}
sample: {solver: deis, steps: 3}`},
		"threshold": {config: tiny, overrides: []string{"sample.solver=ddim", "sample.steps=3", "sample.threshold_percentile=0.8",
			"sample.guidance={label: 0, weight: 2}"}},
		"no bound": {config: tiny, overrides: []string{"sample.solver=dpm++_2m", "sample.steps=3", "sample.clip_x0=0"}},
	}
	for _, solver := range []string{"ddim", "heun", "dpm++_2m", "deis", "unipc"} {
		cases["images "+solver] = entry{config: tiny, overrides: []string{"sample.solver=" + solver, "sample.steps=3"}}
	}
	return cases
}

func openCase(t testing.TB, name, config string) *model.Model {
	t.Helper()
	if name == "" {
		return untrained(t, config)
	}
	m, err := model.OpenAt(runFolder("../testdata/version1/"+name), "", model.Parts{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Graphs of samplers give what the model draws from the same noise.
func TestSamplersAsGraphs(t *testing.T) {
	for name, entry := range samplerCases() {
		t.Run(name, func(t *testing.T) {
			m := openCase(t, entry.run, entry.config)
			c := newSamplerCase(t, m, 3, entry.overrides...)
			p := parse(t, c.model)
			c.check(t, p.evaluate(t, c.inputs), 1e-5)
			for _, out := range p.outputs {
				want := 1 // FLOAT of TensorProto.DataType in onnx.proto
				if c.images && out.name == "samples" {
					want = 2 // UINT8
				}
				if out.element != want {
					t.Errorf("%s has elements of type %d, want %d", out.name, out.element, want)
				}
			}
		})
	}
}

// Weights appear once, under the names and with the shapes of the state dict, however many steps a sampler has.
func TestWeightsAppearOnce(t *testing.T) {
	m := openCase(t, "scurve", "")
	sizes := map[int]int{}
	for _, steps := range []int{2, 20} {
		c := newSamplerCase(t, m, 1, "sample.solver=ddim", fmt.Sprintf("sample.steps=%d", steps))
		sizes[steps] = len(c.model)
		p := parse(t, c.model)
		net, _ := m.Net()
		layout, _ := net.Layout()
		for _, parameter := range layout {
			if a, ok := p.arrays[parameter.Name]; !ok || len(a.data) != parameter.Size() {
				t.Errorf("%d steps: %s has %d numbers, want %d", steps, parameter.Name, len(a.data), parameter.Size())
			}
		}
	}
	if grown := sizes[20] - sizes[2]; grown > 18*10_000 {
		t.Errorf("18 steps more take %d bytes", grown)
	}
}

// What cannot be written out is an error before there is a file.
func TestSamplerErrors(t *testing.T) {
	images := untrained(t, strings.Replace(tiny, "steps: 20", "steps: 1000", 1))
	for name, test := range map[string]struct {
		model     *model.Model
		overrides []string
		want      string
	}{
		"noise":    {images, []string{"sample.solver=ancestral"}, "sample.solver must draw no noise and take fixed steps"},
		"adaptive": {openCase(t, "scurve", ""), []string{"sample.solver=rk45"}, "the steps of rk45 depend on the samples; choose one of ddim,"},
		"nodes": {images, []string{"sample.solver=heun", "sample.steps=1000"},
			"the net is to be evaluated 1999 times, and the graph has 200000 nodes"},
		"evaluations": {images, []string{"sample.solver=dpm_2", "sample.steps=1000", "sample.guidance={label: 0, weight: 1}"},
			"sample.steps must be fewer: written out, the net may be evaluated 2000 times at most"},
		"table":      {untrained(t, ofTable(t)), nil, "the sampler of a table cannot be exported"},
		"start":      {images, []string{"sample.solver=ddim", "sample.start=marginal"}, "sample.start must be prior"},
		"classifier": {openCase(t, "moons_classifier", ""), nil, "draws no samples"},
		"objective": {untrained(t, `
data: {name: s_curve, points: 20}
process: edm
objective: mixed
timesteps: log_normal
net: {name: tabular, width: 8}
sample: {solver: dpm++_2m, steps: 5}`), nil, "the objective mixed cannot be written out"},
	} {
		t.Run(name, func(t *testing.T) {
			config, err := test.model.Config.With(test.overrides)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := onnx.Sampler(t.Context(), test.model, config.Sample, onnx.Options{}); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}
