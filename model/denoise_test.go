package model

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
)

// noisedRows are rows between data and noise.
func noisedRows(n, dim int) []float32 {
	x := make([]float32, n*dim)
	for i := range x {
		x[i] = float32(math.Sin(float64(i)))
	}
	return x
}

// x = α x̂_0 + σ ε̂ for whatever the net predicts, and a row is the same alone as among others, with any number of workers.
func TestDenoise(t *testing.T) {
	ctx := context.Background()
	for _, predicts := range []string{"eps", "x0", "v"} {
		m := smallModel(t, "objective={name: denoise, prediction: "+predicts+"}")
		x := noisedRows(600, 2)
		x0, epsilon, err := m.Denoise(ctx, x, 6, nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		alpha, sigma := m.process.Marginal(6)
		for i, v := range x {
			if sum := alpha*float64(x0[i]) + sigma*float64(epsilon[i]); math.Abs(sum-float64(v)) > 1e-5 {
				t.Fatalf("%s: α x̂_0 + σ ε̂ = %v, want %v", predicts, sum, v)
			}
		}
		alone, _, err := m.Denoise(ctx, x[500*2:501*2], 6, nil, 3)
		if err != nil || !slices.Equal(alone, x0[500*2:501*2]) {
			t.Errorf("%s: row 500 alone: %v, %v; among others %v", predicts, alone, err, x0[500*2:501*2])
		}
	}
}

func TestDenoiseLabels(t *testing.T) {
	ctx := context.Background()
	m := smallModel(t, "data={name: moons, points: 50}", "net.labels=true", "train.label_dropout=0.1")
	x, labels := noisedRows(6, 2), []int32{0, 1, 1, -1, 0, -1}
	all, _, err := m.Denoise(ctx, x, 5, labels, 2)
	if err != nil {
		t.Fatal(err)
	}
	for i, label := range labels {
		row := slices.Repeat([]int32{label}, 6)
		same, _, err := m.Denoise(ctx, x, 5, row, 1)
		if err != nil || !slices.Equal(same[2*i:2*i+2], all[2*i:2*i+2]) {
			t.Errorf("row %d of label %d: %v, %v; want %v", i, label, same[2*i:2*i+2], err, all[2*i:2*i+2])
		}
	}
	none, _, err := m.Denoise(ctx, x, 5, nil, 1)
	if err != nil || !slices.Equal(none[6:8], all[6:8]) || slices.Equal(none[:2], all[:2]) {
		t.Error("without labels the net must be given none")
	}
	for want, call := range map[string]func() error{
		"the net was trained at times from 0 to 9, got 10":  func() error { _, _, err := m.Denoise(ctx, x, 10, nil, 1); return err },
		"expected a label for each of 6 rows, got 1":        func() error { _, _, err := m.Denoise(ctx, x, 1, labels[:1], 1); return err },
		"expected noised rows of 2 numbers, got 3 numbers":  func() error { _, _, err := m.Denoise(ctx, x[:3], 1, nil, 1); return err },
		"labels must be those of a net that takes them":     func() error { _, _, err := m.Denoise(ctx, x[:2], 1, []int32{2}, 1); return err },
		"holds a classifier, which predicts classes of noi": classifierModel(t).CheckDenoise,
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// classifierModel is a model that tells noisy data apart.
func classifierModel(t *testing.T) *Model {
	return smallModel(t, "data={name: moons, points: 50}", "objective=classify", "timesteps=uniform")
}

// The data that is predicted along a trajectory is that of Denoise at its states, and at the end the samples.
func TestTrajectoryDenoised(t *testing.T) {
	ctx := context.Background()
	m := smallModel(t, "data={name: moons, points: 50}", "net.labels=true", "train.label_dropout=0.1")
	r := m.Request(300)
	r.Labels, r.Workers, r.Denoised = []int32{0, 1}, 2, true
	frames, err := m.Trajectory(ctx, r, 4)
	if err != nil {
		t.Fatal(err)
	}
	labels := m.LabelsOf(r, r.N)
	for i, f := range frames[:3] {
		x, err := m.Encode(f.X)
		if err != nil {
			t.Fatal(err)
		}
		x0, _, err := m.Denoise(ctx, x, f.Time, labels, 1)
		if err != nil {
			t.Fatal(err)
		}
		want := slices.Clone(x0)
		if err := m.decode(want); err != nil {
			t.Fatal(err)
		}
		for k := range want {
			if math.Abs(float64(f.Denoised[k]-want[k])) > 1e-4*(1+math.Abs(float64(want[k]))) {
				t.Fatalf("frame %d (%s): number %d is %v, want %v", i, f.Title, k, f.Denoised[k], want[k])
			}
		}
	}
	if !slices.Equal(frames[3].Denoised, frames[3].X) || frames[3].Time != -1 {
		t.Error("at the end the data that is predicted must be the samples")
	}
	plain, err := m.Trajectory(ctx, m.Request(3), 4)
	if err != nil || plain[0].Denoised != nil {
		t.Errorf("without Denoised: %v, %v", plain[0].Denoised, err)
	}
}

// The forward process: the data at its time, and α x_0 + σ ε with one ε at all others.
func TestNoised(t *testing.T) {
	m := smallModel(t)
	rows := m.Batch([]float32{0.05, -0.1, 0.02, 0.2})
	frames, err := m.Noised(rows, 7, []float64{-1, 4, 9})
	if err != nil {
		t.Fatal(err)
	}
	epsilon := func(f Frame, k int) float64 {
		alpha, sigma := m.process.Marginal(f.Time)
		return (float64(f.X[k]) - alpha*rows.Real[k]) / sigma
	}
	for k, v := range rows.Real {
		if math.Abs(float64(frames[0].X[k])-v) > 1e-6 {
			t.Errorf("at the data number %d is %v, want %v", k, frames[0].X[k], v)
		}
		if a, b := epsilon(frames[1], k), epsilon(frames[2], k); math.Abs(a-b) > 1e-4 {
			t.Errorf("number %d has the noise %v, and later %v", k, a, b)
		}
	}
	if frames[0].Title != "t = 0" || frames[2].Title != "t = 10" {
		t.Errorf("titles %q and %q", frames[0].Title, frames[2].Title)
	}
	if _, err := m.Noised(rows, 7, []float64{10}); err == nil || !strings.Contains(err.Error(), "times are from -1 to 9, got 10") {
		t.Errorf("a time beyond the last: %v", err)
	}
}

// The densities for pictures are near the exact ones; this net has kinks.
func TestLogDensitiesForPictures(t *testing.T) {
	ctx := context.Background()
	m := smallModel(t, "data.standardize=true", "process={name: vp}", "net.time=fourier", "sample={solver: euler, steps: 5}")
	x := []float32{0.05, -0.1, 0.02, 0.1, -0.05, 0.15}
	exact, err := m.Likelihood(ctx, m.Request(3), x)
	if err != nil {
		t.Fatal(err)
	}
	got, err := m.LogDensities(ctx, x, -1, 40, 2)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range exact.LogDensity {
		if math.Abs(got[i]-want) > 0.1 {
			t.Errorf("row %d: %v, want %v", i, got[i], want)
		}
	}
	if _, err := classifierModel(t).LogDensities(ctx, x, -1, 5, 1); err == nil {
		t.Error("a classifier has no densities")
	}
}
