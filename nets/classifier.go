package nets

import (
	"math"

	"euryale/graph"
	"euryale/kernel"
)

// LogProbabilities fills dst [rows, Classes] with ln p(class | x, t) of a classifier for the rows x [rows, Input]. Times
// are as in Predict.
func (f *Forward) LogProbabilities(dst, x []float32, t float64) {
	f.expect(f.net.Name == classifier, "LogProbabilities")
	f.condition(t)
	dim, classes := f.net.Input, f.net.Classes
	rows := len(x) / dim
	for lo := 0; lo < rows; lo += chunk {
		hi := min(lo+chunk, rows)
		h := f.run(f.scratch[:], part(x, lo, hi, dim))
		logits := part(dst, lo, hi, classes)
		f.mean.apply(&f.ws, logits, h)
		for r := range hi - lo {
			row := logits.Data[r*classes : (r+1)*classes]
			normaliser := graph.LogSumExp(row)
			for j, v := range row {
				row[j] = float32(float64(v) - normaliser)
			}
		}
	}
}

// LogProbabilityGradient fills dst [rows, Input] with the gradient of ln p(label | x, t) by x, row by row: what
// classifier guidance adds to a score.
func (f *Forward) LogProbabilityGradient(dst, x []float32, t float64, label int) {
	f.expect(f.net.Name == classifier && label >= 0 && label < f.net.Classes, "LogProbabilityGradient")
	dim, classes := f.net.Input, f.net.Classes
	if f.kept == nil {
		f.kept, f.tangents, f.logits = chunks(f.net.Depth, f.net.Width), chunks(2, f.net.Width), kernel.NewMatrix(chunk, classes)
	}
	f.condition(t)
	rows := len(x) / dim
	for lo := 0; lo < rows; lo += chunk {
		hi := min(lo+chunk, rows)
		h := f.run(f.kept, part(x, lo, hi, dim))
		d := f.logits.RowRange(0, hi-lo)
		f.mean.apply(&f.ws, d, h)
		for r := range hi - lo { // by the logits: onehot − softmax
			row := d.Data[r*classes : (r+1)*classes]
			normaliser := graph.LogSumExp(row)
			logProbability := float64(row[label]) - normaliser
			for j, v := range row {
				row[j] = float32(-math.Exp(float64(v) - normaliser))
			}
			row[label] = float32(-math.Expm1(logProbability)) // 1 − p, where p is nearly 1 too
		}
		weight := f.mean.weight
		for l := f.net.Depth - 1; l >= 0; l-- {
			out := f.tangents[l%2].RowRange(0, hi-lo)
			e := kernel.Epilogue{Mask: f.kept[l].RowRange(0, hi-lo)}
			kernel.MatMulTB(&f.ws, out, d, weight, &e)
			d, weight = out, f.hidden[l].weight
		}
		kernel.MatMulTB(&f.ws, part(dst, lo, hi, dim), d, weight, nil)
	}
}
