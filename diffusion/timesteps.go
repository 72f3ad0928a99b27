package diffusion

import (
	"fmt"
	"math"

	"euryale/choice"
	"euryale/rng"
)

// TimestepOptions is a kind of TimestepSampler: its section of a configuration. A kind that draws t from a distribution
// that is not uniform, without weights that correct for it, has a method Uneven(), for CheckTimesteps.
type TimestepOptions interface {
	// Validate returns a *choice.FieldError for a key that is out of its range.
	Validate() error
	// New returns the sampler for a process. If it does not suit the process, the error is a *choice.FieldError with
	// the key "".
	New(p Process, seed uint64) (TimestepSampler, error)
}

// TimestepSampler draws the t of each training row, and the weight that corrects for its probability. Every number is a
// function of the seed, the training step, the row's place in the batch and, for importance, the losses passed to Update,
// so any worker can fill any part of a batch.
type TimestepSampler interface {
	// Fill sets t to the times of rows firstRow … firstRow+len(t)−1 of a batch of batchRows rows, at a training step,
	// and weight, of the same length, to the weight of each row's loss. Goroutines may fill different rows at once.
	Fill(t []float64, weight []float32, step uint64, firstRow, batchRows int)
	// Update gives the sampler the losses of rows with the times t, in the order of the rows and without their weights.
	// It is called once per training step, never at the same time as Fill. Only importance remembers them.
	Update(t []float64, losses []float32)
	// State is all that the sampler remembers, for a checkpoint; nil if that is nothing.
	State() []float32
	// Restore sets what the sampler remembers to a State of a sampler of the same configuration. An error leaves it
	// unchanged.
	Restore(state []float32) error
}

// TimestepSamplers lists the kinds of timestep sampler.
func TimestepSamplers() choice.Set[TimestepOptions] {
	return choice.Set[TimestepOptions]{
		{
			Name: "uniform", Summary: "every row draws its own t",
			New: func() TimestepOptions { return &UniformTimesteps{} },
		},
		{
			Name: "paired", Summary: "t and T−1−t: uniform, and evenly spread over easy and hard t",
			New: func() TimestepOptions { return &PairedTimesteps{} },
		},
		{
			Name: "stratified", Summary: "one t from each equal share of the times: low discrepancy (Kingma et al. 2021)",
			New: func() TimestepOptions { return &StratifiedTimesteps{} },
		},
		{
			Name: "importance", Summary: "t by the size of its recent losses, weighted back (Nichol and Dhariwal 2021)",
			New: func() TimestepOptions { return &ImportanceTimesteps{} },
		},
		{
			Name: "log_normal", Summary: "ln(σ/α) from a normal distribution (Karras et al. 2022)",
			New: func() TimestepOptions { return &LogNormalTimesteps{Mean: -1.2, Deviation: 1.2} },
		},
		{
			Name:    "logit_normal",
			Summary: "logit of the time's share from a normal distribution: most rows in the middle (Esser et al. 2024)",
			New:     func() TimestepOptions { return &LogitNormalTimesteps{Mean: 0, Deviation: 1} },
		},
	}
}

// CheckTimesteps returns an error for times that are not uniform and a weight that needs uniform ones. It is a
// *choice.FieldError with the key "", for the section of the timesteps.
func CheckTimesteps(o TimestepOptions, w Weight) error {
	_, uneven := o.(interface{ Uneven() })
	if needs, ok := w.(interface{ NeedsUniformTimes() string }); ok && uneven {
		return choice.Wrong("", "must not be %s with %s: %s", TimestepSamplers().NameOf(o), weightName(w), needs.NeedsUniformTimes())
	}
	return nil
}

// times are the times of a process, from which the samplers draw.
type times struct {
	stream      rng.Stream
	first, last float64
	steps       int // T of a chain, 0 in continuous time
}

func timesOf(p Process, seed uint64) times {
	_, first, last := p.Span()
	return times{stream: rng.NewStream(seed, rng.Timesteps), first: first, last: last, steps: p.Steps()}
}

// at is the quantile u, from 0 to below 1, of the uniform distribution over the times.
func (s *times) at(u float64) float64 {
	if s.steps > 0 {
		return math.Min(math.Floor(u*float64(s.steps)), s.last)
	}
	return math.Min(s.first+(s.last-s.first)*u, s.last)
}

// draw is the uniform time of a row at a training step.
func (s *times) draw(step uint64, row int) float64 {
	if s.steps > 0 {
		return float64(s.stream.IntN(step, uint64(row), s.steps))
	}
	return s.at(s.stream.Float64(step, uint64(row)))
}

// memoryless has the methods of samplers that remember nothing.
type memoryless struct{}

func (memoryless) Update([]float64, []float32) {}

func (memoryless) State() []float32 { return nil }

func (memoryless) Restore(state []float32) error {
	if len(state) != 0 {
		return fmt.Errorf("timesteps: this sampler has no state, got one of %d numbers", len(state))
	}
	return nil
}

// ones sets all weights to 1.
func ones(weight []float32) {
	for i := range weight {
		weight[i] = 1
	}
}
