package table

import (
	"bytes"
	"math"
	"strconv"

	"euryale/data"
)

// decimal is a cell that is a number: ±digits with a point and perhaps an exponent.
type decimal struct {
	negative bool
	mantissa uint64 // its digits without the point; meaningless beyond mostDigits of them
	digits   int    // how many of them are significant: from the first that is not 0
	decimals int    // how many stand after the point
	grid     int    // the same without the zeros at the end
	whole    bool   // neither point nor exponent
	exponent bool
	usual    bool // written as programs write numbers: not +5, .5, 5. or -0
}

// mostDigits is how many significant digits a float64 keeps whatever they are.
const mostDigits = 15

// scanNumber reads a number whose decimal mark is given. A whole part that begins with a superfluous zero, as that of a
// code such as 007, is none.
func scanNumber(cell []byte, mark byte) (d decimal, ok bool) {
	i := 0
	d.usual = true
	if i < len(cell) && (cell[i] == '-' || cell[i] == '+') {
		d.negative, d.usual = cell[i] == '-', cell[i] == '-'
		i++
	}
	start := i
	for ; i < len(cell) && cell[i]-'0' <= 9; i++ {
		d.digit(cell[i])
	}
	whole := i - start
	if whole > 1 && cell[start] == '0' {
		return d, false
	}
	d.whole = true
	if i < len(cell) && cell[i] == mark {
		d.whole = false
		for i++; i < len(cell) && cell[i]-'0' <= 9; i++ {
			d.digit(cell[i])
			d.decimals++
			if cell[i] != '0' {
				d.grid = d.decimals
			}
		}
		d.usual = d.usual && whole > 0 && d.decimals > 0
	}
	if whole+d.decimals == 0 {
		return d, false
	}
	if i < len(cell) && cell[i]|0x20 == 'e' {
		d.whole, d.exponent = false, true
		if i++; i < len(cell) && (cell[i] == '-' || cell[i] == '+') {
			i++
		}
		if start = i; i == len(cell) {
			return d, false
		}
		for i < len(cell) && cell[i]-'0' <= 9 {
			i++
		}
	}
	d.usual = d.usual && !(d.negative && d.digits == 0)
	return d, i == len(cell) && i > start
}

func (d *decimal) digit(c byte) {
	if d.digits > 0 || c != '0' {
		d.digits++
	}
	if d.digits <= 19 {
		d.mantissa = d.mantissa*10 + uint64(c-'0')
	}
}

// simple numbers are mantissa / 10^decimals, correctly rounded by one division.
func (d *decimal) simple() bool {
	return !d.exponent && d.digits <= mostDigits && d.decimals < len(powersOfTen)
}

// value is the number of the cell that d was read from. It may be infinite.
func (d *decimal) value(cell []byte, mark byte) float64 {
	if d.simple() {
		v := float64(d.mantissa) / powersOfTen[d.decimals]
		if d.negative {
			return -v
		}
		return v
	}
	text := string(cell)
	if mark != '.' {
		text = string(bytes.Replace(cell, []byte{mark}, []byte{'.'}, 1))
	}
	v, _ := strconv.ParseFloat(text, 64) // only a range error is left
	return v
}

// scaled is the number times 10^grid, for a grid that has all its decimals.
func (d *decimal) scaled(grid int) int64 {
	m := int64(d.mantissa)
	for k := d.decimals; k > grid; k-- {
		m /= 10
	}
	for k := d.decimals; k < grid; k++ {
		m *= 10
	}
	if d.negative {
		return -m
	}
	return m
}

// isInfinite reports whether a cell is an infinite number in words.
func isInfinite(cell []byte) bool {
	if len(cell) > 0 && (cell[0] == '-' || cell[0] == '+') {
		cell = cell[1:]
	}
	return len(cell) >= 3 && cell[0]|0x20 == 'i' && (bytes.EqualFold(cell, []byte("inf")) || bytes.EqualFold(cell, []byte("infinity")))
}

