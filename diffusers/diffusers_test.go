package diffusers

import (
	"path/filepath"
	"slices"
	"testing"

	"euryale/checkpoint"
	"euryale/nets"
)

// made is a folder made with PyTorch: unet_pytorch.py.
const made = "../train/testdata/unet"

// A folder made by PyTorch loads, and is written as it was.
func TestRoundTrip(t *testing.T) {
	m, err := Read(made)
	if err != nil {
		t.Fatal(err)
	}
	u := m.Net.Net.(*nets.UNet)
	if u.Channels != 4 || !slices.Equal(u.Multipliers, []int{1, 2}) || u.Blocks != 1 || !slices.Equal(u.Attention, []int{4}) ||
		u.Groups != 2 || !u.Labels || m.Net.Spec.Classes != 3 || !slices.Equal(m.Net.Spec.Sample, []int{8, 4, 3}) {
		t.Errorf("got the net %+v for %+v", u, m.Net.Spec)
	}
	dir := filepath.Join(t.TempDir(), "new", "folder")
	if err := Write(dir, m.Net, m.Weights); err != nil {
		t.Fatal(err)
	}
	want, err := checkpoint.ReadForeign(filepath.Join(made, WeightsName))
	if err != nil {
		t.Fatal(err)
	}
	got, err := checkpoint.ReadForeign(filepath.Join(dir, WeightsName))
	if err != nil {
		t.Fatal(err)
	}
	if got.Metadata["format"] != "pt" || len(got.Metadata) != 1 || len(got.Tensors) != len(want.Tensors) {
		t.Errorf("metadata %v, %d tensors, want %d", got.Metadata, len(got.Tensors), len(want.Tensors))
	}
	for i, w := range want.Tensors {
		g := got.Tensors[i]
		if g.Name != w.Name || !slices.Equal(g.Shape, w.Shape) || !slices.Equal(g.Data, w.Data) {
			t.Errorf("tensor %q of shape %v came back as %q of shape %v", w.Name, w.Shape, g.Name, g.Shape)
		}
	}
	again, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Fits(m.Net); err != nil {
		t.Error(err)
	}
	if !slices.Equal(again.Weights, m.Weights) {
		t.Error("the weights changed")
	}
}
