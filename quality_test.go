package euryale_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"euryale"
	"euryale/diffusion/solver"
	"euryale/eval"
	"euryale/run"
)

// inFull skips a test that trains for minutes, unless it is wanted: `make quality` sets the variable.
func inFull(t *testing.T) {
	t.Helper()
	if os.Getenv("EURYALE_QUALITY") == "" {
		t.Skip("minutes of training; set EURYALE_QUALITY=1, or run make quality")
	}
}

// What PyTorch gives for the same training, by bench/quality_pytorch.py; docs/quality.md has the commands.
const (
	pytorchEarlyLoss     = 0.4170 // mean over seeds 0 to 59 of the loss of epochs 41 to 60
	pytorchEarlyLossDiff = 0.0003 // standard error of the difference between that and our mean over seeds 0 to 70
	pytorchLoss          = 0.3587 // median over seeds 0 to 20 after 400 epochs
	pytorchLossDiff      = 0.0015 // standard error of the difference between two such medians
	pytorchDistance      = 0.0073
	pytorchDistanceDiff  = 0.0008
)

// The mean loss of many short runs is PyTorch's: if the update, the noise or the times differed, so would the mean.
func TestQualityOfEarlyLoss(t *testing.T) {
	inFull(t)
	const seeds = 71
	sum := 0.0
	for seed := range seeds {
		sum += trainForLoss(t, filepath.Join(t.TempDir(), "run"), "train.epochs=60", fmt.Sprint("seed=", seed))
	}
	mean := sum / seeds
	t.Logf("mean loss of %d seeds after 60 epochs: %.4f; PyTorch's: %.4f", seeds, mean, pytorchEarlyLoss)
	if math.Abs(mean-pytorchEarlyLoss) > 2*pytorchEarlyLossDiff {
		t.Errorf("the mean loss is %v, PyTorch's %v: more than two standard errors of %v apart", mean, pytorchEarlyLoss, pytorchEarlyLossDiff)
	}
}

// The S-curve after 400 epochs is as good as PyTorch's, by the medians over 21 seeds.
func TestQuality(t *testing.T) {
	inFull(t)
	var losses, distances []float64
	for seed := range 21 {
		folder := filepath.Join(t.TempDir(), "run")
		loss := trainForLoss(t, folder, "train.epochs=400", fmt.Sprint("seed=", seed))
		m, err := euryale.Open(folder)
		if err != nil {
			t.Fatal(err)
		}
		e := evaluate(t, m, func(*euryale.Request) {})
		t.Logf("seed %d: loss %.4f, sliced W1 %.5f, fresh data %.5f", seed, loss, e.SlicedW1, e.Floor)
		losses, distances = append(losses, loss), append(distances, e.SlicedW1)
	}
	for _, seeds := range []int{7, 21} {
		t.Logf("medians of %d seeds: loss %.4f, sliced W1 %.5f", seeds, median(losses[:seeds]), median(distances[:seeds]))
	}
	loss, distance := median(losses), median(distances)
	if loss > pytorchLoss+2*pytorchLossDiff || distance > pytorchDistance+2*pytorchDistanceDiff {
		t.Errorf("medians: loss %v, sliced W1 %v; want them within two standard errors of PyTorch's %v ± %v and %v ± %v",
			loss, distance, pytorchLoss, pytorchLossDiff, pytorchDistance, pytorchDistanceDiff)
	}
}

