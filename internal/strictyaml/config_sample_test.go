package strictyaml

import (
	"fmt"

	"euryale/choice"
)

// A union that is embedded: samplePart has its methods, and is a section for all that.
type samplePart struct {
	choice.One[solver] `yaml:",inline"`
	Steps              int                `yaml:"steps"`
	Times              []float64          `yaml:"times"`
	Levels             []int              `yaml:"levels"`
	Start              startMode          `yaml:"start"`
	Corrector          choice.One[solver] `yaml:"corrector"`
}

type solver interface{ Solve() }

type churn struct {
	Amount float64 `yaml:"amount"`
	Noise  float64 `yaml:"noise"`
}

func (c churn) Validate() error {
	if c.Amount < 0 {
		return choice.Wrong("amount", "must be at least 0, got %v", c.Amount)
	}
	return nil
}

type (
	ancestral struct {
		Variance string `yaml:"variance"`
	}
	euler struct {
		Churn churn `yaml:"churn"`
	}
	heun struct {
		Churn churn `yaml:"churn"`
		Order int   `yaml:"order"`
	}
)

func (*ancestral) Solve() {}
func (*euler) Solve()     {}
func (*heun) Solve()      {}

func solvers() choice.Set[solver] {
	return choice.Set[solver]{
		{Name: "ancestral", New: func() solver { return &ancestral{"beta"} }},
		{Name: "euler", New: func() solver { return &euler{churn{0, 1}} }},
		{Name: "heun", New: func() solver { return &heun{churn{0, 1}, 2} }},
	}
}

// startMode is an enumeration that reads and writes itself.
type startMode int

var startModes = []string{"prior", "marginal"}

func (m *startMode) UnmarshalText(text []byte) error {
	if err := choice.OneOf(string(text), startModes...); err != nil {
		return err
	}
	for i, name := range startModes {
		if name == string(text) {
			*m = startMode(i)
		}
	}
	return nil
}

func (m startMode) MarshalText() ([]byte, error) {
	if m < 0 || int(m) >= len(startModes) {
		return nil, fmt.Errorf("no start %d", int(m))
	}
	return []byte(startModes[m]), nil
}

type column struct {
	Title string `yaml:"title"`
	Width int    `yaml:"width"`
}

func (c column) Validate() error { return atLeast("width", c.Width, 0) }

// bound is a section with defaults, which its list gives.
type bound struct {
	Low  float64            `yaml:"low"`
	High float64            `yaml:"high"`
	By   choice.One[solver] `yaml:"by"`
}

type boundsList []bound

func (boundsList) Element() any { return bound{High: 1, By: solvers().Choose("euler")} }

func (l boundsList) Validate() error {
	for i, b := range l {
		if b.Low > b.High {
			return choice.Wrong(fmt.Sprintf("[%d].low", i), "must be at most high (%v), got %v", b.High, b.Low)
		}
	}
	return nil
}
