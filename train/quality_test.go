package train

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"euryale/configs"
	"euryale/kernel"
)

// The S-curve trained in earnest: 400 epochs at the tutorial's sizes. `make quality` runs it; docs/quality.md
// says what PyTorch gives.
func TestQuality(t *testing.T) {
	if os.Getenv("EURYALE_QUALITY") == "" {
		t.Skip("a minute of training; set EURYALE_QUALITY=1, or run make quality")
	}
	// The preset's own seed is one of the better ones. Where products are rounded in another way (the generic
	// kernels), its run is another one and as good as any.
	config := quality(t)
	e := trainAndEvaluate(t, config)
	t.Logf("preset: loss %.4f, sliced W1 %.5f, fresh data %.5f", e.Loss, e.SlicedW1, e.Floor)
	if path, _ := kernel.Path(); path != "generic" && (e.Loss > 0.357 || e.SlicedW1 > 0.0056) {
		t.Errorf("preset: loss %v, sliced W1 %v; want at most .357 and .0056", e.Loss, e.SlicedW1)
	}
	// Whatever the seed, the run is about as good as PyTorch's: of 7 seeds the script in bench has the median loss
	// .3550 and the median distance .0083. Single runs scatter by .0030 and .0018, so the difference of two such
	// medians by .0020 and .0012: the bounds are three and a half and one and a half of that above.
	var losses, distances []float64
	for seed := range uint64(7) {
		config := quality(t, fmt.Sprintf("seed=%d", seed))
		e := trainAndEvaluate(t, config)
		t.Logf("seed %d: loss %.4f, sliced W1 %.5f, fresh data %.5f", seed, e.Loss, e.SlicedW1, e.Floor)
		losses, distances = append(losses, e.Loss), append(distances, e.SlicedW1)
	}
	loss, distance := median(losses), median(distances)
	t.Logf("medians of 7 seeds: loss %.4f, sliced W1 %.5f", loss, distance)
	if loss > 0.362 || distance > 0.0100 {
		t.Errorf("medians: loss %v, sliced W1 %v; want at most .362 and .0100", loss, distance)
	}
}

func quality(t *testing.T, overrides ...string) *configs.Config {
	t.Helper()
	config, err := configs.Load("scurve", append([]string{"train.epochs=400"}, overrides...))
	if err != nil {
		t.Fatal(err)
	}
	return config
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
