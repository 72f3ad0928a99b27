package rng

import (
	"math"
	"slices"
	"sort"
	"testing"

	"euryale/kernel"

	"pgregory.net/rapid"
)

// The addresses of a run must never change: these numbers were printed once and are never edited.
func TestGoldenStream(t *testing.T) {
	s := NewStream(0, TrainingNoise)
	got := make([]float32, 10)
	s.Normal(got, 7, 3, 5)
	bits := make([]uint32, len(got))
	for i, v := range got {
		bits[i] = math.Float32bits(v)
	}
	want := []uint32{
		0x3e1a229b, 0x3fd51210, 0xbfa19b79, 0x3f6cac26, 0xbf6e2aa9,
		0x3f8c07dc, 0x3f83c776, 0x3ef7abf2, 0x3f425aaf, 0xbf13e599,
	}
	if !slices.Equal(bits, want) {
		t.Errorf("Normal(step 7, rows 3 and 4) = %#v (%v), want %#v", bits, got, want)
	}
	order := make([]int32, 8)
	NewStream(1, Shuffle).Permutation(order, 2)
	if want := []int32{2, 5, 7, 4, 1, 6, 3, 0}; !slices.Equal(order, want) {
		t.Errorf("Permutation = %#v, want %#v", order, want)
	}
	if got := s.Uint64(1<<40, 1<<40); got != 0x5cc9c69fd550c492 {
		t.Errorf("Uint64(1<<40, 1<<40) = %#x", got)
	}
}

func TestNormalDoesNotDependOnChunks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := NewStream(rapid.Uint64().Draw(t, "seed"), Purpose(rapid.Uint64Range(1, 9).Draw(t, "purpose")))
		step := rapid.Uint64Range(0, 1<<48-1).Draw(t, "step")
		dim := rapid.IntRange(1, 9).Draw(t, "dim")
		rows := rapid.IntRange(1, 40).Draw(t, "rows")
		first := rapid.Uint64Range(0, 1<<47).Draw(t, "first")
		cut := rapid.IntRange(0, rows).Draw(t, "cut")
		whole, parts := make([]float32, rows*dim), make([]float32, rows*dim)
		s.Normal(whole, step, first, dim)
		s.Normal(parts[cut*dim:], step, first+uint64(cut), dim)
		s.Normal(parts[:cut*dim], step, first, dim)
		if !slices.Equal(whole, parts) {
			t.Fatalf("rows cut at %d differ from the whole", cut)
		}
		s.Uniform(whole, step, first, dim)
		s.Uniform(parts[:cut*dim], step, first, dim)
		s.Uniform(parts[cut*dim:], step, first+uint64(cut), dim)
		if !slices.Equal(whole, parts) {
			t.Fatalf("uniform rows cut at %d differ from the whole", cut)
		}
	})
}

func TestAddressesAreDistinct(t *testing.T) {
	seen := map[uint64]string{}
	add := func(v uint64, at string) {
		if other, ok := seen[v]; ok {
			t.Errorf("%s and %s give the same word", at, other)
		}
		seen[v] = at
	}
	for seed := range uint64(4) {
		for purpose := Data; purpose <= Dropout; purpose++ {
			s := NewStream(seed, purpose)
			for _, step := range []uint64{0, 1, 1 << 32, 1<<32 + 1} {
				for _, row := range []uint64{0, 1, 1 << 32, 1<<32 + 1} {
					add(s.Uint64(step, row), "a")
				}
			}
		}
	}
}

func TestKeyIsTheStreams(t *testing.T) {
	s := NewStream(5, Dropout)
	w0, w1, _, _ := kernel.Philox(s.Key(), 3, 4, 0)
	if got, want := uint64(w1)<<32|uint64(w0), s.Uint64(3, 4); got != want {
		t.Errorf("the words of Key are %#x, those of the stream %#x", got, want)
	}
}

