package diffusion

// UniformTimesteps draws t for each row, uniformly from first … last of Process.Span; on a chain t is a whole step.
type UniformTimesteps struct{}

// Validate implements TimestepOptions.
func (*UniformTimesteps) Validate() error { return nil }

// New implements TimestepOptions.
func (*UniformTimesteps) New(p Process, seed uint64) (TimestepSampler, error) {
	return &uniformSampler{times: timesOf(p, seed)}, nil
}

type uniformSampler struct {
	times
	memoryless
}

func (s *uniformSampler) Fill(t []float64, weight []float32, step uint64, firstRow, _ int) {
	ones(weight)
	for i := range t {
		t[i] = s.draw(step, firstRow+i)
	}
}
