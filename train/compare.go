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
}

// Comparison holds solvers side by side on one net.
type Comparison struct {
	Budgets []int `json:"budgets"`
	// Results by solver and budget; nil where the solver cannot run on the process or in so few calls.
	Results  map[string][]*SolverResult `json:"results"`
	Samplers []string                   `json:"samplers"` // in the order of solver.Choices
	Floor    float64                    `json:"floor"`    // two fresh sets to each other
}

// CompareSolvers runs every solver with as many steps as each budget, a number of network calls for each sample,
// allows, and measures how far its samples are from fresh points. The options' sampling says from where the samples
// start, how times are spaced and where the last step goes; what belongs to one solver is at its default. A solver
// that needs another scale of the process gets it. An adaptive solver has one result, under the first budget that it
// fits.
func (m *Model) CompareSolvers(ctx context.Context, o SampleOptions, budgets []int) (*Comparison, error) {
	if o.Workers < 1 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	fresh, other, err := m.fresh(o)
	if err != nil {
		return nil, err
	}
	c := &Comparison{Budgets: budgets, Results: map[string][]*SolverResult{}}
	distance := func(points []float32) (float64, error) {
		return metrics.SlicedWasserstein(points, fresh, m.Dim(), metrics.DefaultDirections, o.Seed, o.Workers)
	}
	if c.Floor, err = distance(other); err != nil {
		return nil, err
	}
	for _, choice := range solver.Choices() {
		c.Samplers = append(c.Samplers, choice.Name)
		c.Results[choice.Name] = make([]*SolverResult, len(budgets))
		before := 0
		for i, budget := range budgets {
			with := o
			with.Sampling = m.comparable(o.Sampling, choice.Name)
			steps, err := m.stepsWithin(ctx, with, budget)
			if err != nil {
				return nil, err
			}
			if steps == before { // no more than a smaller budget allowed
				continue
			}
			before = steps
			with.Sampling.Steps = steps
			samples, calls, err := m.collect(ctx, with)
			if err != nil {
				return nil, err
			}
			r := &SolverResult{Sampler: choice.Name, Steps: steps, Calls: calls}
			if r.SlicedW1, err = distance(samples); err != nil {
				return nil, err
			}
			c.Results[choice.Name][i] = r
		}
	}
	return c, nil
}

// comparable is the sampling of one solver, all else being as given, on a scale that suits it.
func (m *Model) comparable(given solver.Config, sampler string) solver.Config {
	c := solver.DefaultConfig()
	c.Sampler, c.Steps = sampler, 1
	c.Spacing, c.Rho, c.Final, c.Start, c.Label, c.Guidance = given.Spacing, given.Rho, given.Final, given.Start, given.Label, given.Guidance
	for _, rescale := range []string{given.Rescale, "preserving", "exploding"} {
		c.Rescale = rescale
		if _, _, _, err := solver.Prepare(m.process, c); err == nil {
			break
		}
	}
	return c
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
		if err != nil {
			return 0, fmt.Errorf("train: %s in %d steps: %w", o.Sampling.Sampler, o.Sampling.Steps, err)
		}
		if int(calls) <= budget {
			best, low = o.Sampling.Steps, o.Sampling.Steps+1
		} else {
			high = o.Sampling.Steps - 1
		}
	}
	return best, nil
}
