package train

import (
	"slices"
	"testing"
)

// A net of images learns with every kind of objective and process, with the same bits whatever the number of workers.
func TestUNetKinds(t *testing.T) {
	for name, overrides := range map[string][]string{
		"eps":    nil,
		"labels": {"data.rings=true", "net.labels=true", "train.label_dropout=0.2"},
		"hybrid": {"objective=hybrid", "objective.prediction=x0"},
		"edm": {"process=edm", "objective.prediction=F", "objective.weight=edm", "objective.scale_input=true", "timesteps=log_normal",
			"net.time=octaves", "sample.solver=heun", "sample.steps=4"},
		"flow":    {"process=flow", "objective.prediction=u", "timesteps=logit_normal", "sample.solver=euler", "sample.steps=4"},
		"dropout": {"net.dropout=0.3"},
		"classify": {"data.rings=true", "objective=classify",
			"net={name: unet_classifier, channels: 8, multipliers: [1, 2], groups: 4, features: 6}"},
	} {
		t.Run(name, func(t *testing.T) {
			var weights []float32
			for _, workers := range []int{1, 3} {
				trainer := newSmall(t, smallConfig(t, append([]string{
					"data={name: discs, rows: 40, size: 8}", "net=unet", "net.channels=8", "net.multipliers=[1, 2]", "net.groups=4", "train.batch=20",
					"optimizer.learning_rate=0.003",
				}, overrides...)...), workers)
				var first, last float64
				const all = 40
				for i := range all {
					result, err := trainer.Step()
					if err != nil {
						t.Fatal(err)
					}
					if i < 10 {
						first += result.Loss
					}
					if i >= all-10 {
						last += result.Loss
					}
				}
				if !(last < 0.97*first) {
					t.Errorf("the loss of ten steps goes from %v to %v", first, last)
				}
				if weights == nil {
					weights = slices.Clone(trainer.weights)
				} else if !slices.Equal(weights, trainer.weights) {
					t.Errorf("%d workers give other bits", workers)
				}
			}
		})
	}
}
