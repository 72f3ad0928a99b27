package train

import (
	"fmt"
	"math"

	"euryale/data"
	"euryale/diffusion"
	"euryale/nets"
	"euryale/rng"
)

// Accuracy is how often a classifier of noisy data is right at one time of the process.
type Accuracy struct {
	Time    float64  `json:"time"`
	Noise   *float64 `json:"noise"` // σ/α there; nil where no signal is left
	Correct float64  `json:"correct"`
}

// Accuracies classifies n fresh points, noised to moments times evenly spaced from the first to the last.
func (m *Model) Accuracies(n int, seed uint64, moments int) ([]Accuracy, error) {
	if m.Denoises() {
		return nil, fmt.Errorf("train: the run %s holds a denoiser, expected a classifier", m.Config.Name)
	}
	fresh, err := data.Fresh(m.Config.Data, seed, n)
	if err != nil {
		return nil, err
	}
	dim, classes := fresh.Dim, fresh.Classes
	eps, x := make([]float32, n*dim), make([]float32, n*dim)
	rng.NewStream(seed, rng.Evaluation).Normal(eps, 0, 0, dim)
	forward := m.net.NewForward(m.weights)
	times, answer := make([]float64, n), make([]float32, n*classes)
	_, first, last := m.process.Span()
	result := make([]Accuracy, moments)
	for i := range result {
		t := first + (last-first)*float64(i)/float64(max(moments-1, 1))
		if m.process.Steps() > 0 {
			t = float64(int(t)) // a step of the chain
		}
		for r := range times {
			times[r] = t
		}
		diffusion.Diffuse(m.process, x, fresh.Points, eps, times, dim)
		m.ScaleInputs(m.process, x, times, dim)
		var noise *float64
		if v := diffusion.SigmaRatio(m.process, t); !math.IsInf(v, 1) {
			noise = &v
		}
		result[i] = Accuracy{Time: t, Noise: noise, Correct: accuracy(forward, answer, x, m.process.NetworkTime(t), fresh.Labels)}
	}
	return result, nil
}

func accuracy(forward *nets.Forward, answer, x []float32, t float64, labels []int32) float64 {
	forward.LogProbabilities(answer, x, t)
	classes, correct := len(answer)/len(labels), 0
	for r, label := range labels {
		row := answer[r*classes : (r+1)*classes]
		best := 0
		for k, v := range row {
			if v > row[best] {
				best = k
			}
		}
		if best == int(label) {
			correct++
		}
	}
	return float64(correct) / float64(len(labels))
}