// tally is what the cells of a column are as numbers with one decimal mark.
type tally struct {
	mark      byte
	numbers   int
	others    int // cells that are no numbers
	other     sample
	zeros     int // of them, whole numbers with superfluous zeros in front
	infinite  int
	infinity  sample
	whole     bool // every number is whole
	great     int  // whole numbers from 2^53 on
	unusual   int  // spelled as schemas cannot spell
	odd       sample
	exponents int
	long      int // more digits than a float64 keeps for sure
	lossy     int // of these and those with exponents, numbers whose shortest decimal is another text
	tiny      int // below 1e-4, without exponent
	decimals  int // most
	fewest    int // fewest
	grid      int // most without zeros at the end
	zeroEnds  int // numbers with zeros at the end of the decimals
	full      int // numbers with as many decimals as `decimals`
	least     float64
	most      float64
}

// sample is a cell that an error or note shows, and the line that it stands in.
type sample struct {
	line int
	text string
}

func (s *sample) set(line int, cell []byte) {
	if s.line == 0 {
		*s = sample{line, string(cell)}
	}
}

// exactWhole is where float64 stops to hold all whole numbers.
const exactWhole = 1 << 53

// add takes a cell in, without blanks around it. It reports whether the cell is a number.
func (t *tally) add(line int, cell []byte) bool {
	d, ok := scanNumber(cell, t.mark)
	if !ok {
		if isInfinite(cell) {
			t.infinite++
			t.infinity.set(line, cell)
			return true
		}
		t.others++
		t.other.set(line, cell)
		if len(cell) > 1 && cell[0] == '0' && isDigits(cell) {
			t.zeros++
		}
		return false
	}
	v := d.value(cell, t.mark)
	if math.IsInf(v, 0) {
		t.infinite++
		t.infinity.set(line, cell)
		return true
	}
	if t.numbers == 0 {
		t.whole, t.fewest, t.least, t.most = true, d.decimals, v, v
	}
	t.numbers++
	t.least, t.most = min(t.least, v), max(t.most, v)
	if !d.whole {
		t.whole = false
	} else if math.Abs(v) >= exactWhole {
		t.great++
	}
	if !d.usual {
		t.unusual++
		t.odd.set(line, cell)
	}
	t.places(d, v, cell)
	return true
}

// places counts decimals.
func (t *tally) places(d decimal, v float64, cell []byte) {
	if d.exponent || d.digits > mostDigits {
		if d.exponent {
			t.exponents++
		} else {
			t.long++
		}
		var buffer [40]byte
		text := appendShortest(buffer[:0], v)
		if t.mark != '.' {
			text = bytes.Replace(text, []byte{'.'}, []byte{t.mark}, 1)
		}
		if !bytes.Equal(text, cell) {
			t.lossy++
		}
	} else if v != 0 && math.Abs(v) < 1e-4 {
		t.tiny++
	}
	switch {
	case d.decimals > t.decimals:
		t.decimals, t.full = d.decimals, 1
	case d.decimals == t.decimals:
		t.full++
	}
	t.fewest, t.grid = min(t.fewest, d.decimals), max(t.grid, d.grid)
	if d.grid < d.decimals {
		t.zeroEnds++
	}
}

// format is how numbers like these are written, and whether each of them comes back as its cell was.
func (t *tally) format() (f data.Format, exact bool) {
	if t.whole && t.great == 0 { // up to 16 digits
		return data.Format{}, t.unusual == 0
	}
	if t.exponents+t.long > 0 {
		return data.Format{Decimals: -1}, t.lossy+t.zeroEnds+t.tiny+t.unusual == 0
	}
	f = data.Format{Decimals: t.grid}
	even := t.decimals > 0 && t.fewest == t.decimals
	if even || t.zeroEnds > 0 && 2*t.full > t.numbers {
		f.Padded, f.Zeros = true, t.decimals-t.grid
	}
	return f, t.unusual == 0 && (even || t.zeroEnds == 0)
}

func isDigits(cell []byte) bool {
	for _, c := range cell {
		if c-'0' > 9 {
			return false
		}
	}
	return len(cell) > 0
}
