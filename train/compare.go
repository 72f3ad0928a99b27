package train

import (
	"context"
	"fmt"
	"runtime"

	"euryale/diffusion/solver"
	"euryale/metrics"
)

// SolverResult is how near a solver comes to the data with so many calls of the net for each sample.
type SolverResult struct {
	Sampler  string  `json:"sampler"`
	Steps    int     `json:"steps"`
	Calls    float64 `json:"calls"`
	SlicedW1 float64 `json:"sliced_w1"`
	// Error says why the solver came to nothing, if it did.
	Error string `json:"error,omitempty"`
}

// Comparison holds solvers side by side on one net.
type Comparison struct {
	Budgets []int `json:"budgets"`
	// Results by solver and budget; nil where the solver cannot run on the process or in so few calls. One more entry is
	// for a solver that asks more of the net than every budget.
	Results  map[string][]*SolverResult `json:"results"`
	Samplers []string                   `json:"samplers"` // in the order of solver.Choices
	Floor    float64                    `json:"floor"`    // two fresh sets to each other
}

// beyondSteps are the steps of a solver that no budget allows.
const beyondSteps = 10

// CompareSolvers runs every solver with as many steps as each budget, a number of network calls for each sample,
// allows, and measures how far its samples are from fresh points: the mean over as many rounds, with the seeds that
// follow the options'. The options' sampling says from where the samples start, how times are spaced and where the last
// step goes; what belongs to one solver is at its default. A solver that needs another scale of the process gets it.
func (m *Model) CompareSolvers(ctx context.Context, o SampleOptions, budgets []int, rounds int) (*Comparison, error) {
	if rounds < 1 {
		return nil, fmt.Errorf("train: the number of rounds must be at least 1, got %d", rounds)
	}
	if o.Workers < 1 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	c := &Comparison{Budgets: budgets, Results: map[string][]*SolverResult{}}
	for _, choice := range solver.Choices() {
		c.Samplers = append(c.Samplers, choice.Name)
		results, err := m.stepsFor(ctx, m.comparable(o, choice.Name), budgets)
		if err != nil {
			return nil, err
		}
		c.Results[choice.Name] = results
	}
	for range rounds {
		if err := m.compareOnce(ctx, o, c, rounds); err != nil {
			return nil, err
		}
		o.Seed++
	}
	return c, nil
}

// stepsFor is the number of steps that each budget allows a solver.
func (m *Model) stepsFor(ctx context.Context, o SampleOptions, budgets []int) ([]*SolverResult, error) {
	results := make([]*SolverResult, len(budgets)+1)
	before := 0
	for i, budget := range budgets {
		steps, err := m.stepsWithin(ctx, o, budget)
		if err != nil {
			return nil, err
		}
		if steps > before { // more than a smaller budget allowed
			results[i] = &SolverResult{Sampler: o.Sampling.Sampler, Steps: steps}
			before = steps
		}
	}
	o.Sampling.Steps = beyondSteps
	if _, _, _, err := solver.Prepare(m.process, o.Sampling); before == 0 && err == nil {
		results[len(budgets)] = &SolverResult{Sampler: o.Sampling.Sampler, Steps: beyondSteps}
	}
	return results, nil
}

// compareOnce adds one round's share to the results.
func (m *Model) compareOnce(ctx context.Context, o SampleOptions, c *Comparison, rounds int) error {
	fresh, err := m.fresh(o, 2)
	if err != nil {
		return err
	}
	share := 1 / float64(rounds)
	distance := func(points []float32) (float64, error) {
		w, err := metrics.SlicedWasserstein(points, fresh[0], m.Dim(), metrics.DefaultDirections, o.Seed, o.Workers)
		return w * share, err
	}
	floor, err := distance(fresh[1])
	if err != nil {
		return err
	}
	c.Floor += floor
	for _, name := range c.Samplers {
		for _, r := range c.Results[name] {
			if r == nil || r.Error != "" {
				continue
			}
			with := m.comparable(o, name)
			with.Sampling.Steps = r.Steps
			samples, calls, err := m.collect(ctx, with)
			if ctx.Err() != nil {
				return err
			}
			if err != nil {
				r.Error = err.Error()
				continue
			}
			w, err := distance(samples)
			if err != nil {
				return err
			}
			r.Calls += calls * share
			r.SlicedW1 += w
		}
	}
	return nil
}

// comparable are the options for one solver, all else being as given, on a scale that suits it.
func (m *Model) comparable(o SampleOptions, sampler string) SampleOptions {
	given, c := o.Sampling, solver.DefaultConfig()
	c.Sampler, c.Steps = sampler, 1
	c.Spacing, c.Rho, c.Final, c.Start, c.ClipX0, c.ThresholdPercentile = given.Spacing, given.Rho, given.Final, given.Start, given.ClipX0, given.ThresholdPercentile
	c.Label, c.Guidance, c.GuidanceMin, c.GuidanceMax = given.Label, given.Guidance, given.GuidanceMin, given.GuidanceMax
	for _, rescale := range []string{given.Rescale, "preserving", "exploding"} {
		c.Rescale = rescale
		if _, _, _, err := solver.Prepare(m.process, c); err == nil {
			break
		}
	}
	o.Sampling = c
	return o
}

// stepsWithin is the largest number of steps that asks the net at most budget times for a sample; 0 if there is none.
func (m *Model) stepsWithin(ctx context.Context, o SampleOptions, budget int) (int, error) {
	o.N, o.Workers = 1, 1
	best := 0
	for low, high := 1, budget; low <= high; {
		o.Sampling.Steps = (low + high) / 2
		if _, _, _, err := solver.Prepare(m.process, o.Sampling); err != nil {
			high = o.Sampling.Steps - 1
			continue
		}
		_, calls, err := m.collect(ctx, o)
		if ctx.Err() != nil {
			return 0, err
		}
		if err != nil || int(calls) <= budget { // an error is the business of the round
			best, low = o.Sampling.Steps, o.Sampling.Steps+1
		} else {
			high = o.Sampling.Steps - 1
		}
	}
	return best, nil
}
