package table

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"euryale/data"
)

// openParquet reads the names and types of a Parquet file's columns (https://parquet.apache.org/docs/file-format/). Their values
// are then read as the texts that delimited text would have, so that the same rules decide what they are; texts stay texts.
func openParquet(file *stored) (s *source, err error) {
	defer recoverDamage(file.name, &err)
	f, err := parquet.OpenFile(file.File, file.size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, fmt.Errorf("%s: no Parquet that can be read: %w", file.name, err)
	}
	s = &source{name: file.name, file: data.File{Encoding: utf8Name, Decimal: "."}}
	p := &parquetFile{name: file.name, file: f}
	if err := p.leaves(f.Root()); err != nil {
		return nil, fmt.Errorf("%s: %w", file.name, err)
	}
	seen := map[string]bool{}
	for _, leaf := range p.columns {
		name := strings.Join(leaf.Path(), ".")
		if seen[name] || name == "" {
			return nil, fmt.Errorf("%s: columns must have names, each its own, and one is called %q", file.name, name)
		}
		seen[name] = true
		isText := leaf.Type().Kind() == parquet.ByteArray || leaf.Type().Kind() == parquet.FixedLenByteArray
		s.columns = append(s.columns, column{name: name, text: isText && decimalOf(leaf.Type()) == nil})
	}
	if len(s.columns) == 0 {
		return nil, fmt.Errorf("%s: there are no columns", file.name)
	}
	s.scan = p.scan
	return s, nil
}

// recoverDamage makes an error of a panic: the library does not check everything that a damaged file may hold.
func recoverDamage(name string, err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%s: damaged: %v", name, r)
	}
}

type parquetFile struct {
	name    string
	file    *parquet.File
	columns []*parquet.Column
}

// leaves finds the columns of values. Parts of a group are columns; lists and maps are none.
func (p *parquetFile) leaves(c *parquet.Column) error {
	for _, child := range c.Columns() {
		switch {
		case child.Repeated():
			return fmt.Errorf("column %q holds a list per row: a table has one value", strings.Join(child.Path(), "."))
		case child.Leaf():
			p.columns = append(p.columns, child)
		default:
			if err := p.leaves(child); err != nil {
				return err
			}
		}
	}
	return nil
}

// scan implements source, a column after the other.
func (p *parquetFile) scan(ctx context.Context, do func(column, line int, cell []byte) error) (rows int, err error) {
	defer recoverDamage(p.name, &err)
	for j, leaf := range p.columns {
		write, err := parquetWriter(leaf.Type())
		if err != nil {
			return 0, fmt.Errorf("%s: column %q: %w", p.name, strings.Join(leaf.Path(), "."), err)
		}
		n := 0
		for _, group := range p.file.RowGroups() {
			chunk := group.ColumnChunks()[leaf.Index()]
			if err := p.chunk(ctx, chunk, func(v parquet.Value) error {
				var buffer [48]byte
				cell, err := write(buffer[:0], v)
				if err != nil {
					return fmt.Errorf("%s: row %d: column %q: %w", p.name, n, strings.Join(leaf.Path(), "."), err)
				}
				n++
				return do(j, n-1, cell)
			}); err != nil {
				return 0, err
			}
		}
		if j > 0 && n != rows {
			return 0, fmt.Errorf("%s: damaged: columns of %d and of %d rows", p.name, rows, n)
		}
		rows = n
	}
	return rows, nil
}

