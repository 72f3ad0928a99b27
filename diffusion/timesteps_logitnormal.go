package diffusion

import "math"

// LogitNormalTimesteps draws a row's position u between the first and the last time with logit u ~ N(Mean, Deviation²):
//
//	u = 1/(1 + e^−(Mean + Deviation z)),   z ~ N(0, 1),   t = first + (last − first) u
//
// so most rows have times in the middle, where the velocity of flow matching is hardest to predict (Esser et al. 2024,
// "Scaling rectified flow transformers for high-resolution image synthesis", section 3.1). On a chain the nearest step is
// taken. No weights correct for the distribution: it is part of the loss.
type LogitNormalTimesteps struct {
	// Mean of the logit, from -100 to 100: below 0 more times are near the data, above 0 near the noise.
	Mean float64 `yaml:"mean"`
	// Deviation is the standard deviation of the logit, above 0 and at most 100.
	Deviation float64 `yaml:"deviation"`
}

// Validate implements TimestepOptions.
func (o *LogitNormalTimesteps) Validate() error { return checkNormal(o.Mean, o.Deviation) }

// Uneven marks times that are not uniform, for CheckTimesteps.
func (*LogitNormalTimesteps) Uneven() {}

// New implements TimestepOptions.
func (o *LogitNormalTimesteps) New(p Process, seed uint64) (TimestepSampler, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	return &logitNormalSampler{times: timesOf(p, seed), normal: *o}, nil
}

type logitNormalSampler struct {
	times
	memoryless
	normal LogitNormalTimesteps
}

func (s *logitNormalSampler) Fill(t []float64, weight []float32, step uint64, firstRow, _ int) {
	ones(weight)
	for i := range t {
		share := logistic(normalQuantile(s.normal.Mean, s.normal.Deviation, s.stream.Float64(step, uint64(firstRow+i))))
		t[i] = min(s.first+(s.last-s.first)*share, s.last)
		if s.steps > 0 {
			t[i] = math.Round(t[i])
		}
	}
}
