package euryale_test

import (
	"context"
	"path/filepath"
	"testing"

	"euryale"
	"euryale/configs"
	"euryale/data"
)

// smallText trains in milliseconds.
const smallText = `
version: 2
name: small
seed: 3
data: {name: s_curve, points: 50, noise: 0.1, scale: 0.1}
process: {name: ddpm, steps: 10}
net: {name: mlp, width: 24}
optimizer: {transforms: [clip, adam, {name: ema, decay: 0.9}]}
train: {batch: 12, epochs: 8, log_every: 7, checkpoint_every: 0}
`

func smallConfig(t testing.TB, overrides ...string) *euryale.Config {
	t.Helper()
	config, err := configs.Decode("small", []byte(smallText), overrides)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func mustPreset(t testing.TB, name string, overrides ...string) *euryale.Config {
	t.Helper()
	config, err := euryale.Preset(name, overrides...)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// mustTrain trains in a temporary folder, unless an option names another.
func mustTrain(t testing.TB, config *euryale.Config, o ...euryale.Option) *euryale.Model {
	t.Helper()
	m, err := euryale.Train(context.Background(), config, append([]euryale.Option{euryale.In(filepath.Join(t.TempDir(),
		"run"))}, o...)...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func pointsOf(t testing.TB, m *euryale.Model, r euryale.Request) []float32 {
	t.Helper()
	points, _, err := m.Points(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return points
}

// writeNPY writes rows to a .npy file.
func writeNPY(t testing.TB, path string, dim int, rows []float64) {
	t.Helper()
	sink, err := data.NewNPY(path, data.Numbers(dim, 0))
	if err != nil {
		t.Fatal(err)
	}
	if err := sink.Write(&data.Batch{Rows: len(rows) / dim, Real: rows}); err != nil {
		t.Fatal(err)
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
}
