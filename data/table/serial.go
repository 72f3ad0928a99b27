package table

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"euryale/data"
)

// serial is what the cells of a column are as numbered texts, such as D-000123: a head that all have, then digits.
type serial struct {
	cells    int
	dead     bool   // some cell is none
	uuids    bool   // every cell is a UUID
	head     []byte // of the first
	zeros    int    // digits of numbers with zeros in front; 0: there are none
	uneven   bool   // these are not the same for all
	shortest int    // fewest digits
	least    int64
	greatest int64
	previous int64
	run      bool // each number is that of the row before, and one
}

// maxSerialDigits keeps numbers within int64.
const maxSerialDigits = 18

func (s *serial) add(cell []byte) {
	s.cells++
	s.uuids = s.uuids && isUUID(cell)
	if s.dead {
		return
	}
	start, n, power := len(cell), int64(0), int64(1)
	for start > 0 && cell[start-1]-'0' <= 9 && len(cell)-start < maxSerialDigits {
		start--
		n += int64(cell[start]-'0') * power
		power *= 10
	}
	if start == len(cell) || s.cells > 1 && !bytes.Equal(cell[:start], s.head) {
		s.dead, s.run = true, false
		return
	}
	digits := len(cell) - start
	if digits > 1 && cell[start] == '0' {
		s.uneven = s.uneven || s.zeros > 0 && s.zeros != digits
		s.zeros = digits
	}
	if s.cells == 1 {
		s.head = bytes.Clone(cell[:start])
		s.least, s.greatest, s.run, s.shortest = n, n, true, digits
	} else {
		s.run = s.run && n == s.previous+1
	}
	s.shortest = min(s.shortest, digits)
	s.least, s.greatest, s.previous = min(s.least, n), max(s.greatest, n), n
}

// isUUID reports whether a cell is a UUID in its usual form: 8-4-4-4-12 digits.
func isUUID(cell []byte) bool {
	if len(cell) != 36 {
		return false
	}
	for i, c := range cell {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (c == '-') {
			return false
		} else if !dash && !(c-'0' <= 9 || c|0x20 >= 'a' && c|0x20 <= 'f') {
			return false
		}
	}
	return true
}

// generator makes cells like those of the column; unique is whether all are different. Numbers without a gap are numbers of
// rows, and begin with the least again; others begin behind the greatest, so that no key of the file comes back.
func (s *serial) generator(name, pattern string, unique bool) *data.Generator {
	start := int64(1)
	numbered := s.cells > 0 && !s.dead && !s.uneven && s.shortest >= s.zeros
	if numbered {
		if start = s.greatest + 1; unique && s.greatest-s.least == int64(s.cells)-1 {
			start = s.least
		}
	}
	escaped := strings.ReplaceAll(string(s.head), "%", "%%")
	switch {
	case pattern == "uuid" || pattern == "" && s.cells > 0 && s.uuids:
		return &data.Generator{Name: "uuid"}
	case pattern == "empty":
		return &data.Generator{Name: "empty"}
	case pattern == "sequence" || pattern == "" && numbered && len(s.head) == 0 && s.zeros == 0:
		return &data.Generator{Name: "sequence", Start: start}
	case pattern == "" && numbered && s.zeros > 0:
		pattern = escaped + "%0" + strconv.Itoa(s.zeros) + "d"
	case pattern == "" && numbered:
		pattern = escaped + "%d"
	case pattern == "":
		pattern = strings.ReplaceAll(name, "%", "%%") + "-%d"
	}
	return &data.Generator{Name: "pattern", Pattern: pattern, Start: start}
}

// isKeyName reports whether a column is called like a key.
func isKeyName(name string) bool {
	lower := strings.ToLower(name)
	if slices.Contains([]string{"id", "ids", "key", "uuid", "guid", "index", "idx", "rowid", "rownum", "rownames", "unnamed: 0"}, lower) {
		return true
	}
	if n := len(name); n > 2 && lower[n-2:] == "id" && name[n-2] == 'I' && name[n-3] >= 'a' && name[n-3] <= 'z' {
		return true // customerId, userID
	}
	for _, end := range []string{"_id", " id", "-id", ".id", "_key", " key", "_uuid", "_guid"} {
		if strings.HasSuffix(lower, end) {
			return true
		}
	}
	return false
}
