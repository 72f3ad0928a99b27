package eager

import (
	"math"

	"euryale/ops"
)

// referenceImage computes an operation on images for one row in float64, and reports whether n is one.
func referenceImage(n *ops.Node, values map[*ops.Node][]float64, parameter func(*ops.Node) []float64) (y []float64, ok bool) {
	y = make([]float64, n.Size())
	shape := n.Shape()
	switch op := n.Op.(type) {
	case ops.Conv:
		referenceConv(y, op, values, parameter)
	case ops.GroupNorm:
		referenceGroupNorm(y, op, values[op.X], parameter)
	case ops.Attention:
		referenceAttention(y, shape[2], values[op.X], op.Heads)
	case ops.Concat:
		first := 0
		for _, part := range op.Parts {
			channels := part.Shape()[2]
			for i, v := range values[part] {
				y[i/channels*shape[2]+first+i%channels] = v
			}
			first += channels
		}
	case ops.Dropout:
		copy(y, values[op.X])
	case ops.MeanPool:
		for i, v := range values[op.X] {
			y[i%len(y)] += v * float64(len(y)) / float64(op.X.Size())
		}
	case ops.Split:
		channels, pixels := op.X.Shape()[2], op.X.Shape()[0]*op.X.Shape()[1]
		each := channels / op.Parts
		for i, v := range values[op.X] {
			pixel, channel := i/channels, i%channels
			y[(channel/each*pixels+pixel)*each+channel%each] = v
		}
	default:
		return y, referenceTransformer(y, n, values)
	}
	return y, true
}

func referenceConv(y []float64, op ops.Conv, values map[*ops.Node][]float64, parameter func(*ops.Node) []float64) {
	size, weight := op.X.Shape(), parameter(op.Weight)
	height, width, in, out := size[0], size[1], size[2], op.Weight.Shape()[1]
	enlarged := 1
	if op.Upsample {
		enlarged = 2
	}
	rows, cols := enlarged*height/op.Stride, enlarged*width/op.Stride
	for i := range rows {
		for j := range cols {
			for o := range out {
				sum := 0.0
				for tap := range op.Kernel * op.Kernel {
					a, b := i*op.Stride+tap/op.Kernel-op.Padding, j*op.Stride+tap%op.Kernel-op.Padding
					if a < 0 || a >= enlarged*height || b < 0 || b >= enlarged*width {
						continue
					}
					for c := range in {
						sum += values[op.X][(a/enlarged*width+b/enlarged)*in+c] * weight[(tap*in+c)*out+o]
					}
				}
				if op.Bias != nil {
					sum += parameter(op.Bias)[o]
				}
				if op.PerImage != nil {
					sum += values[op.PerImage][o]
				}
				if op.Add != nil {
					sum += values[op.Add][(i*cols+j)*out+o]
				}
				y[(i*cols+j)*out+o] = sum
			}
		}
	}
}

func referenceGroupNorm(y []float64, op ops.GroupNorm, x []float64, parameter func(*ops.Node) []float64) {
	channels := op.Weight.Size()
	group := func(i int) int { return i % channels / (channels / op.Groups) }
	means, variances, share := make([]float64, op.Groups), make([]float64, op.Groups), float64(op.Groups)/float64(len(x))
	for i, v := range x {
		means[group(i)] += v * share
	}
	for i, v := range x {
		variances[group(i)] += (v - means[group(i)]) * (v - means[group(i)]) * share
	}
	for i, v := range x {
		u := (v - means[group(i)]) / math.Sqrt(variances[group(i)]+op.Epsilon)
		y[i] = u*parameter(op.Weight)[i%channels] + parameter(op.Bias)[i%channels]
		if op.SiLU {
			y[i] /= 1 + math.Exp(-y[i])
		}
	}
}

func referenceAttention(y []float64, channels int, x []float64, heads int) {
	pixels, width := len(y)/channels, channels/heads
	for h := range heads {
		for i := range pixels {
			sum, weights := 0.0, make([]float64, pixels)
			for j := range pixels {
				for c := h * width; c < (h+1)*width; c++ {
					weights[j] += x[i*3*channels+c] * x[j*3*channels+channels+c] / math.Sqrt(float64(width))
				}
				weights[j] = math.Exp(weights[j])
				sum += weights[j]
			}
			for j := range pixels {
				for c := h * width; c < (h+1)*width; c++ {
					y[i*channels+c] += weights[j] / sum * x[j*3*channels+2*channels+c]
				}
			}
		}
	}
}
