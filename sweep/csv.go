package sweep

import (
	"encoding/csv"
	"slices"
	"strconv"
	"strings"
)

// CSV has one row per trial, in the order of the sweep: its name, its settings, its state, the step of its model, its figures
// with their floors, and why it failed.
func (r *Results) CSV() string {
	settings, figures := r.columns()
	header := []string{"trial"}
	for _, s := range settings {
		header = append(header, s.Label)
	}
	header = append(header, "state", "step")
	for _, f := range figures {
		header = append(header, f.Name)
		if f.Floor != nil {
			header = append(header, f.Name+"_floor")
		}
	}
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Write(append(header, "error")) // a strings.Builder never fails
	for _, t := range r.Trials {
		row := []string{t.Name}
		for _, s := range settings {
			row = append(row, valueOf(t.Settings, s.Key))
		}
		row = append(row, t.State)
		if t.Rung < 0 {
			row = append(row, "")
		} else {
			row = append(row, strconv.FormatInt(t.Step, 10))
		}
		for _, column := range figures {
			f, ok := t.Figures.Get(column.Name)
			row = append(row, exact(f.Value, ok))
			if column.Floor != nil {
				if ok = ok && f.Floor != nil; ok {
					f.Value = *f.Floor
				}
				row = append(row, exact(f.Value, ok))
			}
		}
		w.Write(append(row, t.Error))
	}
	w.Flush()
	return b.String()
}

// columns are the settings and the figures that any trial has, the metric first; a figure has a floor if it has one anywhere.
func (r *Results) columns() (settings []Setting, figures []Figure) {
	if len(r.Trials) > 0 {
		settings = r.Trials[0].Settings
	}
	figures = []Figure{{Name: r.Metric.Name}}
	for _, t := range r.Trials {
		for _, f := range t.Figures {
			i := slices.IndexFunc(figures, func(g Figure) bool { return g.Name == f.Name })
			if i < 0 {
				figures = append(figures, f)
			} else if f.Floor != nil {
				figures[i].Floor = f.Floor
			}
		}
	}
	return settings, figures
}

func valueOf(settings []Setting, key string) string {
	for _, s := range settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// exact is a number that reads back as it is; empty where there is none.
func exact(v float64, ok bool) string {
	if !ok {
		return ""
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
