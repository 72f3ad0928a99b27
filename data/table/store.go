package table

import (
	"fmt"
	"math"
	"math/bits"
	"time"
)

// store keeps the cells of a column in the second pass over a file.
type store struct {
	*survey
	c       *Column
	notes   []Note
	keep    keep
	tallied *tally // of numbers
	small   bool   // numbers are kept in c.small
	layout  layout // of dates
	limit   int    // of categories
	index   map[string]int
	bytes   int // of the categories' texts
	seen    hashes
}

// keep is how cells are kept.
type keep int

const (
	keepNothing keep = iota
	keepHashes       // whether they are different
	keepNumbers
	keepDates
	keepCodes
)

// maxCategoryBytes bounds the texts of a column's categories.
const maxCategoryBytes = 32 << 20

// reserve makes room for the cells of all rows.
func (st *store) reserve(rows int) {
	switch {
	case st.keep == keepNumbers || st.keep == keepDates:
		if st.small {
			st.c.small = make([]int32, 0, rows)
		} else {
			st.c.float = make([]float64, 0, rows)
		}
	case st.keep == keepCodes:
		st.c.bytes = make([]uint8, 0, rows)
	}
}

// add takes a cell in.
func (st *store) add(line int, cell []byte, file *source) error {
	if st.keep == keepNothing {
		return nil
	}
	missing := st.isMissing(cell)
	switch st.keep {
	case keepHashes:
		if !missing {
			st.seen.add(hashOf(cell))
		}
	case keepCodes:
		return st.addCode(line, cell, missing, file)
	case keepNumbers:
		st.addNumber(trim(cell), missing)
	case keepDates:
		st.addDate(trim(cell), missing)
	}
	return nil
}

func (st *store) addNumber(cell []byte, missing bool) {
	c := st.c
	switch {
	case missing && st.small:
		c.small = append(c.small, missingSmall)
	case missing:
		c.float = append(c.float, math.NaN())
	default:
		d, _ := scanNumber(cell, st.tallied.mark) // as in the first pass
		if st.small {
			c.small = append(c.small, int32(d.scaled(max(c.Format.Decimals, 0))-c.base))
		} else {
			c.float = append(c.float, d.value(cell, st.tallied.mark))
		}
	}
}

func (st *store) addDate(cell []byte, missing bool) {
	c := st.c
	switch {
	case missing && st.small:
		c.small = append(c.small, missingSmall)
		return
	case missing:
		c.float = append(c.float, math.NaN())
		return
	}
	t, _ := time.Parse(st.layout.text, textOf(cell)) // as in the first pass
	n := countOf(t, c.Format.Unit, st.layout.clock)
	if st.small {
		c.small = append(c.small, int32(n-c.base))
	} else {
		c.float = append(c.float, float64(n))
	}
}

func (st *store) addCode(line int, cell []byte, missing bool, file *source) error {
	c, code := st.c, -1
	if !missing {
		var ok bool
		if code, ok = st.code(cell); !ok {
			return st.overflow(line, cell, file)
		}
	}
	switch {
	case c.words != nil && missing:
		c.words = append(c.words, missingWord)
	case c.words != nil:
		c.words = append(c.words, uint16(code))
	case missing:
		c.bytes = append(c.bytes, missingByte)
	case code < missingByte:
		c.bytes = append(c.bytes, uint8(code))
	default:
		c.words = make([]uint16, 0, cap(c.bytes))
		for _, b := range c.bytes {
			if b == missingByte {
				c.words = append(c.words, missingWord)
			} else {
				c.words = append(c.words, uint16(b))
			}
		}
		c.words, c.bytes = append(c.words, uint16(code)), nil
	}
	if !missing {
		c.Counts[code]++
	}
	return nil
}

// code is the number of a category, a new one if there is room for it.
func (st *store) code(cell []byte) (int, bool) {
	code, ok := st.index[string(cell)]
	if ok {
		return code, true
	}
	if code = len(st.c.Categories); code >= st.limit || st.bytes+len(cell) > maxCategoryBytes {
		return 0, false
	}
	if st.index == nil {
		st.index = map[string]int{}
	}
	text := string(cell)
	st.index[text] = code
	st.bytes += len(text)
	st.c.Categories, st.c.Counts = append(st.c.Categories, text), append(st.c.Counts, 0)
	return code, true
}

// overflow gives up the categories of a column that has too many.
func (st *store) overflow(line int, cell []byte, file *source) error {
	c := st.c
	if st.target || st.options.Kind == kindCategory {
		what := "a column of kind category"
		if st.target {
			what = "the target"
		}
		return fmt.Errorf("%s: column %q: %s can have %d different texts, and %s is one more: is it an id, or free text?", file.place(line),
			st.name, what, len(c.Categories), shown(string(cell)))
	}
	for i, text := range c.Categories {
		if c.Counts[i] > 0 {
			st.seen.add(hashOf([]byte(text)))
		}
	}
	st.seen.add(hashOf(cell))
	st.keep, st.index, c.values, c.Categories, c.Counts = keepHashes, nil, values{}, nil, nil
	return nil
}

// hashes is a set of hashes of cells: that two cells of a column share one is less likely than an error of the memory.
type hashes struct {
	slots []uint64 // 0: free
	n     int
}

// add reports whether a hash is new.
func (h *hashes) add(hash uint64) bool {
	if 4*(h.n+1) > 3*len(h.slots) {
		old := h.slots
		h.slots, h.n = make([]uint64, max(64, 2*len(old))), 0
		for _, hash := range old {
			if hash != 0 {
				h.add(hash)
			}
		}
	}
	hash = max(hash, 1)
	mask := uint64(len(h.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		switch h.slots[i] {
		case hash:
			return false
		case 0:
			h.slots[i] = hash
			h.n++
			return true
		}
	}
}

// clear makes the set empty, and keeps its memory. It makes room for n hashes at once, as growth would take twice the memory.
func (h *hashes) clear(n int) {
	size := 64
	for 4*(n+1) > 3*size {
		size *= 2
	}
	if size > len(h.slots) {
		h.slots = make([]uint64, size)
	}
	clear(h.slots)
	h.n = 0
}

// hashOf is FNV-1a, stirred.
func hashOf(cell []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, b := range cell {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return stir(h)
}

// stir is the finalizer of MurmurHash3.
func stir(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// hashNumber is the hash of a number.
func hashNumber(v float64) uint64 { return stir(bits.RotateLeft64(math.Float64bits(v+0), 32)) }
