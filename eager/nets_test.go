package eager

import (
	"fmt"

	"euryale/nets"
	"euryale/ops"
)

// netFunc is a net that is one function.
type netFunc func(b *ops.Builder, in nets.Input) *ops.Node

func (f netFunc) Apply(b *ops.Builder, in nets.Input) *ops.Node { return f(b, in) }

// residual is an MLP of residual blocks, h + W₂·silu(W₁·h + time + label).
type residual struct {
	width, blocks int
	time          nets.TimeEncoding
}

// Apply implements nets.Net.
func (n residual) Apply(b *ops.Builder, in nets.Input) *ops.Node {
	condition := nets.TimeEmbedding(b, "time", n.time, in, n.width)
	if in.Label != nil {
		condition = b.Add("condition", condition, nets.LabelEmbedding(b, "label", in, n.width))
	}
	h := nets.Dense(b, "in", in.X, n.width)
	for i := range n.blocks {
		name := fmt.Sprintf("blocks.%d", i)
		y := b.SiLU(name, b.Add(name, nets.Dense(b, name+".0", h, n.width), condition))
		h = b.Add(name, h, nets.Dense(b, name+".1", y, n.width))
	}
	return nets.Dense(b, "out", h, in.Outputs)
}

// mixture has every operation, on rows and on values that all rows share, in every combination of the two. It reads weights
// and values more than once.
func mixture(b *ops.Builder, in nets.Input) *ops.Node {
	const width = 9
	weight := func(name string, shape ...int) *ops.Node { return b.Parameter(name, ops.Normal(0.4), shape...) }
	w, bias, table := weight("w", width, width), weight("b", width), nets.Table(b, "table", in.Label, width)
	features := b.Sinusoids("features", in.Time, []float64{0.3, 1, 2})
	time := b.Linear("time", features, ops.Linear{Weight: weight("time.weight", 6, width), Table: table, Index: in.Label})
	steps := b.Embedding("steps", nil, ops.Lookup{Table: nets.Table(b, "steps", in.Step, width), Index: in.Step})
	shared := b.Linear("shared", b.ReLU("relu", time), ops.Linear{Weight: w, Bias: bias, Add: b.SiLU("silu", steps), ReLU: true})
	shared = b.Add("both", shared, b.Add("twice", steps, steps))

	x := b.Linear("x", in.X, ops.Linear{Weight: weight("x.weight", in.X.Size(), width)})
	h := b.Linear("1", x, ops.Linear{Weight: w, Add: shared, ReLU: true})                                            // as a bias
	h = b.Linear("2", h, ops.Linear{Weight: w, Bias: bias, Add: shared})                                             // and a bias
	h = b.Linear("3", shared, ops.Linear{Weight: w, Table: table, Index: in.Label, Add: h, ReLU: true})              // to a shared product
	h = b.Linear("4", shared, ops.Linear{Weight: w, Add: h})                                                         // without a bias
	h = b.Linear("5", h, ops.Linear{Weight: w, Bias: bias, Table: table, Index: in.Label, Add: x, ReLU: true})       // rows to rows
	h = b.Linear("6", h, ops.Linear{Weight: w, Add: h})                                                              // to itself
	h = b.Add("7", shared, b.Add("8", h, shared))                                                                    // either order
	h = b.Add("9", b.ReLU("10", h), b.Add("11", b.SiLU("12", h), b.Add("13", h, h)))                                 // read thrice
	h = b.Linear("14", h, ops.Linear{Weight: w, Table: nets.Table(b, "last steps", in.Step, width), Index: in.Step}) // no bias
	return b.Add("out", nets.Dense(b, "o", b.SiLU("15", h), in.Outputs), nets.Dense(b, "p", b.Add("16", x, h), in.Outputs))
}

// customNets are nets other than the MLP.
func customNets(t fatal) map[string]*nets.Built {
	spec := nets.Spec{Sample: []int{3}, Outputs: 4, Steps: 5, Classes: testClasses, Seed: 1}
	time := &nets.Sinusoidal{Features: 6}
	first := func(b *ops.Builder, in nets.Input) *ops.Node { return nets.Dense(b, "first", in.X, in.Outputs) }
	built := map[string]*nets.Built{}
	for name, net := range map[string]nets.Net{
		"residual":          residual{width: 11, blocks: 3, time: time},
		"residual of steps": residual{width: 5, blocks: 1, time: &nets.Embedding{}},
		"mixture":           netFunc(mixture),
		"one layer":         netFunc(first),
		"ends in a ReLU":    netFunc(func(b *ops.Builder, in nets.Input) *ops.Node { return b.ReLU("r", first(b, in)) }),
		"ends in a SiLU":    netFunc(func(b *ops.Builder, in nets.Input) *ops.Node { return b.SiLU("s", first(b, in)) }),
		"ends in a residual": netFunc(func(b *ops.Builder, in nets.Input) *ops.Node {
			h := first(b, in)
			return b.Add("a", b.SiLU("s", h), h)
		}),
		"ends in a fused ReLU": netFunc(func(b *ops.Builder, in nets.Input) *ops.Node {
			return b.Linear("l", in.X, ops.Linear{Weight: b.Parameter("w", ops.Normal(1), 3, 4), ReLU: true})
		}),
		"only of the time": netFunc(func(b *ops.Builder, in nets.Input) *ops.Node {
			return nets.TimeEmbedding(b, "time", time, in, in.Outputs)
		}),
	} {
		built[name] = build(t, &nets.Program{Net: net}, spec)
	}
	for name, encoding := range map[string]nets.TimeEncoding{"tabular": &nets.Octaves{Features: 16}, "tabular of steps": &nets.Embedding{}} {
		built[name] = build(t, &nets.Tabular{Width: 7, Depth: 2, Activation: "silu", Time: nets.TimeEncodings().With(encoding)}, spec)
	}
	spec.Outputs = 3
	for name, net := range map[string]nets.Net{
		"the identity": netFunc(func(b *ops.Builder, in nets.Input) *ops.Node { return in.X }),
		"residual on x": netFunc(func(b *ops.Builder, in nets.Input) *ops.Node {
			l := ops.Linear{Weight: b.Parameter("w", ops.Normal(1), 3, 3), Add: in.X}
			return b.Add("a", b.SiLU("s", in.X), b.Linear("l", b.ReLU("r", in.X), l))
		}),
		"x twice": netFunc(func(b *ops.Builder, in nets.Input) *ops.Node { return b.Add("a", in.X, in.X) }),
	} {
		built[name] = build(t, &nets.Program{Net: net}, spec)
	}
	spec.Sample, spec.Outputs = []int{2, 3}, 6
	built["of images"] = build(t, &nets.Program{Net: residual{width: 8, blocks: 1, time: time}}, spec)
	return built
}
