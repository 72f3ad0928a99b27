package tabular

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func cycle(n int, f func(i int) int) []int32 {
	codes := make([]int32, n)
	for i := range codes {
		codes[i] = int32(f(i))
	}
	return codes
}

func TestShapesAgainstReferences(t *testing.T) {
	a, b := testNumbers(40, 1, 0), testNumbers(30, 1, 5)
	for i, v := range b {
		b[i] = v * v
	}
	// SciPy 1.10.1: 1 - ks_2samp(a, b).statistic
	near(t, "KSComplement", KSComplement(a, b), 0.6916666666666667, 1e-15)
	// 1 - ks_2samp([1, 2, 2, 3], [2, 2, 2, 5, 7]).statistic
	near(t, "KSComplement with ties", KSComplement([]float64{2, 1, math.NaN(), 3, 2}, []float64{7, 2, 5, 2, 2, math.Inf(1)}), 0.6, 1e-15)
	if v := KSComplement(a, []float64{math.NaN()}); !math.IsNaN(v) {
		t.Errorf("KSComplement against nothing = %v, want NaN", v)
	}
	c, e := cycle(200, func(i int) int { return i * i % 7 }), cycle(150, func(i int) int { return i * i % 6 })
	// pandas 1.5.3: p, q = value_counts(normalize=True) of both, 1 - p.subtract(q, fill_value=0).abs().sum()/2
	near(t, "TVComplement", TVComplement(c, e, 7), 0.715, 1e-12)
	near(t, "TVComplement, missing cells left out", TVComplement(append(c, -1, -1), append(e, -1), 9), 0.715, 1e-12)
	if v := TVComplement(c, []int32{-1}, 7); !math.IsNaN(v) {
		t.Errorf("TVComplement against nothing = %v, want NaN", v)
	}
}

func TestPairsAgainstReferences(t *testing.T) {
	a := testNumbers(40, 1, 0)
	// NumPy 1.24.2: np.histogram_bin_edges(a, 10)[1:-1][:3], np.unique(np.quantile(a, np.linspace(0, 1, 11)[1:-1]))[:3]
	if got, want := WidthEdges(a)[:3], []float64{0.09960356788899902, 0.19920713577799803, 0.298810703666997}; !slices.Equal(got, want) {
		t.Errorf("WidthEdges = %v, want %v", got, want)
	}
	for i, want := range []float64{0.08979187314172449, 0.20336967294350844, 0.29068384539147674} {
		near(t, "QuantileEdges", QuantileEdges(sortedNumbers(a))[i], want, 1e-16)
	}
	near(t, "quantile", quantileOf(a, 0.05), 0.056045589692765116, 1e-16)
	near(t, "quantile", quantileOf(a, 0.37), 0.3731119920713578, 1e-15)
	// All equal: edges around it, as numpy.histogram_bin_edges([7, 7]) does, and one quantile edge.
	if w, q := WidthEdges([]float64{7, 7}), QuantileEdges([]float64{7, 7}); w[4] != 7 || len(q) != 1 {
		t.Errorf("edges of equal numbers are %v and %v", w, q)
	}
	x := testNumbers(50, 2, 3)
	x[14], x[19] = math.NaN(), math.NaN()
	u, v := make([]float64, 50), make([]float64, 50)
	for i := range u {
		u[i], v[i] = x[2*i], x[2*i+1]
	}
	// NumPy: np.corrcoef(u, v)[0, 1] with 0 for NaN
	near(t, "Correlation", Correlation(u, v), -0.07119956240359979, 1e-14)
	near(t, "CorrelationSimilarity", CorrelationSimilarity(u, v, u, u), 1-1.07119956240359979/2, 1e-14)
	if r := Correlation(u, make([]float64, 50)); !math.IsNaN(r) {
		t.Errorf("correlation with a constant = %v, want NaN", r)
	}
	// pandas: p, q = pd.Series(list(zip(…))).value_counts(normalize=True), 1 - p.subtract(q, fill_value=0).abs().sum()/2
	similar := ContingencySimilarity(cycle(200, func(i int) int { return i * 7 % 5 }), cycle(200, func(i int) int { return i * i % 7 }),
		cycle(150, func(i int) int { return i * 3 % 5 }), cycle(150, func(i int) int { return i * i % 6 }))
	near(t, "ContingencySimilarity", similar, 0.715, 1e-12)
}

