package diffusion

import (
	"math"

	"euryale/choice"
)

// LogNormalTimesteps draws ln(σ/α) ~ N(Mean, Deviation²) (Karras et al. 2022, table 1, for EDM), and t by Process.Time. A t
// outside first … last becomes the nearer of the two, and on a chain the nearest step is taken, so the first and the last
// step get the tails. No weights correct for the distribution: it is part of the loss.
type LogNormalTimesteps struct {
	// Mean of ln(σ/α), from -100 to 100.
	Mean float64 `yaml:"mean"`
	// Deviation is the standard deviation of ln(σ/α), above 0 and at most 100.
	Deviation float64 `yaml:"deviation"`
	// Stratified draws row r of a batch of n rows from the r-th of n equal shares of the distribution, at its quantile
	// (r + u)/n with a uniform u per row: the loss of a batch varies less. Which data a row holds changes from batch to batch.
	Stratified bool `yaml:"stratified"`
}

// Validate implements TimestepOptions.
func (o *LogNormalTimesteps) Validate() error { return checkNormal(o.Mean, o.Deviation) }

// Uneven marks times that are not uniform, for CheckTimesteps.
func (*LogNormalTimesteps) Uneven() {}

// New implements TimestepOptions.
func (o *LogNormalTimesteps) New(p Process, seed uint64) (TimestepSampler, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	return &logNormalSampler{times: timesOf(p, seed), process: p, normal: *o}, nil
}

type logNormalSampler struct {
	times
	memoryless
	process Process
	normal  LogNormalTimesteps
}

func (s *logNormalSampler) Fill(t []float64, weight []float32, step uint64, firstRow, batchRows int) {
	ones(weight)
	for i := range t {
		row := firstRow + i
		u := s.stream.Float64(step, uint64(row))
		if s.normal.Stratified {
			u = stratum(u, row, batchRows)
		}
		logRatio := normalQuantile(s.normal.Mean, s.normal.Deviation, u)
		t[i] = min(max(s.process.Time(-logRatio), s.first), s.last)
		if s.steps > 0 {
			t[i] = math.Round(t[i])
		}
	}
}

// stratum is the place (row + u)/rows in the row's share of [0, 1).
func stratum(u float64, row, rows int) float64 {
	return min((float64(row)+u)/float64(rows), 1-0x1p-53) // the last sum may round to rows
}

// normalQuantile is the quantile of N(mean, deviation²) at a uniform number of a stream. Such a number is a multiple of
// 2⁻⁵³, so the quantile is taken halfway to the next.
func normalQuantile(mean, deviation, u float64) float64 {
	return mean + deviation*math.Sqrt2*math.Erfinv(2*u-1+0x1p-53)
}

// checkNormal checks the keys of a normal distribution.
func checkNormal(mean, deviation float64) error {
	const most = 100
	switch {
	case !(math.Abs(mean) <= most):
		return choice.Wrong("mean", "must be from %v to %v, got %v", -most, most, mean)
	case !(deviation > 0 && deviation <= most):
		return choice.Wrong("deviation", "must be above 0 and at most %v, got %v", most, deviation)
	}
	return nil
}
