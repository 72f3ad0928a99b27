package table

import (
	"math"

	"euryale/data"
)

// Type is what the cells of a column are.
type Type int

// The types of columns.
const (
	Int   Type = iota // whole numbers
	Float             // numbers
	Date              // dates, or dates with times
	Time              // times of day
	Bool              // the categories true and false, in any case
	Text              // categories
	Free              // texts of which most occur once: never learned
	ID                // keys: never learned
	Constant
	Empty // every cell is missing
)

// typeNames are the types as they are shown, in order.
func typeNames() []string {
	return []string{"integer", "number", "date", "time", "true or false", "category", "text", "id", "constant", "empty"}
}

func (t Type) String() string { return typeNames()[t] }

// Column is one column of a Table.
type Column struct {
	data.Column // as in the schema; Categories are those of a Class too
	Type        Type
	// Dropped is a column that the options leave out: it is not in the schema, and its cells were not kept.
	Dropped bool
	// MissingCells counts the cells without a value.
	MissingCells int
	// Distinct counts the different cells that have one: numbers and dates by value, all else by text.
	Distinct int
	// Unique reports that there are several values and no two are equal.
	Unique bool
	// Counts are the rows per category, of a Category or Class.
	Counts []int64
	// Examples are the first different cells, at most maxExamples, as the file has them.
	Examples []string
	// Exact reports that the schema gives back every cell as the file has it. A Note tells what it does not.
	Exact bool

	firstMissing int // line or row of the file; 0: none is missing
	places       int // most digits behind the point of a number; −1: some have exponents
	values
}

// maxExamples is how many cells of a column are kept to be shown.
const maxExamples = 5

// values are the cells of a column that is learned. At most one of the slices is set.
type values struct {
	// small are numbers as (base + small) / scale; float numbers as they are.
	small []int32
	base  int64
	scale float64
	float []float64
	// bytes and words are categories.
	bytes []uint8
	words []uint16
}

// What stands for a missing cell.
const (
	missingSmall = math.MinInt32
	missingByte  = math.MaxUint8
	missingWord  = math.MaxUint16
)

// Number is row i of a Real column; NaN where it is missing.
func (c *Column) Number(i int) float64 {
	if c.float != nil {
		return c.float[i]
	}
	v := c.small[i]
	if v == missingSmall {
		return math.NaN()
	}
	return float64(c.base+int64(v)) / c.scale
}

// Numbers fills dst with a Real column from a row on.
func (c *Column) Numbers(dst []float64, first int) { c.readNumbers(dst, 1, first, len(dst)) }

// Code is row i of a Category or Class; −1 where it is missing.
func (c *Column) Code(i int) int32 {
	if c.words != nil {
		return codeOf(c.words[i], missingWord)
	}
	return codeOf(c.bytes[i], missingByte)
}

// Codes fills dst with a Category or Class from a row on.
func (c *Column) Codes(dst []int32, first int) { c.readCodes(dst, 1, first, len(dst)) }

// readNumbers fills every stride-th number of dst with n rows.
func (c *Column) readNumbers(dst []float64, stride, first, n int) {
	for i := range n {
		dst[i*stride] = c.Number(first + i)
	}
}

// readCodes fills every stride-th number of dst with n rows.
func (c *Column) readCodes(dst []int32, stride, first, n int) {
	for i := range n {
		dst[i*stride] = c.Code(first + i)
	}
}

func codeOf[T uint8 | uint16](code, missing T) int32 {
	if code == missing {
		return -1
	}
	return int32(code)
}
