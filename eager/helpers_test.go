package eager

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"euryale/nets"
)

func bits(x []float32) []uint32 {
	b := make([]uint32, len(x))
	for i, v := range x {
		b[i] = math.Float32bits(v)
	}
	return b
}

func float64s(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

func normal(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

// panics returns the message of f's panic.
func panics(f func()) (message string) {
	defer func() { message = fmt.Sprint(recover()) }()
	f()
	return ""
}

type fatal interface{ Fatal(...any) }

func build(t fatal, options nets.Options, spec nets.Spec) *nets.Built {
	net, err := options.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	b, err := nets.Build(net, spec)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func machine(t fatal, b *nets.Built, weights []float32) *Machine {
	m, err := New(b, weights)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const testClasses = 4

// kind is an MLP and its properties.
type kind struct {
	*nets.Built
	time       string
	mlp        *nets.MLP
	classifier bool
	input      int
}

// everyNet calls f with a net of each kind: time encoding × (plain, with labels, with labels and variances, classifier).
func everyNet(t *testing.T, width, depth, input int, f func(t *testing.T, k kind)) {
	for _, time := range []string{"embedding", "sinusoidal", "fourier"} {
		run := func(name string, labels bool, outputs int) {
			s := nets.Spec{Sample: []int{input}, Outputs: outputs, Classes: testClasses, Seed: 3}
			var encoding nets.TimeEncoding
			switch time {
			case "embedding":
				encoding, s.Steps = &nets.Embedding{}, 6
			case "sinusoidal":
				encoding = &nets.Sinusoidal{Features: 6}
			case "fourier":
				encoding = &nets.Fourier{Features: 6, Scale: 0.3}
			}
			mlp := &nets.MLP{Width: width, Depth: depth, Time: nets.TimeEncodings().With(encoding), Labels: labels}
			t.Run(time+", "+name, func(t *testing.T) { f(t, kind{build(t, mlp, s), time, mlp, name == "classifier", input}) })
		}
		run("plain", false, input)
		run("labels", true, input)
		run("labels, variances", true, 2*input)
		run("classifier", false, testClasses)
	}
}

// some returns a time that fits the net.
func (k kind) some() float64 {
	if k.time == "embedding" {
		return 4
	}
	return 4.3
}

// label returns the label if the net is conditioned on labels, else −1.
func (k kind) label(label int) int {
	if !k.mlp.Labels {
		return -1
	}
	return label
}
