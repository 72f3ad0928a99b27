package studio

import (
	"context"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"euryale/choice"
	"euryale/diffusion/solver"
	"euryale/eval"
	"euryale/model"
	"euryale/report/html"
	"euryale/run"
)

// question is a comparison of solvers that a browser asks for.
type question struct {
	chosen
	Steps   []int    `json:"steps"` // budgets: evaluations of the net per sample
	N       int      `json:"n"`
	Rounds  int      `json:"rounds"`
	Solvers []string `json:"solvers"` // those that are shown; none: all
}

// answers are how near solvers come to the data.
type answers struct {
	Rows    []answer `json:"rows"`
	Floor   number   `json:"floor"`
	N       int      `json:"n"`
	Command string   `json:"command"`
}

type answer struct {
	Solver   string `json:"solver"`
	Budget   int    `json:"budget"` // 0: more than every budget, the least that the solver takes
	Steps    int    `json:"steps"`
	NFE      number `json:"nfe"`
	SlicedW1 number `json:"sliced_w1"`
	Why      string `json:"why"` // it did not run
}

// check checks a question before anything is opened.
func (q *question) check() error {
	const mostBudgets, mostBudget, most, mostRounds = 16, 10_000, 20_000, 10
	if len(q.Steps) == 0 || len(q.Steps) > mostBudgets {
		return wrong("steps must list 1 to %d numbers of evaluations, got %d", mostBudgets, len(q.Steps))
	}
	for _, n := range q.Steps {
		if n < 1 || n > mostBudget {
			return wrong("steps must be from 1 to %d, got %d", mostBudget, n)
		}
	}
	if q.N == 0 {
		q.N = comparedRows
	}
	q.Rounds = max(1, q.Rounds)
	switch {
	case q.N < 2 || q.N > most:
		return wrong("n must be from 2 to %d, got %d", most, q.N)
	case q.Rounds > mostRounds:
		return wrong("rounds must be at most %d, got %d", mostRounds, q.Rounds)
	}
	for _, name := range q.Solvers {
		if err := choice.OneOf(name, solver.Solvers().Names()...); err != nil {
			return wrong("solvers: %v", err)
		}
	}
	slices.Sort(q.Steps)
	q.Steps = slices.Compact(q.Steps)
	return nil
}

// postQuality queues a comparison of solvers.
func (s *Studio) postQuality(r *http.Request) (any, error) {
	var q question
	if err := read(r, &q); err != nil {
		return nil, err
	}
	if err := q.check(); err != nil {
		return nil, err
	}
	m, folder, err := s.denoiser(q.chosen)
	if err != nil {
		return nil, err
	}
	if m.Table() != nil {
		return nil, failf(http.StatusConflict, "solvers are compared on points and images, and the run %s is of a table", q.ID)
	}
	j, err := s.jobs.replace("quality", q.ID, func(ctx context.Context, _ string, progress func(int, int)) (any, map[string]content, error) {
		request := m.Request(q.N)
		request.Seed, request.Workers, request.Progress = m.Config.Seed, s.o.Workers, progress
		result, err := q.answer(ctx, m, request, folder)
		return result, nil, err
	})
	if err != nil {
		return nil, err
	}
	return map[string]string{"job": j.ID}, nil
}

// answer compares the solvers.
func (q question) answer(ctx context.Context, m *model.Model, r model.Request, folder run.Folder) (*answers, error) {
	c, err := eval.CompareSolvers(ctx, m, r, q.Steps, q.Rounds)
	if err != nil {
		return nil, err
	}
	a := &answers{Rows: []answer{}, Floor: number(c.Floor), N: c.Samples, Command: q.command(m, folder)}
	for _, name := range c.Solvers {
		if len(q.Solvers) > 0 && !slices.Contains(q.Solvers, name) {
			continue
		}
		for i, result := range c.Results[name] {
			if result == nil {
				continue
			}
			row := answer{Solver: name, Steps: result.Steps, NFE: number(result.NFE), SlicedW1: number(result.SlicedW1), Why: result.Error}
			if i < len(c.Budgets) {
				row.Budget = c.Budgets[i]
			}
			if result.Error != "" {
				row.SlicedW1 = number(math.NaN())
			}
			a.Rows = append(a.Rows, row)
		}
	}
	return a, nil
}

// command is the line that compares the same.
func (q question) command(m *model.Model, folder run.Folder) string {
	budgets := make([]string, len(q.Steps))
	for i, n := range q.Steps {
		budgets[i] = strconv.Itoa(n)
	}
	args := []string{"euryale", "eval", "-run", string(folder), "-checkpoint", checkpointName(m)}
	if q.Weights != "" {
		args = append(args, "-weights", q.Weights)
	}
	return html.Quote(append(args, "-n", strconv.Itoa(q.N), "-solvers", "-nfe", strings.Join(budgets, ","), "-rounds", strconv.Itoa(q.Rounds)))
}
