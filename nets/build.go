package nets

import (
	"errors"
	"fmt"
	"slices"

	"euryale/ops"
	"euryale/rng"
)

// Built is a net recorded for a Spec by Build.
type Built struct {
	Net     Net
	Spec    Spec
	Builder *ops.Builder // holds the net; a loss may be added
	Input   Input
	Output  *ops.Node
	// Features is the output of a FeatureNet's layer, [features] per row; nil for other nets.
	Features *ops.Node

	layout []ops.Parameter
	size   int
	uses   map[*ops.Node]bool
}

// InputX is the name of the input that Build declares for the noised samples.
const (
	InputX     = "x"
	inputTime  = "time"
	inputStep  = "step"
	inputLabel = "label"
)

// maxWeights is one gibibyte of weights. Training holds several times as much.
const maxWeights = 1 << 28

// Build records a net for a Spec. It returns the first error of the net's layers, with the layer's name, or an error if the
// net does not fit the Spec, uses an input other than those in Input, or has a parameter that its output does not depend on.
func Build(net Net, spec Spec) (*Built, error) {
	if net == nil {
		return nil, errors.New("nets: the net is nil; expected a value with an Apply method")
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
		return nil, errors.New("nets: the net's Apply returned nil; expected its output node")
	case output.Builder() != b:
		return nil, errors.New("nets: the net's output belongs to another Builder than the one given to Apply")
	case !output.PerRow() || output.Size() != spec.Outputs:
		return nil, fmt.Errorf("nets: the net's output %v must have %d numbers per row (Input.Outputs)", output, spec.Outputs)
	}
	n := &Built{Net: net, Spec: spec, Builder: b, Input: in, Output: output, uses: map[*ops.Node]bool{}}
	for _, node := range b.Needed(output) {
		n.uses[node] = true
		switch node.Op.(type) {
		case ops.Input, ops.IndexInput, ops.Time, ops.Step, ops.Label:
			if node != in.X && node != in.Time && node != in.Step && node != in.Label {
				return nil, fmt.Errorf("nets: the input %v has no value in sampling: a net may use only the inputs that Apply receives",
					node)
			}
		}
		if !node.PerRow() && node.Parameter() == nil {
			return nil, fmt.Errorf("nets: layer %q: %T is a loss, which a net must not contain", node.Name, node.Op)
		}
	}
	for _, node := range b.Nodes() {
		if node.Parameter() != nil && !n.uses[node] {
			return nil, fmt.Errorf("nets: the net's output does not depend on the parameter %v; remove it", node)
		}
	}
	if n.layout, n.size = b.Layout(); n.size > maxWeights {
		return nil, fmt.Errorf("nets: the net has %d weights, more than the limit of %d; choose a smaller net, "+
			"or time sinusoidal or fourier, which need no table of timesteps", n.size, maxWeights)
	}
	if err := n.findFeatures(); err != nil {
		return nil, fmt.Errorf("nets: %w", err)
	}
	return n, nil
}

// UsesLabels reports whether the output depends on the label.
func (n *Built) UsesLabels() bool { return n.Input.Label != nil && n.uses[n.Input.Label] }

// Layout returns the parameters and the size of the flat memory that holds them, in numbers.
func (n *Built) Layout() (parameters []ops.Parameter, size int) {
	return slices.Clone(n.layout), n.size
}

// Init returns initial weights, in flat memory. Gaps between parameters are zero.
func (n *Built) Init(seed uint64) []float32 {
	flat := make([]float32, n.size)
	stream := rng.NewStream(seed, rng.Weights)
	for i, p := range n.layout {
		draw(flat[p.Offset:p.Offset+p.Size()], stream, uint64(i), p.Init)
	}
	return flat
}

// draw fills the parameter at a position of the net's list.
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
	case ops.Values:
		copy(dst, init)
	}
}
