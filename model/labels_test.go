package model

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Labels are dealt out in turn, and a sample is the same as if all samples had its label.
func TestLabelsInTurn(t *testing.T) {
	m := smallModel(t, "data.name=moons", "net.labels=true", "train.label_dropout=0.3")
	unlabeled := smallModel(t, "data.name=moons")
	classifies := smallModel(t, "data.name=moons", "objective=classify")
	const n = 2*sampleRows + 7
	for name, change := range map[string]func(r *Request) *Model{
		"labels":   func(r *Request) *Model { return m },
		"guidance": func(r *Request) *Model { r.Sampling.Guidance.Weight = 0.5; return m },
		"classifier": func(r *Request) *Model {
			r.Classifier, r.Sampling.Guidance.Weight = classifies, 2
			return unlabeled
		},
		"known":    func(r *Request) *Model { r.Known = map[int]float64{0: 0.1}; return m },
		"marginal": func(r *Request) *Model { r.Sampling = request(t, m, 1, 1, "sample.start=marginal").Sampling; return m },
		"rk45":     func(r *Request) *Model { r.Sampling = request(t, m, 1, 1, "sample.solver=rk45").Sampling; return m },
		"inverted": func(r *Request) *Model {
			r.Sampling, r.Invert = request(t, m, 1, 1, "sample.solver=ddim").Sampling, true
			return m
		},
	} {
		r := m.Request(n)
		r.Workers = 2
		of := change(&r)
		var alone [2][]float32
		for label := range alone {
			r := r
			r.Sampling.Guidance.Label = label
			alone[label] = draw(t, of, r)
		}
		r.Labels = of.AllLabels()
		got := draw(t, of, r)
		for i := range n {
			want := alone[i%2][2*i:]
			if r.Invert { // row i is number i/2 of its class
				want = alone[i%2][2*(i/2):]
			}
			if !slices.Equal(got[2*i:2*i+2], want[:2]) {
				t.Fatalf("%s: sample %d is %v, with label %d for all %v", name, i, got[2*i:2*i+2], i%2, want[:2])
			}
		}
		if slices.Equal(alone[0], alone[1]) {
			t.Errorf("%s: the label does not matter", name)
		}
		frames, err := of.Trajectory(context.Background(), r, 3)
		if err != nil || !slices.Equal(frames[len(frames)-1].X, got) {
			t.Errorf("%s: the last frame is not the samples, %v", name, err)
		}
		r.N, r.Workers = 5, 3
		if !r.Invert && !slices.Equal(draw(t, of, r), got[:10]) {
			t.Errorf("%s: five samples differ alone", name)
		}
	}
}

// A file of samples of all labels names the label of each.
func TestFileOfLabels(t *testing.T) {
	m := smallModel(t, "data.name=moons", "net.labels=true", "train.label_dropout=0.3")
	path := filepath.Join(t.TempDir(), "samples.npy")
	r := m.Request(7)
	r.Labels = []int32{1, 1, 0}
	if err := m.Save(context.Background(), r, path); err != nil {
		t.Fatal(err)
	}
	config := smallConfig(t, "data=npy", "data.file="+path, "data.labels="+strings.TrimSuffix(path, ".npy")+"_labels.npy")
	source, _, err := config.Data.Open(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	points, _, err := m.Points(context.Background(), r)
	if err != nil || !slices.Equal(points, rowsOf(t, source)) {
		t.Errorf("the file holds other points: %v", err)
	}
	if labels := labelsOf(t, source); !slices.Equal(labels, []int32{1, 1, 0, 1, 1, 0, 1}) {
		t.Errorf("labels %v", labels)
	}
}

func TestLabelErrors(t *testing.T) {
	m := smallModel(t, "data.name=moons", "net.labels=true", "train.label_dropout=0.3", "sample.guidance.label=1")
	r := m.Request(4)
	r.Labels = []int32{0, 1}
	errs := map[string]error{"sample.guidance.label must be -1 in a request with Labels": m.Check(r)}
	r.Sampling.Guidance.Label = -1
	r.Labels = []int32{0, 2}
	errs["sample.guidance.label must be -1 for none or from 0 to 1, got 2"] = m.Check(r)
	r.Labels = []int32{0, -2}
	errs["labels must be at least 0, or -1 for none, got -2"] = m.Check(r)
	plain := smallModel(t)
	if labels := plain.AllLabels(); labels != nil {
		t.Errorf("data without classes has labels %v", labels)
	}
	r = plain.Request(4)
	r.Labels = []int32{0}
	errs["the data has no labels, got 0"] = plain.Check(r)
	for _, want := range slices.Sorted(maps.Keys(errs)) {
		if err := errs[want]; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
