package diffusion

// PairedTimesteps draws t for the first ⌈B/2⌉ of a batch of B rows; row ⌈B/2⌉+i has first + last − t of row i, which is
// T−1−t on a chain. Each t is still uniform; the two of a pair depend on each other, which balances easy and hard t in a
// batch.
type PairedTimesteps struct{}

// Validate implements TimestepOptions.
func (*PairedTimesteps) Validate() error { return nil }

// New implements TimestepOptions.
func (*PairedTimesteps) New(p Process, seed uint64) (TimestepSampler, error) {
	return &pairedSampler{times: timesOf(p, seed)}, nil
}

type pairedSampler struct {
	times
	memoryless
}

func (s *pairedSampler) Fill(t []float64, weight []float32, step uint64, firstRow, batchRows int) {
	ones(weight)
	drawn := (batchRows + 1) / 2
	for i := range t {
		if row := firstRow + i; row < drawn {
			t[i] = s.draw(step, row)
		} else {
			t[i] = min(max(s.first+s.last-s.draw(step, row-drawn), s.first), s.last)
		}
	}
}
