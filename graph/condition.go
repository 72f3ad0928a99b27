package graph

import (
	"fmt"

	"euryale/kernel"
	"euryale/ops"
)

// indices creates the variables of the label and the timestep, in this order, if the loss depends on them.
func (b *builder) indices(nodes []*ops.Node, needed map[*ops.Node]bool) {
	for _, n := range nodes {
		if _, ok := n.Op.(ops.Label); ok && needed[n] {
			b.index(&b.labels, n)
		}
	}
	for _, n := range nodes {
		if _, ok := n.Op.(ops.Step); ok && needed[n] {
			b.index(&b.steps, n)
		}
	}
}

// index creates the variable of a label or a timestep. Program.Condition fills one of each.
func (b *builder) index(as **ops.Node, n *ops.Node) {
	if *as != nil {
		b.fail("expected a loss that depends on at most one label and one step, got the inputs %q and %q", (*as).Name, n.Name)
		return
	}
	*as = n
	b.input(n)
}

// sinusoids creates a variable for the features of the times, which Program.Condition fills.
func (b *builder) sinusoids(n *ops.Node, s ops.Sinusoids) *node {
	// Gorgonia merges variables of the same name. No other name begins with a zero byte.
	input := b.variable(fmt.Sprintf("\x00features %d", len(b.features)), b.dtype, b.batch, n.Size())
	b.features = append(b.features, features{s, input})
	return input
}

// condition is what Program.Condition fills.
type condition struct {
	features           []featureRows
	steps, labels      []int32 // nil if the loss does not depend on them
	timesteps, classes int     // numbers of timesteps and classes
}

// featureRows is the memory of the features of the times.
type featureRows struct {
	op   ops.Sinusoids
	rows kernel.Matrix // [batch, features]
}

// conditions allocates the memory that Program.Condition fills.
func (c *compiler) conditions() {
	b, to := c.builder, &c.program.condition
	for _, f := range b.features {
		rows := kernel.NewMatrix(b.batch, columns(f.input.Shape()))
		c.values[f.input.ID()] = value{Matrix: rows}
		to.features = append(to.features, featureRows{f.op, rows})
	}
	if b.steps != nil {
		to.steps, to.timesteps = c.values[b.at(b.steps).ID()].index, b.steps.Op.(ops.Step).Steps
	}
	if b.labels != nil {
		to.labels, to.classes = c.values[b.at(b.labels).ID()].index, b.labels.Op.(ops.Label).Classes
	}
}

// Condition sets the condition of rows lo, lo+1, …: the net's times and, for a net with labels, the labels (−1: no label;
// nil: no row has one). It allocates nothing, and several goroutines may write different rows. It panics if the net has a
// table of timesteps and a time is not a row of it, or if the net depends on labels and a label is not a class.
func (p *Program) Condition(lo int, times []float64, labels []int32) {
	c := &p.condition
	if c.steps != nil {
		steps := c.steps[lo : lo+len(times)]
		for i, t := range times {
			step := int(t)
			if float64(step) != t || step < 0 || step >= c.timesteps {
				panic(fmt.Sprintf("graph: expected a timestep, an integer from 0 to %d, got %v", c.timesteps-1, t))
			}
			steps[i] = int32(step)
		}
	}
	for k := range c.features {
		f := &c.features[k]
		for i, t := range times {
			f.op.Fill(f.rows.RowRange(lo+i, lo+i+1).Data, t)
		}
	}
	if c.labels == nil {
		return
	}
	rows := c.labels[lo : lo+len(times)]
	for i := range rows {
		label := -1
		if labels != nil {
			label = int(labels[i])
		}
		if label < -1 || label >= c.classes {
			panic(fmt.Sprintf("graph: expected a label from 0 to %d, or −1 for none, got %d", c.classes-1, label))
		}
		if label == -1 {
			label = c.classes
		}
		rows[i] = int32(label)
	}
}
