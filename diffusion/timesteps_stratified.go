package diffusion

// StratifiedTimesteps gives row i of a batch of B rows the quantile (i+u)/B of the uniform distribution, with one u per
// batch: the low-discrepancy sampler of Kingma et al. 2021, "Variational diffusion models", appendix I.1. The batch as a
// whole is uniform, and its mean loss varies less. Row i always gets its times from the same stratum, but which data it
// holds changes from batch to batch, so t is still independent of the data.
type StratifiedTimesteps struct{}

// Validate implements TimestepOptions.
func (*StratifiedTimesteps) Validate() error { return nil }

// New implements TimestepOptions.
func (*StratifiedTimesteps) New(p Process, seed uint64) (TimestepSampler, error) {
	return &stratifiedSampler{times: timesOf(p, seed)}, nil
}

type stratifiedSampler struct {
	times
	memoryless
}

func (s *stratifiedSampler) Fill(t []float64, weight []float32, step uint64, firstRow, batchRows int) {
	ones(weight)
	u := s.stream.Float64(step, 0)
	for i := range t {
		t[i] = s.at((float64(firstRow+i) + u) / float64(batchRows))
	}
}
