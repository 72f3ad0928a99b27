package model

import (
	"context"
	"slices"
	"testing"

	"euryale/configs"
	"euryale/data"
)

// Of many held-out rows a classifier gets some of each part of the file, with their labels, and never one twice.
func TestFreshAtRandom(t *testing.T) {
	ctx := context.Background()
	const n = 200
	numbers, labels := make([]float64, 2*n), make([]int32, n)
	for i := range labels {
		numbers[2*i], labels[i] = float64(i), int32(i/(n/2))
	}
	rows, err := data.Flat(numbers, 2, labels)
	if err != nil {
		t.Fatal(err)
	}
	config := smallConfig(t, "objective=classify", "data={name: moons, held_out: 0.5}")
	config.Data.Source = configs.Sources().With(&data.Program{Source: rows})
	m, err := New(untrained(t, config, nil, nil), Parts{Data: rows})
	if err != nil {
		t.Fatal(err)
	}
	m.UseData(rows, rows) // held out in the order of the file
	counts := make([]int, n)
	for seed := range uint64(100) {
		some, err := m.freshAtRandom(ctx, seed, 40)
		if err != nil || some.Rows() != 40 || len(some.Labels) != 40 {
			t.Fatalf("%+v, %v", some, err)
		}
		seen := map[int]bool{}
		for i, label := range some.Labels {
			row := int(some.Points[2*i])
			if seen[row] || int(label) != row/(n/2) {
				t.Fatalf("row %d of class %d; before it %v", row, label, seen)
			}
			seen[row] = true
			counts[row]++
		}
	}
	if low, high := slices.Min(counts), slices.Max(counts); low < 5 || high > 38 { // 20 in the mean, deviation 4
		t.Errorf("rows were chosen from %d to %d times of 100", low, high)
	}
	all, err := m.freshAtRandom(ctx, 1, n)
	if err != nil || !slices.Equal(all.Labels, labels) {
		t.Errorf("all rows: %+v, %v", all, err)
	}
	if _, err := m.freshAtRandom(ctx, 1, 0); err == nil {
		t.Error("no rows are no error")
	}
}
