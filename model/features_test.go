package model

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
)

// Features and answers are those of the whole net at the first time, whoever computes them; the answer follows from the
// features alone.
func TestFeatures(t *testing.T) {
	m := someDigits(t, "objective=classify", "net={name: unet_classifier, channels: 8, groups: 4, features: 5}")
	x, err := m.encodeRows(digitsHeldOut(t, m, 70))
	if err != nil {
		t.Fatal(err)
	}
	f, err := m.Features(context.Background(), x, 2)
	if err != nil {
		t.Fatal(err)
	}
	by, err := m.newClassifier()
	if err != nil {
		t.Fatal(err)
	}
	want := make([]float32, 70*10)
	by.LogProbabilities(want, x, 0)
	if f.Width != 5 || f.Classes != 10 || len(f.Values) != 70*5 {
		t.Fatalf("%d features, %d classes", f.Width, f.Classes)
	}
	for i, v := range want {
		if math.Abs(float64(f.LogProbability[i]-v)) > 1e-6 {
			t.Errorf("answer %d is %v, want %v", i, f.LogProbability[i], v)
		}
	}
	one, err := m.Features(context.Background(), x[3*64:4*64], 1)
	if err != nil || !slices.Equal(one.Values, f.Values[15:20]) || !slices.Equal(one.LogProbability, f.LogProbability[30:40]) {
		t.Errorf("an image alone has %v, among others %v; %v", one, f.Values[15:20], err)
	}
	if sum := m.WeightsChecksum(); len(sum) != 64 || sum != m.WeightsChecksum() {
		t.Errorf("checksum %s", sum)
	}
	other := someDigits(t, "objective=classify", "net={name: unet_classifier, channels: 8, groups: 4, features: 5}", "seed=4")
	if other.WeightsChecksum() == m.WeightsChecksum() {
		t.Error("other weights have the same checksum")
	}
}

func TestFeatureErrors(t *testing.T) {
	for _, test := range []struct {
		m    *Model
		want string
	}{
		{someDigits(t), "the run small holds a denoiser, expected a classifier"},
		{someDigits(t, "objective=classify", "net={name: mlp, width: 8}"), "train a classifier with net.name unet_classifier"},
	} {
		if err := test.m.CheckFeatures(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
}
