package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"euryale/data"
	"euryale/model"
)

// declareWhere declares -where and -reject.
func (c *sampleCommand) declareWhere() {
	c.flags.Func("where", "draw samples that have the value in the column, `column=value` as the file of the table has it; repeatable. "+
		"Samples that are near to it are kept, and repainted around it; those that have it as they are, where it is not rare. "+
		"-set repaint.resample=10 with -sampler ancestral repaints all from noise", func(text string) error {
		c.where = append(c.where, text)
		return nil
	})
	c.flags.BoolVar(&c.request.Reject, "reject", false, "keep only samples that have the values of -where as they are: exact, and the "+
		"slower, the rarer they are, down to 1 in 1000")
}

// checkWhere checks the flags before anything is opened.
func (c *sampleCommand) checkWhere() error {
	for _, text := range c.where {
		if name, _, ok := strings.Cut(text, "="); !ok || name == "" {
			return usagef("-where %s: expected column=value", text)
		}
	}
	if c.request.Reject && len(c.where) == 0 {
		return usage("-reject has no effect without -where, which it chooses samples by")
	}
	return nil
}

// parseWhere reads cells. The name of a column may contain a =.
func parseWhere(texts []string, m *model.Model) ([]model.Cell, error) {
	var cells []model.Cell
	for _, text := range texts {
		name, value, _ := strings.Cut(text, "=")
		for j := range m.Schema.Columns {
			if long := m.Schema.ColumnName(j); len(long) > len(name) && strings.HasPrefix(text, long+"=") {
				name, value = long, text[len(long)+1:]
			}
		}
		cells = append(cells, model.Cell{Column: name, Text: value})
	}
	return cells, nil
}

// exampleCell is what -where may look like for a table.
func exampleCell(m *model.Model) string {
	for j, c := range m.Schema.Columns {
		if c.Kind == data.Category {
			return m.Schema.ColumnName(j) + "=" + shownCell(c.Categories[0], 40)
		}
	}
	return m.Schema.ColumnName(0) + "=VALUE"
}

// try finds out how many samples have the values of -where, and reports it.
func (c *sampleCommand) try(ctx context.Context, m *model.Model) error {
	r := &c.request
	if m.Table() == nil || !slices.ContainsFunc(r.Where, func(cell model.Cell) bool { return kindOf(m, cell) != data.Class }) {
		return nil
	}
	trial, err := m.Try(ctx, *r)
	rare, isRare := errors.AsType[*model.RareError](err)
	ended, interrupted := errors.AsType[*model.InterruptedError](err)
	switch {
	case isRare && r.Reject:
		return fmt.Errorf("-reject: of %s samples %s have the values of -where, less than 1 in 1000%s; without -reject, those near to them "+
			"are repainted around them", grouped(rare.Tried), none(rare.Hits), ofNumbers(m, r.Where))
	case isRare:
		return fmt.Errorf("-where: of %s samples %s have its values, less than 1 in 1000, and none can be repainted around them, which takes "+
			"the objective mixed, and columns that do not follow from others by a constraint", grouped(rare.Tried), none(rare.Hits))
	case interrupted:
		return interruption{ended, fmt.Sprintf("none of %s samples was done, so nothing is kept", grouped(r.N))}
	case err != nil:
		return err
	}
	how := "only these are kept"
	if trial.Width > 0 {
		how = "those near to it are repainted around it"
	}
	c.flags.console.note("where: of %s samples %s have its values (%s): %s", grouped(trial.Rows), none(trial.Hits),
		percent(float64(trial.Hits)/float64(trial.Rows)), how)
	r.Trial = trial
	return nil
}

// kindOf is the kind of the column of a cell.
func kindOf(m *model.Model, cell model.Cell) data.Kind {
	for j, c := range m.Schema.Columns {
		if m.Schema.ColumnName(j) == cell.Column {
			return c.Kind
		}
	}
	return data.Class
}

func none(n int) string {
	if n == 0 {
		return "none"
	}
	return grouped(n)
}

// ofNumbers explains why samples hardly ever have certain values.
func ofNumbers(m *model.Model, where []model.Cell) string {
	for _, cell := range where {
		if kindOf(m, cell) == data.Real {
			return fmt.Sprintf(" (rows that have just this number of %s are few)", cell.Column)
		}
	}
	return ""
}
