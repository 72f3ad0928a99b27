package nets

import (
	"fmt"

	"euryale/ops"
)

// FeatureNet is a net with a layer whose output describes the input well: Built.Features.
type FeatureNet interface {
	Net
	// FeatureLayer is the name of the layer.
	FeatureLayer() string
}

// findFeatures sets Features.
func (n *Built) findFeatures() error {
	net, ok := n.Net.(FeatureNet)
	if !ok {
		return nil
	}
	name := net.FeatureLayer()
	for _, node := range n.Builder.Needed(n.Output) {
		if node.Name == name && node.PerRow() {
			n.Features = node
			return nil
		}
	}
	return fmt.Errorf("the net's output depends on no layer %q, which its FeatureLayer names", name)
}

// WithOutput returns the net with another output: a node with numbers per row that the net's own output depends on, such as
// Features. The weights are the same, in the same layout. Neither net changes the other.
func (n *Built) WithOutput(output *ops.Node) (*Built, error) {
	if output == nil || !n.uses[output] || !output.PerRow() || output.Size() < 1 {
		return nil, fmt.Errorf("nets: expected a node of the net with numbers per row as its output, got %v", output)
	}
	other := *n
	other.Output, other.Spec.Outputs, other.uses = output, output.Size(), map[*ops.Node]bool{}
	for _, node := range n.Builder.Needed(output) {
		other.uses[node] = true
	}
	if !other.uses[n.Features] {
		other.Features = nil
	}
	return &other, nil
}
