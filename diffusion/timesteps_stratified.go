package diffusion

// StratifiedTimesteps gives row i of a batch of B the quantile (i+u)/B of the uniform distribution, one u for the batch:
// the sampler of low discrepancy of Kingma et al. 2021, "Variational diffusion models", appendix I.1. The batch as a whole
// is uniform and its mean varies less; a row keeps to its own share of the times. Rows are not shuffled for that: which
// data a row holds is drawn anew in each epoch, so t is independent of the data all the same, and sums over rows do not
// mind order.
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
