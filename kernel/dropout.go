package kernel

// Dropout is dst = x/(1 − rate) where an element is kept and 0 where it is dropped, which happens with a probability of rate,
// rounded to a multiple of 2⁻¹⁶; with accumulate, it is added to dst. x and dst are [rows, dim], and their first row is row
// firstRow of the step. Whether an element is kept depends on the key, the step, the row, the layer and its place in the row,
// and on nothing else, so the same call with the gradient of dst for x is the gradient. dst may be x.
//
// Element 128·s + 16·i + j of a row has 16 bits of word i/2 of Philox(key, step, row, layer·2²² + 16·s + j), the lower ones if
// i is even. Layers are below 1024 and dim is at most 2²⁵.
func Dropout(dst, x []float32, key [2]uint32, step, firstRow uint64, layer, dim int, rate float32, accumulate bool) {
	const function = "Dropout"
	checkLengths(function, len(dst), len(x))
	if len(x) == 0 {
		return
	}
	if dim < 1 || dim > 1<<25 || len(x)%dim != 0 {
		panicShapes(function, "x [%d] does not hold whole rows of %d", len(x), dim)
	}
	if layer < 0 || layer >= dropoutLayers {
		panicShapes(function, "layer %d of at most %d", layer, dropoutLayers)
	}
	if !(rate >= 0 && rate < 1) {
		panic("kernel.Dropout: the rate must be from 0 to below 1")
	}
	m := mask{
		key: key, step: step, block: uint32(layer) << 22, limit: uint32(rate*(1<<16) + 0.5), scale: 1 / (1 - rate), accumulate: accumulate,
	}
	for from := 0; from < len(x); from += dim {
		m.apply(dst[from:from+dim], x[from:from+dim], firstRow)
		firstRow++
	}
}

const dropoutLayers = 1 << 10