// The raw moments 1 … 4 are compared with those of N(0, 1), where the sampling error of moment k is √(E z²ᵏ − (E zᵏ)²)/√n,
// and the Kolmogorov distance with its 0.1% point 1.95/√n.
func TestNormalDistribution(t *testing.T) {
	const rows, dim = 100_000, 5
	z := make([]float32, rows*dim)
	NewStream(3, Start).Normal(z, 0, 0, dim)
	n := float64(len(z))
	var m [5]float64
	for _, v := range z {
		p := 1.0
		for k := range m {
			m[k] += p / n
			p *= float64(v)
		}
	}
	for k, want := range []float64{1, 0, 1, 0, 3} {
		sd := []float64{0, 1, math.Sqrt2, math.Sqrt(15), math.Sqrt(96)}[k] / math.Sqrt(n)
		if math.Abs(m[k]-want) > 4.5*sd+1e-9 {
			t.Errorf("moment %d = %v, want %v ± %v", k, m[k], want, sd)
		}
	}
	sorted := make([]float64, len(z))
	for i, v := range z {
		sorted[i] = float64(v)
	}
	sort.Float64s(sorted)
	worst := 0.0
	for i, v := range sorted {
		p := 0.5 * math.Erfc(-v/math.Sqrt2)
		worst = max(worst, math.Abs(p-float64(i)/n), math.Abs(p-float64(i+1)/n))
	}
	if worst > 1.95/math.Sqrt(n) {
		t.Errorf("Kolmogorov distance to N(0, 1) = %v, want below %v", worst, 1.95/math.Sqrt(n))
	}
	// Columns of a row and neighboring rows are uncorrelated.
	for lag := 1; lag <= 6; lag++ {
		c := 0.0
		for i := lag; i < len(z); i++ {
			c += float64(z[i]) * float64(z[i-lag])
		}
		if c /= n; math.Abs(c) > 4.5/math.Sqrt(n) {
			t.Errorf("correlation at lag %d = %v", lag, c)
		}
	}
}

func TestUniformAndIntN(t *testing.T) {
	s := NewStream(9, Timesteps)
	const n = 200_000
	counts := make([]int, 100)
	sum := 0.0
	for row := range uint64(n) {
		counts[s.IntN(5, row, len(counts))]++
		sum += s.Float64(6, row)
	}
	chi := 0.0
	for _, c := range counts {
		chi += (float64(c) - n/100) * (float64(c) - n/100) / (n / 100)
	}
	// 99.9% point of χ² with 99 degrees of freedom: 148.2.
	if chi > 148.2 {
		t.Errorf("χ² of IntN = %v", chi)
	}
	if math.Abs(sum/n-0.5) > 4.5*math.Sqrt(1.0/12/n) {
		t.Errorf("mean of Float64 = %v", sum/n)
	}
	u := make([]float32, 4000)
	s.Uniform(u, 0, 0, 4)
	if lo, hi := slices.Min(u), slices.Max(u); lo < 0 || hi >= 1 || lo > 0.01 || hi < 0.99 {
		t.Errorf("Uniform lies in [%v, %v]", lo, hi)
	}
}

func TestPermutation(t *testing.T) {
	s := NewStream(0, Shuffle)
	first := map[int32]int{}
	for step := range uint64(6000) {
		p := make([]int32, 6)
		s.Permutation(p, step)
		first[p[0]]++
		slices.Sort(p)
		if !slices.Equal(p, []int32{0, 1, 2, 3, 4, 5}) {
			t.Fatalf("step %d: not a permutation: %v", step, p)
		}
	}
	for v, c := range first {
		if c < 850 || c > 1150 {
			t.Errorf("%d comes first %d times of 6000, want about 1000", v, c)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	s := NewStream(0, Start)
	z, order := make([]float32, 256), make([]int32, 100)
	if n := testing.AllocsPerRun(10, func() {
		s.Normal(z, 1, 2, 2)
		s.Uniform(z, 1, 2, 2)
		s.Permutation(order, 3)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
