package model

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/data"
	"euryale/diffusion/likelihood"
	"euryale/diffusion/solver"
)

// someDigits is a model of digits of 8×8 pixels, whose net is untrained.
func someDigits(t testing.TB, overrides ...string) *Model {
	t.Helper()
	return smallModel(t, append([]string{
		"data={name: digits, held_out: 0.1}", "net={name: unet, channels: 8, multipliers: [1, 2], groups: 4}",
	}, overrides...)...)
}

// middle is the middle of the digits, 4×4 pixels, where the time of a test is that of the net.
const middle = "data={name: digits, held_out: 0.1, crop: 4}"

// digitsHeldOut are the first n digits that are held out.
func digitsHeldOut(t testing.TB, m *Model, n int) *data.Batch {
	t.Helper()
	_, held, err := m.Source(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	rows := new(data.Batch)
	if err := held.Read(context.Background(), rows, 0, n); err != nil {
		t.Fatal(err)
	}
	return rows
}

func mustCodeLength(t testing.TB, m *Model, r Request, images *data.Batch, o CodeLengthOptions) *CodeLength {
	t.Helper()
	c, err := m.CodeLength(context.Background(), r, images, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// All terms give the bound of package likelihood, a few an estimate of it; workers and the other images change no bit.
func TestCodeLength(t *testing.T) {
	m := someDigits(t)
	images := digitsHeldOut(t, m, 70)
	r := m.Request(1)
	r.Workers = 2
	var seen int
	r.Progress = func(done, total int) { seen = max(seen, done*1000+total) }
	all := mustCodeLength(t, m, r, images, CodeLengthOptions{})
	if all.Images != 70 || all.Chain != 10 || all.Terms != 0 || all.NFE != 10 || all.Variance != "beta_tilde" || all.ClipX0 != 1 ||
		all.LastTime != 0 || all.LastDeviation != 0 || seen != 70*1000+70 {
		t.Errorf("%+v, progress %d", all, seen)
	}
	var w likelihoodWorker
	if err := m.prepareWorker(&w, -1); err != nil {
		t.Fatal(err)
	}
	x, err := m.encodeRows(images)
	if err != nil {
		t.Fatal(err)
	}
	b, err := likelihood.VariationalBound(context.Background(), w.model, x, 64, likelihood.DiscretizedDecoder{Levels: 256},
		likelihood.BoundOptions{Variance: solver.VarianceBetaTilde, ClipX0: 1, Seed: r.Seed})
	if err != nil {
		t.Fatal(err)
	}
	square := 0.0
	for i, v := range b.Rows {
		if got := all.Rows[i] * 64 * math.Ln2; math.Abs(got-v) > 1e-9*v {
			t.Errorf("image %d: %v nats, want %v", i, got, v)
		}
		square += math.Pow(v/64/math.Ln2-all.Bits, 2) / 69 / 70
	}
	for name, pair := range map[string][2]float64{
		"bits": {all.Bits, b.BitsPerDimension(64)}, "prior": {all.Prior, b.Prior / 64 / math.Ln2},
		"decoder": {all.Decoder, b.Decoder / 64 / math.Ln2}, "sum": {all.Prior + all.Steps + all.Decoder, all.Bits},
		"error": {*all.BitsError, math.Sqrt(square)},
	} {
		if math.Abs(pair[0]-pair[1]) > 1e-9 {
			t.Errorf("%s: %v, want %v", name, pair[0], pair[1])
		}
	}

	few := CodeLengthOptions{Terms: 3}
	some := mustCodeLength(t, m, r, images, few)
	if some.NFE != 4 || some.Terms != 3 || some.Prior != all.Prior || math.Abs(some.Decoder-all.Decoder) > 1e-9 ||
		math.Abs(some.Bits-all.Bits) > 6**some.BitsError || some.Bits == all.Bits {
		t.Errorf("a few terms: %+v, all: %+v", some, all)
	}
	for _, workers := range []int{1, 3} {
		r.Workers = workers
		if again := mustCodeLength(t, m, r, images, few); !slices.Equal(again.Rows, some.Rows) || again.Bits != some.Bits {
			t.Errorf("%d workers give %v bits, two %v", workers, again.Bits, some.Bits)
		}
	}
	first := mustCodeLength(t, m, r, m.Batch(floats(images.Real[:64])), few)
	if first.Rows[0] != some.Rows[0] || first.BitsError != nil {
		t.Errorf("alone the first image has %v bits, among others %v", first.Rows, some.Rows[0])
	}
}

func floats(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}

// The end that is chosen by some images costs them no more than the chain as it is.
func TestEndOfTheChain(t *testing.T) {
	for _, process := range []string{"process={name: ddpm, steps: 30}", "process={name: edm}", "process={name: flow}"} {
		m := someDigits(t, middle, process, "sample.steps=10")
		images := digitsHeldOut(t, m, 6)
		r := m.Request(1)
		o := CodeLengthOptions{Terms: 5}
		plain := mustCodeLength(t, m, r, images, o)
		o.Training = images
		chosen := mustCodeLength(t, m, r, images, o)
		if chosen.Bits > plain.Bits+0.05 || chosen.LastDeviation == 0 || chosen.Chain > plain.Chain {
			t.Errorf("%s: %+v, plain %+v", process, chosen, plain)
		}
		if _, first, _ := m.Process().Span(); plain.LastTime != first {
			t.Errorf("%s: the chain as it is ends at %v", process, plain.LastTime)
		}
	}
}

// A net with labels measures an image as one of its class.
func TestCodeLengthOfALabel(t *testing.T) {
	m := someDigits(t, "net.labels=true", "train.label_dropout=0.1")
	images := digitsHeldOut(t, m, 6)
	r := m.Request(1)
	r.Labels = images.Labels
	labeled := mustCodeLength(t, m, r, images, CodeLengthOptions{})
	for i, label := range images.Labels {
		one := m.Request(1)
		one.Sampling.Guidance.Label = int(label)
		of := mustCodeLength(t, m, one, images, CodeLengthOptions{})
		if of.Rows[i] != labeled.Rows[i] {
			t.Errorf("image %d of class %d: %v bits, want %v", i, label, labeled.Rows[i], of.Rows[i])
		}
	}
	if unlabeled := mustCodeLength(t, m, m.Request(1), images, CodeLengthOptions{}); unlabeled.Bits == labeled.Bits {
		t.Error("labels make no difference")
	}
}

func TestCodeLengthErrors(t *testing.T) {
	ctx := context.Background()
	m := someDigits(t)
	images := digitsHeldOut(t, m, 1)
	guided := m.Request(1)
	guided.Sampling.Guidance.Weight = 1
	inverted := m.Request(1)
	inverted.Invert = true
	learned := solver.VarianceLearned
	for _, test := range []struct {
		m    *Model
		r    Request
		o    CodeLengthOptions
		want string
	}{
		{smallModel(t), m.Request(1), CodeLengthOptions{}, "a code length is of images: the rows of small are none"},
		{someDigits(t, "objective=classify", "net={name: unet_classifier, channels: 8, groups: 4}"), m.Request(1), CodeLengthOptions{},
			"holds a classifier, which has no likelihood"},
		{m, guided, CodeLengthOptions{}, "a guided model has no likelihood"},
		{m, inverted, CodeLengthOptions{}, "leave Invert"},
		{m, m.Request(1), CodeLengthOptions{Terms: -1}, "the number of terms must be at least 1, or 0 for all, got -1"},
		{m, m.Request(1), CodeLengthOptions{Variance: &learned}, "learned needs a network that was trained to predict it"},
	} {
		if _, err := test.m.CodeLength(ctx, test.r, images, test.o); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := m.CodeLength(canceled, m.Request(1), images, CodeLengthOptions{}); err == nil ||
		!strings.Contains(err.Error(), "interrupted when 0 of 1") {
		t.Errorf("canceled: %v", err)
	}
}
