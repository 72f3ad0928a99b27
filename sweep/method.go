package sweep

import (
	"slices"

	"euryale/choice"
)

// Method is how the combinations of a sweep are chosen, and how long each is trained.
type Method interface {
	draws() int        // combinations to draw; 0: all of the grid
	lengthKey() string // the key that says how long a trial is trained, where the method sets it; "" otherwise
	budgets() []int64  // values of that key at which combinations are compared, ascending; nil: trials are trained whole
}

// Methods are the methods that there are.
func Methods() choice.Set[Method] {
	return choice.Set[Method]{
		{Name: "grid", Summary: "every value of an axis with every value of the others", New: func() Method { return Grid{} }},
		{Name: "random", Summary: "combinations drawn at random (Bergstra and Bengio 2012)", New: func() Method { return &Random{Trials: 20} }},
		{Name: "halving", Summary: "short trainings of many combinations, of which the best go on (Jamieson and Talwalkar 2016)",
			New: func() Method { return &Halving{Factor: 3} }},
	}
}

// Grid tries all combinations.
type Grid struct{}

func (Grid) draws() int        { return 0 }
func (Grid) lengthKey() string { return "" }
func (Grid) budgets() []int64  { return nil }

// Random tries combinations that are drawn: of each axis one of its values, or a number between its bounds. The first ones are
// the same however many there are.
type Random struct {
	// Trials is the number of different combinations, each of which is trained with every seed.
	Trials int `yaml:"trials"`
}

func (r *Random) draws() int      { return r.Trials }
func (*Random) lengthKey() string { return "" }
func (*Random) budgets() []int64  { return nil }

// Validate returns a *choice.FieldError for an invalid value.
func (r *Random) Validate() error {
	if r.Trials < 1 || r.Trials > maxTrials {
		return choice.Wrong("trials", "must be from 1 to %d, got %d", maxTrials, r.Trials)
	}
	return nil
}

// Halving is successive halving in rounds: all combinations are trained up to the first budget, the best of them go on to the
// second, and so on. A combination goes on with all of its seeds, from where it stopped: its training is that of the last
// budget, merely interrupted, so a learning rate that falls to the end of the training does so to the end of the last budget.
type Halving struct {
	// Trials is the number of combinations that are drawn at random to begin with; 0: all of the grid.
	Trials int `yaml:"trials"`
	// Factor is the share of combinations that go on: of n the best n/factor, rounded down, at least one.
	Factor int `yaml:"factor"`
	// Epochs are the budgets, in passes over the data, ascending; the last is the length of a whole training. Either these or
	// Steps.
	Epochs []int `yaml:"epochs"`
	// Steps are the budgets, in steps.
	Steps []int64 `yaml:"steps"`
}

func (h *Halving) draws() int { return h.Trials }

func (h *Halving) lengthKey() string {
	if len(h.Steps) > 0 {
		return "train.steps"
	}
	return "train.epochs"
}

func (h *Halving) budgets() []int64 {
	list := slices.Clone(h.Steps)
	for _, e := range h.Epochs {
		list = append(list, int64(e))
	}
	return list
}

// Validate returns a *choice.FieldError for an invalid value.
func (h *Halving) Validate() error {
	switch {
	case h.Trials < 0 || h.Trials > maxTrials:
		return choice.Wrong("trials", "must be from 1 to %d, or 0 for all of the grid, got %d", maxTrials, h.Trials)
	case h.Factor < 2 || h.Factor > maxTrials:
		return choice.Wrong("factor", "must be at least 2, got %d", h.Factor)
	case (len(h.Epochs) > 0) == (len(h.Steps) > 0):
		return choice.Wrong("", "needs one of epochs and steps, such as epochs: [5, 15, 45]")
	}
	key := "epochs"
	if len(h.Steps) > 0 {
		key = "steps"
	}
	list := h.budgets()
	if len(list) < 2 {
		return choice.Wrong(key, "must be two budgets or more, got %d", len(list))
	}
	for i, b := range list {
		if b < 1 || i > 0 && b <= list[i-1] {
			return choice.Wrong(key, "must be at least 1 and ascend, got %v", list)
		}
	}
	return nil
}
