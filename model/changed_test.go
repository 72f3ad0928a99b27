package model

import (
	"context"
	"strings"
	"testing"

	"euryale/configs"
	"euryale/data"
	"euryale/run"
)

// Once its rows have changed, a model is not measured by held-out ones: it may have been trained on them. It still samples.
func TestChangedRowsAreNotFresh(t *testing.T) {
	ctx := context.Background()
	rows := func(shift float64) data.Source {
		numbers := make([]float64, 2*20)
		for i := range numbers {
			numbers[i] = float64(i) + shift
		}
		s, err := data.Flat(numbers, 2, nil)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	config := smallConfig(t, "data={name: program, standardize: true, held_out: 0.3}")
	config.Data.Source = configs.Sources().With(&data.Program{Source: rows(0)})
	c := untrained(t, config, nil, nil)
	set, err := open(t, c).encodeAll(ctx, first(config.Data.Open(ctx, config.Seed)))
	if err != nil {
		t.Fatal(err)
	}
	c.Metadata[run.DataChecksum] = set.Checksum()
	c = onDisk(t, c)
	for _, changed := range []bool{false, true} {
		source := rows(0)
		if changed {
			source = rows(1)
		}
		m, err := New(c, Parts{Data: source})
		if err != nil {
			t.Fatal(err)
		}
		_, err = m.Fresh(ctx, 0, 5, data.AnyClass)
		if (err != nil) != changed || changed && !strings.Contains(err.Error(), "the rows of small have changed since it was trained") {
			t.Errorf("changed %v: %v", changed, err)
		}
		if _, _, err := m.Points(ctx, m.Request(2)); err != nil {
			t.Errorf("changed %v: samples: %v", changed, err)
		}
	}
}

// first is the source of training; the tests see errors elsewhere.
func first(train, _ data.Source, _ error) data.Source { return train }
