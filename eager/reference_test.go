package eager

import (
	"math"

	"euryale/nets"
	"euryale/ops"
)

// reference runs a recorded net in float64 for one row, without package kernel. margin is the smallest distance of a sum
// from the kink of ReLU.
func reference(net *nets.Built, weights, x []float64, at Condition) (output []float64, margin float64) {
	margin = math.Inf(1)
	values := map[*ops.Node][]float64{net.Input.X: x}
	parameter := func(n *ops.Node) []float64 {
		p := n.Parameter()
		return weights[p.Offset:][:p.Size()]
	}
	row := func(table, index *ops.Node, j int) float64 {
		values, width := parameter(table), table.Shape()[1]
		if _, ok := index.Op.(ops.Label); ok {
			label := at.Label
			if label < 0 {
				label = net.Spec.Classes
			}
			return values[label*width+j]
		}
		t := math.Max(0, math.Min(at.Time, float64(table.Shape()[0]-1)))
		low := int(t)
		if t == float64(low) {
			return values[low*width+j]
		}
		return (1-t+float64(low))*values[low*width+j] + (t-float64(low))*values[(low+1)*width+j]
	}
	relu := func(v float64) float64 {
		margin = min(margin, math.Abs(v))
		return max(0, v)
	}
	for _, n := range net.Builder.Needed(net.Output) {
		if n == net.Input.X {
			continue
		}
		y, ok := referenceImage(n, values, parameter)
		if ok {
			values[n] = y
			continue
		}
		y = make([]float64, n.Size())
		for j := range y {
			switch op := n.Op.(type) {
			case ops.Linear:
				for k, v := range values[op.X] {
					y[j] += v * parameter(op.Weight)[k*len(y)+j]
				}
				if op.Bias != nil {
					y[j] += parameter(op.Bias)[j]
				}
				if op.Table != nil {
					y[j] += row(op.Table, op.Index, j)
				}
				if op.Add != nil {
					y[j] += values[op.Add][j]
				}
				if op.ReLU {
					y[j] = relu(y[j])
				}
			case ops.Embedding:
				if op.Bias != nil {
					y[j] = parameter(op.Bias)[j]
				}
				for _, l := range op.Lookups {
					y[j] += row(l.Table, l.Index, j)
				}
			case ops.Sinusoids:
				n := len(op.Frequencies)
				y[j] = math.Sin(op.Frequencies[j%n] * at.Time)
				if j >= n != op.CosinesFirst {
					y[j] = math.Cos(op.Frequencies[j%n] * at.Time)
				}
			case ops.ReLU:
				y[j] = relu(values[op.X][j])
			case ops.SiLU:
				y[j] = values[op.X][j] * (1 + math.Tanh(values[op.X][j]/2)) / 2
			case ops.Add:
				y[j] = values[op.X][j] + values[op.Y][j]
			}
		}
		values[n] = y
	}
	return values[net.Output], margin
}
