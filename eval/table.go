package eval

import (
	"context"
	"fmt"
	"runtime"

	"euryale/choice"
	"euryale/data/table"
	"euryale/metrics/tabular"
	"euryale/model"
)

// TableEvaluation is how good and how safe the rows of a synthetic table are.
type TableEvaluation struct {
	Step   int64      `json:"step,omitempty"`   // steps the net was trained for; 0: the rows come from a file
	Target string     `json:"target,omitempty"` // the column that is predicted; "": none
	Notes  []FileNote `json:"notes,omitempty"`  // what the files hold that does not fit
	*tabular.Report
}

// FileNote is a remark about one of the files of a comparison.
type FileNote struct {
	File   string `json:"file"` // its path
	Column string `json:"column,omitempty"`
	Text   string `json:"text"`
}

// EvaluateTable draws the samples of a request and compares them with the training rows and with those that were held out.
// Without held-out rows, what takes them is not measured, and the report lists it. The target is that of the run unless the
// options name one.
func EvaluateTable(ctx context.Context, m *model.Model, r model.Request, o tabular.Options) (*TableEvaluation, error) {
	if err := m.Check(r); err != nil {
		return nil, err
	}
	t, err := NewTables(ctx, m, 0)
	if err != nil {
		return nil, err
	}
	return t.Evaluate(ctx, m, r, o)
}

// Tables are the real rows of a run, in memory, for comparisons with samples.
type Tables struct {
	train, test *tabular.Table // test is nil without held-out rows
	target      string
}

// NewTables reads the rows that a model was trained on and those held out; of more than `most` rows of either so many, evenly
// spaced. 0: all.
func NewTables(ctx context.Context, m *model.Model, most int) (*Tables, error) {
	train, held, err := m.Source(ctx)
	if err != nil {
		return nil, err
	}
	t := new(Tables)
	if options, ok := m.Config.Data.Source.Kind.(*table.Options); ok {
		t.target = options.Target
	}
	if t.train, err = tableOf(ctx, train, most); err != nil {
		return nil, err
	}
	if held != nil {
		t.test, err = tableOf(ctx, held, most)
	}
	return t, err
}

// Rows is the number of training rows.
func (t *Tables) Rows() int { return t.train.Rows }

// Evaluate is EvaluateTable for rows that are in memory. The model must be of their run.
func (t *Tables) Evaluate(ctx context.Context, m *model.Model, r model.Request, o tabular.Options) (*TableEvaluation, error) {
	if o.Target == "" {
		o.Target = t.target
	}
	if err := checkTarget(o.Target, t.train); err != nil {
		return nil, err
	}
	samples := newColumns(m.SampleSchema(r))
	if err := m.Sample(ctx, r, samples); err != nil {
		return nil, err
	}
	e, err := compare(ctx, t.train, t.test, samples.table, o)
	if err != nil {
		return nil, err
	}
	e.Step = m.Step
	return e, nil
}

// checkTarget names the nearest column where there is none of the name.
func checkTarget(target string, train *tabular.Table) error {
	if target == "" {
		return nil
	}
	names := make([]string, len(train.Columns))
	for j := range names {
		names[j] = train.Columns[j].Name
	}
	if err := choice.OneOf(target, names...); err != nil {
		return fmt.Errorf("eval: %w", choice.Wrong("target", "%w", err))
	}
	return nil
}

func compare(ctx context.Context, train, test, synthetic *tabular.Table, o tabular.Options) (*TableEvaluation, error) {
	if o.Workers < 1 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	report, err := tabular.Compare(ctx, train, test, synthetic, o)
	if err != nil {
		return nil, fmt.Errorf("eval: %w", err)
	}
	return &TableEvaluation{Target: o.Target, Report: report}, nil
}
