package torchfile

import (
	"fmt"
	"os"

	"euryale/checkpoint"
	"euryale/nets"
)

// Write makes a safetensors file of a net and its weights, for load_state_dict of a module with the same names. Nothing is
// replaced: there must be no file yet.
func Write(path string, b *nets.Built, weights []float32) error {
	layout, size := b.Layout()
	if len(weights) != size {
		return fmt.Errorf("torchfile: expected %d weights, got %d", size, len(weights))
	}
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("torchfile: %s is there already, and nothing is replaced", path)
	}
	file := checkpoint.File{Metadata: map[string]string{"format": "pt"}}
	for _, p := range layout {
		file.Tensors = append(file.Tensors, checkpoint.Tensor{
			Name: p.Name, Shape: nets.StateShape(p), Fill: func(data []float32) { nets.FillState(p, data, weights) },
		})
	}
	for name, a := range constants(b) {
		file.Tensors = append(file.Tensors, checkpoint.Tensor{Name: name, Shape: a.Shape, Data: a.Data})
	}
	if err := checkpoint.WriteForeign(path, &file); err != nil {
		return fmt.Errorf("torchfile: %w", err)
	}
	return nil
}

// constants are what PyTorch's module of a net keeps in its state dict, though it is not trained: the positions of a DiT.
func constants(b *nets.Built) map[string]nets.Array {
	d, ok := b.Net.(*nets.DiT)
	if !ok {
		return nil
	}
	height, width := b.Spec.Sample[0], b.Spec.Sample[1]
	data := d.Positions(height, width)
	return map[string]nets.Array{"pos_embed": {Shape: []int{1, len(data) / d.Width, d.Width}, Data: data}}
}