// trainForLoss trains the S-curve and returns the mean loss of the last 20 epochs.
func trainForLoss(t *testing.T, folder string, overrides ...string) float64 {
	t.Helper()
	mustTrain(t, mustPreset(t, "scurve", overrides...), euryale.In(folder))
	loss, err := run.Folder(folder).LastLoss(20)
	if err != nil {
		t.Fatal(err)
	}
	return loss
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// The presets give samples about as near to the data as docs/samplers.md reports, by the median of three seeds.
func TestQualityOfPresets(t *testing.T) {
	inFull(t)
	for name, most := range map[string]float64{ // sliced W1, in floors
		"scurve_ddim": 2, "scurve_v_cosine": 2, "scurve_vpsde": 2, "scurve_ncsn": 2, "scurve_edm": 3, "scurve_flow": 2, "checkerboard_flow": 2,
	} {
		var ratios []float64
		for seed := range 3 {
			m := mustTrain(t, mustPreset(t, name, fmt.Sprint("seed=", seed)))
			e := evaluate(t, m, func(*euryale.Request) {})
			t.Logf("%s, seed %d: sliced W1 %.5f, floor %.5f, NFE %g", name, seed, e.SlicedW1, e.Floor, e.NFE)
			ratios = append(ratios, e.SlicedW1/e.Floor)
		}
		if got := median(ratios); got > most {
			t.Errorf("%s: the median distance is %.2f floors, want at most %v", name, got, most)
		}
	}
}

// Guided samples of a class are nearer to their own moon, and near to its distribution.
func TestQualityOfGuidance(t *testing.T) {
	inFull(t)
	labeled := mustTrain(t, mustPreset(t, "moons_cfg"))
	plain := mustTrain(t, mustPreset(t, "moons_cfg", "net.labels=false", "train.label_dropout=0"))
	classifier := mustTrain(t, mustPreset(t, "moons_classifier"))
	for _, test := range []struct {
		what string
		m    *euryale.Model
		set  func(r *euryale.Request)
		most float64
	}{
		{"classifier-free, w = 0.5 up to sigma/alpha = 0.1", labeled, func(r *euryale.Request) {
			r.Sampling.Guidance.Weight, r.Sampling.Guidance.Max = 0.5, 0.1
		}, 2},
		{"by a classifier, s = 1", plain, func(r *euryale.Request) { r.Sampling.Guidance.Weight, r.Classifier = 1, classifier }, 2},
	} {
		w1, floor := 0.0, 0.0
		for label := range 2 {
			e := evaluate(t, test.m, func(r *euryale.Request) {
				r.Sampling.Guidance.Label = label
				test.set(r)
			})
			t.Logf("%s, label %d: %.2f%% nearer to their own moon, sliced W1 %.5f, floor %.5f", test.what, label, 100**e.ClassAccuracy,
				e.SlicedW1, e.Floor)
			if *e.ClassAccuracy < 0.99 {
				t.Errorf("%s, label %d: only %v are nearer to their own moon", test.what, label, *e.ClassAccuracy)
			}
			w1, floor = w1+e.SlicedW1/2, floor+e.Floor/2
		}
		if w1 > test.most*floor {
			t.Errorf("%s: sliced W1 %v over both labels, want at most %v floors of %v", test.what, w1, test.most, floor)
		}
	}
}

// At NFE 12 deis, the best of the table in docs/samplers.md, comes as near to the data as the ancestral solver at NFE 20, on
// the S-curve of the tutorial, from the true marginal: medians of three seeds.
func TestQualityOfSolvers(t *testing.T) {
	inFull(t)
	var few, many []float64
	for seed := range 3 {
		m := mustTrain(t, mustPreset(t, "scurve", fmt.Sprint("seed=", seed)))
		distance := func(name string, steps int) float64 {
			return evaluate(t, m, func(r *euryale.Request) {
				r.N, r.Sampling.Start = 50_000, solver.StartMarginal
				r.Sampling.Solver, r.Sampling.Steps = solver.Solvers().Choose(name), steps
			}).SlicedW1
		}
		few, many = append(few, distance("deis", 12)), append(many, distance("ancestral", 20))
		t.Logf("seed %d: deis at NFE 12: %.5f; ancestral at NFE 20: %.5f", seed, few[seed], many[seed])
	}
	if median(few) > 1.1*median(many) {
		t.Errorf("deis at NFE 12 is at %v, ancestral at NFE 20 at %v", median(few), median(many))
	}
}

func evaluate(t *testing.T, m *euryale.Model, set func(r *euryale.Request)) *euryale.Evaluation {
	t.Helper()
	r := m.Request(10_000)
	set(&r)
	e, err := eval.Evaluate(context.Background(), m, r)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
