package sweep

import (
	"math"
)

// plot is the metric of the trials as dots, a line per combination, the best first.
type plot struct {
	Width, Height, Left, Right, Bottom float64
	Metric                             string
	Lines                              []plotLine
	Ticks                              []tick
	Floor                              float64 // its place; 0: there is none
	More                               int     // combinations that are not drawn
}

type plotLine struct {
	Name           string
	Y, Top, Bottom float64
	Mean           float64
	Dots           []dot
}

type dot struct {
	X     float64
	Title string
}

type tick struct {
	X    float64
	Text string
}

// The places in a plot, in pixels. mostLines bounds its height.
const (
	plotWidth, plotLeft, plotRight = 900, 340, 870
	lineHeight                     = 22
	mostLines                      = 40
)

// plot draws the combinations that have the metric; nil if there are none.
func (r *Results) plot() *plot {
	p := &plot{Width: plotWidth, Left: plotLeft, Right: plotRight, Metric: r.Metric.Name}
	var shown []Combination
	for _, c := range r.Combinations {
		if _, ok := c.Get(r.Metric.Name); ok {
			shown = append(shown, c)
		}
	}
	if len(shown) == 0 {
		return nil
	}
	p.More = max(0, len(shown)-mostLines)
	shown = shown[:len(shown)-p.More]
	values := map[string][]TrialResult{}
	axis := axis{low: math.Inf(1), high: math.Inf(-1)}
	for _, c := range shown {
		for _, t := range r.Trials {
			if f, ok := t.Figures.Get(r.Metric.Name); ok && t.Combination == c.Name && t.Rung == c.Rung {
				values[c.Name] = append(values[c.Name], t)
				axis.include(f.Value)
			}
		}
	}
	floor := shown[0].floor(r.Metric.Name)
	if floor != nil {
		axis.include(*floor)
	}
	axis.choose()
	for i, c := range shown {
		s, _ := c.Get(r.Metric.Name)
		y := (float64(i) + 0.5) * lineHeight
		line := plotLine{Name: nameShown(c.Name), Y: y, Top: y - 8, Bottom: y + 8, Mean: axis.place(s.Mean)}
		for _, t := range values[c.Name] {
			f, _ := t.Figures.Get(r.Metric.Name)
			line.Dots = append(line.Dots, dot{axis.place(f.Value), t.Name + ": " + short(f.Value)})
		}
		p.Lines = append(p.Lines, line)
	}
	p.Bottom = float64(len(shown)) * lineHeight
	p.Height = p.Bottom + 2*lineHeight
	p.Ticks = axis.ticks()
	if floor != nil {
		p.Floor = axis.place(*floor)
	}
	return p
}

func (c *Combination) floor(name string) *float64 {
	s, _ := c.Get(name)
	return s.Floor
}

// nameShown is the name of a combination in tables and plots; a sweep over seeds alone has one that changes nothing.
func nameShown(name string) string {
	const most = 48
	switch runes := []rune(name); {
	case name == "":
		return "as it is"
	case len(runes) > most:
		return string(runes[:most-1]) + "…"
	}
	return name
}

// axis places values between plotLeft and plotRight, by their logarithms where they differ much.
type axis struct {
	low, high float64
	log       bool
}

func (a *axis) include(v float64) { a.low, a.high = min(a.low, v), max(a.high, v) }

func (a *axis) choose() {
	const much = 20
	a.log = a.low > 0 && a.high > much*a.low
	if a.low == a.high {
		around := max(1, math.Abs(a.low)) // 1 is nothing beside the figures of a trial that diverged
		a.low, a.high = a.low-around, a.high+around
	}
}

func (a *axis) place(v float64) float64 {
	share := (v - a.low) / (a.high - a.low)
	if a.log {
		share = math.Log(v/a.low) / math.Log(a.high/a.low)
	}
	return math.Round((plotLeft+share*(plotRight-plotLeft))*10) / 10
}

// ticks are four places with their values.
func (a *axis) ticks() []tick {
	const n = 3
	var list []tick
	for i := range n + 1 {
		share := float64(i) / n
		v := a.low + share*(a.high-a.low)
		if a.log {
			v = a.low * math.Pow(a.high/a.low, share)
		}
		list = append(list, tick{a.place(v), short3(v)})
	}
	return list
}
