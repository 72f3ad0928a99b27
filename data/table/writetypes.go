package table

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"

	"euryale/data"
)

// newParquetColumn chooses the type of a column. Real: INT64 without decimals, DATE, TIMESTAMP or TIME with a layout (in
// microseconds, or nanoseconds where the column has them), otherwise DOUBLE. Category and Class: BOOLEAN where they are true and
// false, INT64 where they are whole numbers (see areWhole), otherwise texts. Generated: INT64 for a sequence, otherwise texts. A
// column is optional if it has a text for missing cells, or is empty.
func newParquetColumn(s data.Schema, c data.Column, p place) (parquetColumn, error) {
	column := parquetColumn{place: p}
	switch c.Kind {
	case data.Real:
		column.real(c)
	case data.Generated:
		if err := column.generated(s, c); err != nil {
			return column, err
		}
	default:
		column.category(s, c)
	}
	if c.Missing != nil || c.Kind == data.Generated && c.Generate.Name == "empty" {
		column.node = parquet.Optional(column.node)
	}
	return column, nil
}

func (c *parquetColumn) real(column data.Column) {
	f := column.Format
	var value func(v float64) (parquet.Value, error)
	switch {
	case f != nil && f.Layout != "":
		c.node, value = timeType(*f)
	case f != nil && f.Decimals == 0 && f.Zeros == 0:
		c.node, value = parquet.Int(64), wholeNumber
	default:
		c.node = parquet.Leaf(parquet.DoubleType)
		value = func(v float64) (parquet.Value, error) { return parquet.DoubleValue(v), nil }
	}
	optional := column.Missing != nil
	number := c.number
	c.value = func(rows *data.Batch, i int) (parquet.Value, error) {
		v := number(rows, i)
		if optional && math.IsNaN(v) {
			return parquet.Value{}, nil
		}
		return value(v)
	}
}

func wholeNumber(v float64) (parquet.Value, error) {
	if !(v >= math.MinInt64 && v < math.MaxInt64) {
		return parquet.Value{}, fmt.Errorf("%v is no whole number of 64 bits", v)
	}
	return parquet.Int64Value(int64(math.RoundToEven(v))), nil
}

// timeType is the type of a layout.
func timeType(f data.Format) (parquet.Node, func(v float64) (parquet.Value, error)) {
	hasDate, hasClock := layoutParts(f.Layout)
	unit, count := parquet.Microsecond, time.Time.UnixMicro
	if f.Unit < time.Microsecond {
		unit, count = parquet.Nanosecond, time.Time.UnixNano
	}
	perDay := int64(24 * time.Hour / unit.Duration())
	adjusted := strings.Contains(f.Layout, "Z07") || strings.Contains(f.Layout, "-07")
	node := parquet.TimestampAdjusted(unit, adjusted)
	if !hasDate {
		node = parquet.TimeAdjusted(unit, adjusted)
	} else if !hasClock {
		node = parquet.Date()
	}
	return node, func(v float64) (parquet.Value, error) {
		moment, err := timeOf(v, f.Unit)
		switch {
		case err != nil:
			return parquet.Value{}, err
		case hasDate && !hasClock:
			return parquet.Int32Value(int32(floorDivide(moment.Unix(), 86400))), nil
		case unit == parquet.Nanosecond && math.Abs(float64(moment.Unix())) >= math.MaxInt64/1e9-1:
			return parquet.Value{}, fmt.Errorf("%v is outside the years that 64 bits of nanoseconds reach", moment)
		}
		n := count(moment)
		if !hasDate {
			n -= floorDivide(n, perDay) * perDay
		}
		return parquet.Int64Value(n), nil
	}
}

func floorDivide(a, b int64) int64 {
	if q := a / b; q*b > a {
		return q - 1
	} else {
		return q
	}
}

// layoutParts reports whether a layout has a date, and whether it has a time of day.
func layoutParts(layout string) (date, clock bool) {
	base := time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	return base.Format(layout) != base.AddDate(1, 1, 1).Format(layout),
		base.Format(layout) != base.Add(13*time.Hour+time.Minute+time.Second+time.Nanosecond).Format(layout)
}

// areWhole reports whether texts are to be whole numbers in a typed file: because the column's format has no decimals, or because
// they come from a file of text in which they are, each as strconv writes it.
func areWhole(s data.Schema, c data.Column, texts []string) bool {
	if c.Format == nil && (s.File == nil || s.File.Delimiter == "") {
		return false
	}
	if c.Format != nil && (c.Format.Decimals != 0 || c.Format.Zeros > 0 || c.Format.Layout != "") {
		return false
	}
	for _, text := range texts {
		if n, err := strconv.ParseInt(text, 10, 64); err != nil || strconv.FormatInt(n, 10) != text {
			return false
		}
	}
	return true
}

// areBool reports whether texts are true and false, or one of them, in any case.
func areBool(texts []string) bool {
	for _, text := range texts {
		if !strings.EqualFold(text, "true") && !strings.EqualFold(text, "false") {
			return false
		}
	}
	return len(texts) <= 2
}

// textValues are texts as values of the narrowest type that holds them.
func textValues(s data.Schema, c data.Column, texts []string) (parquet.Node, []parquet.Value) {
	values := make([]parquet.Value, len(texts))
	node := parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
	isBool, isWhole := areBool(texts), areWhole(s, c, texts)
	for k, text := range texts {
		switch {
		case isBool:
			values[k] = parquet.BooleanValue(strings.EqualFold(text, "true"))
		case isWhole:
			n, _ := strconv.ParseInt(text, 10, 64) // areWhole parsed it
			values[k] = parquet.Int64Value(n)
		default:
			values[k] = parquet.ByteArrayValue([]byte(text))
		}
	}
	switch {
	case isBool:
		node = parquet.Leaf(parquet.BooleanType)
	case isWhole:
		node = parquet.Int(64)
	}
	return node, values
}

// errMissing is the error of a missing cell in a column without any.
var errMissing = errors.New("a missing cell, in a column that has none in the data")

func (c *parquetColumn) category(s data.Schema, column data.Column) {
	var values []parquet.Value
	c.node, values = textValues(s, column, texts(s, column))
	code := c.codes(column.Kind)
	c.value = func(rows *data.Batch, i int) (parquet.Value, error) {
		k := code(rows, i)
		switch err := checkCode(k, len(values)); {
		case err != nil:
			return parquet.Value{}, err
		case k >= 0:
			return values[k], nil
		case column.Missing == nil:
			return parquet.Value{}, errMissing
		}
		return parquet.Value{}, nil
	}
}

func (c *parquetColumn) generated(s data.Schema, column data.Column) error {
	g := column.Generate
	c.node = parquet.String()
	switch g.Name {
	case "empty":
		c.value = func(*data.Batch, int) (parquet.Value, error) { return parquet.Value{}, nil }
		return nil
	case "constant":
		node, values := textValues(s, column, []string{g.Pattern})
		c.node = node
		c.value = func(*data.Batch, int) (parquet.Value, error) { return values[0], nil }
		return nil
	case "sequence":
		c.node = parquet.Int(64)
		c.value = func(rows *data.Batch, i int) (parquet.Value, error) {
			return parquet.Int64Value(g.Start + int64(rows.First+i)), nil
		}
		return nil
	}
	made, err := generator(g, c.column)
	c.value = func(rows *data.Batch, i int) (parquet.Value, error) {
		return parquet.ByteArrayValue(made(nil, rows.First+i)), nil
	}
	return err
}
