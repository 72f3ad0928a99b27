package data

import (
	"errors"
	"fmt"
	"time"
)

// Format is how the numbers of a column are written in a file.
type Format struct {
	// Decimals is the number of digits after the point that numbers are rounded to; −1: the shortest decimal that parses back
	// to the number.
	Decimals int `json:"decimals"`
	// Padded numbers always have that many digits, as in 5.40; otherwise zeros at the end are cut.
	Padded bool `json:"padded,omitempty"`
	// Zeros is how many zeros follow the digits of padded numbers: whole numbers written as 5.0 have no decimals and one zero.
	Zeros int `json:"zeros,omitempty"`
	// Layout is the layout of a date or a time, in the notation of package time; "" for plain numbers. The number then counts
	// Units since 1970-01-01 00:00 UTC, or since midnight where the layout has no date.
	Layout string `json:"layout,omitempty"`
	// Unit is the finest unit of Layout.
	Unit time.Duration `json:"unit,omitempty"`
	// Offset is the zone that a Layout with a zone is written in, in seconds east of UTC. The number is an instant all the same.
	Offset int `json:"offset,omitempty"`
}

// maxDecimals is more than any float64 needs.
const maxDecimals = 400

func (f *Format) validate() error {
	switch {
	case f == nil:
		return nil
	case f.Decimals < -1 || f.Decimals > maxDecimals:
		return fmt.Errorf("a number cannot have %d decimals", f.Decimals)
	case f.Zeros < 0 || f.Zeros > maxDecimals || f.Zeros > 0 && (!f.Padded || f.Decimals < 0):
		return fmt.Errorf("%d zeros cannot follow the decimals %+v", f.Zeros, *f)
	case (f.Layout != "") != (f.Unit > 0):
		return fmt.Errorf("a date needs a layout and a unit above 0, got %q and %v", f.Layout, f.Unit)
	}
	return nil
}

// Generator is how the cells of a column are made that is not learned from the data.
type Generator struct {
	// Name is sequence, whole numbers from Start on; pattern, these numbers by Pattern; uuid; constant, Pattern itself; or
	// empty.
	Name string `json:"name"`
	// Start is the number of row 0.
	Start int64 `json:"start,omitempty"`
	// Pattern is in the notation of fmt.Sprintf with one verb for a whole number, as in D-%06d; of a constant, its text.
	Pattern string `json:"pattern,omitempty"`
}

func (g *Generator) validate() error {
	if g == nil {
		return errors.New("nothing tells how its cells are made")
	}
	switch g.Name {
	case "sequence", "pattern", "uuid", "constant", "empty":
		return nil
	}
	return fmt.Errorf("there is no generator %q", g.Name)
}

// File is how the file of a table was written. Files of samples follow it.
type File struct {
	Delimiter string `json:"delimiter,omitempty"` // between cells; "" for a file without, such as Parquet
	Decimal   string `json:"decimal,omitempty"`   // "." or ","
	Header    bool   `json:"header,omitempty"`    // whether the first line has the names of the columns
	BOM       bool   `json:"bom,omitempty"`       // whether it begins with a byte order mark
	CRLF      bool   `json:"crlf,omitempty"`      // whether lines end in \r\n
	QuoteAll  bool   `json:"quote_all,omitempty"` // whether every cell is quoted
	Quote     string `json:"quote,omitempty"`     // what quotes a cell; "": '"'
	Encoding  string `json:"encoding,omitempty"`  // of its text: utf-8, utf-16le, utf-16be, latin1
}
