package table

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"euryale/choice"
	"euryale/data"
	"euryale/data/mixed"
)

// Open implements data.Options. The seed does not matter.
func (o *Options) Open(ctx context.Context, _ uint64) (data.Source, error) {
	if o.File == "" {
		return nil, choice.Wrong("file", "must be the path of a table, as in -set data.file=FILE.csv")
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	t, err := Read(ctx, o.File, o.ReadOptions)
	if err != nil {
		return nil, err
	}
	if err := t.settle(o); err != nil {
		return nil, err
	}
	return t, nil
}

// settle does with missing cells what the options want, and checks that the encoder takes the columns.
func (t *Table) settle(o *Options) error {
	if err := t.settleMissing(o.Missing); err != nil {
		return err
	}
	if !slices.ContainsFunc(t.schema.Columns, func(c data.Column) bool { return c.Kind == data.Real || c.Kind == data.Category }) {
		return fmt.Errorf("table: %s: there is no column to learn: %s", t.Name, t.whyNone())
	}
	if err := o.Settings().Check(t.schema); err != nil {
		if _, ok := err.(*choice.FieldError); ok {
			return err
		}
		return fmt.Errorf("table: %s: %w", t.Name, err)
	}
	return nil
}

// whyNone lists what the columns are.
func (t *Table) whyNone() string {
	var list []string
	for _, c := range t.Columns {
		switch {
		case c.Dropped:
			list = append(list, fmt.Sprintf("%q is dropped", c.Name))
		case c.Kind == data.Class:
			list = append(list, fmt.Sprintf("%q is the target", c.Name))
		default:
			list = append(list, fmt.Sprintf("%q is of type %v", c.Name, c.Type))
		}
	}
	if len(t.Columns) == 1 && strings.ContainsAny(t.Columns[0].Name, ",;|\t") {
		return list[0] + "; is csv.delimiter another?"
	}
	return enumerated(list)
}

// enumerated joins the first few of a list.
func enumerated(list []string) string {
	const most = 8
	if len(list) > most {
		return strings.Join(list[:most], ", ") + fmt.Sprintf(" … (%d in all)", len(list))
	}
	return strings.Join(list, ", ")
}

// Settings are those of the encoder.
func (o *Options) Settings() mixed.Settings {
	s := mixed.Settings{
		Numbers:     o.Numbers,
		Categories:  o.Categories.Encoding,
		EmbedAbove:  o.Categories.EmbedAbove,
		MinCount:    o.Categories.MinCount,
		Missing:     o.Missing,
		Constraints: slices.Clone(o.Constraints),
	}
	if s.Missing == missingDrop {
		s.Missing = mixed.Refuse // there are none left
	}
	for _, item := range o.Columns {
		c := item.Value
		if c.Unique && c.Kind != kindID && c.Kind != kindDrop {
			s.Constraints = append(s.Constraints, "unique("+strconv.Quote(item.Name)+")")
		}
		if c.Encoding == "" {
			continue
		}
		if s.Columns == nil {
			s.Columns = map[string]mixed.ColumnSettings{}
		}
		if slices.Contains(categoryCodes(), c.Encoding) {
			s.Columns[item.Name] = mixed.ColumnSettings{Categories: c.Encoding}
		} else {
			s.Columns[item.Name] = mixed.ColumnSettings{Numbers: c.Encoding}
		}
	}
	return s
}

func categoryCodes() []string { return []string{mixed.Auto, mixed.OneHot, mixed.Codes} }

func numberScales() []string {
	return []string{mixed.Quantile, mixed.Standard, mixed.MinMax, mixed.Log}
}

// Codec implements data.Encoding.
func (o *Options) Codec() data.Codec { return mixed.New(o.Settings()) }

// checkSettings is Validate of the encoder, in terms of the section.
func (o *Options) checkSettings() error {
	err := o.Settings().Validate()
	field, ok := err.(*choice.FieldError)
	if !ok {
		return err
	}
	key := field.Key
	switch key {
	case "categories":
		key = "categories.encoding"
	case "embed_above", "min_count":
		key = "categories." + key
	}
	return &choice.FieldError{Key: key, Err: field.Err}
}
