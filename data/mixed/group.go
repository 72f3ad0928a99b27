package mixed

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"euryale/data"
)

// group is a column of categories, a combination of columns, or a pattern of missing numbers. A row has one of its values,
// counted from 0; several rare ones may share a code. With one code there is nothing to learn, and it has no coordinates.
type group struct {
	kind       groupKind
	columns    []int  // of the schema
	places     []int  // of the columns in Batch.Real or Batch.Index
	real       []bool // combination: whether it is Batch.Real
	nullable   bool   // category: the last value is "missing"
	categories int    // category: values besides
	minCount   int
	embed      int      // more codes than this are code vectors
	imputed    *float64 // category: value of a missing cell
	tuples     *tuples  // combination: its values

	counts  []int64   // training rows per value
	code    []int32   // per value
	members [][]int32 // values per code
	vectors []float32 // [codes, codeWidth]; nil: one-hot
	first   int       // its first coordinate
	width   int       // 0: one code only
	slot    int       // number among the groups of the layout, −1: none
}

type groupKind int

const (
	category groupKind = iota
	combination
	absence // value 0: present, 1: missing
)

// values is how many there are.
func (g *group) values() int {
	switch g.kind {
	case absence:
		return 2
	case combination:
		return g.tuples.count()
	}
	if g.nullable {
		return g.categories + 1
	}
	return g.categories
}

// value is that of row i. An error explains why there is none.
func (g *group) value(rows *data.Batch, i, reals, indices int) (int, error) {
	switch g.kind {
	case absence:
		for _, r := range g.places {
			if math.IsNaN(rows.Real[i*reals+r]) {
				return 1, nil
			}
		}
		return 0, nil
	case combination:
		return g.tuples.find(g, rows, i, reals, indices, g.counts), nil
	}
	v := int(rows.Index[i*indices+g.places[0]])
	switch {
	case v == -1 && g.nullable:
		return g.categories, nil
	case v == -1 && g.imputed != nil:
		return int(*g.imputed), nil
	case v == -1:
		return 0, errMissing
	case v < 0 || v >= g.categories:
		return 0, fmt.Errorf("has category %d, want 0 to %d", v, g.categories-1)
	}
	return v, nil
}

// assign gives the values their codes: in the order of the values, then one for the rare ones together, then "missing".
func (g *group) assign() error {
	least := int64(g.minCount)
	if g.kind == absence {
		least = 0
	}
	var rare []int32
	for v, n := range g.counts {
		if n < least {
			rare = append(rare, int32(v))
		}
	}
	if len(rare) == 1 {
		rare = nil // alone it needs no other name
	}
	g.code, g.members = make([]int32, len(g.counts)), nil
	add := func(values ...int32) {
		for _, v := range values {
			g.code[v] = int32(len(g.members))
		}
		g.members = append(g.members, values)
	}
	for v, n := range g.counts {
		if last := g.nullable && v == g.categories; !last && (n >= least || rare == nil) {
			add(int32(v))
		}
	}
	if len(rare) > 0 {
		add(rare...)
	}
	if g.nullable && (rare == nil || g.counts[g.categories] >= least) {
		add(int32(g.categories))
	}
	g.width = 0
	if g.kind == absence && (g.counts[0] == 0) {
		return fmt.Errorf("a pattern of missing numbers without a row that has them")
	}
	switch k := len(g.members); {
	case g.embedded():
		g.width = codeWidth
	case k > 1:
		g.width = k
	}
	return nil
}

// embedded reports whether the codes are vectors.
func (g *group) embedded() bool { return g.kind != absence && len(g.members) > max(1, g.embed) }

// shares of the training rows per code. A code that no row has gets the share of half a row, so that logarithms exist.
func (g *group) shares() []float64 {
	shares, total := make([]float64, len(g.members)), 0.0
	for k, values := range g.members {
		n := int64(0)
		for _, v := range values {
			n += g.counts[v]
		}
		shares[k] = max(float64(n), 0.5)
		total += shares[k]
	}
	for k := range shares {
		shares[k] /= total
	}
	return shares
}

// best is the code that coordinates [width] are nearest to; of equally near ones the first.
func (g *group) best(x []float32) int {
	best, most := 0, float32(math.Inf(-1))
	if g.vectors == nil {
		for k, v := range x {
			if v > most {
				best, most = k, v
			}
		}
		return best
	}
	// Code vectors have one length, so that the nearest has the largest product.
	for k := range g.members {
		product := float32(0)
		for d, v := range g.vectors[k*codeWidth : (k+1)*codeWidth] {
			product += v * x[d]
		}
		if product > most {
			best, most = k, product
		}
	}
	return best
}

