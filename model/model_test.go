package model

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"euryale/checkpoint"
	"euryale/configs"
	"euryale/data"
	"euryale/nets"
	"euryale/ops"
	"euryale/run"
)

// A model takes the averaged weights where there are some, and the last ones otherwise.
func TestOpenTakesTheAverage(t *testing.T) {
	var last []float32
	keep := func(w []float32) { last = slices.Clone(w) }
	m := open(t, untrained(t, smallConfig(t), keep, nil))
	if m.Averaged || !slices.Equal(m.weights, last) {
		t.Error("the model does not hold the weights")
	}
	average := make([]float32, len(last))
	for i, w := range last {
		if w != 0 { // what fills the layout up to the next parameter is in no checkpoint
			average[i] = w / 2
		}
	}
	m = open(t, untrained(t, smallConfig(t, "optimizer.transforms=[adam, {name: ema, decay: 0.9}]"), nil, average))
	if !m.Averaged || !slices.Equal(m.weights, average) || slices.Equal(m.weights, last) {
		t.Error("the model does not hold the average")
	}
}

// Open reads the newest checkpoint of a folder.
func TestOpen(t *testing.T) {
	folder := run.Folder(t.TempDir())
	if _, err := Open(folder); !errors.Is(err, run.ErrNone) || !strings.Contains(err.Error(), string(folder)) {
		t.Errorf("an empty folder: %v", err)
	}
	if err := folder.WriteConfig(smallConfig(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(folder); !errors.Is(err, run.ErrNone) || !strings.Contains(err.Error(), "with a checkpoint") {
		t.Errorf("a run without checkpoints: %v", err)
	}
	for _, step := range []int64{3, 12} {
		c := untrained(t, smallConfig(t), nil, nil)
		if c.Step = step; c.Encode() != nil {
			t.Fatal("cannot encode")
		}
		if err := checkpoint.Write(checkpoint.Path(folder.Checkpoints(), step), c.File); err != nil {
			t.Fatal(err)
		}
	}
	m, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	if m.Step != 12 || m.Config.Name != "small" || m.Dim() != 2 || m.Schema.Dim() != 2 || !m.Denoises() || m.Process().Steps() != 10 {
		t.Errorf("%+v", m)
	}
}

// A checkpoint whose parts do not fit each other is an error that names it.
func TestCheckpointsThatDoNotFit(t *testing.T) {
	with := func(config *configs.Config, c *run.Checkpoint) *run.Checkpoint {
		text, err := config.YAML()
		if err != nil {
			t.Fatal(err)
		}
		c.Metadata["config"] = string(text)
		return onDisk(t, c)
	}
	small := func() *run.Checkpoint { return untrained(t, smallConfig(t), nil, nil) }
	moons := untrained(t, smallConfig(t, "data.name=moons", "net.labels=true", "train.label_dropout=0.1"), nil, nil)
	for _, test := range []struct {
		name string
		c    *run.Checkpoint
		want string
	}{
		{"a wider net", with(smallConfig(t, "net.width=32"), small()), `has shape [24 2], expected [32 2]`},
		{"a deeper net", with(smallConfig(t, "net.depth=4"), small()), `"model.linears.6.weight"`},
		{"more steps", with(smallConfig(t, "process.steps=11"), small()), `has shape [10 24], expected [11 24]`},
		{"other outputs", with(smallConfig(t, "objective=hybrid"), small()), `has shape [2 24], expected [4 24]`},
		{"labels that the data does not have", with(smallConfig(t, "data.name=moons", "net.labels=true",
			"train.label_dropout=0.1"), small()), "net.labels"},
		{"no tensor", with(smallConfig(t, "data.name=moons"), func() *run.Checkpoint {
			c := small()
			c.Tensors = c.Tensors[:1]
			return c
		}()), "no tensor"},
		{"a schema of three columns", func() *run.Checkpoint {
			c := small()
			schema := data.Numbers(3, 0)
			if err := schema.SaveState(c.File); err != nil {
				t.Fatal(err)
			}
			return onDisk(t, c)
		}(), "the encoder gives rows of 2 numbers and 0 categories, expected 3 and 0 as in the schema"},
		{"no encoder", func() *run.Checkpoint {
			delete(moons.Metadata, "encoders")
			return onDisk(t, moons)
		}(), "encoders"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := New(test.c, Parts{})
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "c.safetensors") {
				t.Errorf("error %v, want %s", err, test.want)
			}
		})
	}
}

// plain is a net of a Go program: one layer.
type plain struct{}

func (plain) Apply(b *ops.Builder, in nets.Input) *ops.Node {
	return nets.Dense(b, "layer", in.X, in.Outputs)
}

