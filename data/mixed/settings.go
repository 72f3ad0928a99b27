package mixed

import (
	"fmt"
	"maps"
	"slices"

	"euryale/choice"
	"euryale/data"
)

// Settings are how the columns of a table are encoded. The zero value of each field is its default.
type Settings struct {
	// Numbers is the scale of columns of numbers: Quantile, Standard, MinMax or Log.
	Numbers string
	// Categories is the code of columns of categories: OneHot, Codes, or Auto, which is one-hot up to EmbedAbove values and code
	// vectors above.
	Categories string
	// EmbedAbove is how many values, pooled ones as one, a column of Auto has at most to be one-hot, 64 by default.
	EmbedAbove int
	// MinCount pools values that occur less often in the training rows as one value, 1 by default. A pooled value is drawn
	// from the pool by its share.
	MinCount int
	// Missing is what becomes of missing cells: Refuse, Impute or Model.
	Missing string
	// Columns overrules the fields above, by the name of a column.
	Columns map[string]ColumnSettings
	// Constraints are what every row satisfies:
	//
	//	carat > 0, carat <= 5.5, sold >= 2020-01-31   a bound: numbers are clipped to it
	//	min <= max, min < max                         max is encoded as its distance from min
	//	total = a + b                                 total is computed
	//	fixed(city, state)                            only combinations of the training rows occur
	//	unique(location, date)                        no combination occurs twice; see Codec.Unique
	//
	// A name that contains an operator, a comma or a parenthesis is written in double quotes.
	Constraints []string
	// Seed is that of the random numbers of Encode and Decode.
	Seed uint64
}

// ColumnSettings are the settings of one column; those that are zero are as in Settings.
type ColumnSettings struct {
	Numbers    string
	Categories string
	EmbedAbove int
	MinCount   int
	Missing    string
}

// The codes of categories.
const (
	Auto   = "auto"
	OneHot = "onehot"
	Codes  = "codes"
)

// What becomes of missing cells.
const (
	Refuse = "error"  // they are errors
	Impute = "impute" // numbers become the median of the training rows, categories the most frequent one
	Model  = "model"  // missing is a value
)

const (
	defaultEmbedAbove = 64
	defaultMinCount   = 1
)

// Validate returns a *choice.FieldError for a setting that no table allows.
func (s Settings) Validate() error {
	whole := ColumnSettings{s.Numbers, s.Categories, s.EmbedAbove, s.MinCount, s.Missing}
	if err := whole.validate(); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(s.Columns)) {
		if err := s.Columns[name].validate(); err != nil {
			return choice.Within("columns."+name, err)
		}
	}
	for _, text := range s.Constraints {
		if _, err := parseConstraint(text); err != nil {
			return choice.Wrong("constraints", "%w", err)
		}
	}
	return nil
}

func (s ColumnSettings) validate() error {
	for _, field := range []struct {
		key, value string
		names      []string
	}{
		{"numbers", s.Numbers, scaleNames()},
		{"categories", s.Categories, []string{Auto, OneHot, Codes}},
		{"missing", s.Missing, []string{Refuse, Impute, Model}},
	} {
		if field.value == "" {
			continue
		}
		if err := choice.OneOf(field.value, field.names...); err != nil {
			return choice.Wrong(field.key, "%w", err)
		}
	}
	if s.EmbedAbove < 0 {
		return choice.Wrong("embed_above", "must be at least 1, or 0 for %d; got %d", defaultEmbedAbove, s.EmbedAbove)
	}
	if s.MinCount < 0 {
		return choice.Wrong("min_count", "must be at least 1, or 0 for %d; got %d", defaultMinCount, s.MinCount)
	}
	return nil
}

// of is the settings of a column, all of them set.
func (s Settings) of(name string) ColumnSettings {
	c := s.Columns[name]
	return ColumnSettings{
		Numbers:    first(c.Numbers, s.Numbers, Quantile),
		Categories: first(c.Categories, s.Categories, Auto),
		EmbedAbove: first(c.EmbedAbove, s.EmbedAbove, defaultEmbedAbove),
		MinCount:   first(c.MinCount, s.MinCount, defaultMinCount),
		Missing:    first(c.Missing, s.Missing, Refuse),
	}
}

// first is the first value that is not zero.
func first[T comparable](values ...T) T {
	var zero T
	for _, v := range values {
		if v != zero {
			return v
		}
	}
	return zero
}

// Check returns an error for whatever can be wrong with the settings for rows of a schema before the rows are read.
func (s Settings) Check(schema data.Schema) error {
	_, err := newPlan(schema, s)
	return err
}

// checkNames is an error that names the first setting for a column which there is not.
func (s Settings) checkNames(schema data.Schema) error {
	names := columnNames(schema)
	for _, name := range slices.Sorted(maps.Keys(s.Columns)) {
		if err := choice.OneOf(name, names...); err != nil {
			return fmt.Errorf("columns: the name of a column %w", err)
		}
	}
	return nil
}

func columnNames(schema data.Schema) []string {
	names := make([]string, len(schema.Columns))
	for j := range names {
		names[j] = schema.ColumnName(j)
	}
	return names
}
