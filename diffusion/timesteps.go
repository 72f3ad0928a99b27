package diffusion

import (
	"fmt"

	"euryale/rng"
)

// Timesteps draws the t of each training row. Every number is a function of the seed, the training step and
// the row's place in the batch, so any worker can fill any part of a batch.
type Timesteps struct {
	stream rng.Stream
	steps  int
	paired bool
}

// NewTimesteps returns the sampler of that name for t = 0 … steps−1:
//
//	uniform  every row draws its own t
//	paired   of a batch of B rows the first ⌈B/2⌉ draw t, row ⌈B/2⌉+i has T−1−t of row i. Each t is still
//	         uniform; the two of a pair are not independent, which evens out easy and hard t in a batch.
func NewTimesteps(name string, steps int, seed uint64) (Timesteps, error) {
	if steps < 1 || steps > maxSteps {
		return Timesteps{}, fmt.Errorf("timesteps: steps must be from 1 to %d, got %d", maxSteps, steps)
	}
	if err := oneOf(name, "paired", "uniform"); err != nil {
		return Timesteps{}, fmt.Errorf("timesteps: %w", err)
	}
	return Timesteps{stream: rng.NewStream(seed, rng.Timesteps), steps: steps, paired: name == "paired"}, nil
}

// Fill sets t to the timesteps of rows firstRow … firstRow+len(t)−1 of a batch of batchRows rows, at a
// training step.
func (s Timesteps) Fill(t []int32, step uint64, firstRow, batchRows int) {
	drawn := batchRows
	if s.paired {
		drawn = (batchRows + 1) / 2
	}
	for i := range t {
		if row := firstRow + i; row < drawn {
			t[i] = int32(s.stream.IntN(step, uint64(row), s.steps))
		} else {
			t[i] = int32(s.steps - 1 - s.stream.IntN(step, uint64(row-drawn), s.steps))
		}
	}
}
