package model

import (
	"slices"
	"testing"

	"euryale/configs"
	"euryale/data"
	"euryale/nets"
)

// The raw weights are those that were trained, also where there is an average of them.
func TestRawWeights(t *testing.T) {
	var trained []float32
	keep := func(weights []float32) { trained = slices.Clone(weights) }
	plain, err := New(untrained(t, smallConfig(t), keep, nil), Parts{})
	if err != nil {
		t.Fatal(err)
	}
	average := make([]float32, len(trained))
	for i, w := range trained {
		average[i] = w / 2
	}
	for _, test := range []struct {
		average  []float32
		raw      bool
		want     []float32
		averaged bool
	}{{average, false, average, true}, {average, true, trained, false}, {nil, true, trained, false}} {
		m, err := New(untrained(t, smallConfig(t), nil, test.average), Parts{Raw: test.raw})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(m.weights, test.want) || m.Averaged != test.averaged {
			t.Errorf("raw %v: other weights than expected, averaged %v", test.raw, m.Averaged)
		}
	}
	if plain.Averaged || !slices.Equal(plain.weights, trained) {
		t.Error("a run without an average has other weights than the trained ones")
	}
}

// someNet stands for the net of a program.
type someNet struct{ nets.Net }

// What a program gave to a configuration in memory goes on to the model of a run that is being trained.
func TestPartsOf(t *testing.T) {
	config := smallConfig(t)
	if p := PartsOf(config); p.Net != nil || p.Data != nil || p.Raw {
		t.Errorf("%+v", p)
	}
	rows, err := data.Flat([]float64{1, 2, 3, 4}, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	net := someNet{}
	config.Data.Source = configs.Sources().With(&data.Program{Source: rows})
	config.Net = nets.Architectures().With(&nets.Program{Net: net})
	if p := PartsOf(config); p.Data != rows || p.Net != net {
		t.Errorf("%+v", p)
	}
}
