package graph_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"euryale/eager"
	"euryale/kernel"
	"euryale/nets"
	"euryale/ops"
)

// residual is an MLP of residual blocks, h + W₂·silu(W₁·h + time + label), with one W₁ for all blocks.
type residual struct{ width, blocks int }

// Apply implements nets.Net.
func (n residual) Apply(b *ops.Builder, in nets.Input) *ops.Node {
	condition := nets.TimeEmbedding(b, "time", &nets.Sinusoidal{Features: 8}, in, n.width)
	condition = b.Add("condition", condition, nets.LabelEmbedding(b, "label", in, n.width))
	h := nets.Dense(b, "in", in.X, n.width)
	tied := b.Parameter("tied", ops.Uniform(0.2), n.width, n.width)
	for i := range n.blocks {
		name := fmt.Sprintf("blocks.%d", i)
		y := b.SiLU(name, b.Linear(name+".0", h, ops.Linear{Weight: tied, Add: condition}))
		h = b.Add(name, h, nets.Dense(b, name+".1", y, n.width))
	}
	return nets.Dense(b, "out", h, in.Outputs)
}

// A custom net learns the effect of a label and a time on a point, by plain gradient descent, and eager gives the same
// loss.
func TestCustomNetLearns(t *testing.T) {
	const rows = 48
	net := build(t, &nets.Program{Net: residual{width: 24, blocks: 2}}, nets.Spec{Sample: []int{2}, Outputs: 2, Steps: 10, Classes: 2})
	flat := net.Init(1)
	p := compile(t, net, flat, rows)
	r := rand.New(rand.NewPCG(1, 2))
	x, target := p.Float("x"), p.Float("target")
	copy(x, normal(r, len(x)))
	times, labels := conditions(r, net, rows)
	for i := range rows { // turned by the label, shrunk by the time; without a label as it is
		scale := float32(1 - times[i]/10)
		switch labels[i] {
		case 0:
			target[2*i], target[2*i+1] = -scale*x[2*i+1], scale*x[2*i]
		case 1:
			target[2*i], target[2*i+1] = scale*x[2*i+1], -scale*x[2*i]
		default:
			target[2*i], target[2*i+1] = scale*x[2*i], scale*x[2*i+1]
		}
		p.Float("weight")[i] = 1. / rows
	}
	p.Condition(0, times, labels)
	var ws kernel.Workspace
	first, last := 0.0, 0.0
	for step := range 4000 {
		last, _ = p.Run(&ws, rows)
		if step == 0 {
			first = last
		}
		for i, g := range p.Gradient() {
			flat[i] -= 0.03 * g
		}
	}
	if !(last < first/100) {
		t.Errorf("the loss went from %v to %v", first, last)
	}
	m, err := eager.New(net, flat)
	if err != nil {
		t.Fatal(err)
	}
	loss, dst := 0.0, make([]float32, 2)
	for i := range rows {
		m.Run(dst, x[2*i:2*i+2], eager.Condition{Time: times[i], Label: int(labels[i])})
		for j, v := range dst {
			loss += float64(v-target[2*i+j]) * float64(v-target[2*i+j]) / rows
		}
	}
	if p.Run(&ws, rows); loss > p.Loss(rows)*(1+1e-4) || loss < p.Loss(rows)*(1-1e-4) {
		t.Errorf("eager has the loss %v, the graph %v", loss, p.Loss(rows))
	}
	if n := testing.AllocsPerRun(10, func() { p.Condition(0, times, labels); p.Run(&ws, rows) }); n != 0 {
		t.Errorf("%v allocations in a step", n)
	}
}

// The step of the S-curve tutorial: fill the conditions, forward, backward.
func BenchmarkTutorialStep(b *testing.B) {
	for _, time := range nets.TimeEncodings().Names() {
		b.Run(time, func(b *testing.B) {
			const rows = 128
			m := nets.DefaultMLP()
			m.Time = nets.TimeEncodings().Choose(time)
			net := build(b, m, nets.Spec{Sample: []int{2}, Outputs: 2, Steps: 100})
			p := compile(b, net, net.Init(1), rows)
			r := rand.New(rand.NewPCG(1, 2))
			for _, name := range []string{"x", "target", "weight"} {
				copy(p.Float(name), normal(r, len(p.Float(name))))
			}
			times := make([]float64, rows)
			for i := range times {
				times[i] = float64(r.IntN(100))
			}
			var ws kernel.Workspace
			b.ReportAllocs()
			for b.Loop() {
				p.Condition(0, times, nil)
				p.Run(&ws, rows)
			}
		})
	}
}
