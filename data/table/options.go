package table

import (
	"slices"
	"strings"

	"euryale/choice"
	"euryale/data"
	"euryale/data/mixed"
)

// Options are the section of the kind.
type Options struct {
	// File is the table: delimited text (.csv, .tsv, also compressed as .gz), Parquet or NumPy (.npy, .npz); "-" is
	// standard input. A relative path starts at the working directory.
	File        string `yaml:"file"`
	ReadOptions `yaml:",inline"`
	// Numbers is how numbers and dates are encoded: quantile (normal by ranks, ties spread), standard (mean 0), minmax or log.
	Numbers string `yaml:"numbers"`
	// Categories is how categories are encoded.
	Categories Categories `yaml:"categories"`
	// Missing is what to do about missing cells: error, drop their rows, impute a value, or model which cells are missing.
	Missing string `yaml:"missing"`
	// Constraints are relations that every sample satisfies: "carat > 0", "min <= max", "total = a + b", "unique(location,
	// date)", "fixed(city, state)".
	Constraints []string `yaml:"constraints"`
}

// ReadOptions are how a file is read.
type ReadOptions struct {
	// CSV is how delimited text is written.
	CSV CSV `yaml:"csv"`
	// Target is the column that the others are to predict; "": none. One of categories, or of at most 10 different whole
	// numbers, is the class that samples can be drawn of.
	Target string `yaml:"target"`
	// Columns overrules what the file shows, by the names of columns.
	Columns choice.Map[ColumnOptions] `yaml:"columns"`
}

// CSV is how delimited text is written.
type CSV struct {
	// Delimiter is what stands between cells: auto, or one character; tab may be written out.
	Delimiter string `yaml:"delimiter"`
	// Quote is what cells may be quoted with, one character; doubled within a cell it stands for itself.
	Quote string `yaml:"quote"`
	// Decimal is the decimal mark of numbers: auto, "." or ",".
	Decimal string `yaml:"decimal"`
	// Header is true where the first line has the names of the columns; otherwise they are x0, x1, …
	Header bool `yaml:"header"`
	// Encoding of the text: auto, utf-8, utf-16le, utf-16be, windows-1252 or latin1.
	Encoding string `yaml:"encoding"`
	// Missing are the cells that mean: no value.
	Missing []string `yaml:"missing"`
}

// Categories is how categories are encoded.
type Categories struct {
	// Encoding is onehot, a coordinate per category, codes, a vector of 16 coordinates, or auto: codes for columns of many.
	Encoding string `yaml:"encoding"`
	// EmbedAbove is how many categories a column of auto has at most to be encoded by onehot.
	EmbedAbove int `yaml:"embed_above"`
	// MinCount pools the categories that fewer training rows have, so that none of them is learned by itself.
	MinCount int `yaml:"min_count"`
}

// ColumnOptions overrule what the file shows of a column.
type ColumnOptions struct {
	// Kind is number, category, date, id, which is never learned, or drop, which is left out; "": as the cells are.
	Kind string `yaml:"kind"`
	// Order lists the categories from the first to the last, for reports.
	Order []string `yaml:"order"`
	// Missing are more cells that mean: no value.
	Missing []string `yaml:"missing"`
	// Pattern is how an id is made: sequence, uuid, empty, or a text with %d for the number of the row, such as "D-%06d".
	Pattern string `yaml:"pattern"`
	// Unique is true if no two samples may have the same value.
	Unique bool `yaml:"unique"`
	// Format is the layout of a date, in Go's notation: "2006-01-02 15:04:05".
	Format string `yaml:"format"`
	// Encoding overrules numbers or categories.encoding of the section.
	Encoding string `yaml:"encoding"`
}

// DefaultReadOptions find out everything from the file.
func DefaultReadOptions() ReadOptions {
	return ReadOptions{CSV: CSV{
		Delimiter: auto, Quote: `"`, Decimal: auto, Header: true, Encoding: auto, Missing: []string{"", "NA", "NaN", "null"},
	}}
}

// auto is the value of keys that the file decides.
const auto = "auto"

// DefaultOptions are those of a configuration.
func DefaultOptions() *Options {
	return &Options{
		ReadOptions: DefaultReadOptions(),
		Numbers:     mixed.Quantile,
		Categories:  Categories{Encoding: mixed.Auto, EmbedAbove: 64, MinCount: 1},
		Missing:     missingError,
	}
}

