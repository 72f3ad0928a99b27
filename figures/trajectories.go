package figures

import (
	"context"
	"fmt"
	"math"

	"euryale/diffusion"
	"euryale/diffusion/solver"
	"euryale/model"
	"euryale/report"
)

const (
	pathCount  = 96
	pathFrames = 51
	pathSteps  = 100 // at most
)

// Trajectories draws the paths of samples along the probability-flow ODE
//
//	dx = (f x − ½ g² ∇log p_t(x)) dt
//
// from noise to data, as lines over the data (Song et al. 2021, equation 13). They are solved by DDIM without noise,
// whatever draws the run's samples, and shown at the size of the data, x_t σ_d/√(α²σ_d² + σ²), where σ_d is the deviation of
// the data: noise that is much wider would leave no room for it.
func Trajectories(ctx context.Context, m *model.Model, o Options) (report.Picture, error) {
	if err := drawsSamples(m); err != nil {
		return nil, err
	}
	if err := inPlane(m); err != nil {
		return nil, err
	}
	r := request(m, o, min(pathCount, o.rows()))
	sampling := solver.DefaultOptions()
	sampling.Solver, sampling.Rescale = solver.Solvers().Choose("ddim"), solver.RescalePreserving
	sampling.Start, sampling.Steps = r.Sampling.Start, pathSteps
	switch p := m.Process(); {
	case diffusion.Discrete(p):
		sampling.Steps = min(p.Steps(), pathSteps)
	case byNoise(p): // steps in t would leave almost all of the way to the last of them
		sampling.Spacing = solver.Spacings().Choose("log_snr")
	}
	r.Sampling.Options = sampling
	frames, err := m.Trajectory(ctx, r, pathFrames)
	if err != nil {
		return nil, err
	}
	rows, err := TrainingRows(ctx, m, o.rows())
	if err != nil {
		return nil, err
	}
	picture := report.Trajectories{Data: points(rows), Dim: 2, Labels: Shades(m, sampleLabels(m, r))}
	x0, err := m.Encode(picture.Data)
	if err != nil {
		return nil, fmt.Errorf("figures: %w", err)
	}
	scale, err := decoding(m)
	if err != nil {
		return nil, err
	}
	ofData := deviation(x0)
	for _, f := range frames {
		alpha, sigma := m.Process().Marginal(f.Time)
		size := math.Hypot(alpha, sigma) * ofData / math.Hypot(alpha*ofData, sigma) // frames have x_t/√(α² + σ²)
		for i, v := range f.X {
			f.X[i] = float32(scale.decode(i%2, size*scale.encode(i%2, float64(v))))
		}
		picture.Frames = append(picture.Frames, f.X)
	}
	return picture, nil
}
