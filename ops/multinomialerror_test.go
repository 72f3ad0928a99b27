package ops

import (
	"math"
	"strings"
	"testing"
)

func TestMultinomialErrorErrors(t *testing.T) {
	valid := func(b *Builder) MultinomialError {
		return MultinomialError{Prediction: b.Input("y", 5), Clean: b.IndexInput("clean", 2), Noisy: b.IndexInput("noisy", 2),
			Chain: b.Input("chain", 4), Weight: b.RowInput("w"), Target: b.Input("target", 1), Categories: []int{3, 1}}
	}
	b := NewBuilder()
	m := valid(b)
	node := b.MultinomialError("loss", m)
	if b.Err() != nil || node.PerRow() || node.Size() != 1 {
		t.Fatalf("%v is no scalar: %v", node, b.Err())
	}
	m.Categories[0] = 99
	if got := node.Op.(MultinomialError).Categories[0]; got != 3 {
		t.Errorf("the record has %d categories after the caller's slice changed", got)
	}
	for _, test := range []struct {
		change func(b *Builder, m *MultinomialError)
		want   string
	}{
		{func(_ *Builder, m *MultinomialError) { m.Prediction = nil }, `layer "loss": the prediction is nil`},
		{func(_ *Builder, m *MultinomialError) { m.Categories = nil }, "expected at least one group of categories"},
		{func(_ *Builder, m *MultinomialError) { m.Categories = []int{4, 0} }, "group 1 must have at least one category, got 0"},
		{func(_ *Builder, m *MultinomialError) { m.Target = nil },
			"a target of 0 numbers and groups of [3 1] categories need a prediction [4], got shape [5]"},
		{func(b *Builder, m *MultinomialError) { m.Chain = b.Input("c", 3) }, "the chain must be [4], got shape [3]"},
		{func(b *Builder, m *MultinomialError) { m.Clean = b.IndexInput("i") }, `x_0 must be an IndexInput of shape [2], got "i" []`},
		{func(_ *Builder, m *MultinomialError) { m.Noisy = nil }, "x_t is nil"},
		{func(_ *Builder, m *MultinomialError) { m.Noisy = NewBuilder().IndexInput("i", 2) }, "belongs to another Builder"},
		{func(b *Builder, m *MultinomialError) { m.Weight = b.Input("i", 1) }, "the weight must be one number per row"},
		{func(_ *Builder, m *MultinomialError) { m.Constant = math.Inf(1) }, "must be finite, got 0, 0 and +Inf"},
	} {
		b := NewBuilder()
		m := valid(b)
		test.change(b, &m)
		b.MultinomialError("loss", m)
		if err := b.Err(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
}
