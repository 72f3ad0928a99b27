package tabular

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The rows are those of NumPy 1.24.2: np.random.default_rng(seed).choice(n, k, replace=False).
func TestChoiceIsThatOfNumPy(t *testing.T) {
	for _, c := range []struct {
		seed uint64
		n, k int
		want []int32
	}{
		{4, 10, 5, []int32{6, 7, 4, 8, 9}},
		{1<<40 + 3, 100, 7, []int32{96, 42, 73, 46, 33, 37, 68}},
		{7, 1_000_000, 5, []int32{625093, 684178, 944901, 578292, 897212}}, // few of many
		{0, 20_000, 3000, []int32{6591, 2023, 13007, 18693, 15700, 15150}}, // many of many
	} {
		if got := newPCG64(c.seed).choice(c.n, c.k); !slices.Equal(got[:len(c.want)], c.want) {
			t.Errorf("choice(%d, %d) of seed %d starts %v, want %v", c.n, c.k, c.seed, got[:len(c.want)], c.want)
		}
	}
	// The sums of the rows, and of the rows times their places.
	for _, c := range []struct {
		seed uint64
		n, k int
		want string
	}{
		{0, 20_000, 3000, "30473309 45932381032"},
		{11, 344, 172, "28825 2342584"},
	} {
		sum, weighted := 0, 0
		for i, row := range newPCG64(c.seed).choice(c.n, c.k) {
			sum, weighted = sum+int(row), weighted+i*int(row)
		}
		if got := fmt.Sprint(sum, weighted); got != c.want {
			t.Errorf("choice(%d, %d) of seed %d sums up to %s, want %s", c.n, c.k, c.seed, got, c.want)
		}
	}
	// One generator goes on: g = default_rng(1), g.choice(344, 172, replace=False)[:5], g.choice(172, 172, replace=False)[:5].
	g := newPCG64(1)
	if got := g.choice(344, 172)[:5]; !slices.Equal(got, []int32{290, 20, 249, 196, 159}) {
		t.Errorf("the first choice is %v", got)
	}
	if got := g.choice(172, 172)[:5]; !slices.Equal(got, []int32{93, 84, 160, 128, 38}) {
		t.Errorf("the second choice is %v", got)
	}
}

// The folds are those of scikit-learn 1.2.1: StratifiedKFold(3, shuffle=True, random_state=seed) of n ones and n zeros.
func TestFoldsAreThoseOfScikitLearn(t *testing.T) {
	if got, want := stratifiedFolds(8, 0), []uint8{2, 0, 0, 2, 1, 0, 1, 1, 0, 2, 1, 2, 0, 1, 0, 2}; !slices.Equal(got, want) {
		t.Errorf("folds of 8 = %v, want %v", got, want)
	}
	want := []uint8{1, 2, 0, 0, 2, 2, 1, 1, 1, 2, 0, 0, 1, 0, 1}
	if got := stratifiedFolds(172, 3)[165:180]; !slices.Equal(got, want) {
		t.Errorf("folds of 172, from 165 on, = %v, want %v", got, want)
	}
}

func TestSubsamplesAreDistinctAndSorted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 30_000).Draw(t, "n")
		k := rapid.IntRange(1, n).Draw(t, "k")
		rows := subsample(n, k, rapid.Uint64().Draw(t, "seed"))
		if k == n {
			if rows != nil {
				t.Fatal("all rows are listed")
			}
			return
		}
		if len(rows) != k || rows[0] < 0 || int(rows[k-1]) >= n {
			t.Fatalf("%d rows from %d to %d", len(rows), rows[0], rows[len(rows)-1])
		}
		for i := 1; i < k; i++ {
			if rows[i] <= rows[i-1] {
				t.Fatalf("row %d follows %d", rows[i], rows[i-1])
			}
		}
	})
}
