package train

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"euryale/configs"
)

// The S-curve trained in earnest: 400 epochs at the tutorial's sizes. `make quality` runs it.
//
// Peers, PyTorch's script (bench/quality_pytorch.py) with seeds 0 … 7: see docs/quality.md.
func TestQuality(t *testing.T) {
	if os.Getenv("EURYALE_QUALITY") == "" {
		t.Skip("minutes of training; set EURYALE_QUALITY=1, or run make quality")
	}
	var losses, distances []float64
	for seed := range uint64(8) {
		config, err := configs.Load("scurve", []string{"train.epochs=400", fmt.Sprintf("seed=%d", seed)})
		if err != nil {
			t.Fatal(err)
		}
		e := trainAndEvaluate(t, config)
		t.Logf("seed %d: loss %.4f, sliced W1 %.5f, fresh data %.5f", seed, e.Loss, e.SlicedW1, e.Floor)
		losses, distances = append(losses, e.Loss), append(distances, e.SlicedW1)
	}
	t.Logf("medians: loss %.4f, sliced W1 %.5f", median(losses), median(distances))
}

func trainAndEvaluate(t *testing.T, config *configs.Config) *Evaluation {
	t.Helper()
	folder := Folder(filepath.Join(t.TempDir(), "run"))
	mustRun(t, config, Options{Folder: folder})
	model, err := Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	e, err := model.Evaluate(context.Background(), SampleOptions{N: 10_000, Seed: config.Seed, Sampling: config.Sample})
	if err != nil {
		t.Fatal(err)
	}
	if e.Loss, err = folder.LastLoss(20); err != nil {
		t.Fatal(err)
	}
	return e
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}
