package solver

import (
	"errors"
	"math"
	"strings"
	"testing"
)

// spring is a damped oscillator.
func spring(dy, y []float64, _ float64) error {
	dy[0], dy[1] = y[1], -y[0]-0.2*y[1]
	return nil
}

// springAt is its state, from (1, −0.1).
func springAt(s float64) (y, v float64) {
	w := math.Sqrt(1 - 0.01)
	e := math.Exp(-0.1 * s)
	return e * math.Cos(w*s), e * (-0.1*math.Cos(w*s) - w*math.Sin(w*s))
}

func TestDormandPrinceKeepsItsTolerance(t *testing.T) {
	var counts []float64
	for _, tolerance := range []float64{1e-3, 1e-5, 1e-7, 1e-9, 1e-11} {
		d := &DormandPrince{Relative: tolerance, Absolute: tolerance}
		y := []float64{1, -0.1}
		n, err := d.Integrate(spring, y, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		position, velocity := springAt(10)
		if worst := max(math.Abs(y[0]-position), math.Abs(y[1]-velocity)); worst > 10*tolerance {
			t.Errorf("tolerance %v: error %.3g", tolerance, worst)
		}
		counts = append(counts, float64(n))
		// And back.
		if _, err := d.Integrate(spring, y, 10, 0); err != nil {
			t.Fatal(err)
		}
		if worst := max(math.Abs(y[0]-1), math.Abs(y[1]+0.1)); worst > 50*tolerance {
			t.Errorf("tolerance %v: there and back is an error of %.3g", tolerance, worst)
		}
	}
	// The error of a step is of order h⁵: a hundredth of the tolerance takes 100^(1/5) = 2.5 times the steps.
	for i := 2; i < len(counts); i++ {
		if ratio := counts[i] / counts[i-1]; ratio < 2.2 || ratio > 2.8 {
			t.Errorf("evaluations %v: expected 2.5 times as many from one to the next", counts)
		}
	}
}

// TestDormandPrinceIsExact: a method of order 5 has no error on polynomials in s up to degree 4, and its estimate of it,
// of order 4, none up to degree 3.
func TestDormandPrinceIsExact(t *testing.T) {
	for degree := range 4 {
		d := &DormandPrince{Absolute: 1e-12}
		y := []float64{0}
		n, err := d.Integrate(func(dy, _ []float64, s float64) error {
			dy[0] = float64(degree+1) * math.Pow(s, float64(degree))
			return nil
		}, y, 1, 3)
		want := math.Pow(3, float64(degree+1)) - 1
		if err != nil || math.Abs(y[0]-want) > 1e-12*want {
			t.Errorf("degree %d: %v after %d, expected %v (%v)", degree, y[0], n, want, err)
		}
	}
}

func TestDormandPrinceRemembersItsStep(t *testing.T) {
	d := &DormandPrince{Relative: 1e-9, Absolute: 1e-9}
	y := []float64{1, -0.1}
	call := func(from, to float64) int {
		n, err := d.Integrate(spring, y, from, to)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	first := call(0, 10)
	step := d.step
	if n := call(10, 10); n != 0 || d.step != step {
		t.Errorf("an interval of nothing took %d evaluations", n)
	}
	call(10, 10+1e-6)
	if d.step < step {
		t.Errorf("a short interval left a step of %v after %v", d.step, step)
	}
	again := []float64{1, -0.1}
	copy(y, again)
	if second := call(0, 10); second > first {
		t.Errorf("%d evaluations with a step to begin with, %d without", second, first)
	}
	result := [2]float64(y)
	d.step = 0
	copy(y, again)
	if n := call(0, 10); n != first || [2]float64(y) == result {
		t.Errorf("without the step %d evaluations, at first %d", n, first)
	}
	if n := testing.AllocsPerRun(10, func() { call(0, 1) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestDormandPrinceLongest: without a bound, the steps miss a short change in a long flat stretch.
func TestDormandPrinceLongest(t *testing.T) {
	bell := func(dy, _ []float64, s float64) error {
		dy[0] = math.Exp(-s*s/2) / math.Sqrt(2*math.Pi)
		return nil
	}
	for longest, want := range map[float64]float64{0: 0, 1: 1} {
		d := &DormandPrince{Absolute: 1e-6, Longest: longest}
		y := []float64{0}
		if _, err := d.Integrate(bell, y, -1000, 300); err != nil || math.Abs(y[0]-want) > 1e-5 {
			t.Errorf("steps to %v: %v (%v)", longest, y[0], err)
		}
	}
}

func TestDormandPrinceErrors(t *testing.T) {
	stop := errors.New("stop")
	for name, c := range map[string]struct {
		d    DormandPrince
		f    func(dy, y []float64, s float64) error
		want string
	}{
		"singular": {DormandPrince{Absolute: 1e-6}, func(dy, y []float64, _ float64) error { dy[0] = y[0] * y[0]; return nil },
			"the step fell to"},
		"NaN": {DormandPrince{Absolute: 1e-6}, func(dy, _ []float64, s float64) error { dy[0] = math.Sqrt(0.7 - s); return nil },
			"not finite near s = 0."},
		"start": {DormandPrince{Absolute: 1e-6}, func(dy, _ []float64, _ float64) error { dy[0] = math.Inf(1); return nil },
			"not finite at the start"},
		"long": {DormandPrince{Absolute: 1e-9}, func(dy, _ []float64, s float64) error { dy[0] = math.Sin(1e6 * s); return nil },
			"evaluations reached only"},
		"f":        {DormandPrince{Absolute: 1e-6}, func(_, _ []float64, s float64) error { return stop }, "stop"},
		"absolute": {DormandPrince{Relative: 1e-6}, spring, "absolute tolerance must be above 0"},
		"longest":  {DormandPrince{Absolute: 1, Longest: -1}, spring, "longest step must be at least 0"},
		"relative": {DormandPrince{Relative: -1, Absolute: 1}, spring, "relative tolerance must be at least 0"},
	} {
		n, err := c.d.Integrate(c.f, []float64{1}, 0, 3)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if n > maxEvaluations {
			t.Errorf("%s: %d evaluations", name, n)
		}
	}
}
