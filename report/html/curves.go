package html

import (
	"math"
	"strconv"

	"euryale/run"
)

// chart is one plot over the steps, as assets/page.js takes it.
type chart struct {
	Title  string   `json:"title"`
	Note   string   `json:"-"`
	Log    bool     `json:"log"` // whether the axis starts as logarithmic
	CanLog bool     `json:"-"`   // whether it can be: all values are positive
	X      []int64  `json:"x,omitempty"`
	Series []series `json:"series"`
}

// series is a line of a chart: values at steps of its own, or at those of the chart where it has none.
type series struct {
	Name  string  `json:"name"`
	Color int     `json:"color"`
	Faint bool    `json:"faint,omitempty"`
	Dash  bool    `json:"dash,omitempty"`
	X     []int64 `json:"x,omitempty"`
	Y     []value `json:"y"`
}

// value is a number to six digits; what is not finite is null.
type value float64

// MarshalJSON implements json.Marshaler.
func (v value) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(v), 'g', 6, 64), nil
}

// quantity is a number that log points may have.
type quantity struct {
	title string
	log   bool // on a logarithmic axis, where it can be
	of    func(p *run.LogPoint) (v float64, ok bool)
}

// quantities are what is drawn of every log point; the loss comes first.
var quantities = []quantity{
	{"Loss", true, func(p *run.LogPoint) (float64, bool) { return p.Loss, true }},
	{"Gradient norm", true, func(p *run.LogPoint) (float64, bool) { return p.GradientNorm, true }},
	{"Learning rate", false, func(p *run.LogPoint) (float64, bool) { return p.LearningRate, true }},
	{"Steps per second", false, func(p *run.LogPoint) (float64, bool) { return p.StepsPerSecond, true }},
}

// ofEvaluation is a quantity of the evaluations.
func ofEvaluation(title string, log bool, of func(e *run.Evaluation) *float64) quantity {
	return quantity{title, log, func(p *run.LogPoint) (float64, bool) {
		if p.Evaluation == nil {
			return 0, false
		}
		if v := of(p.Evaluation); v != nil {
			return *v, true
		}
		return 0, false
	}}
}

// ofPoints and ofTable are quantities of the evaluations of points and images, and of tables.
func ofPoints(title string, log bool, of func(e *run.PointsEvaluation) *float64) quantity {
	return ofEvaluation(title, log, func(e *run.Evaluation) *float64 {
		if e.Points == nil {
			return nil
		}
		return of(e.Points)
	})
}

func ofTable(title string, of func(e *run.TableEvaluation) *float64) quantity {
	return ofEvaluation(title, false, func(e *run.Evaluation) *float64 {
		if e.Table == nil {
			return nil
		}
		return of(e.Table)
	})
}

var heldOutLoss = ofEvaluation("Loss on held-out rows", true, func(e *run.Evaluation) *float64 { return &e.HeldOutLoss })

// evaluated are the charts of evaluations: what is measured, and what it is held against.
var evaluated = [][]quantity{
	{
		ofPoints("Sliced W1", true, func(e *run.PointsEvaluation) *float64 { return &e.SlicedW1 }),
		ofPoints("floor: real rows", true, func(e *run.PointsEvaluation) *float64 { return &e.Floor }),
	},
	{
		ofPoints("Samples nearer to training rows", false, func(e *run.PointsEvaluation) *float64 { return e.NearerToTraining }),
		ofPoints("by chance", false, func(e *run.PointsEvaluation) *float64 { return e.Expected }),
	},
	{
		ofTable("Trees tell samples from real rows (AUC)", func(e *run.TableEvaluation) *float64 { return e.Detection }),
		ofTable("best", func(*run.TableEvaluation) *float64 { return &half }),
	},
	{
		ofTable("Pairs of columns (share of equal distributions)", func(e *run.TableEvaluation) *float64 { return e.Pairs }),
		ofTable("floor: "+heldOut, func(e *run.TableEvaluation) *float64 { return e.PairsFloor }),
	},
	{
		ofTable("Samples nearer to training rows", func(e *run.TableEvaluation) *float64 { return e.DCRShare }),
		ofTable("by chance", func(*run.TableEvaluation) *float64 { return &half }),
	},
	{
		ofEvaluation("Score of samples", false, func(e *run.Evaluation) *float64 { return &e.Score }),
		ofEvaluation("quality", false, func(e *run.Evaluation) *float64 {
			if e.Quality == 0 {
				return nil
			}
			return &e.Quality
		}),
	},
}