// put writes the coordinates of a code, where there are zeros.
func (g *group) put(x []float32, code int32) {
	if g.vectors == nil {
		x[code] = 1
		return
	}
	copy(x, g.vectors[int(code)*codeWidth:(int(code)+1)*codeWidth])
}

// draw is the value of a code: that of several by their shares, for a uniform number.
func (g *group) draw(code int, uniform func() float64) int {
	values := g.members[code]
	if len(values) == 1 {
		return int(values[0])
	}
	total := int64(0)
	for _, v := range values {
		total += g.counts[v]
	}
	if total == 0 {
		return int(values[int(uniform()*float64(len(values)))])
	}
	at := int64(uniform() * float64(total))
	for _, v := range values {
		if at -= g.counts[v]; at < 0 {
			return int(v)
		}
	}
	return int(values[len(values)-1])
}

// tuples are the combinations of values that training rows have, in order of first appearance.
type tuples struct {
	width int
	cells []float64 // [count, width]: numbers and indices of categories; NaN and −1: missing
	at    map[string]int
}

func (t *tuples) count() int { return len(t.cells) / t.width }

// newCombinations is the group of the columns of a constraint fixed(…).
func newCombinations(columns, places []int, all []column) group {
	g := group{kind: combination, columns: columns, minCount: 1, embed: defaultEmbedAbove}
	g.tuples = &tuples{width: len(columns), at: map[string]int{}}
	for _, j := range columns {
		c := all[j]
		g.places = append(g.places, places[j])
		g.real = append(g.real, c.Kind == data.Real)
		if c.Kind == data.Category {
			if g.minCount = max(g.minCount, c.MinCount); !slices.Contains(g.real[:len(g.real)-1], false) {
				g.embed = embedAbove(c) // of the first column of categories
			}
		}
	}
	return g
}

// read takes the cells of a row.
func (t *tuples) read(cells []float64, g *group, rows *data.Batch, i, reals, indices int) []float64 {
	for c, place := range g.places {
		if g.real[c] {
			cells = append(cells, rows.Real[i*reals+place]+0)
		} else {
			cells = append(cells, float64(rows.Index[i*indices+place]))
		}
	}
	return cells
}

func tupleKey(key []byte, cells []float64) []byte {
	for _, v := range cells {
		if v != v {
			v = math.NaN() // of one kind
		}
		key = binary.LittleEndian.AppendUint64(key, math.Float64bits(v))
	}
	return key
}

// add returns the number of a row's combination, which may be new.
func (t *tuples) add(g *group, rows *data.Batch, i, reals, indices int) int {
	var cellMemory [8]float64
	var keyMemory [64]byte
	cells := t.read(cellMemory[:0], g, rows, i, reals, indices)
	key := tupleKey(keyMemory[:0], cells)
	n, ok := t.at[string(key)]
	if !ok {
		n = t.count()
		t.at[string(key)] = n
		t.cells = append(t.cells, cells...)
	}
	return n
}

// find returns the number of a row's combination. For one that no training row has, it is that of the combination with the
// most equal cells, of several the most frequent one.
func (t *tuples) find(g *group, rows *data.Batch, i, reals, indices int, counts []int64) int {
	var cellMemory [8]float64
	var keyMemory [64]byte
	cells := t.read(cellMemory[:0], g, rows, i, reals, indices)
	if n, ok := t.at[string(tupleKey(keyMemory[:0], cells))]; ok {
		return n
	}
	best, most := 0, -1
	for n := range t.count() {
		equal := 0
		for c, v := range t.cells[n*t.width : (n+1)*t.width] {
			if v == cells[c] || v != v && cells[c] != cells[c] {
				equal++
			}
		}
		if equal > most || equal == most && counts[n] > counts[best] {
			best, most = n, equal
		}
	}
	return best
}

// index fills the map from cells; false if a combination occurs twice.
func (t *tuples) index() bool {
	t.at = make(map[string]int, t.count())
	for n := range t.count() {
		t.at[string(tupleKey(nil, t.cells[n*t.width:(n+1)*t.width]))] = n
	}
	return len(t.at) == t.count()
}
