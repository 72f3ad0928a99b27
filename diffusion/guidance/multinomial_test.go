package guidance

import (
	"context"
	"math"
	"testing"

	"euryale/diffusion"
	"euryale/diffusion/multinomial"
	"euryale/diffusion/solver"
)

// sharesOf is the exact model of a row of one category: its logits are ln p, whatever x_t is, since the step back adds what
// x_t tells about the category.
type sharesOf []float64

// Predict implements diffusion.Denoiser.
func (p sharesOf) Predict(dst, _ []float32, _ float64) {
	for i := range dst {
		dst[i] = float32(math.Log(p[i%len(p)]))
	}
}

// Categories are guided by their logits: with p of a label and p of none, samples have the distribution
// p(label)^{1+w}/p(none)^w, scaled.
func TestClassifierFreeOfCategories(t *testing.T) {
	const rows, weight = 8000, 1.5
	labeled, all := sharesOf{0.2, 0.5, 0.3}, sharesOf{0.3, 0.3, 0.4}
	process, err := diffusion.NewChain(diffusion.Schedules().Choose("cosine").Kind, 30)
	if err != nil {
		t.Fatal(err)
	}
	guided, err := NewClassifierFree(labeled, all, weight, Interval{})
	if err != nil {
		t.Fatal(err)
	}
	model, err := diffusion.NewModel(guided, process, diffusion.Parameterization{Prediction: diffusion.Epsilon, SigmaData: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	x, times := make([]float32, rows*3), []float64{}
	diffusion.StartFromPrior(process, x, 1, 0, 3)
	for at := process.Steps() - 1; at >= -1; at-- {
		times = append(times, float64(at))
	}
	s := solver.Multinomial{SigmaData: 0.5, Groups: []multinomial.Group{{First: 0, Categories: 3}}}
	run := &solver.Run{Model: model, Dim: 3, Noise: diffusion.NewRowNoise(1, 0, 3)}
	if err := s.Solve(context.Background(), run, x, times); err != nil {
		t.Fatal(err)
	}
	var want, counts [3]float64
	total := 0.0
	for k := range want {
		want[k] = math.Pow(labeled[k], 1+weight) * math.Pow(all[k], -weight)
		total += want[k]
	}
	for r := 0; r < len(x); r += 3 {
		counts[multinomial.Highest(x[r:r+3])]++
	}
	chi2 := 0.0
	for k, v := range want {
		expected := rows * v / total
		chi2 += (counts[k] - expected) * (counts[k] - expected) / expected
	}
	if chi2 > 13.816 { // scipy.stats.chi2.ppf(0.999, 2) of SciPy 1.10.1
		t.Errorf("counts %v, want shares %v: chi-square %v", counts, want, chi2)
	}
}
