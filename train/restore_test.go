package train

import (
	"slices"
	"strings"
	"testing"

	"euryale/checkpoint"
	"euryale/run"
)

func TestRestoreErrors(t *testing.T) {
	good := func() *run.Checkpoint {
		trainer := newSmall(t, smallConfig(t), 1)
		steps(t, trainer, 7)
		file, err := trainer.Checkpoint()
		if err != nil {
			t.Fatal(err)
		}
		file.Name = "c.safetensors"
		c, err := run.Decode(file)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	tests := []struct {
		name, config string // an override
		file         func(*run.Checkpoint)
		want         string
	}{
		{"another width", "net.width=32", nil, `has shape [24 2], expected [32 2]`},
		{"another depth", "net.depth=2", nil, "holds 44 tensors, a run of this configuration has 32"},
		{"another batch", "train.batch=10", nil, "step 7 stands at epoch 1, offset 24 of its data; here it is epoch 1, offset 20"},
		{"another seed", "seed=4", nil, "made with seed 3, the run has 4"},
		{"no average", withoutAverage, nil, "holds 44 tensors, a run of this configuration has 33"},
		{"another optimizer", "optimizer.transforms=[clip, adamw, {name: ema, decay: 0.9}]", nil, `no tensor "optim.adamw.`},
		{"other rows", "data.noise=0.2", nil, "the rows of the data have changed since the run began"},
		{"more rows", "data.points=51", nil, "the rows of the data have changed since the run began"},
		{"other labels", "data={name: moons, points: 50, noise: 0.1, scale: 0.1}", nil,
			"the rows of the data have changed since the run began"},
		{"another encoding", "data.standardize=true", nil, "the rows of the data have changed since the run began"},
		{"no checksum", "", func(c *run.Checkpoint) { delete(c.Metadata, run.DataChecksum) }, "the rows of the data have changed"},
		{"state of timesteps", "timesteps=importance", nil, "holds 44 tensors, a run of this configuration has 45"},
		{"a tensor renamed", "", func(c *run.Checkpoint) {
			i := slices.IndexFunc(c.Tensors, func(t checkpoint.Tensor) bool { return t.Name == "optim.adam.v.linears.2.bias" })
			c.Tensors[i].Name = "other"
		}, `no tensor "optim.adam.v.linears.2.bias"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config, file := smallConfig(t), good()
			if test.config != "" {
				config = smallConfig(t, test.config)
			}
			if test.file != nil {
				test.file(file)
			}
			err := newSmall(t, config, 1).Restore(file)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "c.safetensors") {
				t.Errorf("error %v, want %s", err, test.want)
			}
		})
	}
}

// The arrays have the names and shapes of the tutorial's state dict in PyTorch.
func TestCheckpointNames(t *testing.T) {
	trainer := newSmall(t, smallConfig(t), 1)
	file, err := trainer.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	for name, shape := range map[string][]int{
		"model.linears.0.weight": {24, 2}, "model.linears.2.weight": {24, 24}, "model.linears.6.weight": {2, 24},
		"model.linears.6.bias":           {2},
		"model.step_embeddings.2.weight": {10, 24}, "ema.linears.0.weight": {24, 2},
		"optim.adam.m.linears.0.weight": {24, 2}, "optim.adam.v.step_embeddings.0.weight": {10, 24},
	} {
		if _, err := file.Tensor(name, shape...); err != nil {
			t.Error(err)
		}
	}
	if layout, _ := trainer.net.Layout(); len(layout)*4 != len(file.Tensors) {
		t.Errorf("%d tensors, want %d", len(file.Tensors), len(layout)*4)
	}
}
