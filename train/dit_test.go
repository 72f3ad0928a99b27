package train

import (
	"context"
	"math"
	"slices"
	"testing"

	"euryale/model"
)

// A DiT learns the digits with every kind of objective and process, with the same bits whatever the number of workers, and
// samples them.
func TestDiTKinds(t *testing.T) {
	for name, overrides := range map[string][]string{
		"eps":           nil,
		"labels":        {"net.labels=true", "train.label_dropout=0.2", "sample.guidance.label=3", "sample.guidance.weight=1"},
		"hybrid":        {"objective=hybrid", "objective.prediction=x0"},
		"not square":    {"data.crop=6x8", "net.heads=1"},
		"whole patches": {"net.patch=1"},
		"edm": {"process=edm", "objective.prediction=F", "objective.weight=edm", "objective.scale_input=true", "timesteps=log_normal",
			"net.time=octaves", "sample.solver=heun"},
		"flow": {"process=flow", "objective.prediction=u", "timesteps=logit_normal", "net.time=fourier", "sample.solver=euler"},
	} {
		t.Run(name, func(t *testing.T) {
			var weights []float32
			for _, workers := range []int{1, 3} {
				trainer := newSmall(t, smallConfig(t, append([]string{"data=digits", "net=dit", "net.width=16", "net.depth=2", "train.batch=12",
					"optimizer.learning_rate=0.003", "sample.steps=3"}, overrides...)...), workers)
				var first, last float64
				const all = 30
				for i := range all {
					result, err := trainer.Step()
					if err != nil {
						t.Fatal(err)
					}
					if i < 8 {
						first += result.Loss
					}
					if i >= all-8 {
						last += result.Loss
					}
				}
				if !(last < 0.97*first) {
					t.Errorf("the loss of eight steps goes from %v to %v", first, last)
				}
				if weights == nil {
					weights = slices.Clone(trainer.weights)
				} else if !slices.Equal(weights, trainer.weights) {
					t.Errorf("%d workers give other bits", workers)
				}
				if workers > 1 {
					continue
				}
				m, err := model.New(saved(t, trainer), model.Parts{})
				if err != nil {
					t.Fatal(err)
				}
				points, _, err := m.Points(context.Background(), m.Request(4))
				if err != nil {
					t.Fatal(err)
				}
				if slices.Min(points) < 0 || slices.Max(points) > 255 || slices.Min(points) == slices.Max(points) || math.IsNaN(float64(points[0])) {
					t.Errorf("samples from %v to %v", slices.Min(points), slices.Max(points))
				}
			}
		})
	}
}