// The two ways to count the cells of a pair agree.
func TestSparseVariation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(n int) *cells {
			return &cells{codes: rapid.SliceOfN(rapid.Int32Range(-1, 5), n, n).Draw(t, "codes"), size: 7}
		}
		n, m := rapid.IntRange(1, 30).Draw(t, "n"), rapid.IntRange(1, 30).Draw(t, "m")
		a, b, c, d := draw(n), draw(n), draw(m), draw(m)
		dense, sparse := totalVariation(a, b, c, d), sparseVariation(keys(a, b), keys(c, d))
		if math.Abs(dense-sparse) > 1e-12 || dense < 0 || dense > 1+1e-12 {
			t.Fatalf("dense %v, sparse %v", dense, sparse)
		}
	})
}

// A number on an edge is in the bin above, and a missing one in a bin of its own: np.digitize.
func TestBinned(t *testing.T) {
	got := binned([]float64{-1, 2, 2.5, 3, 9, math.NaN()}, []float64{2, 3}).bins
	if want := []uint8{1, 2, 2, 3, 3, 0}; !slices.Equal(got, want) {
		t.Errorf("bins = %v, want %v", got, want)
	}
}

func TestChoosePairs(t *testing.T) {
	columns := []int{4, 2, 7, 1}
	pairs, all := choosePairs(columns, 100, 3)
	if want := []pair{{4, 2}, {4, 7}, {4, 1}, {2, 7}, {2, 1}, {7, 1}}; !slices.Equal(pairs, want) || all != 6 {
		t.Errorf("pairs = %v of %d, want %v", pairs, all, want)
	}
	some, all := choosePairs(columns, 2, 3)
	if len(some) != 2 || all != 6 || !slices.Contains(pairs, some[0]) || some[0] == some[1] {
		t.Errorf("2 pairs of %d are %v", all, some)
	}
}

func TestValidity(t *testing.T) {
	one := 1
	train := &Table{Rows: 4, Columns: []Column{
		{Name: "whole", Numbers: []float64{1, 2, 3, 9}},
		{Name: "cents", Numbers: []float64{0.25, 0.5, 1, math.NaN()}},
		{Name: "kind", Codes: []int32{0, 1, 1, -1}, Categories: []string{"a", "b", "c"}}, // c is listed and never seen
		{Name: "empty", Missing: 4},
		{Name: "text", Missing: 1},
	}}
	synthetic := &Table{Rows: 4, Columns: []Column{
		{Name: "whole", Numbers: []float64{1, 2.5, 10, math.NaN()}, Unreadable: 1}, // off the grid, out of range, no number
		{Name: "cents", Numbers: []float64{0.25, 0.125, math.NaN(), 0.5}, Malformed: &one},
		{Name: "kind", Codes: []int32{0, 2, -1, -1}, Categories: []string{"a", "b", "c"}},
		{Name: "empty", Missing: 3},
		{Name: "text", Missing: 2},
	}}
	v := measureValidity(train, synthetic, func(int) bool { return true })
	// Cells with text: 4, 3, 2, 1, 2; valid are 2, 2, 1, 0, 2.
	near(t, "valid cells", v.cells, 7.0/12, 1e-15)
	if want := []float64{2.0 / 4, 2.0 / 3, 1.0 / 2, 0}; !slices.Equal(v.adherence, want) {
		t.Errorf("adherence = %v, want %v", v.adherence, want)
	}
	similar := missingSimilarities(train, synthetic, func(j int) bool { return j > 0 })
	if want := []float64{1, 0.75, 0.75, 0.75}; !slices.Equal(similar[1:], want) || !math.IsNaN(similar[0]) {
		t.Errorf("missing similarities = %v, want NaN and %v", similar, want)
	}
}

func TestDecimals(t *testing.T) {
	for want, values := range [][]float64{{3, -1e17, 0, math.NaN()}, {0.1, 5}, {1.25, 0.3}, {0.333}} {
		if got := decimals(values); got != want {
			t.Errorf("decimals of %v = %d, want %d", values, got, want)
		}
	}
	if got := decimals([]float64{1.0 / 3}); got != mostDecimals+1 {
		t.Errorf("decimals of ⅓ = %d", got)
	}
}
