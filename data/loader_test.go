package data

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func loads(t rapid.TB, rows, batch int, seed uint64) *Loader {
	t.Helper()
	l, err := NewLoader(rows, batch, seed)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// For all sizes: an epoch's batches are full but for the last, and together a permutation of the rows.
func TestEpochIsPermutation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.IntRange(1, 300).Draw(t, "rows")
		batch := rapid.IntRange(1, 400).Draw(t, "batch")
		epoch := rapid.Int64Range(0, 1<<40).Draw(t, "epoch")
		l := loads(t, rows, batch, rapid.Uint64().Draw(t, "seed"))
		var all []int32
		per := l.StepsPerEpoch()
		for k := range per {
			step := epoch*per + k
			if at := l.Cursor(step); at.Epoch != epoch || at.Offset != len(all) {
				t.Fatalf("step %d is at %+v, want epoch %d, offset %d", step, at, epoch, len(all))
			}
			b := l.Batch(step)
			if want := min(batch, rows-len(all)); len(b) != want || cap(b) != want || want == 0 {
				t.Fatalf("batch %d of %d has %d rows (capacity %d), want %d", k, per, len(b), cap(b), want)
			}
			all = append(all, b...)
		}
		slices.Sort(all)
		for i, v := range all {
			if int(v) != i {
				t.Fatalf("sorted rows of an epoch hold %d at place %d", v, i)
			}
		}
		if len(all) != rows {
			t.Fatalf("%d rows in an epoch, want %d", len(all), rows)
		}
	})
}

// A loader that begins at any step, or jumps about, gives what one that runs from 0 gives.
func TestResumeAtAnyStep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.IntRange(1, 60).Draw(t, "rows")
		batch := rapid.IntRange(1, 70).Draw(t, "batch")
		seed := rapid.Uint64().Draw(t, "seed")
		whole := loads(t, rows, batch, seed)
		var batches [][]int32
		for step := range int64(40) {
			batches = append(batches, slices.Clone(whole.Batch(step)))
		}
		resumed := loads(t, rows, batch, seed)
		for _, step := range rapid.SliceOfN(rapid.Int64Range(0, 39), 1, 8).Draw(t, "steps") {
			if got := resumed.Batch(step); !slices.Equal(got, batches[step]) {
				t.Fatalf("batch of step %d = %v, want %v", step, got, batches[step])
			}
		}
	})
}

func TestEpochsAndSeedsDiffer(t *testing.T) {
	a, b := loads(t, 100, 100, 1), loads(t, 100, 100, 2)
	first := slices.Clone(a.Batch(0))
	if slices.Equal(first, a.Batch(1)) {
		t.Error("epochs 0 and 1 have one order")
	}
	if slices.Equal(first, b.Batch(0)) {
		t.Error("seeds 1 and 2 have one order")
	}
	if slices.IsSorted(first) {
		t.Error("epoch 0 is not shuffled")
	}
}

func TestStepsPerEpoch(t *testing.T) {
	for _, test := range []struct {
		rows, batch int
		want        int64
		last        int
	}{{10000, 128, 79, 16}, {128, 128, 1, 128}, {129, 128, 2, 1}, {5, 128, 1, 5}, {1, 1, 1, 1}} {
		l := loads(t, test.rows, test.batch, 0)
		if got := l.StepsPerEpoch(); got != test.want {
			t.Errorf("%d rows by %d: %d steps, want %d", test.rows, test.batch, got, test.want)
		}
		if got := len(l.Batch(test.want - 1)); got != test.last {
			t.Errorf("%d rows by %d: %d in the last batch, want %d", test.rows, test.batch, got, test.last)
		}
	}
	for _, sizes := range [][2]int{{0, 1}, {-1, 1}, {1, 0}, {1, -1}, {1 << 31, 1}} {
		if _, err := NewLoader(sizes[0], sizes[1], 0); err == nil {
			t.Errorf("NewLoader(%d, %d): no error", sizes[0], sizes[1])
		}
	}
}

func TestBatchAllocatesNothing(t *testing.T) {
	l := loads(t, 1000, 128, 0)
	step := int64(0)
	if n := testing.AllocsPerRun(50, func() {
		l.Batch(step)
		step++
	}); n != 0 {
		t.Errorf("%v allocations for each batch", n)
	}
}
