package kernel

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// guard is a quiet NaN with a payload that no computation produces: a word that must not change.
var guard = math.Float32frombits(0x7fc0dead)

// onEveryPath runs a test on each path that this machine has.
func onEveryPath(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	previous := active
	defer func() { active = previous }()
	for l := levelGeneric; l <= best; l++ {
		active = l
		t.Run(levelNames[l], test)
	}
}

// guarded returns a slice with guard words before and after it, and a function that checks that they are intact.
func guarded(t testing.TB, n, offset int) ([]float32, func()) {
	const words = 40
	all := make([]float32, offset+n+2*words)
	for i := range all {
		all[i] = guard
	}
	from := words + offset
	return all[from : from+n : from+n], func() {
		t.Helper()
		for i, v := range all {
			if (i < from || i >= from+n) && math.Float32bits(v) != math.Float32bits(guard) {
				t.Fatalf("guard word at %d (of %d elements) overwritten with %v", i-from, n, v)
			}
		}
	}
}

// guardedMatrix returns a matrix with guard words around it and, where stride > cols, between its rows, and their check.
func guardedMatrix(t testing.TB, rows, cols, stride, offset int) (Matrix, func()) {
	size := 0
	if rows > 0 && cols > 0 {
		size = (rows-1)*stride + cols
	}
	data, check := guarded(t, size, offset)
	for i := range data {
		data[i] = guard
	}
	return Matrix{Data: data, Rows: rows, Cols: cols, Stride: stride}, func() {
		t.Helper()
		check()
		for i, v := range data {
			if i%stride >= cols && math.Float32bits(v) != math.Float32bits(guard) {
				t.Fatalf("word between rows %d and %d overwritten with %v", i/stride, i/stride+1, v)
			}
		}
	}
}

func random(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

// randomMatrix returns a matrix with the given stride and NaN between its rows.
func randomMatrix(r *rand.Rand, rows, cols, stride int) Matrix {
	m := Matrix{Data: make([]float32, rows*stride+1), Rows: rows, Cols: cols, Stride: stride}
	for i := range m.Data {
		m.Data[i] = guard
	}
	for i := range rows {
		copy(m.row(i), random(r, cols))
	}
	return m
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// failing is a testing.TB or a *rapid.T.
type failing interface {
	Helper()
	Fatalf(format string, args ...any)
}

func sameBits(t failing, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d elements, want %d", what, len(got), len(want))
	}
	for i := range got {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s: element %d of %d is %v (%08x), want %v (%08x)", what, i, len(got),
				got[i], math.Float32bits(got[i]), want[i], math.Float32bits(want[i]))
		}
	}
}

func sameMatrix(t testing.TB, what string, got, want Matrix) {
	t.Helper()
	for i := range want.Rows {
		sameBits(t, what, got.row(i), want.row(i))
	}
}

func mustPanic(t *testing.T, contains string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		message, ok := recover().(string)
		if !ok || !strings.Contains(message, contains) {
			t.Errorf("panic %q, want one that contains %q", message, contains)
		}
	}()
	f()
}
