package table

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"euryale/data"
	"euryale/data/npy"
)

// openNPY reads an array of numbers, a row of the table per row of the array. The columns are called x0, x1, …
func openNPY(ctx context.Context, file *stored) (*source, error) {
	a, err := npy.Read(ctx, file.name, file.begin(), file.size)
	if err != nil {
		return nil, err
	}
	return arraySource(file.name, []namedArray{{"", a}})
}

// namedArray is an array of an .npz file.
type namedArray struct {
	name string
	*npy.Array
}

// maxCompression is more than deflate can achieve, by which a length that no file of this size unpacks to is found out.
const maxCompression = 1100

// openNPZ reads the arrays of numbers of an .npz file, which must have equally many rows. An array of one dimension is a column
// of its name; those of another, x say, are called x_0, x_1, …
func openNPZ(ctx context.Context, file *stored) (*source, error) {
	archive, err := zip.NewReader(file.File, file.size)
	if err != nil {
		return nil, fmt.Errorf("%s: no archive that can be read: %w", file.name, err)
	}
	var arrays []namedArray
	for _, member := range archive.File {
		name, isArray := strings.CutSuffix(member.Name, ".npy")
		if !isArray {
			return nil, fmt.Errorf("%s: an archive with %q in it, expected the arrays of an .npz file; a spreadsheet can be saved as CSV",
				file.name, member.Name)
		}
		if member.UncompressedSize64 > maxCompression*(member.CompressedSize64+1) {
			return nil, fmt.Errorf("%s: %s: damaged: %d bytes cannot be those of %d compressed ones", file.name, member.Name,
				member.UncompressedSize64, member.CompressedSize64)
		}
		in, err := member.Open()
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", file.name, member.Name, err)
		}
		a, err := npy.Read(ctx, file.name+": "+member.Name, in, int64(member.UncompressedSize64))
		if err := errors.Join(err, in.Close()); err != nil {
			return nil, err
		}
		arrays = append(arrays, namedArray{name, a})
	}
	if len(arrays) == 0 {
		return nil, fmt.Errorf("%s: an archive without arrays", file.name)
	}
	return arraySource(file.name, arrays)
}

// arraySource puts arrays side by side.
func arraySource(name string, arrays []namedArray) (*source, error) {
	s := &source{name: name, file: data.File{Encoding: utf8Name, Decimal: "."}}
	var of []namedArray // the array of each column
	var at []int        // and its column there
	rows := arrays[0].Rows
	for _, a := range arrays {
		if a.Rows != rows {
			return nil, fmt.Errorf("%s: %s has %d rows, and %s has %d", name, arrays[0].name, rows, a.name, a.Rows)
		}
		if a.Dimensions > 2 {
			return nil, fmt.Errorf("%s: an array of %d dimensions, expected rows and columns", name, a.Dimensions)
		}
		for j := range a.Columns {
			column := column{name: a.name}
			switch {
			case a.name == "":
				column.name = fmt.Sprintf("x%d", j)
			case a.Dimensions > 1:
				column.name = fmt.Sprintf("%s_%d", a.name, j)
			}
			s.columns, of, at = append(s.columns, column), append(of, a), append(at, j)
		}
	}
	seen := map[string]bool{}
	for _, c := range s.columns {
		if seen[c.name] {
			return nil, fmt.Errorf("%s: two columns are called %q", name, c.name)
		}
		seen[c.name] = true
	}
	s.scan = func(ctx context.Context, do func(column, line int, cell []byte) error) (int, error) {
		var buffer [48]byte
		for j, a := range of {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
			for i := range rows {
				cell := a.AppendText(buffer[:0], i, at[j])
				if bytes.Equal(cell, []byte("NaN")) {
					cell = nil
				}
				if err := do(j, i, cell); err != nil {
					return 0, err
				}
			}
		}
		return rows, nil
	}
	return s, nil
}
