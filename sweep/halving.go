package sweep

import "slices"

// promoted are the trials that go on to a budget: of the combinations at the one before the best 1/factor, rounded down, at
// least one, with all of their seeds that came to it. Those of which no trial did are the worst. Of equal ones the first is
// better. The choice depends on the figures at the budget before alone, so it is the same whatever happened since.
func (s *Sweep) promoted(folder Folder, trials []Trial, rung int) ([]Trial, error) {
	var names []string // of the combinations, in the order of the sweep
	figures, came := map[string][]Figure{}, map[string]bool{}
	for _, t := range trials {
		record, err := folder.Record(t.Name)
		if err != nil {
			return nil, err
		}
		if _, seen := figures[t.Combination]; !seen {
			names = append(names, t.Combination)
			figures[t.Combination] = nil
		}
		if !record.done(rung - 1) {
			continue
		}
		came[t.Name] = true
		if f, ok := record.Outcomes[rung-1].Figures.Get(s.Metric); ok {
			figures[t.Combination] = append(figures[t.Combination], f)
		}
	}
	var list []Statistic
	for _, name := range names {
		list = append(list, statistic(name, figures[name]))
	}
	goal := s.metric().Goal
	slices.SortStableFunc(list, func(a, b Statistic) int { return better(goal, a, b) })
	best := map[string]bool{}
	most := max(1, len(list)/s.Method.Kind.(*Halving).Factor)
	for _, c := range list[:min(most, len(list))] { // none, if all failed
		best[c.Name] = c.N > 0
	}
	var next []Trial
	for _, t := range trials {
		if best[t.Combination] && came[t.Name] {
			next = append(next, t)
		}
	}
	return next, nil
}
