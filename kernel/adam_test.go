package kernel

import (
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
)

// adamStep is step t with PyTorch's defaults.
func adamStep(t int) AdamStep {
	const lr, beta1, beta2 = 1e-3, 0.9, 0.999
	return AdamStep{
		Beta1: beta1, Beta2: beta2, OneMinusBeta1: 1 - beta1, OneMinusBeta2: 1 - beta2,
		StepSize:     float32(lr / (1 - math.Pow(beta1, float64(t)))),
		InvSqrtBias2: float32(1 / math.Sqrt(1-math.Pow(beta2, float64(t)))),
		Epsilon:      1e-8, GradScale: 1,
	}
}

// Adam follows the equations of the paper in float64 over many steps, on every path.
func TestAdamFollowsTheEquations(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for n := range 70 {
			r := newRand(uint64(n))
			p, intactP := guarded(t, n, 1)
			m, intactM := guarded(t, n, 2)
			v, intactV := guarded(t, n, 3)
			copy(p, random(r, n))
			clear(m)
			clear(v)
			want, first, second := make([]float64, n), make([]float64, n), make([]float64, n)
			for i, x := range p {
				want[i] = float64(x)
			}
			for step := 1; step <= 20; step++ {
				g := random(r, n)
				s := adamStep(step)
				s.GradScale = 0.5
				Adam(p, m, v, g, s)
				for i := range want {
					scaled := 0.5 * float64(g[i])
					first[i] = 0.9*first[i] + 0.1*scaled
					second[i] = 0.999*second[i] + 0.001*scaled*scaled
					mHat := first[i] / (1 - math.Pow(0.9, float64(step)))
					vHat := second[i] / (1 - math.Pow(0.999, float64(step)))
					want[i] -= 1e-3 * mHat / (math.Sqrt(vHat) + 1e-8)
				}
			}
			intactP()
			intactM()
			intactV()
			for i := range want {
				if math.Abs(float64(p[i])-want[i]) > 3e-6 {
					t.Fatalf("n=%d: parameter %d is %v, want %v", n, i, p[i], want[i])
				}
			}
		}
	})
}

// adamCase returns a random step of up to 70 parameters whose numbers have the given binary exponents.
func adamCase(r *rand.Rand, exponents []int) (x [4][]float32, s AdamStep) {
	number := func() float32 { return float32(math.Ldexp(r.NormFloat64(), exponents[r.IntN(len(exponents))])) }
	n := 1 + r.IntN(70)
	for c := range x {
		x[c] = make([]float32, n)
		for i := range x[c] {
			x[c][i] = number()
			if r.IntN(10) == 0 {
				x[c][i] = []float32{0, 0, 0, float32(math.NaN()), float32(math.Inf(1))}[r.IntN(5)]
			}
			if c == 2 { // v
				x[c][i] = float32(math.Abs(float64(x[c][i])))
			}
		}
	}
	s = adamStep(1 + r.IntN(100))
	s.GradScale = r.Float32()
	return x, s
}

func clones(x [4][]float32) (c [4][]float32) {
	for i := range x {
		c[i] = append([]float32(nil), x[i]...)
	}
	return c
}

// Every path gives the bits of the generic path.
func TestAdamPathsAgree(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		r := newRand(7)
		for range 300 {
			x, s := adamCase(r, []int{0, -10, -20, 10, 30})
			want := clones(x)
			adamGeneric(want[0], want[1], want[2], want[3], &s)
			Adam(x[0], x[1], x[2], x[3], s)
			for c, name := range []string{"p", "m", "v", "g"} {
				sameNumbers(t, name, x[c], want[c])
			}
		}
	})
}

// Where denormal numbers occur, the moments agree to 2^-124, and the parameters to 2^-124/Epsilon, below 1e-29.
func TestAdamPathsAgreeAmongTinyNumbers(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		r := newRand(8)
		for range 1000 {
			x, s := adamCase(r, []int{0, -30, -54, -60, -64, -100, -120, -124, -126, -128, -140})
			before, want := x[0], clones(x)
			x[0] = append([]float32(nil), before...)
			adamGeneric(want[0], want[1], want[2], want[3], &s)
			Adam(x[0], x[1], x[2], x[3], s)
			for i := range before {
				step := math.Abs(float64(want[0][i] - before[i]))
				for c, bound := range []float64{1e-5*step + 1e-29, 0x1p-124, 0x1p-124} {
					got, want := float64(x[c][i]), float64(want[c][i])
					if !(math.Abs(got-want) <= bound) && !(got != got && want != want) && got != want {
						t.Fatalf("%s is %v, want %v ± %v", []string{"p", "m", "v"}[c], got, want, bound)
					}
					if c > 0 && got != 0 && math.Abs(got) < smallestNormal {
						t.Fatalf("%s is denormal: %v", []string{"p", "m", "v"}[c], got)
					}
				}
			}
		}
	})
}

// Moments whose gradient is zero decay to zero and are never denormal.
func TestAdamMomentsAreNeverDenormal(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		const n = 37
		p, m, v, g := random(newRand(1), n), make([]float32, n), make([]float32, n), make([]float32, n)
		for i := range m {
			m[i], v[i] = 1e-38*float32(1+i), 1e-38*float32(1+i)
			if i%2 == 1 {
				m[i] = -m[i]
			}
		}
		v[0] = 1e-37 // takes 2,200 steps
		for step := 1; step <= 5000; step++ {
			Adam(p, m, v, g, adamStep(step))
			for i := range m {
				for _, x := range []float32{m[i], v[i]} {
					if x != 0 && math.Abs(float64(x)) < 0x1p-126 {
						t.Fatalf("step %d: moment %d is denormal: %v", step, i, x)
					}
				}
			}
		}
		for i := range m {
			if m[i] != 0 || v[i] != 0 {
				t.Fatalf("after 5000 steps without gradient the moments are %v, %v", m[i], v[i])
			}
		}
		// A gradient whose square underflows moves m and leaves v zero; epsilon keeps the step finite.
		g[0] = 1e-20
		before := p[0]
		Adam(p, m, v, g, adamStep(1))
		if m[0] == 0 || v[0] != 0 || p[0] != before {
			t.Errorf("after a gradient of 1e-20: m = %v, v = %v, p moved by %v", m[0], v[0], p[0]-before)
		}
	})
}

// The assembly changes how the processor treats denormal numbers, and must restore it.
func TestAdamLeavesArithmeticAsItWas(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		x := []float32{smallestNormal}
		one := []float32{1}
		Adam([]float32{1}, []float32{1}, []float32{1}, []float32{1}, adamStep(1))
		if half := x[0] / (one[0] + one[0]); half == 0 || half*2 != x[0] {
			t.Errorf("after Adam, the half of %v is %v", x[0], half)
		}
	})
}

func TestAdamKeepsNaN(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		p, m, v := make([]float32, 20), make([]float32, 20), make([]float32, 20)
		g := make([]float32, 20)
		g[3], g[19] = float32(math.NaN()), float32(math.Inf(1))
		Adam(p, m, v, g, adamStep(1))
		for i, x := range p {
			if bad := i == 3 || i == 19; bad != (x != x) {
				t.Errorf("parameter %d is %v after the gradient %v", i, x, g[i])
			}
		}
	})
}
