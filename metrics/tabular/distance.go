package tabular

import "math"

// Distance is the distance of two rows in a leak test: the mean over the columns of |a−b|/range for numbers, of 0 or 1 for
// categories that are equal or not (Gower 1971). A number outside of the training range counts up to one range beyond it.
// Two missing numbers are alike; a missing one is in the middle of the range, and half a range away besides.
type Distance struct {
	columns    int
	numbers    []numberScale
	categories []levels
}

type numberScale struct {
	column     int
	low, width float64
	hasMissing bool
}

// levels tells the most frequent categories of a column apart; the others, and those never seen, are one.
type levels struct {
	column int
	of     []int32 // per code + 1
}

// mostLevels is the number of categories per column that are told apart.
const mostLevels = 200

// NewDistance returns the distance in the ranges of the training table, which has at least one column of numbers or of
// categories.
func NewDistance(train *Table) *Distance {
	d := &Distance{}
	numbers, categories := train.inOrder()
	d.columns = len(numbers) + len(categories)
	for _, j := range numbers {
		s := numberScale{column: j}
		low, high := bounds(train.Columns[j].Numbers)
		s.low, s.width = low, high-low
		if s.width == 0 {
			s.width = 1
		}
		s.hasMissing = len(train.Columns[j].present()) < train.Rows
		d.numbers = append(d.numbers, s)
	}
	for _, j := range categories {
		d.categories = append(d.categories, newLevels(mostLevels, j, train))
	}
	return d
}

// newLevels numbers the n most frequent categories of column j in the tables; level n is every other one.
func newLevels(n, j int, tables ...*Table) levels {
	l := levels{j, make([]int32, len(tables[0].Columns[j].Categories)+1)}
	for k := range l.of {
		l.of[k] = int32(n)
	}
	for k, code := range mostFrequent(n, j, tables...) {
		l.of[code+1] = int32(k)
	}
	return l
}

func (l levels) level(code int32) int32 { return l.of[code+1] }

// Records are the rows of a table, ready for distances.
type Records struct {
	rows    int
	width   int       // numbers per row
	numbers []float32 // [rows, width], already divided by ranges and columns
	hot     int       // categories per row
	levels  []int32   // [rows, hot]
	unequal float32   // distance of two categories
}

// Rows is the number of records.
func (r *Records) Rows() int { return r.rows }

// Records returns the rows of a table that is aligned with the training table: the same columns, and the same lists of
// categories.
func (d *Distance) Records(t *Table) *Records {
	r := &Records{rows: t.Rows, hot: len(d.categories), unequal: 1 / float32(d.columns)}
	for _, s := range d.numbers {
		r.width++
		if s.hasMissing {
			r.width++
		}
	}
	r.numbers, r.levels = make([]float32, r.rows*r.width), make([]int32, r.rows*r.hot)
	at := 0
	for _, s := range d.numbers {
		for row, v := range t.Columns[s.column].Numbers {
			x, apart := 0.5, 0.5
			if finite(v) {
				x, apart = max(-1, min(2, (v-s.low)/s.width)), 0
			}
			r.numbers[row*r.width+at] = float32(x) / float32(d.columns)
			if s.hasMissing {
				r.numbers[row*r.width+at+1] = float32(apart) / float32(d.columns)
			}
		}
		at++
		if s.hasMissing {
			at++
		}
	}
	for k, l := range d.categories {
		for row, code := range t.Columns[l.column].Codes {
			r.levels[row*r.hot+k] = l.level(code)
		}
	}
	return r
}

// first returns the first n records.
func (r *Records) first(n int) *Records {
	part := *r
	part.rows = min(n, r.rows)
	part.numbers, part.levels = r.numbers[:part.rows*r.width], r.levels[:part.rows*r.hot]
	return &part
}

// distance is that of row i of r from row j of s, or any number above most if it is above.
func (r *Records) distance(i int, s *Records, j int, most float32) float32 {
	sum := float32(0)
	if r.hot > 0 {
		a, b := r.levels[i*r.hot:(i+1)*r.hot], s.levels[j*s.hot:(j+1)*s.hot]
		for k, level := range a {
			if level != b[k] {
				if sum += r.unequal; sum > most {
					return sum
				}
			}
		}
	}
	a, b := r.numbers[i*r.width:(i+1)*r.width], s.numbers[j*s.width:(j+1)*s.width]
	for len(a) >= 4 && len(b) >= 4 {
		d := abs(a[0]-b[0]) + abs(a[1]-b[1])
		d += abs(a[2]-b[2]) + abs(a[3]-b[3])
		if sum += d; sum > most {
			return sum
		}
		a, b = a[4:], b[4:]
	}
	for k, v := range a {
		sum += abs(v - b[k])
	}
	return sum
}

func abs(v float32) float32 { return math.Float32frombits(math.Float32bits(v) &^ (1 << 31)) }
