package nets

import (
	"fmt"
	"math"

	"euryale/kernel"
)

// Forward is the plain forward pass of an MLP for rows that share time and label, with derivatives by the rows. It reads
// the weights at each call, and allocates nothing after a first call of each method with as many rows. It is not safe
// for use by several goroutines at once; each makes its own.
type Forward struct {
	net            *MLP
	hidden         []hiddenLayer
	time           linear // of the time's features
	mean, variance linear // parts of the output layer; a classifier's logits are the mean
	label          []int32
	ws             kernel.Workspace
	// For one row: features of the time, what becomes of them, a row between two of an embedding.
	features, embedded kernel.Matrix // [1, TimeFeatures], [1, Width]
	between            []float32     // [Width]
	// For a chunk of rows, [chunk, Width]: activations and tangents of the last two layers, activations of all layers.
	scratch  [2]kernel.Matrix
	tangents []kernel.Matrix
	kept     []kernel.Matrix
	logits   kernel.Matrix // [chunk, Classes]
}

type linear struct {
	weight kernel.Matrix // [in, out]
	bias   []float32     // [out]
}

// columns is the part of a linear layer that computes the outputs lo … hi−1.
func (y linear) columns(lo, hi int) linear {
	return linear{y.weight.ColRange(lo, hi), y.bias[lo:hi]}
}

func (y *linear) apply(ws *kernel.Workspace, dst, h kernel.Matrix) {
	e := kernel.Epilogue{Bias: y.bias}
	kernel.MatMul(ws, dst, h, y.weight, &e)
}

type hiddenLayer struct {
	linear
	table      kernel.Matrix // [Steps, Width], or
	projection kernel.Matrix // [Width, Width]
	labels     kernel.Matrix // [Classes+1, Width], if the net has labels
	condition  kernel.Matrix // bias and all that is added to it, [1, Width]
}

// chunk is the number of rows that go through all layers together: few enough for their activations to stay
// in the nearest caches, enough to keep the matrix product busy.
const chunk = 64

func chunks(n, width int) []kernel.Matrix {
	m := make([]kernel.Matrix, n)
	for i := range m {
		m[i] = kernel.NewMatrix(chunk, width)
	}
	return m
}

// NewForward returns a forward pass over the weights, with no label.
func (m *MLP) NewForward(flat []float32) *Forward {
	find := map[string]kernel.Matrix{}
	for _, p := range m.layout {
		rows, cols := 1, p.Shape[0]
		if len(p.Shape) == 2 {
			rows, cols = p.Shape[0], p.Shape[1]
		}
		find[p.Name] = kernel.View(flat[p.Offset:], rows, cols)
	}
	f := &Forward{
		net:      m,
		time:     linear{find[timeWeight], find[timeBias].Data},
		label:    []int32{int32(m.Classes)},
		features: kernel.NewMatrix(1, m.TimeFeatures), embedded: kernel.NewMatrix(1, m.Width),
		between: make([]float32, m.Width),
		scratch: [2]kernel.Matrix(chunks(2, m.Width)),
	}
	for l := range m.Depth {
		f.hidden = append(f.hidden, hiddenLayer{
			linear: linear{find[weightName(l)], find[biasName(l)].Data},
			table:  find[tableName(l)], projection: find[projectionName(l)], labels: find[labelName(l)],
			condition: kernel.NewMatrix(1, m.Width),
		})
	}
	f.mean = linear{find[weightName(m.Depth)], find[biasName(m.Depth)].Data}
	if m.Name == denoiser {
		f.mean, f.variance = f.mean.columns(0, m.Input), f.mean.columns(m.Input, m.Output)
	}
	return f
}

// SetLabel conditions the calls that follow on a class, or with −1 on no label, which any net accepts.
func (f *Forward) SetLabel(label int) error {
	if !f.net.Labels && label != -1 {
		return fmt.Errorf("nets: label %d for a net that is not conditioned on labels", label)
	}
	row, err := f.net.labelRow(label)
	if err == nil {
		f.label[0] = row
	}
	return err
}

// condition computes what each hidden layer adds at time t, with the graph's operations in the graph's order: the same
// bits.
func (f *Forward) condition(t float64) {
	if f.net.Time == embedding {
		low, share := f.position(t)
		for l := range f.hidden {
			y := &f.hidden[l]
			row := y.table.RowRange(low, low+1).Data
			if share > 0 {
				kernel.Combine2(f.between, float32(1-share), row, float32(share), y.table.RowRange(low+1, low+2).Data)
				row = f.between
			}
			kernel.Combine2(y.condition.Data, 1, y.bias, 1, row)
			if f.net.Labels {
				label := int(f.label[0])
				kernel.Combine2(y.condition.Data, 1, y.condition.Data, 1, y.labels.RowRange(label, label+1).Data)
			}
		}
		return
	}
	f.net.features(f.features.Data, t)
	e := kernel.Epilogue{Bias: f.time.bias, ReLU: true}
	kernel.MatMul(&f.ws, f.embedded, f.features, f.time.weight, &e)
	for l := range f.hidden {
		y := &f.hidden[l]
		e := kernel.Epilogue{Bias: y.bias, Table: y.labels}
		if f.net.Labels {
			e.Index = f.label
		}
		kernel.MatMul(&f.ws, y.condition, f.embedded, y.projection, &e)
	}
}

