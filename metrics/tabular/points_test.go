package tabular

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The two clouds are v(60, 3, 1) and 0.8 v(50, 3, 2) + 0.1, v as testNumbers.
func clouds() (real, synthetic []float32) {
	s := testNumbers(50, 3, 2)
	for i, v := range s {
		s[i] = v*0.8 + 0.1
	}
	return floats(testNumbers(60, 3, 1)), floats(s)
}

// The values are computed with NumPy 1.24.2 and scikit-learn 1.2.1:
// NearestNeighbors(n_neighbors=6).fit(R).kneighbors(R)[0][:, 5] and of S alike, D = scipy.spatial.distance.cdist(R, S), and
// the formulas of Manifold and AlphaBeta.
func TestNeighborsAgainstScikitLearn(t *testing.T) {
	real, synthetic := clouds()
	for _, workers := range []int{1, 3} {
		m, err := PRDC(t.Context(), real, synthetic, 3, 5, workers)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "precision", m.Precision, 1, 1e-12)
		near(t, "recall", m.Recall, 0.9833333333333333, 1e-12)
		near(t, "density", m.Density, 1.244, 1e-12)
		near(t, "coverage", m.Coverage, 0.9833333333333333, 1e-12)
		a, err := MeasureAlphaBeta(t.Context(), real, synthetic, 3, workers)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "alpha-precision", a.AlphaPrecision, 0.5573333333333333, 1e-12)
		near(t, "beta-recall", a.BetaRecall, 0.2911111111111112, 1e-12)
	}
	if _, err := PRDC(t.Context(), real[:9], synthetic, 3, 3, 1); err == nil {
		t.Error("3 neighbors among 3 points are no error")
	}
}

func TestDiscrepancyAgainstReferences(t *testing.T) {
	real, synthetic := clouds()
	d, err := MeasureDiscrepancy(t.Context(), real, synthetic, 3, 2)
	if err != nil {
		t.Fatal(err)
	}
	// SciPy 1.10.1: √(2 cdist(R, S).mean() − cdist(R, R).mean() − cdist(S, S).mean())
	near(t, "energy distance", d.Energy, 0.13919504899248963, 1e-6)
	// scikit-learn 1.2.1: rbf_kernel(·, ·, gamma=1/(2h²)), h = np.median of the distances of different points of R and S together
	near(t, "MMD", d.MMD, -0.0006977775420469179, 1e-7)
	a, b := testNumbers(40, 1, 0), testNumbers(30, 1, 5)
	for i, v := range b {
		b[i] = v * v
	}
	if d, err = MeasureDiscrepancy(t.Context(), floats(a), floats(b), 1, 1); err != nil {
		t.Fatal(err)
	}
	near(t, "energy distance on a line", d.Energy, 0.2856033217044735, 1e-6) // scipy.stats.energy_distance(a, b)
	same := make([]float32, 20)
	if d, err = MeasureDiscrepancy(t.Context(), same, same, 2, 1); err != nil || d != (Discrepancy{}) {
		t.Errorf("equal points differ by %+v, %v", d, err)
	}
}

func TestKthSmallest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float32Range(0, 3), 1, 40).Draw(t, "values")
		k := rapid.IntRange(1, min(7, len(values))).Draw(t, "k")
		if got, want := kthSmallest(values, k), slices.Sorted(slices.Values(values))[k-1]; got != want {
			t.Fatalf("kthSmallest = %v, want %v", got, want)
		}
	})
}

// One-hot coordinates: numbers, whether one is missing, and categories by falling frequency, missing among them.
func TestOneHot(t *testing.T) {
	a := &Table{Rows: 3, Columns: []Column{
		{Name: "k", Codes: []int32{1, 1, -1}, Categories: []string{"x", "y", "z"}}, {Name: "n", Numbers: []float64{4, math.NaN(), 8}},
	}}
	x, dim := oneHot(a, a.take([]int32{0}))
	want := []float64{4, 0, 1, 0, math.NaN(), 1, 1, 0, 8, 0, 0, 1, 4, 0, 1, 0}
	same := func(u, v float64) bool { return u == v || math.IsNaN(u) && math.IsNaN(v) }
	if dim != 4 || !slices.EqualFunc(x, want, same) {
		t.Errorf("oneHot = %v in rows of %d, want %v", x, dim, want)
	}
	// Mean and deviation are of the first three rows, without the missing number: 6 and 2.
	z := standardized(x, dim, 3)
	if z[0] != -1 || z[4] != 0 || z[8] != 1 || z[12] != -1 {
		t.Errorf("the standardized numbers are %v, %v, %v, %v", z[0], z[4], z[8], z[12])
	}
}
