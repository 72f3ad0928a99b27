package sweep

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"github.com/google/renameio/v2"
)

// The states of a trial.
const (
	Done    = "done"
	Failed  = "failed"
	Waiting = "waiting" // not trained yet, or not to its end
	Stopped = "stopped" // not among those that went on to a longer training
)

// TrialResult is a trial with what it came to.
type TrialResult struct {
	Trial
	State   string
	Rung    int // the number of the last budget that it came to; −1 for none
	Outcome     // at that budget
	Error   string
}

// Statistic is a figure over the seeds of a combination.
type Statistic struct {
	Name   string
	N      int // seeds
	Mean   float64
	Spread float64  // the standard deviation between seeds, with n − 1; 0 of one seed
	Floor  *float64 // the mean of the floors; nil without
}

// Combination is what the trials came to that differ in their seeds alone.
type Combination struct {
	Name            string
	Settings        []Setting // without the seed
	Rung            int
	Figures         []Statistic // over the trials at that budget
	Trials, Missing int         // Missing are those that failed or wait
}

// Get finds the statistic of a figure.
func (c *Combination) Get(name string) (Statistic, bool) {
	i := slices.IndexFunc(c.Figures, func(s Statistic) bool { return s.Name == name })
	if i < 0 {
		return Statistic{}, false
	}
	return c.Figures[i], true
}

// Results are what the trials of a sweep came to so far.
type Results struct {
	Folder       Folder
	Spec         Spec
	Metric       Metric
	Trials       []TrialResult // in the order of the sweep
	Combinations []Combination // the best first; those without the metric last
}

// Collect reads the results of a folder, complete or not. Folders of shards on several machines are first copied into one.
func Collect(folder string) (*Results, error) {
	s, err := Open(folder)
	if err != nil {
		return nil, err
	}
	return collect(Folder(folder), s)
}

func collect(folder Folder, s *Sweep) (*Results, error) {
	r := &Results{Folder: folder, Spec: s.Spec, Metric: s.metric()}
	if err := r.collect(s); err != nil {
		return nil, err
	}
	r.combine()
	return r, nil
}

// collect reads the records, and finds those that halving stopped.
func (r *Results) collect(s *Sweep) error {
	last := max(len(s.Method.Kind.budgets()), 1) - 1
	best := 0 // the last budget that a trial came to
	for _, t := range s.Trials {
		record, err := r.Folder.Record(t.Name)
		if err != nil {
			return err
		}
		result := TrialResult{Trial: t, State: Waiting, Rung: -1}
		if out, ok := record.last(); ok {
			result.Outcome, result.Rung = out, len(record.Outcomes)-1
			best = max(best, result.Rung)
		}
		switch {
		case record.failed():
			result.State, result.Error = Failed, record.Error
		case record.done(last):
			result.State = Done
		}
		r.Trials = append(r.Trials, result)
	}
	going := s.Trials
	for rung := 1; rung <= best; rung++ {
		var err error
		if going, err = s.promoted(r.Folder, going, rung); err != nil {
			return err
		}
	}
	goes := map[string]bool{}
	for _, t := range going {
		goes[t.Name] = true
	}
	for i, t := range r.Trials {
		if t.State == Waiting && t.Rung >= 0 && !goes[t.Name] {
			r.Trials[i].State = Stopped
		}
	}
	return nil
}

// combine takes the trials of each combination together.
func (r *Results) combine() {
	names := []string{}
	members := map[string][]TrialResult{}
	for _, t := range r.Trials {
		if members[t.Combination] == nil {
			names = append(names, t.Combination)
		}
		members[t.Combination] = append(members[t.Combination], t)
	}
	for _, name := range names {
		r.Combinations = append(r.Combinations, combined(name, members[name]))
	}
	slices.SortStableFunc(r.Combinations, r.compare)
}

func combined(name string, trials []TrialResult) Combination {
	c := Combination{Name: name, Trials: len(trials), Rung: -1}
	for _, t := range trials {
		c.Rung = max(c.Rung, t.Rung)
		if t.State == Failed || t.State == Waiting {
			c.Missing++
		}
	}
	c.Settings = slices.DeleteFunc(slices.Clone(trials[0].Settings), func(s Setting) bool { return s.Key == seedKey })
	values := map[string][]Figure{}
	for _, t := range trials {
		if t.Rung != c.Rung {
			continue
		}
		for _, f := range t.Figures {
			if values[f.Name] == nil {
				c.Figures = append(c.Figures, Statistic{Name: f.Name})
			}
			values[f.Name] = append(values[f.Name], f)
		}
	}
	for i, s := range c.Figures {
		c.Figures[i] = statistic(s.Name, values[s.Name])
	}
	return c
}

func statistic(name string, figures []Figure) Statistic {
	s := Statistic{Name: name, N: len(figures)}
	floor, floors := 0.0, 0
	for i, f := range figures {
		s.Mean += (f.Value - s.Mean) / float64(i+1) // of equal values exactly that value, so that their spread is 0
		if f.Floor != nil {
			floor += *f.Floor
			floors++
		}
	}
	for _, f := range figures {
		s.Spread += (f.Value - s.Mean) * (f.Value - s.Mean)
	}
	s.Spread = math.Sqrt(s.Spread / float64(max(s.N-1, 1)))
	if floors > 0 {
		floor /= float64(floors)
		s.Floor = &floor
	}
	return s
}

// compare orders combinations: those that went on longer first, then by the metric.
func (r *Results) compare(a, b Combination) int {
	x, known := a.Get(r.Metric.Name)
	y, other := b.Get(r.Metric.Name)
	switch {
	case known != other && known:
		return -1
	case known != other:
		return 1
	case a.Rung != b.Rung:
		return b.Rung - a.Rung
	}
	return better(r.Metric.Goal, x, y)
}

// better orders statistics of a figure, those of no seed last.
func better(goal string, a, b Statistic) int {
	switch {
	case a.N == 0 || b.N == 0:
		return min(b.N, 1) - min(a.N, 1)
	case goal == Most:
		return cmp.Compare(b.Mean, a.Mean)
	}
	return cmp.Compare(a.Mean, b.Mean)
}

// Count is the number of trials in a state.
func (r *Results) Count(state string) int {
	n := 0
	for _, t := range r.Trials {
		if t.State == state {
			n++
		}
	}
	return n
}

// Write writes the tables results.csv, results.md and results.html, and comparison.html, where trials stand side by side.
func (r *Results) Write() error {
	return r.Folder.tables(func() error {
		compared, failed := r.comparison()
		page, err := r.page(compared && failed == nil)
		if err != nil {
			return err
		}
		for _, file := range []struct{ name, text string }{{"csv", r.CSV()}, {"md", r.Markdown()}, {"html", page}} {
			failed = errors.Join(failed, renameio.WriteFile(r.Folder.Path("results."+file.name), []byte(file.text), 0o644))
		}
		return failed
	})
}
