package graph

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"euryale/ops"
)

const stepCount, classCount = 7, 3

// conditioned returns a Program of a net with a table of timesteps, features of the time and labels.
func conditioned(t *testing.T, batch int) (*Program, ops.Sinusoids) {
	t.Helper()
	b := ops.NewBuilder()
	step, label, time := b.Step("step", stepCount), b.Label("label", classCount), b.Time("time", stepCount)
	e := b.Embedding("e", nil, ops.Lookup{Table: b.Parameter("steps", ops.Normal(1), stepCount, 4), Index: step},
		ops.Lookup{Table: b.Parameter("labels", ops.Normal(1), classCount+1, 4), Index: label})
	features := b.Sinusoids("features", time, []float64{1, 0.1})
	loss := b.WeightedError("loss", ops.Squared(), b.Add("sum", e, features), b.Input("target", 4), b.RowInput("weight"))
	_, size := b.Layout()
	p, err := Compile(loss, batch, make([]float32, size))
	if err != nil {
		t.Fatal(err)
	}
	return p, features.Op.(ops.Sinusoids)
}

// Condition writes only the given rows; with nil labels, no row has a label.
func TestCondition(t *testing.T) {
	const rows, cut = 12, 7
	p, op := conditioned(t, rows+1)
	var times []float64
	var labels []int32
	for i := range rows {
		times, labels = append(times, float64(i*5%stepCount)), append(labels, int32(i%(classCount+1))-1)
	}
	var both sync.WaitGroup
	both.Go(func() { p.Condition(1, times[:cut], labels[:cut]) })
	both.Go(func() { p.Condition(1+cut, times[cut:], labels[cut:]) })
	both.Wait()
	steps, label, features := p.Index("step"), p.Index("label"), p.condition.features[0].rows
	for i, v := range times {
		if float64(steps[i+1]) != v {
			t.Errorf("row %d: timestep %d, want %v", i, steps[i+1], v)
		}
		want := make([]float32, 4)
		if op.Fill(want, v); !slices.Equal(features.RowRange(i+1, i+2).Data, want) {
			t.Errorf("row %d: not the features of %v", i, v)
		}
		row := labels[i]
		if row == -1 {
			row = classCount
		}
		if label[i+1] != row {
			t.Errorf("row %d: label row %d for label %d, want %d", i, label[i+1], labels[i], row)
		}
	}
	if steps[0] != 0 || slices.Max(features.RowRange(0, 1).Data) != 0 || label[0] != 0 {
		t.Error("a row before the first was written")
	}
	if n := testing.AllocsPerRun(10, func() { p.Condition(0, times, labels) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	p.Condition(0, times, nil)
	for _, row := range label[:rows] {
		if int(row) != classCount {
			t.Errorf("without labels: label row %d, want %d", row, classCount)
		}
	}
}

// panics returns the message of f's panic.
func panics(f func()) (message string) {
	defer func() { message = fmt.Sprint(recover()) }()
	f()
	return ""
}

func TestConditionPanics(t *testing.T) {
	p, _ := conditioned(t, 1)
	for _, step := range []float64{-1, 7, 0.5, 1 << 63, math.Inf(1), math.Inf(-1), math.NaN()} {
		message := panics(func() { p.Condition(0, []float64{step}, nil) })
		if want := fmt.Sprintf("expected a timestep, an integer from 0 to 6, got %v", step); !strings.Contains(message, want) {
			t.Errorf("panic %q, want %q", message, want)
		}
	}
	for _, label := range []int32{-2, 3} {
		message := panics(func() { p.Condition(0, []float64{0}, []int32{label}) })
		if want := fmt.Sprintf("expected a label from 0 to 2, or −1 for none, got %d", label); !strings.Contains(message, want) {
			t.Errorf("panic %q, want %q", message, want)
		}
	}
}
