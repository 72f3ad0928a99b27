package onnx

import (
	"fmt"
	"math"

	"euryale/ops"
)

// sinusoids are the features of the time. Like package eager, graphs compute them in float64: a time of 1000 radians leaves
// float32 only four digits of the angle.
func (r *reader) sinusoids(n *ops.Node, op ops.Sinusoids) result {
	size := n.Size()
	if r.in.Time == "" {
		features := make([]float32, size)
		op.Fill(features, r.in.At)
		return result{name: constant(r.Graph, n.Name+"/features", []int{1, size}, features), shared: true}
	}
	double := r.Node("Cast", n.Name+"/time", []string{r.in.Time}, Int("to", int(Float64)))
	angles := r.binary("Mul", n.Name+"/angles", r.reshaped(n.Name, double, -1, 1),
		constant(r.Graph, n.Name+"/frequencies", []int{1, size / 2}, op.Frequencies))
	// onnxruntime has no cosine in float64.
	quarter := constant(r.Graph, n.Name+"/quarter", nil, []float64{math.Pi / 2})
	parts := []string{
		r.Node("Sin", n.Name+"/sin", []string{angles}),
		r.Node("Sin", n.Name+"/cos", []string{r.binary("Add", n.Name+"/angles", angles, quarter)}),
	}
	if op.CosinesFirst {
		parts[0], parts[1] = parts[1], parts[0]
	}
	features := r.Node("Concat", n.Name+"/features", parts, Int("axis", 1))
	return result{name: r.Node("Cast", n.Name, []string{features}, Int("to", int(Float32))), shared: r.in.Shared}
}

// place is where the time lies in tables of some rows: the row before it, the one after it, and the share of that.
type place struct{ low, high, share, rest string }

// between is the row of a table of timesteps for the time: between two steps the weighted mean of their rows, and the first or
// last row outside.
func (r *reader) between(name, table string, steps int) result {
	switch {
	case r.in.Time == "" && r.in.Step == "":
		t := max(0, min(r.in.At, float64(steps-1)))
		low := int(t)
		row := r.gather(name, table, r.whole(low))
		if share := t - float64(low); share > 0 {
			row = r.mean(name, row, r.gather(name, table, r.whole(low+1)), r.scalar(float32(1-share)), r.scalar(float32(share)))
		}
		return result{name: row, shared: true}
	case r.in.Step != "":
		return result{name: r.gather(name, table, r.in.Step), shared: r.in.Shared}
	}
	p := r.place(steps)
	row := r.mean(name, r.gather(name, table, p.low), r.gather(name, table, p.high), p.rest, p.share)
	return result{name: row, shared: r.in.Shared}
}

// mean is a·x + b·y.
func (g *Graph) mean(name, x, y, a, b string) string {
	return g.binary("Add", name+"/mean", g.binary("Mul", name+"/part", x, a), g.binary("Mul", name+"/part", y, b))
}

// place computes where the time lies among steps, once.
func (r *reader) place(steps int) place {
	if p, ok := r.places[steps]; ok {
		return p
	}
	name := fmt.Sprintf("time/%d", steps)
	last := r.scalar(float32(steps - 1))
	t := r.Node("Clip", name, []string{r.in.Time, r.scalar(0), last})
	floor := r.Node("Floor", name+"/floor", []string{t})
	next := r.binary("Min", name+"/next", r.binary("Add", name+"/next", floor, r.scalar(1)), last)
	share := r.reshaped(name+"/share", r.binary("Sub", name+"/share", t, floor), -1, 1)
	p := place{
		low:   r.Node("Cast", name+"/low", []string{floor}, Int("to", int(Int64))),
		high:  r.Node("Cast", name+"/high", []string{next}, Int("to", int(Int64))),
		share: share,
		rest:  r.binary("Sub", name+"/rest", r.scalar(1), share),
	}
	r.places[steps] = p
	return p
}
