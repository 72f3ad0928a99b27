package model

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/diffusion/likelihood"
)

// Images are measured at random places in the intervals of their levels, each by its own numbers.
func TestFlowLength(t *testing.T) {
	m := someDigits(t, middle)
	images := digitsHeldOut(t, m, 5)
	r := m.Request(1)
	r.Workers = 2
	f, err := m.FlowLength(context.Background(), r, images, 2)
	if err != nil {
		t.Fatal(err)
	}
	r.Workers = 1
	alone, err := m.FlowLength(context.Background(), r, m.Batch(floats(images.Real[:16])), 2)
	if err != nil {
		t.Fatal(err)
	}
	if alone.Rows[0] != f.Rows[0] || alone.BitsError != nil || alone.Bits != f.Rows[0] || alone.Probes != 2 || alone.NFE < 5 {
		t.Errorf("alone %+v, among others %v", alone, f.Rows)
	}
	mean := 0.0
	for _, v := range f.Rows {
		mean += v / 5
	}
	if math.Abs(f.Bits-mean) > 1e-12 || *f.BitsError <= 0 || len(f.Rows) != 5 {
		t.Errorf("%+v, mean %v", f, mean)
	}

	// The image itself, in the middle of its intervals, costs about as much, by the exact divergence of the untrained net.
	var w likelihoodWorker
	if err := m.prepareWorker(&w, -1); err != nil {
		t.Fatal(err)
	}
	x, err := m.Encode(floats(images.Real[:16]))
	if err != nil {
		t.Fatal(err)
	}
	exact, _, err := likelihood.LogLikelihood(context.Background(), w.model, x, 16, likelihood.ExactOptions{ScaleData: true})
	if err != nil {
		t.Fatal(err)
	}
	if want := likelihood.BitsPerDimension(exact[0], 16, 2.0/255); math.Abs(f.Rows[0]-want) > 0.05*math.Abs(want) {
		t.Errorf("%v bits, the image itself %v", f.Rows[0], want)
	}
	if slices.Equal(f.Rows[:1], f.Rows[1:2]) {
		t.Error("two images cost the same")
	}

	for _, test := range []struct {
		m      *Model
		probes int
		want   string
	}{{m, 0, "the number of probes must be at least 1, got 0"}, {smallModel(t), 1, "a code length is of images"}} {
		if _, err := test.m.FlowLength(context.Background(), r, images, test.probes); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
}
