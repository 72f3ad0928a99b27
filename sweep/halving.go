package sweep

import (
	"cmp"
	"slices"
)

// promoted are the trials that go on to a budget: of the combinations at the one before the best 1/factor, rounded down, at
// least one, with all of their seeds that came to it. Those of which no trial did are the worst. Of equal ones the first is
// better. The choice depends on the figures at the budget before alone, so it is the same whatever happened since.
func (s *Sweep) promoted(folder Folder, trials []Trial, rung int) ([]Trial, error) {
	type standing struct {
		name  string
		score float64
		known bool
	}
	sums, counts, came := map[string]float64{}, map[string]int{}, map[string]bool{}
	var list []standing
	for _, t := range trials {
		record, err := folder.Record(t.Name)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(list, func(c standing) bool { return c.name == t.Combination }) {
			list = append(list, standing{name: t.Combination})
		}
		if !record.done(rung - 1) {
			continue
		}
		came[t.Name] = true
		if f, ok := record.Outcomes[rung-1].Figures.Get(s.Metric); ok {
			sums[t.Combination] += f.Value
			counts[t.Combination]++
		}
	}
	for i, c := range list {
		if n := counts[c.name]; n > 0 {
			list[i].score, list[i].known = sums[c.name]/float64(n), true
			if s.metric().Goal == Least {
				list[i].score *= -1
			}
		}
	}
	slices.SortStableFunc(list, func(a, b standing) int {
		if a.known != b.known {
			if a.known {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.score, a.score)
	})
	best := map[string]bool{}
	for _, c := range list[:max(1, len(list)/s.Method.Kind.(*Halving).Factor)] {
		best[c.name] = c.known
	}
	var next []Trial
	for _, t := range trials {
		if best[t.Combination] && came[t.Name] {
			next = append(next, t)
		}
	}
	return next, nil
}
