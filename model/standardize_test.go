package model

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"euryale/configs"
	"euryale/data"
)

// gaussian has rows of a Gaussian far from mean 0 and deviation 1, and what Standardize learns from them.
func gaussian(t testing.TB, rows int) (source data.Source, mean, deviation [2]float64) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	numbers := make([]float64, 2*rows)
	for i := range numbers {
		numbers[i] = [2]float64{100, -3}[i%2] + [2]float64{20, 0.01}[i%2]*r.NormFloat64()
		mean[i%2] += numbers[i] / float64(rows)
	}
	for i, v := range numbers {
		deviation[i%2] += (v - mean[i%2]) * (v - mean[i%2]) / float64(rows)
	}
	for j, v := range deviation {
		deviation[j] = math.Sqrt(v)
	}
	source, err := data.Flat(numbers, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	return source, mean, deviation
}

// exact is a model of standardized rows that is exactly Gaussian: a net that predicts F = 0 for data of deviation 1 on EDM's
// process, where that is the mean of x_0 given x_t for N(0, 1) (Karras et al. 2022, equation 7).
func exact(t testing.TB, source data.Source, overrides ...string) *Model {
	t.Helper()
	config := smallConfig(t, append([]string{"process=edm", "objective.prediction=F", "objective.weight=edm",
		"objective.sigma_data=1",
		"net.time=fourier", "sample.solver=heun", "sample.spacing=karras", "sample.steps=40"}, overrides...)...)
	config.Data.Source = configs.Sources().With(&data.Program{Source: source})
	return open(t, untrained(t, config, func(w []float32) { clear(w) }, nil)) // opened without the data
}

// Samples come back in the data's units.
func TestStandardizedSamples(t *testing.T) {
	source, mean, deviation := gaussian(t, 500)
	m := exact(t, source, "data.standardize=true")
	const n = 20_000
	points, _, err := m.Points(context.Background(), m.Request(n))
	if err != nil {
		t.Fatal(err)
	}
	var got, square [2]float64
	for i, v := range points {
		z := (float64(v) - mean[i%2]) / deviation[i%2]
		got[i%2] += z / n
		square[i%2] += z * z / n
	}
	for j := range got { // four standard errors
		if math.Abs(got[j]) > 4/math.Sqrt(n) || math.Abs(square[j]-1) > 4*math.Sqrt(2.0/n) {
			t.Errorf("column %d: standardized, the samples have mean %v and square %v, want 0 and 1", j, got[j], square[j])
		}
	}
	frames, err := m.Trajectory(context.Background(), m.Request(10), 3)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range frames[len(frames)-1].X {
		if v != points[i] {
			t.Fatal("the last frame is not in the data's units")
		}
	}
}

// Known coordinates are in the data's units.
func TestStandardizedKnown(t *testing.T) {
	source, mean, deviation := gaussian(t, 500)
	for _, resample := range []int{1, 2} {
		m := exact(t, source, "data.standardize=true", "sample.solver=ancestral", fmt.Sprint("sample.repaint.resample=", resample))
		r := m.Request(200)
		r.Known = map[int]float64{0: 131.5}
		points, _, err := m.Points(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(points); i += 2 {
			if math.Abs(float64(points[i])-131.5) > 1e-4 {
				t.Fatalf("the known number is %v, want 131.5", points[i])
			}
			if z := (float64(points[i+1]) - mean[1]) / deviation[1]; math.Abs(z) > 6 {
				t.Fatalf("the other number is %v", points[i+1])
			}
		}
	}
}

// The likelihood is in the data's units: for the exact model it is the Gaussian's.
func TestStandardizedLikelihood(t *testing.T) {
	source, mean, deviation := gaussian(t, 500)
	m := exact(t, source, "data.standardize=true")
	rows := rowsOf(t, source)
	want := 0.0
	for i, v := range rows {
		z := (float64(v) - mean[i%2]) / deviation[i%2]
		want += (0.5*math.Log(2*math.Pi) + math.Log(deviation[i%2]) + z*z/2) / float64(len(rows)/2)
	}
	l, err := m.Likelihood(context.Background(), m.Request(1), rows)
	if err != nil {
		t.Fatal(err)
	}
	// The prior's deviation 80 at the last time leaves out the data's 1, in two coordinates; then the ODE's tolerance.
	if math.Abs(l.Exact-want) > 2e-3 || l.Bound != nil {
		t.Errorf("negative log-density %v, want %v", l.Exact, want)
	}
	if bits := want / 2 / math.Ln2; math.Abs(l.ExactBits-bits) > 2e-3 {
		t.Errorf("%v bits per dimension, want %v", l.ExactBits, bits)
	}
}

// For any net, likelihood and bound differ from those of the encoded rows by the volume, ln of the product of deviations.
func TestLikelihoodsVolume(t *testing.T) {
	source, _, deviation := gaussian(t, 60)
	program := func(standardize string, s data.Source) *Model {
		config := smallConfig(t, "data.standardize="+standardize)
		config.Data.Source = configs.Sources().With(&data.Program{Source: s})
		return open(t, untrained(t, config, nil, nil))
	}
	standardized := program("true", source)
	rows := rowsOf(t, source)
	encoded, err := standardized.Encode(rows)
	if err != nil {
		t.Fatal(err)
	}
	plain := program("false", source)
	a, err := standardized.Likelihood(context.Background(), standardized.Request(1), rows)
	if err != nil {
		t.Fatal(err)
	}
	b, err := plain.Likelihood(context.Background(), plain.Request(1), encoded)
	if err != nil {
		t.Fatal(err)
	}
	volume := math.Log(deviation[0]) + math.Log(deviation[1])
	for what, pair := range map[string][2]float64{
		"exact": {a.Exact, b.Exact + volume}, "bound": {a.Bound.Total, b.Bound.Total + volume}, "decoder": {a.Bound.Decoder,
			b.Bound.Decoder + volume},
		"prior": {a.Bound.Prior, b.Bound.Prior}, "steps": {a.Bound.Steps, b.Bound.Steps}, "error": {*a.ExactError, *b.ExactError},
		"bits": {a.ExactBits, b.ExactBits + volume/2/math.Ln2},
	} {
		if math.Abs(pair[0]-pair[1]) > 1e-9*max(1, math.Abs(pair[1])) {
			t.Errorf("%s: %v, want %v", what, pair[0], pair[1])
		}
	}
	constant, err := data.Flat([]float64{1, 5, 2, 5, 3, 5}, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := program("true", constant)
	if _, err := m.Likelihood(context.Background(), m.Request(1), []float32{1, 5}); err == nil ||
		!strings.Contains(err.Error(), "column x1 is constant, so rows have no density") {
		t.Errorf("a constant column: %v", err)
	}
	for i, v := range draw(t, m, m.Request(4)) {
		if i%2 == 1 && math.IsNaN(float64(v)) {
			t.Error("a constant column is not a number")
		}
	}
	points, _, err := m.Points(context.Background(), m.Request(4))
	if err != nil || points[1] != 5 || points[7] != 5 {
		t.Errorf("a constant column comes back as %v, %v; want 5", points, err)
	}
}