// position returns the row of an embedding at or before time t, and the share that the next row has.
func (f *Forward) position(t float64) (low int, share float64) {
	if math.IsNaN(t) {
		panic("nets: the time is not a number")
	}
	t = max(0, min(t, float64(f.net.Steps-1)))
	low = int(t)
	return low, t - float64(low)
}

// run takes rows through the hidden layers. Layer l's activations are in buffers[l % len(buffers)]; it returns the last.
func (f *Forward) run(buffers []kernel.Matrix, h kernel.Matrix) kernel.Matrix {
	for l := range f.hidden {
		y := &f.hidden[l]
		e := kernel.Epilogue{Bias: y.condition.Data, ReLU: true}
		out := buffers[l%len(buffers)].RowRange(0, h.Rows)
		kernel.MatMul(&f.ws, out, h, y.weight, &e)
		h = out
	}
	return h
}

// part is rows lo … hi of x as a matrix with cols columns.
func part(x []float32, lo, hi, cols int) kernel.Matrix {
	return kernel.View(x[lo*cols:hi*cols], hi-lo, cols)
}

// expect panics when a method does not fit the architecture.
func (f *Forward) expect(fits bool, method string) {
	if !fits {
		panic(fmt.Sprintf("nets: %s does not fit a %s with %d inputs and %d outputs", method, f.net.Name, f.net.Input, f.net.Output))
	}
}

// Predict fills dst with a denoiser's output for the rows x [rows, Input], all at time t; of a net that also predicts
// variances, the first half. Between two rows of an embedding it interpolates linearly, and before the first and after
// the last it takes these; NaN panics.
func (f *Forward) Predict(dst, x []float32, t float64) {
	f.expect(f.net.Name == denoiser, "Predict")
	f.condition(t)
	dim := f.net.Input
	rows := len(x) / dim
	for lo := 0; lo < rows; lo += chunk {
		hi := min(lo+chunk, rows)
		h := f.run(f.scratch[:], part(x, lo, hi, dim))
		f.mean.apply(&f.ws, part(dst, lo, hi, dim), h)
	}
}

// PredictVariance is Predict for a net with 2·Input outputs: the first half in dst, the second, the raw numbers v of
// which (v+1)/2 is the fraction of the way between two log-variances, in fraction; [rows, Input] each.
func (f *Forward) PredictVariance(dst, fraction, x []float32, t float64) {
	f.expect(f.net.Name == denoiser && f.net.Output == 2*f.net.Input, "PredictVariance")
	f.condition(t)
	dim := f.net.Input
	rows := len(x) / dim
	for lo := 0; lo < rows; lo += chunk {
		hi := min(lo+chunk, rows)
		h := f.run(f.scratch[:], part(x, lo, hi, dim))
		f.mean.apply(&f.ws, part(dst, lo, hi, dim), h)
		f.variance.apply(&f.ws, part(fraction, lo, hi, dim), h)
	}
}

// PredictTangent is Predict, and in tangent the product of its Jacobian by x with v, both [rows, Input]: the directional
// derivative, by forward differentiation. The derivative of the ReLU at 0 is 0, as in training.
func (f *Forward) PredictTangent(dst, tangent, x, v []float32, t float64) {
	f.expect(f.net.Name == denoiser, "PredictTangent")
	if f.tangents == nil {
		f.tangents = chunks(2, f.net.Width)
	}
	f.condition(t)
	dim := f.net.Input
	rows := len(x) / dim
	for lo := 0; lo < rows; lo += chunk {
		hi := min(lo+chunk, rows)
		h, d := part(x, lo, hi, dim), part(v, lo, hi, dim)
		for l := range f.hidden {
			y := &f.hidden[l]
			out, dout := f.scratch[l%2].RowRange(0, hi-lo), f.tangents[l%2].RowRange(0, hi-lo)
			e := kernel.Epilogue{Bias: y.condition.Data, ReLU: true}
			kernel.MatMul(&f.ws, out, h, y.weight, &e)
			mask := kernel.Epilogue{Mask: out}
			kernel.MatMul(&f.ws, dout, d, y.weight, &mask)
			h, d = out, dout
		}
		f.mean.apply(&f.ws, part(dst, lo, hi, dim), h)
		kernel.MatMul(&f.ws, part(tangent, lo, hi, dim), d, f.mean.weight, nil)
	}
}
