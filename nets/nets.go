// Package nets holds the nets, denoisers and classifiers of noisy data. Each says itself twice, side by side: as a graph
// for training and as a plain forward pass for sampling. The two agree bit for bit.
//
// A net's weights are one flat []float32 that Layout divides into named parameters, so that an optimiser
// makes one pass over memory and a checkpoint finds each array by name.
//
// Start reading at MLP, which says the net as a graph; condition.go says what its inputs are made of. forward.go runs it
// without a graph, classifier.go what a classifier has beside. A trainer uses NewMLP, Init, Graph and Fill; a sampler
// NewMLP, NewForward and the methods of Forward.
package nets

import (
	"fmt"

	"euryale/graph"
	"euryale/rng"
)

// Parameter is one named array of a net.
type Parameter struct {
	// Name is the one PyTorch's state dict would use, such as "linears.0.weight".
	Name string
	// Shape is the shape in memory. A linear layer's weight is [in, out], which its product reads row by row.
	Shape []int
	// Transposed says that the state dict holds the transpose, [out, in].
	Transposed bool
	// Offset is the position in flat memory.
	Offset int

	init initialiser
}

// Size is the number of elements.
func (p Parameter) Size() int {
	n := 1
	for _, s := range p.Shape {
		n *= s
	}
	return n
}

// initialiser is a distribution of initial weights: uniform in ±bound, or N(0, 1) where bound is 0.
type initialiser struct{ bound float64 }

// fill draws the parameter at position i of its net.
func (in initialiser) fill(dst []float32, seed uint64, i int) {
	stream := rng.NewStream(seed, rng.Weights)
	if in.bound == 0 {
		stream.Normal(dst, uint64(i), 0, len(dst))
		return
	}
	stream.Uniform(dst, uint64(i), 0, len(dst))
	for j, u := range dst {
		dst[j] = float32(in.bound * (2*float64(u) - 1))
	}
}

// StateDict copies the flat weights into arrays under their names, laid out as PyTorch lays them out.
func StateDict(layout []Parameter, flat []float32) []Array {
	arrays := make([]Array, len(layout))
	for i, p := range layout {
		a := Array{Name: p.Name, Shape: p.stateShape(), Data: make([]float32, p.Size())}
		p.transpose(a.Data, flat[p.Offset:p.Offset+p.Size()], false)
		arrays[i] = a
	}
	return arrays
}

// Array is one entry of a state dict.
type Array struct {
	Name  string
	Shape []int
	Data  []float32
}

// LoadStateDict is the inverse of StateDict: lookup returns the array of a name with the shape given.
func LoadStateDict(layout []Parameter, flat []float32, lookup func(name string, shape ...int) ([]float32, error)) error {
	for _, p := range layout {
		data, err := lookup(p.Name, p.stateShape()...)
		if err != nil {
			return err
		}
		if len(data) != p.Size() {
			return fmt.Errorf("nets: %s holds %d numbers, expected shape %v", p.Name, len(data), p.stateShape())
		}
		p.transpose(flat[p.Offset:p.Offset+p.Size()], data, true)
	}
	return nil
}

func (p Parameter) stateShape() []int {
	if p.Transposed {
		return []int{p.Shape[1], p.Shape[0]}
	}
	return p.Shape
}

// transpose copies between memory and state dict; fromState says which way.
func (p Parameter) transpose(dst, src []float32, fromState bool) {
	if !p.Transposed {
		copy(dst, src)
		return
	}
	in, out := p.Shape[0], p.Shape[1]
	for i := range in {
		for j := range out {
			if fromState {
				dst[i*out+j] = src[j*in+i]
			} else {
				dst[j*in+i] = src[i*out+j]
			}
		}
	}
}

// place takes offsets from the graph that declares the same parameters in the same order, so that there is
// one rule for where things lie.
func place(parameters []Parameter) (layout []Parameter, size int) {
	b := graph.NewBuilder(1)
	for _, p := range parameters {
		b.Parameter(p.Name, p.Shape...)
	}
	places, size := b.Layout()
	for i := range parameters {
		parameters[i].Offset = places[i].Offset
	}
	return parameters, size
}
