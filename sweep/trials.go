package sweep

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"euryale/choice"
)

// Setting is a key of the configuration with the value that a trial gives it, in the spelling of the sweep file.
type Setting struct {
	Key   string `json:"key"`
	Label string `json:"label"` // stands for the key in tables
	Value string `json:"value"`
}

// Trial is one run of a sweep.
type Trial struct {
	// Name of its folder, a function of its settings alone: learning_rate=0.001_seed=2.
	Name string
	// Combination is the name without the seed: what its siblings share.
	Combination string
	// Settings are what it changes in the base, in the order of the axes; the seed, if it is set, is last.
	Settings []Setting
}

// Overrides are the settings as overrides "a.b=value" of the configuration.
func (t Trial) Overrides() []string {
	var list []string
	for _, s := range t.Settings {
		list = append(list, s.Key+"="+s.Value)
	}
	return list
}

// expand lists the trials, seeds fastest. first is the seed of the configuration.
func (s *Spec) expand(first uint64) ([]Trial, error) {
	combinations, err := s.combinations()
	if err != nil {
		return nil, err
	}
	label, seeds := s.seeds(first)
	if len(combinations)*max(len(seeds), 1) > maxTrials {
		return nil, choice.Wrong("axes", "give more than %d trials: %d combinations with %d seeds", maxTrials, len(combinations), len(seeds))
	}
	var trials []Trial
	for _, c := range combinations {
		name := nameOf(c)
		if len(seeds) == 0 {
			trials = append(trials, Trial{name, name, c})
		}
		for _, seed := range seeds {
			with := append(slices.Clone(c), Setting{seedKey, label, seed})
			trials = append(trials, Trial{nameOf(with), name, with})
		}
	}
	names := map[string]string{}
	for _, t := range trials {
		folded := strings.ToLower(t.Name)
		if other, taken := names[folded]; taken {
			return nil, choice.Wrong("axes", "give two trials whose folders a file system may take for the same: %s and %s", other, t.Name)
		}
		names[folded] = t.Name
	}
	return trials, nil
}

// seeds are the values of the key seed, and its label; none if the configuration's is kept.
func (s *Spec) seeds(first uint64) (label string, list []string) {
	for i, a := range s.Axes {
		if a.Key == seedKey {
			return s.label(i), a.Values
		}
	}
	for i := range s.Seeds {
		list = append(list, strconv.FormatUint(first+uint64(i), 10))
	}
	return seedKey, list
}

// combinations are those of all axes but the seed.
func (s *Spec) combinations() ([][]Setting, error) {
	if n := s.Method.Kind.draws(); n > 0 {
		return s.draw(n)
	}
	list := [][]Setting{nil}
	for i, a := range s.Axes {
		if a.Key == seedKey {
			continue
		}
		values, err := s.values(i)
		if err != nil {
			return nil, err
		}
		if len(list)*len(values) > maxTrials {
			return nil, choice.Wrong("axes", "give more than %d combinations", maxTrials)
		}
		var longer [][]Setting
		for _, c := range list {
			for _, v := range values {
				longer = append(longer, append(slices.Clone(c), Setting{a.Key, s.label(i), v}))
			}
		}
		list = longer
	}
	return list, nil
}

// values are those of an axis in a grid.
func (s *Spec) values(i int) ([]string, error) {
	a := s.Axes[i]
	if !a.drawn() {
		return a.Values, nil
	}
	var list []string
	seen, whole := map[string]bool{}, s.whole()[i]
	for draw := 0; len(list) < a.Count; draw++ {
		if draw == mostDraws(a.Count) {
			return nil, choice.Wrong(fmt.Sprintf("axes.%d.count", i),
				"must be at most %d: %d draws between the bounds gave no more different values of %s", len(list), draw, a.Key)
		}
		if v := a.draw(s.stream(), draw, whole); !seen[v] {
			seen[v] = true
			list = append(list, v)
		}
	}
	return list, nil
}
