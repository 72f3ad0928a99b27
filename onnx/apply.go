package onnx

import (
	"fmt"

	"euryale/nets"
	"euryale/ops"
)

// Inputs are the names of what a net reads.
type Inputs struct {
	// X are the noised samples as the net takes them: [N, channels, height, width], or [N, dim].
	X string
	// Time is the net's time, float32 [N], or [1] with Shared. It is empty where At has it.
	Time string
	// Step is the timestep, int64 of the shape of Time, for nets with tables of timesteps; where it is empty it comes from Time,
	// which may then lie between two steps.
	Step string
	// At is the net's time of all rows where Time is empty.
	At float64
	// Shared is whether all rows have the one time of Time.
	Shared bool
	// Label is the class of each row, int64 [N], or −1 for none. It is empty where no row has one.
	Label string
}

// applied is a net with weights that a graph can evaluate.
type applied struct {
	graph      *Graph
	net        *nets.Built
	parameters map[string]string // the initializer of each parameter
	shaped     map[string]string // parameters in other shapes, which all evaluations share
}

// addNet adds the weights of a net to the graph, and returns what evaluates it.
func (g *Graph) addNet(net *nets.Built, weights []float32) (*applied, error) {
	layout, size := net.Layout()
	if len(weights) != size {
		return nil, fmt.Errorf("onnx: expected %d weights, got %d", size, len(weights))
	}
	a := &applied{g, net, map[string]string{}, map[string]string{}}
	for _, array := range nets.StateDict(layout, weights) {
		name := g.unique(array.Name)
		g.arrays = append(g.arrays, tensor(name, array.Shape, array.Data))
		a.parameters[array.Name] = name
	}
	return a, nil
}

// Apply adds a net to the graph and evaluates it once. It returns the name of its output: [N, Outputs], or of a net whose
// output is an image [N, channels, height, width].
func (g *Graph) Apply(net *nets.Built, weights []float32, in Inputs) (string, error) {
	a, err := g.addNet(net, weights)
	if err != nil {
		return "", err
	}
	y, err := a.evaluate("net/", in)
	return y.name, err
}

// result is a value of the graph that a node of the net became.
type result struct {
	name string
	// image is whether it is [N, channels, height, width]; otherwise it is [N, size], with the numbers of an image pixel by pixel.
	image bool
	// shared is whether all rows have the same numbers: then N is 1. Images depend on x, so theirs differ.
	shared bool
}

// reader turns the nodes of a net into those of a graph.
type reader struct {
	*Graph
	*applied
	in     Inputs
	values map[*ops.Node]result
	flats  map[*ops.Node]string // images as flat values
	places map[int]place        // in tables of timesteps
}

// evaluate adds one evaluation of the net, whose nodes have names with a prefix.
func (a *applied) evaluate(prefix string, in Inputs) (result, error) {
	r := &reader{Graph: a.graph, applied: a, in: in, values: map[*ops.Node]result{}, flats: map[*ops.Node]string{}, places: map[int]place{}}
	r.prefix = prefix
	defer func() { r.prefix = "" }()
	for _, n := range a.net.Builder.Needed(a.net.Output) {
		switch n.Op.(type) {
		case *ops.Parameter, ops.Time, ops.Step, ops.Label:
			continue
		case ops.Input:
			r.values[n] = result{name: in.X, image: isImage(n)}
			continue
		}
		v, err := r.read(n)
		if err != nil {
			return result{}, err
		}
		r.values[n] = v
	}
	y := r.values[a.net.Output]
	if y.shared {
		y.name, y.shared = r.expanded("output", y.name), false
	}
	return y, nil
}

// read adds the nodes of one operation.
func (r *reader) read(n *ops.Node) (result, error) {
	switch op := n.Op.(type) {
	case ops.Linear:
		return r.linear(n, op), nil
	case ops.Embedding:
		return r.embedding(n, op), nil
	case ops.Sinusoids:
		return r.sinusoids(n, op), nil
	case ops.ReLU:
		return r.same(op.X, r.Node("Relu", n.Name, []string{r.values[op.X].name})), nil
	case ops.SiLU:
		return r.same(op.X, r.silu(n.Name, r.values[op.X].name)), nil
	case ops.GELU:
		return r.same(op.X, r.gelu(n.Name, r.values[op.X].name)), nil
	case ops.Dropout: // of a trained net: the identity
		return r.values[op.X], nil
	case ops.Add:
		return r.add2(n, op), nil
	case ops.Offset:
		return r.offset(n, op), nil
	case ops.Slice:
		return r.slice(n, op), nil
	case ops.Split:
		return r.split(n, op), nil
	case ops.Concat:
		return r.concat(n, op), nil
	case ops.Conv:
		return r.conv(n, op), nil
	case ops.GroupNorm:
		return r.groupNorm(n, op), nil
	case ops.LayerNorm:
		return r.layerNorm(n, op), nil
	case ops.Attention:
		return r.attention(n, op), nil
	case ops.Gate:
		return r.gate(n, op), nil
	case ops.DepthToSpace:
		return r.depthToSpace(n, op), nil
	case ops.MeanPool:
		return r.meanPool(n, op), nil
	}
	return result{}, fmt.Errorf("onnx: layer %q: the operation %T cannot be exported", n.Name, n.Op)
}

// isImage reports whether a node holds images.
func isImage(n *ops.Node) bool { return len(n.Shape()) == 3 }

// same is the result of an operation on each number of x.
func (r *reader) same(x *ops.Node, name string) result {
	v := r.values[x]
	v.name = name
	return v
}

// parameter is the name of a parameter's initializer.
func (r *reader) parameter(n *ops.Node) string { return r.parameters[n.Parameter().Name] }

// shapedParameter is a parameter in another shape: each evaluation of the net reads the same node.
func (r *reader) shapedParameter(n *ops.Node, shape ...int) string {
	name := r.parameter(n)
	key := fmt.Sprint(name, shape)
	if r.shaped[key] == "" {
		r.shaped[key] = r.unique("weights/" + name)
		r.add("Reshape", []string{r.shaped[key]}, []string{name, r.whole(shape...)}, nil)
	}
	return r.shaped[key]
}

// flat is a value as [N, size], with the numbers of an image pixel by pixel.
func (r *reader) flat(n *ops.Node) string {
	v := r.values[n]
	if !v.image {
		return v.name
	}
	if r.flats[n] == "" {
		pixels := r.transposed(n.Name, v.name, 0, 2, 3, 1)
		r.flats[n] = r.reshaped(n.Name, pixels, -1, n.Size())
	}
	return r.flats[n]
}

// image is the name of a value that is an image.
func (r *reader) image(n *ops.Node) string { return r.values[n].name }

// imageOf is a flat value as images of a shape [height, width, channels].
func (g *Graph) imageOf(name, flat string, shape []int) string {
	pixels := g.reshaped(name, flat, -1, shape[0], shape[1], shape[2])
	return g.transposed(name, pixels, 0, 3, 1, 2)
}

// perImage is a value [N, channels] as one that can be added to images.
func (r *reader) perImage(n *ops.Node) string {
	return r.reshaped(n.Name, r.flat(n), -1, n.Size(), 1, 1)
}

// expanded is a flat value that all rows share, repeated for each of them.
func (r *reader) expanded(name, flat string) string {
	rows := r.Node("Shape", "rows", []string{r.in.X}, Int("start", 0), Int("end", 1))
	shape := r.Node("Concat", name+"/shape", []string{rows, r.whole(1)}, Int("axis", 0))
	return r.Node("Expand", name, []string{flat, shape})
}
