package train

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"euryale/checkpoint"
	"euryale/configs"
	"euryale/run"
)

// small trains in milliseconds: 50 points in batches of 12, so the last of an epoch's five has two rows, with an average of
// the weights, so a checkpoint holds all it can.
const small = `
version: 2
name: small
seed: 3
data: {name: s_curve, points: 50, noise: 0.1, scale: 0.1}
process: {name: ddpm, steps: 10}
net: {name: mlp, width: 24}
optimizer: {transforms: [clip, adam, {name: ema, decay: 0.9}]}
train: {batch: 12, epochs: 5, log_every: 7, checkpoint_every: 4, keep_checkpoints: 0}
`

// withoutAverage is an override of small.
const withoutAverage = "optimizer.transforms=[clip, adam]"

func smallConfig(t testing.TB, overrides ...string) *configs.Config {
	t.Helper()
	config, err := configs.Decode("small", []byte(small), overrides)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func newSmall(t testing.TB, config *configs.Config, workers int) *Trainer {
	t.Helper()
	trainer, err := New(context.Background(), config, workers)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(trainer.Close)
	return trainer
}

func steps(t testing.TB, trainer *Trainer, n int) {
	t.Helper()
	for range n {
		if _, err := trainer.Step(); err != nil {
			t.Fatal(err)
		}
	}
}

// write writes the checkpoint of a Trainer to a file.
func write(t testing.TB, trainer *Trainer) (path string) {
	t.Helper()
	file, err := trainer.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "c.safetensors")
	if err := checkpoint.Write(path, file); err != nil {
		t.Fatal(err)
	}
	return path
}

// saved is the checkpoint as it comes back from disk.
func saved(t testing.TB, trainer *Trainer) *run.Checkpoint {
	t.Helper()
	c, err := run.Read(write(t, trainer))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// bytesOf is the checkpoint as it is on disk.
func bytesOf(t testing.TB, trainer *Trainer) []byte {
	t.Helper()
	return []byte(readFile(t, write(t, trainer)))
}

func readFile(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func mustRun(t testing.TB, config *configs.Config, o Options) {
	t.Helper()
	if err := Run(context.Background(), config, o); err != nil {
		t.Fatal(err)
	}
}
