package eager

import (
	"math/rand/v2"
	"strconv"
	"testing"

	"euryale/nets"
)

// tutorial is the net of the S-curve tutorial: 2 coordinates, 100 timesteps, three hidden layers of 128.
func tutorial(t fatal) *nets.Built {
	return build(t, nets.DefaultMLP(), nets.Spec{Sample: []int{2}, Outputs: 2, Steps: 100})
}

func BenchmarkRun(b *testing.B) {
	net := tutorial(b)
	m := machine(b, net, net.Init(1))
	for _, rows := range []int{1, 10000} {
		x, v := normal(rand.New(rand.NewPCG(1, 1)), rows*2), make([]float32, rows*2)
		dst, tangent := make([]float32, rows*2), make([]float32, rows*2)
		at := Condition{Time: 50, Label: -1}
		for name, run := range map[string]func(){
			"value":    func() { m.Run(dst, x, at) },
			"tangent":  func() { m.Tangent(dst, tangent, x, v, at) },
			"gradient": func() { m.Gradient(dst, x, at, func(_ int, v, output []float32) { copy(v, output) }) },
		} {
			b.Run(name+" "+strconv.Itoa(rows), func(b *testing.B) {
				run() // the workspace grows once
				b.ReportAllocs()
				for b.Loop() {
					run()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/row")
			})
		}
	}
}
