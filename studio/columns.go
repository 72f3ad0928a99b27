package studio

import (
	"errors"
	"io/fs"
	"math"
	"net/http"
	"slices"
	"strconv"

	"euryale/run"
)

// column is a number of a log point.
type column struct {
	name  string
	value func(run.LogPoint) float64 // NaN where there is none
}

// columns are those of the log, always the same.
var columns = []column{
	{"step", func(p run.LogPoint) float64 { return float64(p.Step) }},
	{"epoch", func(p run.LogPoint) float64 { return p.Epoch }},
	{"loss", func(p run.LogPoint) float64 { return p.Loss }},
	{"loss_low", func(p run.LogPoint) float64 { return p.Loss }},
	{"loss_high", func(p run.LogPoint) float64 { return p.Loss }},
	{"grad_norm", func(p run.LogPoint) float64 { return p.GradientNorm }},
	{"lr", func(p run.LogPoint) float64 { return p.LearningRate }},
	{"steps_per_s", func(p run.LogPoint) float64 { return p.StepsPerSecond }},
	{"held_out_loss", of(func(e *run.Evaluation) *float64 { return &e.HeldOutLoss })},
	{"score", of(func(e *run.Evaluation) *float64 { return &e.Score })},
	{"quality", of(func(e *run.Evaluation) *float64 { return &e.Quality })},
	{"sliced_w1", ofPoints(func(e *run.PointsEvaluation) *float64 { return &e.SlicedW1 })},
	{"floor", ofPoints(func(e *run.PointsEvaluation) *float64 { return &e.Floor })},
	{"nearer_to_training", ofPoints(func(e *run.PointsEvaluation) *float64 { return e.NearerToTraining })},
	{"c2st_boosting_auc", ofTable(func(e *run.TableEvaluation) *float64 { return e.Detection })},
	{"column_shapes", ofTable(func(e *run.TableEvaluation) *float64 { return e.Shapes })},
	{"pairs_tv10", ofTable(func(e *run.TableEvaluation) *float64 { return e.Pairs })},
	{"pairs_tv10_floor", ofTable(func(e *run.TableEvaluation) *float64 { return e.PairsFloor })},
	{"dcr_share", ofTable(func(e *run.TableEvaluation) *float64 { return e.DCRShare })},
	{"membership_auc", ofTable(func(e *run.TableEvaluation) *float64 { return e.Membership })},
}

// The places of the loss among the columns, and the first column of an evaluation.
const (
	lossColumn      = 2
	lowColumn       = 3
	highColumn      = 4
	firstEvaluation = 8
)

func of(value func(*run.Evaluation) *float64) func(run.LogPoint) float64 {
	return func(p run.LogPoint) float64 {
		if p.Evaluation != nil {
			if v := value(p.Evaluation); v != nil {
				return *v
			}
		}
		return math.NaN()
	}
}

func ofPoints(value func(*run.PointsEvaluation) *float64) func(run.LogPoint) float64 {
	return of(func(e *run.Evaluation) *float64 {
		if e.Points == nil {
			return nil
		}
		return value(e.Points)
	})
}

func ofTable(value func(*run.TableEvaluation) *float64) func(run.LogPoint) float64 {
	return of(func(e *run.Evaluation) *float64 {
		if e.Table == nil {
			return nil
		}
		return value(e.Table)
	})
}

func columnNames() (names []string) {
	for _, c := range columns {
		names = append(names, c.name)
	}
	return names
}

// curves are the rows of a log.
type curves struct {
	ID      string     `json:"id"`
	Columns []string   `json:"columns"`
	Rows    [][]number `json:"rows"`
	Points  int        `json:"points"` // of the log, of which the rows may be means
	Thinned bool       `json:"thinned"`
	Error   string     `json:"error"` // of a log that is damaged
}

// mostRows of a log are sent: more than a screen has columns.
const mostRows = 2000

// thinned makes rows of log points, at most so many: of each group of points the last step, means of the others, and the least
// and the greatest loss. Numbers of evaluations, which are rare, are means of those in the group.
func thinned(points []run.LogPoint, most int) [][]number {
	rows := make([][]number, 0, min(len(points), most))
	groups := min(len(points), most)
	for g := range groups {
		rows = append(rows, rowOf(points[g*len(points)/groups:(g+1)*len(points)/groups]))
	}
	return rows
}

// rowOf is the row of a group of points.
func rowOf(points []run.LogPoint) []number {
	row := make([]number, len(columns))
	for i, c := range columns {
		sum, n := 0.0, 0
		for _, p := range points {
			if v := c.value(p); !math.IsNaN(v) {
				sum += v
				n++
			}
		}
		row[i] = number(sum / float64(n)) // NaN of none
	}
	last := points[len(points)-1]
	row[0], row[1] = number(last.Step), number(last.Epoch)
	for _, p := range points {
		row[lowColumn], row[highColumn] = min(row[lowColumn], number(p.Loss)), max(row[highColumn], number(p.Loss))
	}
	return row
}

// getMetrics sends the log of a run.
func (s *Studio) getMetrics(r *http.Request) (any, error) {
	id, folder, err := s.asked(r)
	if err != nil {
		return nil, err
	}
	from := int64(-1)
	if text := r.URL.Query().Get("from"); text != "" {
		if from, err = strconv.ParseInt(text, 10, 64); err != nil {
			return nil, wrong("from must be a step, got %.40q", text)
		}
	}
	c := curves{ID: id, Columns: columnNames()}
	points, err := run.ReadMetrics(folder.MetricsPath())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.Error = plain(err) // and the points before the damage
	}
	points = slices.DeleteFunc(points, func(p run.LogPoint) bool { return p.Step <= from })
	c.Rows, c.Points, c.Thinned = thinned(points, mostRows), len(points), len(points) > mostRows
	return c, nil
}