// What a Go program gave to training it must give again to open the run; the data only if it is read.
func TestParts(t *testing.T) {
	config := smallConfig(t)
	rows, err := data.Flat([]float64{1, 2, 3, 4, 5, 7}, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	config.Net = nets.Architectures().With(&nets.Program{Net: plain{}})
	config.Data.Source = configs.Sources().With(&data.Program{Source: rows})
	c := untrained(t, config, nil, nil)
	if _, err := New(c, Parts{}); err == nil || !strings.Contains(err.Error(), "was given by a Go program: it must be given again") {
		t.Errorf("without the net: %v", err)
	}
	if _, err := New(onDisk(t, c), Parts{Net: tooWide{}}); err == nil || !strings.Contains(err.Error(), "does not fit") {
		t.Errorf("with a net that does not fit: %v", err)
	}
	m, err := New(onDisk(t, c), Parts{Net: plain{}})
	if err != nil {
		t.Fatal(err)
	}
	draw(t, m, m.Request(3))
	r := request(t, m, 3, 1, "sample.start=marginal")
	if err := m.Draw(context.Background(), r, nil); err == nil || !strings.Contains(err.Error(), "given by a Go program") {
		t.Errorf("without the data: %v", err)
	}
	if m, err = New(onDisk(t, c), Parts{Net: plain{}, Data: rows}); err != nil {
		t.Fatal(err)
	}
	draw(t, m, r)
	labeled, err := data.Flat([]float64{1, 2, 3, 4}, 2, []int32{0, 1})
	if err != nil {
		t.Fatal(err)
	}
	if m, err = New(onDisk(t, c), Parts{Net: plain{}, Data: labeled}); err != nil {
		t.Fatal(err)
	}
	if err := m.Draw(context.Background(), r, nil); err == nil || !strings.Contains(err.Error(),
		"is no longer what the run was trained on") {
		t.Errorf("with other data: %v", err)
	}
}

type tooWide struct{}

func (tooWide) Apply(b *ops.Builder, in nets.Input) *ops.Node {
	return nets.Dense(b, "layer", in.X, in.Outputs+1)
}

// kinds are small models of every kind of process, prediction and net that draws samples.
func kinds() map[string][]string {
	return map[string][]string{
		"x0":                  {"objective.prediction=x0"},
		"v, cosine, zero SNR": {"objective.prediction=v", "process.schedule={name: cosine, zero_terminal_snr: true}"},
		"hybrid":              {"objective=hybrid", "sample.solver.variance=learned"},
		"ncsn, score": {"process={name: ncsn, steps: 10, sigma_min: 0.01, sigma_max: 2}", "objective.prediction=score",
			"objective.scale_input=true",
			"objective.weight=score_matching", "sample.solver={name: annealed_langevin, corrector: {steps: 3}}"},
		"vp":     {"process=vp", "net.time=sinusoidal", "sample.solver=euler_maruyama", "sample.steps=10"},
		"sub-VP": {"process=sub_vp", "net.time=sinusoidal", "sample.solver=reverse_diffusion", "sample.steps=10"},
		"ve": {"process={name: ve, sigma_min: 0.01, sigma_max: 2}", "objective.scale_input=true", "net.time=sinusoidal",
			"sample.solver=predictor_corrector", "sample.steps=10"},
		"edm": {"process=edm", "objective.prediction=F", "objective.weight=edm", "net.time={name: fourier, scale: 1}",
			"sample.solver=heun", "sample.spacing=karras", "sample.steps=10"},
		"flow": {"process=flow", "objective.prediction=u", "net.time=sinusoidal", "sample.solver=euler", "sample.steps=10"},
		"labels": {"data.name=moons", "net.labels=true", "train.label_dropout=0.3", "sample.guidance.label=1",
			"sample.guidance.weight=0.5"},
		"standardized": {"data.standardize=true", "data.held_out=0.2"},
	}
}

// Every kind of model draws samples, each the same alone and among others, and has a likelihood.
func TestEveryKindOfModel(t *testing.T) {
	ctx := context.Background()
	for name, change := range kinds() {
		t.Run(name, func(t *testing.T) {
			m := smallModel(t, change...)
			r := m.Request(sampleRows + 3)
			r.Seed, r.Workers = 2, 2
			all := draw(t, m, r)
			for i, v := range all {
				if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
					t.Fatalf("sample %d is %v", i/2, v)
				}
			}
			s, err := m.newSampling(ctx, r)
			if err != nil {
				t.Fatal(err)
			}
			defer s.team.Close()
			const first = sampleRows - 2 // the last of a piece and the first of the next
			alone := make([]float32, 5*2)
			if _, err := s.draw(ctx, alone, wave{first: first}, nil); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(alone, all[first*2:]) {
				t.Error("samples differ alone")
			}
			rows, err := m.Fresh(ctx, 2, 5, data.AnyClass)
			if err != nil {
				t.Fatal(err)
			}
			r.Sampling.Guidance.Weight = 0
			l, err := m.Likelihood(ctx, r, rowsOf(t, rows))
			if err != nil {
				t.Fatal(err)
			}
			if math.IsNaN(l.Exact) || (l.Bound != nil) != (m.process.Steps() > 0) || l.Points != 5 {
				t.Errorf("likelihood %+v", l)
			}
		})
	}
}

