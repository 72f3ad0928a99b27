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
	Solver   string  `json:"solver"`
	Steps    int     `json:"steps"`
	NFE      float64 `json:"nfe"`
	SlicedW1 float64 `json:"sliced_w1"`
	// Error is why the solver failed, if it did.
	Error string `json:"error,omitempty"`

	cost float64 // evaluations per sample, roughly
}

// Comparison compares solvers on one net.
type Comparison struct {
	Samples int   `json:"samples"` // per solver and round, and as many rows that they are compared with
	Budgets []int `json:"budgets"`
	// Results by solver and budget; nil where the solver cannot run on the process or within so few evaluations. One more
	// entry is for a solver that needs more than every budget.
	Results   map[string][]*SolverResult `json:"results"`
	Solvers   []string                   `json:"solvers"` // in the order of solver.Solvers
	Reference Reference                  `json:"reference"`
	Floor     float64                    `json:"floor"` // two fresh sets of that size, or the halves of held-out rows, to each other
}

// beyondSteps are the steps of a solver that no budget allows.
const beyondSteps = 10

// CompareSolvers runs every solver with the most steps that fit each budget (evaluations of the net per sample), and
// measures how far its samples are from fresh rows, averaged over `rounds` consecutive seeds, the first of which is the
// request's. Of held-out rows there may be fewer than the request has samples: there are then no more samples either.
//
// Where samples start, how times are spaced and where the last step goes is as in the request; all else is each solver's
// default. A solver that needs another scale of the process gets it. The request's Progress counts evaluations of the net.
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
	c := &comparison{Comparison: &Comparison{Budgets: budgets, Results: map[string][]*SolverResult{}}, model: m, rounds: rounds}
	var fresh *freshRows // before all else: it may fail
	for range rounds {
		var err error
		if fresh, err = drawFresh(ctx, m, &r, 2, false); err != nil {
			return nil, err
		}
		if err := fresh.check(m); err != nil {
			return nil, err
		}
		if c.Solvers == nil {
			if err := c.plan(ctx, r); err != nil {
				return nil, err
			}
			c.Samples, c.Reference = r.N, fresh.reference()
		}
		if err := c.once(ctx, r, fresh); err != nil {
			return nil, err
		}
		r.Seed++
	}
	return c.Comparison, nil
}

// comparison is a Comparison at work.
type comparison struct {
	*Comparison
	model  *model.Model
	rounds int
	done   float64 // evaluations of the net
}

// plan decides on the steps of every solver.
func (c *comparison) plan(ctx context.Context, r model.Request) error {
	r.Progress = nil
	for _, kind := range solver.Solvers() {
		c.Solvers = append(c.Solvers, kind.Name)
		results, err := c.stepsFor(ctx, c.comparable(r, kind.Name), kind.Name)
		if err != nil {
			return err
		}
		c.Results[kind.Name] = results
	}
	return nil
}

// stepsFor is the number of steps that each budget allows a solver.
func (c *comparison) stepsFor(ctx context.Context, r model.Request, name string) ([]*SolverResult, error) {
	results := make([]*SolverResult, len(c.Budgets)+1)
	r.N, r.Workers = 1, 1
	before := 0
	for i, budget := range c.Budgets {
		best, err := c.stepsWithin(ctx, r, budget)
		if err != nil {
			return nil, err
		}
		if best.Steps > before { // more than a smaller budget allowed
			best.Solver, before = name, best.Steps
			results[i] = &best
		}
	}
	r.Sampling.Steps = beyondSteps
	if before == 0 && c.runs(r) {
		_, cost, _ := c.model.Points(ctx, r) // an error is the business of the round
		results[len(c.Budgets)] = &SolverResult{Solver: name, Steps: beyondSteps, cost: cost}
	}
	return results, ctx.Err()
}

// runs reports whether the solver of a request can run on the model's process.
func (c *comparison) runs(r model.Request) bool {
	_, _, _, err := r.Sampling.Prepare(c.model.Process())
	return err == nil
}

// once adds one round's share to the results.
func (c *comparison) once(ctx context.Context, r model.Request, fresh *freshRows) error {
	share := 1 / float64(c.rounds)
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
	for _, name := range c.Solvers {
		for _, result := range c.Results[name] {
			if result == nil || result.Error != "" {
				continue
			}
			with := c.comparable(r, name)
			with.Sampling.Steps = result.Steps
			with.Progress = c.progress(r, result)
			samples, nfe, err := c.model.Points(ctx, with)
			if ended := ctx.Err(); ended != nil { // not the business of the solver
				return ended
			}
			c.done += float64(r.N) * result.cost
			if err != nil {
				result.Error = err.Error()
				continue
			}
			w, err := distance(samples, fresh.set(0))
			if err != nil {
				return err
			}
			result.NFE += nfe * share
			result.SlicedW1 += w
		}
	}
	return nil
}

// progress turns the samples of one result into evaluations of the whole comparison.
func (c *comparison) progress(r model.Request, result *SolverResult) func(done, total int) {
	if r.Progress == nil {
		return nil
	}
	total := 0.0
	for _, results := range c.Results {
		for _, result := range results {
			if result != nil {
				total += float64(r.N*c.rounds) * result.cost
			}
		}
	}
	return func(done, _ int) { r.Progress(int(c.done+float64(done)*result.cost), int(total)) }
}

// comparable is the request for one solver, all else being as given, on a scale that suits it.
func (c *comparison) comparable(r model.Request, name string) model.Request {
	given, o := r.Sampling, solver.DefaultOptions()
	o.Solver, o.Steps = solver.Solvers().Choose(name), 1
	o.Spacing, o.Final, o.Start = given.Spacing, given.Final, given.Start
	o.ClipX0, o.ThresholdPercentile = given.ClipX0, given.ThresholdPercentile
	r.Sampling.Options = o
	for _, rescale := range []solver.Rescale{given.Rescale, solver.RescalePreserving, solver.RescaleExploding} {
		r.Sampling.Rescale = rescale
		if c.runs(r) {
			break
		}
	}
	return r
}

// stepsWithin is the largest number of steps that evaluates the net at most budget times for one sample; 0 if there is none.
func (c *comparison) stepsWithin(ctx context.Context, r model.Request, budget int) (best SolverResult, err error) {
	for low, high := 1, budget; low <= high; {
		r.Sampling.Steps = (low + high) / 2
		if !c.runs(r) {
			high = r.Sampling.Steps - 1
			continue
		}
		_, nfe, err := c.model.Points(ctx, r)
		if ended := ctx.Err(); ended != nil {
			return best, ended
		}
		if err != nil || int(nfe) <= budget { // an error is the business of the round
			best.Steps, best.cost, low = r.Sampling.Steps, nfe, r.Sampling.Steps+1
		} else {
			high = r.Sampling.Steps - 1
		}
	}
	return best, nil
}