var half = 0.5

// curve is a quantity along the log points of a run.
func curve(points []run.LogPoint, q quantity) (x []int64, y []float64) {
	for i := range points {
		if v, ok := q.of(&points[i]); ok {
			x, y = append(x, points[i].Step), append(y, v)
		}
	}
	return x, y
}

// charts are those of one run.
func charts(points []run.LogPoint) []chart {
	const most = 1500
	var list []chart
	if len(points) == 0 {
		return nil
	}
	for i, q := range quantities {
		x, y := curve(points, q)
		c := chart{Title: q.title}
		if i == 0 {
			mean, over := average(y)
			thinX, thinMean := thin(x, mean, most)
			c.Note = "Thick: the moving average over about " + grouped(int64(over)) + " log points."
			_, thinY := thin(x, y, most)
			c.X = thinX
			c.Series = []series{{Name: "loss", Faint: true, Y: thinY}, {Name: "moving average", Y: thinMean}}
			if x, y := curve(points, heldOutLoss); len(x) > 0 {
				s := series{Name: "held-out rows", Color: 1}
				s.X, s.Y = thin(x, y, most)
				c.Series = append(c.Series, s)
			}
		} else {
			var thinY []value
			c.X, thinY = thin(x, y, most)
			c.Series = []series{{Name: q.title, Y: thinY}}
		}
		list = append(list, c.scaled(q.log))
		if len(x) > most && i == 0 {
			list[0].Note += " Each dot of a curve is the mean of " + grouped(int64((len(x)+most-1)/most)) + " log points."
		}
	}
	for _, parts := range evaluated {
		c := chart{Title: parts[0].title}
		for i, q := range parts {
			if x, y := curve(points, q); len(x) > 0 {
				s := series{Name: q.title, Color: i, Dash: i > 0}
				s.X, s.Y = thin(x, y, most)
				c.Series = append(c.Series, s)
			}
		}
		if len(c.Series) > 0 && c.Series[0].Color == 0 {
			list = append(list, c.scaled(parts[0].log))
		}
	}
	return list
}

// scaled finds out whether the axis of a chart can be logarithmic.
func (c chart) scaled(log bool) chart {
	c.CanLog = true
	for _, s := range c.Series {
		for _, v := range s.Y {
			c.CanLog = c.CanLog && v > 0 && !math.IsInf(float64(v), 0)
		}
	}
	c.Log = log && c.CanLog
	return c
}

// average is the exponential moving average of values over about `over` of them, unbiased from the first one on.
func average(y []float64) (mean []float64, over int) {
	over = max(5, len(y)/25)
	keep := 1 - 2/float64(over+1)
	mean = make([]float64, len(y))
	sum, weight := 0.0, 0.0
	for i, v := range y {
		sum, weight = keep*sum+(1-keep)*v, keep*weight+(1-keep)
		mean[i] = sum / weight
	}
	return mean, over
}

// thin replaces runs of neighbors by their means, so that at most `most` values are left. Each stands at the last of its steps.
func thin(x []int64, y []float64, most int) (steps []int64, values []value) {
	each := max(1, (len(x)+most-1)/most)
	for i := 0; i < len(x); i += each {
		end := min(i+each, len(x))
		sum := 0.0
		for _, v := range y[i:end] {
			sum += v
		}
		steps, values = append(steps, x[end-1]), append(values, value(sum/float64(end-i)))
	}
	return steps, values
}
