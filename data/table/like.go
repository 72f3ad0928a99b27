package table

import (
	"math"
	"time"

	"euryale/data"
)

// Cells are the columns of a file as the kinds of a training table see them, for a comparison: what is in a cell is a number,
// a category, nothing, or something else that is counted.
type Cells struct {
	Name    string // of the file
	Rows    int
	Columns []CellColumn // in the order of the file
	Notes   []Note       // what does not fit, in words
}

// CellColumn is a column of Cells. Of one that is not compared, such as an id, free text, or a column that the training table
// does not have, only the missing cells are counted: both Numbers and Codes are nil.
type CellColumn struct {
	Name       string
	Numbers    []float64 // [Rows] of numbers and dates; NaN where the cell is missing or cannot be read
	Codes      []int32   // [Rows] of categories; −1 where it is missing
	Categories []string  // of Codes: those of the training table, then others in order of appearance; true and false in small letters
	Missing    int       // cells without a value
	// Unreadable cells have text that is no number or no date. Malformed ones have a value, written as no cell of the training
	// table is: "5.0" among integers, more decimals than any, a date in another form.
	Unreadable, Malformed int
}

// Cells are those of the table itself. A column that is the same in every row is a column of one number or category, and ids,
// texts and columns that are dropped are not compared.
func (t *Table) Cells() *Cells {
	all := &Cells{Name: t.Name, Rows: t.rows}
	for _, c := range t.Columns {
		cells := CellColumn{Name: c.Name, Missing: c.MissingCells}
		switch c.likeness() {
		case likeNothing:
			all.Notes = append(all.Notes, Note{c.Name, c.whyNotCompared()})
		case likeNumber, likeDate:
			cells.Numbers = make([]float64, t.rows)
			if c.Type == Constant {
				fill(cells.Numbers, c.constantNumber(t.file.Decimal[0]))
			} else {
				c.Numbers(cells.Numbers, 0)
			}
		case likeCategory:
			cells.Codes = make([]int32, t.rows)
			if c.Type == Constant {
				cells.Categories = []string{c.Generate.Pattern}
			} else {
				c.Codes(cells.Codes, 0)
				cells.unify(c)
			}
		}
		all.Columns = append(all.Columns, cells)
	}
	return all
}

func fill(dst []float64, v float64) {
	for i := range dst {
		dst[i] = v
	}
}

// unify gives true and false one code each, however they are written.
func (cells *CellColumn) unify(c *Column) {
	cells.Categories = c.Categories
	if c.Type != Bool {
		return
	}
	codes := map[string]int32{}
	of := make([]int32, len(c.Categories))
	cells.Categories = nil
	for i, text := range c.Categories {
		small := lower(text)
		code, ok := codes[small]
		if !ok {
			code = int32(len(cells.Categories))
			codes[small], cells.Categories = code, append(cells.Categories, small)
		}
		of[i] = code
	}
	for i, code := range cells.Codes {
		if code >= 0 {
			cells.Codes[i] = of[code]
		}
	}
}

// likeness is how the cells of a column are compared.
type likeness int

const (
	likeNothing likeness = iota
	likeNumber
	likeDate
	likeCategory
)

func (c *Column) likeness() likeness {
	switch {
	case c.Dropped || c.Type == ID || c.Type == Free || c.Type == Empty:
		return likeNothing
	case c.Kind == data.Category || c.Kind == data.Class:
		return likeCategory
	case c.Format == nil: // a constant text
		return likeCategory
	case c.Format.Layout != "":
		return likeDate
	}
	return likeNumber
}

func (c *Column) whyNotCompared() string {
	what := map[Type]string{ID: "is an id", Free: "is free text", Empty: "has no value in any cell"}[c.Type]
	if c.Dropped {
		what = "is dropped"
	}
	return what + ": only its missing cells are compared"
}

// constantNumber is the value of a column that is the same in every row.
func (c *Column) constantNumber(mark byte) float64 {
	cell := []byte(c.Generate.Pattern)
	if c.Format.Layout != "" {
		moment, _ := time.Parse(c.Format.Layout, string(trim(cell)))
		return countIn(moment, c.Format.Unit, layoutOf(c.Format.Layout).clock)
	}
	d, ok := scanNumber(trim(cell), mark)
	if !ok {
		return math.NaN()
	}
	return d.value(trim(cell), mark)
}

// countIn is countOf with the part of a unit that is left.
func countIn(t time.Time, unit time.Duration, clock bool) float64 {
	whole := countOf(t, unit, clock)
	if clock {
		t = t.AddDate(1970, 0, 0)
	}
	if unit < time.Second {
		rest := time.Duration(t.Nanosecond()) % unit
		return float64(whole) + float64(rest)/float64(unit)
	}
	seconds := int64(unit / time.Second)
	rest := float64(t.Unix()-whole*seconds) + float64(t.Nanosecond())/1e9
	return float64(whole) + rest/float64(seconds)
}