// chunk reads the values of a column in a row group.
func (p *parquetFile) chunk(ctx context.Context, chunk parquet.ColumnChunk, do func(parquet.Value) error) (err error) {
	pages := chunk.Pages()
	defer func() { err = errors.Join(err, pages.Close()) }()
	values := make([]parquet.Value, 1024)
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		reader := page.Values()
		for err == nil {
			var n int
			n, err = reader.ReadValues(values)
			for _, v := range values[:n] {
				if failed := do(v); failed != nil {
					return failed
				}
			}
		}
		parquet.Release(page)
		if !errors.Is(err, io.EOF) {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

func decimalOf(t parquet.Type) *format.DecimalType {
	if logical := t.LogicalType(); logical != nil {
		d, _ := logical.Value.(*format.DecimalType)
		return d
	}
	return nil
}

// parquetWriter appends a value of a type as text; nil for null.
func parquetWriter(t parquet.Type) (func(dst []byte, v parquet.Value) ([]byte, error), error) {
	write, err := plainWriter(t)
	if err != nil {
		return nil, err
	}
	return func(dst []byte, v parquet.Value) ([]byte, error) {
		if v.IsNull() {
			return nil, nil
		}
		return write(dst, v)
	}, nil
}

func plainWriter(t parquet.Type) (func(dst []byte, v parquet.Value) ([]byte, error), error) {
	if logical := t.LogicalType(); logical != nil {
		switch l := logical.Value.(type) {
		case *format.DateType:
			return momentWriter("2006-01-02", 24*time.Hour), nil
		case *format.TimestampType:
			layout := "2006-01-02T15:04:05.999999999"
			if l.IsAdjustedToUTC {
				layout += "Z07:00"
			}
			return momentWriter(layout, unitOfType(l.Unit)), nil
		case *format.TimeType:
			return momentWriter("15:04:05.999999999", unitOfType(l.Unit)), nil
		case *format.DecimalType:
			return decimalWriter(int(l.Scale)), nil
		case *format.IntType:
			if !l.IsSigned {
				return func(dst []byte, v parquet.Value) ([]byte, error) { return strconv.AppendUint(dst, v.Uint64(), 10), nil }, nil
			}
		case *format.UUIDType:
			return func(dst []byte, v parquet.Value) ([]byte, error) { return appendDashed(dst, v.ByteArray()), nil }, nil
		case *format.BsonType, *format.GeometryType, *format.GeographyType:
			return nil, fmt.Errorf("values of type %v are neither numbers nor texts", logical)
		}
	}
	switch kind := t.Kind(); kind {
	case parquet.Boolean:
		return func(dst []byte, v parquet.Value) ([]byte, error) { return strconv.AppendBool(dst, v.Boolean()), nil }, nil
	case parquet.Int32:
		return func(dst []byte, v parquet.Value) ([]byte, error) {
			return strconv.AppendInt(dst, int64(v.Int32()), 10), nil
		}, nil
	case parquet.Int64:
		return func(dst []byte, v parquet.Value) ([]byte, error) { return strconv.AppendInt(dst, v.Int64(), 10), nil }, nil
	case parquet.Int96:
		return writeInt96, nil
	case parquet.Float:
		return func(dst []byte, v parquet.Value) ([]byte, error) {
			return appendFloat(dst, float64(v.Float()), 32), nil
		}, nil
	case parquet.Double:
		return func(dst []byte, v parquet.Value) ([]byte, error) { return appendFloat(dst, v.Double(), 64), nil }, nil
	case parquet.ByteArray, parquet.FixedLenByteArray:
		return writeText, nil
	default:
		return nil, fmt.Errorf("values of type %v cannot be read", t)
	}
}

func unitOfType(unit format.TimeUnit) time.Duration {
	switch unit.Value.(type) {
	case *format.NanoSeconds:
		return time.Nanosecond
	case *format.MicroSeconds:
		return time.Microsecond
	}
	return time.Millisecond
}

// momentWriter writes a number of units since 1970, or since midnight.
func momentWriter(layout string, unit time.Duration) func(dst []byte, v parquet.Value) ([]byte, error) {
	return func(dst []byte, v parquet.Value) ([]byte, error) {
		n := int64(v.Int32())
		if v.Kind() == parquet.Int64 {
			n = v.Int64()
		}
		moment := time.Unix(n*int64(unit/time.Second), 0)
		if unit < time.Second {
			per := int64(time.Second / unit)
			moment = time.Unix(n/per, n%per*int64(unit))
		}
		return moment.UTC().AppendFormat(dst, layout), nil
	}
}

// writeInt96 writes the timestamps of older programs: nanoseconds of a day, then the Julian day.
func writeInt96(dst []byte, v parquet.Value) ([]byte, error) {
	const julianDay1970 = 2440588
	i := v.Int96()
	nanoseconds := int64(uint64(i[1])<<32 | uint64(i[0]))
	moment := time.Unix((int64(i[2])-julianDay1970)*86400, nanoseconds).UTC()
	return moment.AppendFormat(dst, "2006-01-02T15:04:05.999999999"), nil
}

// appendFloat appends the shortest decimal; nothing for NaN, which is missing.
func appendFloat(dst []byte, v float64, bits int) []byte {
	if v != v {
		return nil
	}
	format := byte('f')
	if a := max(v, -v); a != 0 && (a < 1e-4 || a >= 1e16) {
		format = 'e'
	}
	return strconv.AppendFloat(dst, v, format, -1, bits)
}

// decimalWriter writes a whole number divided by 10^scale.
func decimalWriter(scale int) func(dst []byte, v parquet.Value) ([]byte, error) {
	return func(dst []byte, v parquet.Value) ([]byte, error) {
		var n big.Int
		switch v.Kind() {
		case parquet.Int32:
			n.SetInt64(int64(v.Int32()))
		case parquet.Int64:
			n.SetInt64(v.Int64())
		default: // two's complement, the highest byte first
			b := v.ByteArray()
			n.SetBytes(b)
			if len(b) > 0 && b[0] >= 0x80 {
				n.Sub(&n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
			}
		}
		if n.Sign() < 0 {
			dst = append(dst, '-')
			n.Abs(&n)
		}
		digits := n.String()
		if missing := scale + 1 - len(digits); missing > 0 {
			digits = strings.Repeat("0", missing) + digits
		}
		dst = append(dst, digits[:len(digits)-scale]...)
		if scale > 0 {
			dst = append(append(dst, '.'), digits[len(digits)-scale:]...)
		}
		return dst, nil
	}
}

func writeText(_ []byte, v parquet.Value) ([]byte, error) {
	text := v.ByteArray()
	if !utf8.Valid(text) {
		return nil, errors.New("bytes that are no text in UTF-8")
	}
	if text == nil {
		text = []byte{}
	}
	return text, nil
}

// appendDashed appends a UUID in its usual form.
func appendDashed(dst, id []byte) []byte {
	if len(id) != 16 {
		return hex.AppendEncode(dst, id)
	}
	dst = hex.AppendEncode(dst, id[:4])
	for i := 4; i < 10; i += 2 {
		dst = hex.AppendEncode(append(dst, '-'), id[i:i+2])
	}
	return hex.AppendEncode(append(dst, '-'), id[10:])
}
