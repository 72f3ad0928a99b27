package model

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"euryale/data"
)

// pairs is a table whose rows are pairs of small numbers, each pair once.
func pairs(n int) string {
	var b strings.Builder
	b.WriteString("a,b,c\n")
	for i := range n * n {
		fmt.Fprintf(&b, "%d,%d,%d\n", i/n, i%n, i%3)
	}
	return b.String()
}

// Samples that repeat others are drawn again, and the same ones whatever the workers and the number of samples; a constraint
// that no further sample can keep is an error that names it.
func TestUniqueSamples(t *testing.T) {
	m := tableModel(t, pairs(90), `data.constraints=["unique(a, b)"]`)
	r := m.Request(uniqueRows + 1500)
	r.Workers = 2
	all := written(t, m, r)
	seen := map[string]bool{}
	for _, line := range all {
		pair := line[:strings.LastIndexByte(line, ',')]
		if seen[pair] {
			t.Fatalf("%s comes twice", pair)
		}
		seen[pair] = true
	}
	r.Workers, r.N = 3, 4000
	// Fewer samples: the first block is not whole, and only what is drawn again for its last rows can differ.
	free := tableModel(t, pairs(90))
	want := written(t, free, free.Request(r.N))
	got, same := written(t, m, r), 0
	for i := range got {
		if got[i] == want[i] {
			same++
		}
	}
	if same == r.N || same < r.N/2 {
		t.Errorf("%d of %d samples are those without the constraint", same, r.N)
	}
	if r.Workers, r.N = 1, uniqueRows+1500; !slices.Equal(written(t, m, r), all) {
		t.Error("the workers matter")
	}
	r.N = 20_000
	var duplicate *DuplicateError
	if err := m.Sample(context.Background(), r, discard{}); !errors.As(err, &duplicate) || duplicate.Constraint != "unique(a, b)" {
		t.Errorf("more samples than there are pairs: %v", err)
	}
	r.N, r.Where = 91, []Cell{{"a", "7"}}
	if err := m.Sample(context.Background(), r, discard{}); !errors.As(err, &duplicate) {
		t.Errorf("more samples with a cell than there are pairs: %v", err)
	}
	r.N = 30
	if got := written(t, m, r); len(got) != 30 || !strings.HasPrefix(got[29], "7,") {
		t.Errorf("samples with a cell: %q", got)
	}
	r = m.Request(2)
	r.From = make([]float32, 2*m.Dim())
	r.Sampling = tableSampling(t, m, "sample.solver=heun")
	if err := m.Sample(context.Background(), r, discard{}); err == nil || !strings.Contains(err.Error(), "it starts from a given row") {
		t.Errorf("the same start twice: %v", err)
	}
}

// When the context ends while samples are drawn again, those before are kept.
func TestInterruptedUniqueSamples(t *testing.T) {
	m := tableModel(t, pairs(70), `data.constraints=["unique(a, b)"]`)
	r := m.Request(4500)
	r.Workers = 2
	whole := written(t, m, r)
	for _, after := range []int{1, sampleRows, uniqueRows} {
		ctx, cancel := context.WithCancel(context.Background())
		r.Progress = func(done, _ int) {
			if done >= after {
				cancel()
			}
		}
		var b strings.Builder
		sink, err := NewStream(&b, m.SampleSchema(r), r.N)
		if err != nil {
			t.Fatal(err)
		}
		err = m.Sample(ctx, r, sink)
		var ended *InterruptedError
		lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")[1:]
		if !errors.As(err, &ended) || ended.Done != len(lines) || ended.Total != r.N || !slices.Equal(lines, whole[:len(lines)]) {
			t.Errorf("after %d: %v with %d lines", after, err, len(lines))
		}
	}
}

// discard is a sink that keeps nothing.
type discard struct{}

func (discard) Write(*data.Batch) error { return nil }
func (discard) Close() error            { return nil }
func (discard) Abort() error            { return nil }
func (discard) Keep(string) error       { return nil }
