package boosting

import "math"

// loss is what training lowers: the mean over rows of a function of the row's predictions, one per output. Predictions are
// [outputs, rows].
type loss interface {
	// start returns the best constant predictions, [outputs].
	start() []float64
	// derivatives writes the first and second derivative by each prediction, [outputs, rows].
	derivatives(dst []pair, predictions []float64)
	// mean is the loss of the predictions.
	mean(predictions []float64) float64
}

// squaredError is ½(prediction − y)².
type squaredError struct{ y []float64 }

func (l squaredError) start() []float64 {
	sum := 0.0
	for _, y := range l.y {
		sum += y
	}
	return []float64{sum / float64(len(l.y))}
}

func (l squaredError) derivatives(dst []pair, predictions []float64) {
	for i, y := range l.y {
		dst[i] = pair{float32(predictions[i] - y), 1}
	}
}

func (l squaredError) mean(predictions []float64) float64 {
	sum := 0.0
	for i, y := range l.y {
		sum += (predictions[i] - y) * (predictions[i] - y) / 2
	}
	return sum / float64(len(l.y))
}

// logLoss is −ln p(y) of two classes, 0 and 1, with p(1) = 1/(1 + exp(−prediction)).
type logLoss struct{ y []int32 }

func (l logLoss) start() []float64 {
	ones := 0
	for _, y := range l.y {
		ones += int(y)
	}
	return []float64{math.Log(float64(ones) / float64(len(l.y)-ones))}
}

func (l logLoss) derivatives(dst []pair, predictions []float64) {
	for i, y := range l.y {
		p := logistic(predictions[i])
		dst[i] = pair{float32(p - float64(y)), float32(p * (1 - p))}
	}
}

func (l logLoss) mean(predictions []float64) float64 {
	sum := 0.0
	for i, y := range l.y {
		z := predictions[i]
		// ln(1 + exp z) without overflow
		sum += max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))) - float64(y)*z
	}
	return sum / float64(len(l.y))
}

func logistic(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

// softmaxLoss is −ln p(y) of several classes, with p(k) = exp(prediction k)/Σ exp(predictions).
type softmaxLoss struct {
	y       []int32
	classes int
}

func (l softmaxLoss) start() []float64 {
	start := make([]float64, l.classes)
	for _, y := range l.y {
		start[y]++
	}
	for k, count := range start {
		start[k] = math.Log(count / float64(len(l.y)))
	}
	return start
}

func (l softmaxLoss) derivatives(dst []pair, predictions []float64) {
	rows := len(l.y)
	for i, y := range l.y {
		total := logSumExp(predictions, i, rows)
		for k := range l.classes {
			p, isIt := probability(predictions[k*rows+i], total), 0.0
			if int(y) == k {
				isIt = 1
			}
			dst[k*rows+i] = pair{float32(p - isIt), float32(p * (1 - p))}
		}
	}
}

func (l softmaxLoss) mean(predictions []float64) float64 {
	rows, sum := len(l.y), 0.0
	for i, y := range l.y {
		sum += logSumExp(predictions, i, rows) - predictions[int(y)*rows+i]
	}
	return sum / float64(rows)
}

// logSumExp is ln Σ exp over the outputs of row i of predictions, [outputs, rows].
func logSumExp(predictions []float64, i, rows int) float64 {
	most := math.Inf(-1)
	for k := i; k < len(predictions); k += rows {
		most = max(most, predictions[k])
	}
	sum := 0.0
	for k := i; k < len(predictions); k += rows {
		sum += math.Exp(predictions[k] - most)
	}
	return most + math.Log(sum)
}

// probability is the softmax of one output, given the logSumExp of all.
func probability(prediction, total float64) float64 { return math.Exp(prediction - total) }
