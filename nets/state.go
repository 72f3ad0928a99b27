package nets

import (
	"fmt"

	"euryale/ops"
)

// Array is one entry of a state dict.
type Array struct {
	Name  string
	Shape []int
	Data  []float32
}

// StateDict copies flat weights into named arrays in PyTorch's layout: the weight of a linear layer is [out, in], that of a
// convolution [out, in, kernel, kernel].
func StateDict(layout []ops.Parameter, flat []float32) []Array {
	arrays := make([]Array, len(layout))
	for i, p := range layout {
		arrays[i] = Array{Name: p.Name, Shape: StateShape(p), Data: make([]float32, p.Size())}
		FillState(p, arrays[i].Data, flat)
	}
	return arrays
}

// FillState copies one parameter of flat weights to the data of its entry in a state dict.
func FillState(p ops.Parameter, data, flat []float32) {
	transpose(p, data, flat[p.Offset:p.Offset+p.Size()], false)
}

// LoadStateDict is the inverse of StateDict: it fills flat. lookup returns the array of the given name and shape; its errors
// are returned unchanged. An array of another size is an error.
func LoadStateDict(layout []ops.Parameter, flat []float32, lookup func(name string, shape ...int) ([]float32, error)) error {
	for _, p := range layout {
		data, err := lookup(p.Name, StateShape(p)...)
		if err != nil {
			return err
		}
		if len(data) != p.Size() {
			return fmt.Errorf("nets: %s has %d numbers, expected shape %v", p.Name, len(data), StateShape(p))
		}
		transpose(p, flat[p.Offset:p.Offset+p.Size()], data, true)
	}
	return nil
}

// StateShape is the shape of a parameter in a state dict.
func StateShape(p ops.Parameter) []int {
	switch {
	case p.Kernel > 0:
		return []int{p.Shape[1], p.Shape[0] / (p.Kernel * p.Kernel), p.Kernel, p.Kernel}
	case p.Transposed:
		return []int{p.Shape[1], p.Shape[0]}
	}
	return p.Shape
}

// transpose copies from a state dict to memory if fromState, else from memory to a state dict.
func transpose(p ops.Parameter, dst, src []float32, fromState bool) {
	if !p.Transposed {
		copy(dst, src)
		return
	}
	// A matrix is the weight of one tap. Memory has the taps outermost, a state dict innermost.
	taps := max(1, p.Kernel*p.Kernel)
	in, out := p.Shape[0]/taps, p.Shape[1]
	for tap := range taps {
		for i := range in {
			for j := range out {
				memory, state := (tap*in+i)*out+j, (j*in+i)*taps+tap
				if fromState {
					dst[memory] = src[state]
				} else {
					dst[state] = src[memory]
				}
			}
		}
	}
}