// The values of Options.Missing.
const (
	missingError  = "error"
	missingDrop   = "drop"
	missingImpute = "impute"
	missingModel  = "model"
)

// Kind is the entry of Options in a set of kinds.
func Kind() choice.Entry[data.Options] {
	return choice.Entry[data.Options]{
		Name:    "table",
		Summary: "a table in a CSV, TSV, Parquet or NumPy file, with columns of any kinds",
		New:     func() data.Options { return DefaultOptions() },
	}
}

// Validate checks what can be checked without the file.
func (o ReadOptions) Validate() error {
	for i, item := range o.Columns {
		if o.Columns.Index(item.Name) < i {
			return choice.Wrong("columns", "must have %q once", item.Name)
		}
	}
	return nil
}

// Validate returns a *choice.FieldError for an invalid value.
func (c CSV) Validate() error {
	if d := c.Delimiter; d != auto && d != "tab" && (!isMark(d) && d != "\t") {
		return choice.Wrong("delimiter", `must be auto, tab or one ASCII character such as ";", got %q`, d)
	}
	if q := c.Quote; q != "" && (!isMark(q) || q == c.Delimiter) {
		return choice.Wrong("quote", "must be one ASCII character other than the delimiter, or empty for none, got %q", q)
	}
	if err := choice.OneOf(c.Decimal, auto, ".", ","); err != nil {
		return choice.Wrong("decimal", "%w", err)
	}
	if err := choice.OneOf(c.Encoding, append([]string{auto}, encodings()...)...); err != nil {
		return choice.Wrong("encoding", "%w", err)
	}
	return nil
}

// isMark reports whether a text is a single character that may separate or quote cells.
func isMark(s string) bool {
	return len(s) == 1 && s[0] > ' ' && s[0] < 0x7f && !strings.Contains("0123456789.+-", s) &&
		!(s[0]|0x20 >= 'a' && s[0]|0x20 <= 'z')
}

// Validate returns a *choice.FieldError for an invalid value.
func (c ColumnOptions) Validate() error {
	if err := choice.OneOf(c.Kind, append([]string{""}, columnKinds()...)...); err != nil {
		return choice.Wrong("kind", "%w", choice.OneOf(c.Kind, columnKinds()...))
	}
	given := func(key string, is bool, kinds ...string) error {
		if is && c.kind() != "" && !slices.Contains(kinds, c.kind()) {
			return choice.Wrong(key, "belongs to a column of kind %s, and this one is of kind %s", strings.Join(kinds, " or "), c.kind())
		}
		return nil
	}
	for _, err := range []error{
		given("order", c.Order != nil, kindCategory),
		given("pattern", c.Pattern != "", kindID),
		given("format", c.Format != "", kindDate),
		given("encoding", c.Encoding != "", kindNumber, kindDate, kindCategory),
	} {
		if err != nil {
			return err
		}
	}
	if c.Pattern != "" && !slices.Contains([]string{"sequence", "uuid", "empty"}, c.Pattern) {
		if err := CheckPattern(c.Pattern); err != nil {
			return choice.Wrong("pattern", "must be sequence, uuid, empty, or a text with %%d for the number: %w", err)
		}
	}
	if c.Encoding != "" {
		if err := choice.OneOf(c.Encoding, append(numberScales(), categoryCodes()...)...); err != nil {
			return choice.Wrong("encoding", "%w", err)
		}
	}
	return checkFormat(c.Format)
}

// kind is Kind, or the only one to which the other keys belong.
func (c ColumnOptions) kind() string {
	switch {
	case c.Kind != "":
	case c.Order != nil:
		return kindCategory
	case c.Pattern != "":
		return kindID
	case c.Format != "":
		return kindDate
	}
	return c.Kind
}

// The kinds that a configuration gives a column.
const (
	kindNumber   = "number"
	kindCategory = "category"
	kindDate     = "date"
	kindID       = "id"
	kindDrop     = "drop"
)

func columnKinds() []string { return []string{kindNumber, kindCategory, kindDate, kindID, kindDrop} }

// Validate implements data.Options. It does not look for the file: a model is opened without it.
func (o *Options) Validate() error {
	if err := choice.OneOf(o.Missing, missingError, missingDrop, missingImpute, missingModel); err != nil {
		return choice.Wrong("missing", "%w", err)
	}
	return o.checkSettings()
}
