package nets

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/ops"
)

// moment is the mean of (x/unit)^k.
func moment(x []float32, unit float64, k int) float64 {
	sum := 0.0
	for _, v := range x {
		sum += math.Pow(float64(v)/unit, float64(k))
	}
	return sum / float64(len(x))
}

// Moments of the initial weights against those of PyTorch's distributions, within five standard errors.
func TestInitDistributions(t *testing.T) {
	fanIn := map[string]int{"linears.0": 2, "linears.2": 128, "linears.4": 128, "linears.6": 128}
	checkInit(t, tutorial(t), fanIn)
	m := DefaultMLP()
	m.Time, m.Labels = TimeEncodings().Choose("fourier"), true
	fanIn["time.0"] = 64
	for l := range m.Depth {
		fanIn[fmt.Sprintf("time_projections.%d", l)] = 128
	}
	checkInit(t, build(t, m, Spec{Sample: []int{2}, Outputs: 2, Classes: 10}), fanIn)
}

func checkInit(t *testing.T, m *Built, fanIn map[string]int) {
	t.Helper()
	flat := m.Init(11)
	for _, p := range m.layout {
		x := part32(flat, p)
		unit := 1.0
		// The moments of order 1, 2 and 4, and the variance of x^k whose mean each is. N(0, 1): E x^(2k) is 1, 3,
		// 15, 105; the uniform distribution on ±1: E x^(2k) = 1/(2k+1).
		mean, variance := [3]float64{0, 1, 3}, [3]float64{1, 2, 96}
		if in, ok := fanIn[p.Name[:strings.LastIndex(p.Name, ".")]]; ok {
			unit = 1 / math.Sqrt(float64(in))
			mean, variance = [3]float64{0, 1. / 3, 1. / 5}, [3]float64{1. / 3, 1./5 - 1./9, 1./9 - 1./25}
			if lowest, highest := slices.Min(x), slices.Max(x); lowest < -float32(unit) || highest > float32(unit) {
				t.Errorf("%s lies in [%v, %v], expected ±%v", p.Name, lowest, highest, unit)
			}
		} else if !strings.HasPrefix(p.Name, "step_embeddings.") && !strings.HasPrefix(p.Name, "label_embeddings.") {
			t.Fatalf("%s: this test has no distribution for this parameter", p.Name)
		}
		for i, k := range []int{1, 2, 4} {
			limit := 5 * math.Sqrt(variance[i]/float64(len(x)))
			if got := moment(x, unit, k); math.Abs(got-mean[i]) > limit {
				t.Errorf("%s: moment %d is %v, want %v ± %v", p.Name, k, got, mean[i], limit)
			}
		}
	}
}

// Every parameter and every seed has different numbers.
func TestInitIsIndependent(t *testing.T) {
	m := tutorial(t)
	one, again, two := m.Init(1), m.Init(1), m.Init(2)
	if !slices.Equal(one, again) {
		t.Error("the same seed gives different weights")
	}
	seen := map[float32]string{}
	for _, flat := range [][]float32{one, two} {
		for _, p := range m.layout {
			// Relative to the bound, so that one stream with two bounds would be found.
			first := part32(flat, p)[1]
			if bound, ok := p.Init.(ops.Uniform); ok {
				first = float32(float64(first) / float64(bound))
			}
			if other, ok := seen[first]; ok {
				t.Errorf("%s starts like %s", p.Name, other)
			}
			seen[first] = p.Name
		}
	}
}

func TestInitLeavesGapsZero(t *testing.T) {
	m := odd(t)
	free := gaps(m, m.Init(3))
	if len(free) == 0 {
		t.Fatal("this net has no gaps")
	}
	for _, v := range free {
		if math.Float32bits(v) != 0 {
			t.Fatalf("a gap holds %v", v)
		}
	}
}

// A seed must give the same weights forever: these numbers were printed once and are never edited.
func TestGoldenInit(t *testing.T) {
	m := tutorial(t)
	flat := m.Init(0)
	var got []uint32
	for _, i := range []int{0, 1, 6, 7, 8, 10} {
		x := part32(flat, m.layout[i])
		got = append(got, bits([]float32{x[0], x[len(x)-1]})...)
	}
	want := []uint32{
		0x3eff947b, 0x3f269c17, 0x3df58894, 0xbe6d9eb8, 0x3d0dc666, 0xbdb0f26d,
		0x3c7c8512, 0x3c1f2641, 0x3f7fb479, 0xbf494cf7, 0x3f413961, 0x3f64f23c,
	}
	if !slices.Equal(got, want) {
		t.Errorf("initial weights %#v, want %#v", got, want)
	}
}

// Constant gives constant initial values.
func TestConstantInit(t *testing.T) {
	net, err := Build(netFunc(func(b *ops.Builder, in Input) *ops.Node {
		weight, bias := b.Parameter("w", ops.Constant(0), 2, 2), b.Parameter("b", ops.Constant(3), 2)
		return b.Linear("l", in.X, ops.Linear{Weight: weight, Bias: bias})
	}), Spec{Sample: []int{2}, Outputs: 2})
	if err != nil {
		t.Fatal(err)
	}
	layout, _ := net.Layout()
	flat := net.Init(1)
	if !slices.Equal(part32(flat, layout[0]), make([]float32, 4)) || !slices.Equal(part32(flat, layout[1]), []float32{3, 3}) {
		t.Errorf("initial weights %v", flat)
	}
}
