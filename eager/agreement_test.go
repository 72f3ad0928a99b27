package eager

import (
	"math/rand/v2"
	"testing"

	"euryale/graph"
	"euryale/kernel"
	"euryale/nets"
	"euryale/ops"
)

// Training computes the same bits for images: if the target is a Machine's output, the squared errors are exactly 0.
func TestImagesAgreeWithTraining(t *testing.T) {
	spec := nets.Spec{Sample: []int{4, 6, 2}, Outputs: 96, Steps: 5, Classes: testClasses}
	pool := spec
	pool.Classes, pool.Outputs = 0, 4
	for name, net := range map[string]*nets.Built{
		"unet":        build(t, &nets.Program{Net: unet{4, []int{1, 2}, 2, 0}}, spec),
		"classifier":  build(t, &nets.Program{Net: netFunc(classify)}, pool),
		"tangle":      build(t, &nets.Program{Net: netFunc(tangle)}, pool),
		"transformer": build(t, &nets.Program{Net: netFunc(transformer)}, spec),
		"modulated":   build(t, &nets.Program{Net: netFunc(modulated)}, pool),
	} {
		t.Run(name, func(t *testing.T) {
			const rows, time = 5, 3
			b, flat := net.Builder, net.Init(7)
			loss := b.WeightedError("loss", ops.Squared(), net.Output, b.Input("target", net.Output.Shape()...), b.RowInput("weight"))
			p, err := graph.CompileBlock(loss, rows, flat)
			if err != nil {
				t.Fatal(err)
			}
			at, labels := Condition{time, net.Spec.Classes - 1}, make([]int32, rows)
			times := make([]float64, rows)
			for i := range rows {
				p.Float("weight")[i], times[i], labels[i] = 1, time, int32(at.Label)
			}
			p.Condition(0, times, labels)
			x := normal(rand.New(rand.NewPCG(5, 6)), rows*net.Input.X.Size())
			want := output(machine(t, net, flat), x, at)
			copy(p.Float(nets.InputX), x)
			copy(p.Float("target"), want)
			p.Float("target")[0]++
			var ws kernel.Workspace
			p.RunBlock(&ws, rows, false)
			for i, loss := range p.RowLosses(rows) {
				if i == 0 && !(loss > 0.5 && loss < 1.5) || i > 0 && loss != 0 {
					t.Errorf("row %d: the squared error is %v, want 0 but in row 0, of which one number was changed by 1", i, loss)
				}
			}
		})
	}
}