// A classifier draws no samples and has no likelihood; a denoiser has no accuracy.
func TestClassifierIsNoDenoiser(t *testing.T) {
	ctx := context.Background()
	c := smallModel(t, "data.name=moons", "objective=classify")
	if c.Denoises() {
		t.Error("a classifier denoises")
	}
	const want = "the run small holds a classifier, which draws no samples"
	if err := c.Draw(ctx, c.Request(3), nil); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("samples of a classifier: %v", err)
	}
	if _, err := c.Likelihood(ctx, c.Request(3), make([]float32, 6)); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("likelihood of a classifier: %v", err)
	}
	m := smallModel(t, "data.name=moons")
	if _, err := m.Accuracies(ctx, 10, 1, 3); err == nil || !strings.Contains(err.Error(), "expected a classifier") {
		t.Errorf("accuracy of a denoiser: %v", err)
	}
	r := m.Request(3)
	r.Classifier, r.Sampling.Guidance.Label, r.Sampling.Guidance.Weight = m, 0, 1
	if err := m.Check(r); err == nil || !strings.Contains(err.Error(), "expected a classifier of noisy data") {
		t.Errorf("guided by a denoiser: %v", err)
	}
	r.Classifier = smallModel(t, "data.name=moons", "objective=classify", "process.steps=11")
	if err := m.Check(r); err == nil || !strings.Contains(err.Error(), "was trained on a different process from") {
		t.Errorf("guided on another process: %v", err)
	}
	r.Classifier = c
	plain := draw(t, m, m.Request(3))
	if guided := draw(t, m, r); slices.Equal(guided, plain) {
		t.Error("the classifier guides nowhere")
	}
	r.N = 1
	if _, err := m.Likelihood(ctx, r, make([]float32, 2)); err == nil ||
		!strings.Contains(err.Error(), "a guided model has no likelihood") {
		t.Errorf("likelihood of a guided model: %v", err)
	}
}

// Held-out rows may lack a class of the classifier.
func TestAccuraciesOfHeldOutRows(t *testing.T) {
	ctx := context.Background()
	numbers, labels := make([]float64, 2*40), make([]int32, 40)
	for i := range labels {
		numbers[2*i], numbers[2*i+1] = float64(i), float64(-i)
		labels[i] = int32(i % 2)
	}
	labels[7] = 2 // one row of the last class
	rows, err := data.Flat(numbers, 2, labels)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(3) {
		config := smallConfig(t, "objective=classify", "data={name: moons, standardize: true, held_out: 0.3}")
		config.Seed = seed
		config.Data.Source = configs.Sources().With(&data.Program{Source: rows})
		m, err := New(untrained(t, config, nil, nil), Parts{Data: rows})
		if err != nil {
			t.Fatal(err)
		}
		accuracies, err := m.Accuracies(ctx, 1000, 1, 3)
		if err != nil || len(accuracies) != 3 {
			t.Fatalf("%+v, %v", accuracies, err)
		}
		for _, a := range accuracies {
			if n := a.Correct * 12; math.Abs(n-math.Round(n)) > 1e-9 { // 12 rows are held out
				t.Errorf("%v are right of 12", a.Correct)
			}
		}
	}
}

// A file of samples is in the data's units.
func TestSampleWritesTheDatasUnits(t *testing.T) {
	m := smallModel(t, "data.standardize=true")
	path := filepath.Join(t.TempDir(), "samples.npy")
	sink, err := data.NewSink(path, m.Schema.Unlabeled())
	if err != nil {
		t.Fatal(err)
	}
	r := m.Request(sampleRows + 5)
	if err := errors.Join(m.Sample(context.Background(), r, sink), sink.Close()); err != nil {
		t.Fatal(err)
	}
	source, _, err := smallConfig(t, "data=npy", "data.file="+path).Data.Open(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	points, _, err := m.Points(context.Background(), r)
	if err != nil || !slices.Equal(points, rowsOf(t, source)) {
		t.Errorf("the file differs from the points: %v", err)
	}
}
