package eval

import (
	"context"
	"fmt"
	"runtime"

	"euryale/diffusion/solver"
	"euryale/model"
)

// SolverResult is how near a solver comes to the data with so many evaluations of the net per sample.
type SolverResult struct {
	Sampler  string  `json:"sampler"`
	Steps    int     `json:"steps"`
	NFE      float64 `json:"nfe"`
	SlicedW1 float64 `json:"sliced_w1"`
	// Error is why the solver came to nothing, if it did.
	Error string `json:"error,omitempty"`
}

// Comparison holds solvers side by side on one net.
type Comparison struct {
	Budgets []int `json:"budgets"`
	// Results by solver and budget; nil where the solver cannot run on the process or within so few evaluations. One more
	// entry is for a solver that needs more than every budget.
	Results  map[string][]*SolverResult `json:"results"`
	Samplers []string                   `json:"samplers"` // in the order of solver.Solvers
	Floor    float64                    `json:"floor"`    // two fresh sets to each other
}

// beyondSteps are the steps of a solver that no budget allows.
const beyondSteps = 10

// CompareSolvers runs every solver with the most steps that fit each budget (evaluations of the net per sample), and
// measures how far its samples are from fresh rows, averaged over `rounds` consecutive seeds, the request's first. Where
// samples start, how times are spaced and where the last step goes is as in the request; all else is each solver's default.
// A solver that needs another scale of the process gets it.
func CompareSolvers(ctx context.Context, m *model.Model, r model.Request, budgets []int, rounds int) (*Comparison, error) {
	if rounds < 1 {
		return nil, fmt.Errorf("eval: the number of rounds must be at least 1, got %d", rounds)
	}
	if r.Workers < 1 {
		r.Workers = runtime.GOMAXPROCS(0)
	}
	if err := m.Check(r); err != nil {
		return nil, err
	}
	c := &comparison{Comparison: &Comparison{Budgets: budgets, Results: map[string][]*SolverResult{}}, model: m}
	for _, kind := range solver.Solvers() {
		c.Samplers = append(c.Samplers, kind.Name)
		results, err := c.stepsFor(ctx, c.comparable(r, kind.Name), kind.Name)
		if err != nil {
			return nil, err
		}
		c.Results[kind.Name] = results
	}
	for range rounds {
		if err := c.once(ctx, r, rounds); err != nil {
			return nil, err
		}
		r.Seed++
	}
	return c.Comparison, nil
}

type comparison struct {
	*Comparison
	model *model.Model
}

// stepsFor is the number of steps that each budget allows a solver.
func (c *comparison) stepsFor(ctx context.Context, r model.Request, name string) ([]*SolverResult, error) {
	results := make([]*SolverResult, len(c.Budgets)+1)
	before := 0
	for i, budget := range c.Budgets {
		steps, err := c.stepsWithin(ctx, r, budget)
		if err != nil {
			return nil, err
		}
		if steps > before { // more than a smaller budget allowed
			results[i] = &SolverResult{Sampler: name, Steps: steps}
			before = steps
		}
	}
	r.Sampling.Steps = beyondSteps
	if before == 0 && c.runs(r) {
		results[len(c.Budgets)] = &SolverResult{Sampler: name, Steps: beyondSteps}
	}
	return results, nil
}

// runs reports whether the solver of a request can run on the model's process.
func (c *comparison) runs(r model.Request) bool {
	_, _, _, err := r.Sampling.Prepare(c.model.Process())
	return err == nil
}

// once adds one round's share to the results.
func (c *comparison) once(ctx context.Context, r model.Request, rounds int) error {
	n := r.N
	fresh, err := freshSets(ctx, c.model, &r, 2)
	if err != nil {
		return err
	}
	if err := fresh.check(c.model); err != nil {
		return err
	}
	if r.N < n {
		return fmt.Errorf("eval: there are only %d rows that the net was not trained on, fewer than the %d asked for", r.N, n)
	}
	share := 1 / float64(rounds)
	measure := distanceOf(c.model, r)
	distance := func(a, b []float32) (float64, error) {
		w, err := measure(a, b)
		return w * share, err
	}
	floor, err := fresh.floor(func(a, b []float32) (float64, error) { return distance(b, a) })
	if err != nil {
		return err
	}
	c.Floor += floor
	for _, name := range c.Samplers {
		for _, result := range c.Results[name] {
			if result == nil || result.Error != "" {
				continue
			}
			with := c.comparable(r, name)
			with.Sampling.Steps = result.Steps
			samples, calls, err := c.model.Points(ctx, with)
			if ended := ctx.Err(); ended != nil { // not the business of the solver
				return ended
			}
			if err != nil {
				result.Error = err.Error()
				continue
			}
			w, err := distance(samples, fresh.sets[0])
			if err != nil {
				return err
			}
			result.NFE += calls * share
			result.SlicedW1 += w
		}
	}
	return nil
}

// comparable is the request for one solver, all else being as given, on a scale that suits it.
func (c *comparison) comparable(r model.Request, name string) model.Request {
	given, o := r.Sampling, solver.DefaultOptions()
	o.Solver, o.Steps = solver.Solvers().Choose(name), 1
	o.Spacing, o.Final, o.Start, o.ClipX0, o.ThresholdPercentile = given.Spacing, given.Final, given.Start, given.ClipX0, given.ThresholdPercentile
	r.Sampling.Options = o
	for _, rescale := range []solver.Rescale{given.Rescale, solver.RescalePreserving, solver.RescaleExploding} {
		r.Sampling.Rescale = rescale
		if c.runs(r) {
			break
		}
	}
	return r
}

// stepsWithin is the largest number of steps that evaluates the net at most budget times per sample; 0 if there is none.
func (c *comparison) stepsWithin(ctx context.Context, r model.Request, budget int) (int, error) {
	r.N, r.Workers = 1, 1
	best := 0
	for low, high := 1, budget; low <= high; {
		r.Sampling.Steps = (low + high) / 2
		if !c.runs(r) {
			high = r.Sampling.Steps - 1
			continue
		}
		_, calls, err := c.model.Points(ctx, r)
		if ended := ctx.Err(); ended != nil {
			return 0, ended
		}
		if err != nil || int(calls) <= budget { // an error is the business of the round
			best, low = r.Sampling.Steps, r.Sampling.Steps+1
		} else {
			high = r.Sampling.Steps - 1
		}
	}
	return best, nil
}
