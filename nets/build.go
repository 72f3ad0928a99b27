package nets

import (
	"errors"
	"fmt"
	"slices"

	"euryale/ops"
	"euryale/rng"
)

// Built is a net recorded for a Spec.
type Built struct {
	Net     Net
	Spec    Spec
	Builder *ops.Builder // a loss may be added to it
	Input   Input
	Output  *ops.Node

	layout []ops.Parameter
	size   int
	uses   map[*ops.Node]bool
}

// Names of the inputs that Build declares.
const (
	InputX     = "x"
	inputTime  = "time"
	inputStep  = "step"
	inputLabel = "label"
)

// maxWeights is a gigabyte, of which training holds four.
const maxWeights = 1 << 28

// Build records a net. The error is the first of the net's layers, with its name, or reports that the output does not fit.
func Build(net Net, spec Spec) (*Built, error) {
	if net == nil {
		return nil, errors.New("nets: the net is nil")
	}
	if err := spec.validate(); err != nil {
		return nil, fmt.Errorf("nets: %w", err)
	}
	b := ops.NewBuilder()
	in := Input{Spec: spec, X: b.Input(InputX, spec.Sample...), Time: b.Time(inputTime, spec.Steps)}
	if spec.Steps > 0 {
		in.Step = b.Step(inputStep, spec.Steps)
	}
	if spec.Classes > 0 {
		in.Label = b.Label(inputLabel, spec.Classes)
	}
	output := net.Apply(b, in)
	switch {
	case b.Err() != nil:
		return nil, fmt.Errorf("nets: %w", b.Err())
	case output == nil:
		return nil, errors.New("nets: the net's Apply returned nil")
	case output.Builder() != b:
		return nil, errors.New("nets: the net's output belongs to another Builder")
	case !output.PerRow() || output.Size() != spec.Outputs:
		return nil, fmt.Errorf("nets: the net's output %v must have %d numbers per row", output, spec.Outputs)
	}
	n := &Built{Net: net, Spec: spec, Builder: b, Input: in, Output: output, uses: map[*ops.Node]bool{}}
	for _, node := range b.Needed(output) {
		n.uses[node] = true
		switch node.Op.(type) {
		case ops.Input, ops.IndexInput, ops.Time, ops.Step, ops.Label:
			if node != in.X && node != in.Time && node != in.Step && node != in.Label {
				return nil, fmt.Errorf("nets: the input %v is not known in sampling: a net may use what Apply is given", node)
			}
		}
		if !node.PerRow() && node.Parameter() == nil {
			return nil, fmt.Errorf("nets: layer %q: %T is no operation of a net", node.Name, node.Op)
		}
	}
	for _, node := range b.Nodes() {
		if node.Parameter() != nil && !n.uses[node] {
			return nil, fmt.Errorf("nets: the parameter %v has no influence on the net's output", node)
		}
	}
	if n.layout, n.size = b.Layout(); n.size > maxWeights {
		return nil, fmt.Errorf("nets: the net has %d weights, at most %d are possible; "+
			"with time: sinusoidal or fourier there is no row for each timestep", n.size, maxWeights)
	}
	return n, nil
}

// UsesLabels reports whether the output depends on the label.
func (n *Built) UsesLabels() bool { return n.Input.Label != nil && n.uses[n.Input.Label] }

// Layout returns the parameters and the size of the flat memory that holds them.
func (n *Built) Layout() (parameters []ops.Parameter, size int) {
	return slices.Clone(n.layout), n.size
}

// Init returns initial weights. Gaps between parameters are zero.
func (n *Built) Init(seed uint64) []float32 {
	flat := make([]float32, n.size)
	stream := rng.NewStream(seed, rng.Weights)
	for i, p := range n.layout {
		draw(flat[p.Offset:p.Offset+p.Size()], stream, uint64(i), p.Init)
	}
	return flat
}

// draw fills the parameter at a position of its net.
func draw(dst []float32, stream rng.Stream, position uint64, init ops.Init) {
	switch init := init.(type) {
	case ops.Uniform:
		stream.Uniform(dst, position, 0, len(dst))
		for j, u := range dst {
			dst[j] = float32(float64(init) * (2*float64(u) - 1))
		}
	case ops.Normal:
		stream.Normal(dst, position, 0, len(dst))
		for j, v := range dst {
			dst[j] = float32(float64(init) * float64(v))
		}
	case ops.Constant:
		for j := range dst {
			dst[j] = float32(init)
		}
	}
}
