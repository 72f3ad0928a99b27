package table

import (
	"strings"
	"testing"

	"euryale/data"
)

func TestSerial(t *testing.T) {
	for _, c := range []struct {
		cells, pattern string
		unique         bool
		want           data.Generator
	}{
		{"1 2 3", "", true, data.Generator{Name: "sequence", Start: 1}},
		{"3 1 2", "", true, data.Generator{Name: "sequence", Start: 1}},
		{"1 2 9", "", true, data.Generator{Name: "sequence", Start: 10}},
		{"1 2 2", "", false, data.Generator{Name: "sequence", Start: 3}},
		{"A1 A20", "", true, data.Generator{Name: "pattern", Pattern: "A%d", Start: 21}},
		{"A01 A20", "", true, data.Generator{Name: "pattern", Pattern: "A%02d", Start: 21}},
		{"A001 A1000", "", true, data.Generator{Name: "pattern", Pattern: "A%03d", Start: 1001}},
		{"A001 A20", "", true, data.Generator{Name: "pattern", Pattern: "x%%-%d", Start: 1}},
		{"A001 A0002", "", true, data.Generator{Name: "pattern", Pattern: "x%%-%d", Start: 1}},
		{"5%-1 5%-3", "", true, data.Generator{Name: "pattern", Pattern: "5%%-%d", Start: 4}},
		{"12345678901234567890123 12345678901234567890125", "", true,
			data.Generator{Name: "pattern", Pattern: "12345%d", Start: 678901234567890126}},
		{"anna bob", "", true, data.Generator{Name: "pattern", Pattern: "x%%-%d", Start: 1}},
		{"1 2 3", "D-%d", true, data.Generator{Name: "pattern", Pattern: "D-%d", Start: 1}},
		{"a b", "sequence", true, data.Generator{Name: "sequence", Start: 1}},
		{"a b", "uuid", true, data.Generator{Name: "uuid"}},
		{"a b", "empty", true, data.Generator{Name: "empty"}},
		{"00000000-0000-4000-8000-00000000000A 00000000-0000-4000-8000-00000000000b", "", true, data.Generator{Name: "uuid"}},
		{"00000000-0000-4000-8000-00000000000g 00000000-0000-4000-8000-00000000000b", "", true,
			data.Generator{Name: "pattern", Pattern: "x%%-%d", Start: 1}},
	} {
		s := serial{uuids: true}
		for _, cell := range strings.Fields(c.cells) {
			s.add([]byte(cell))
		}
		got := s.generator("x%", c.pattern, c.unique)
		if *got != c.want {
			t.Errorf("%s: got %+v, expected %+v", c.cells, *got, c.want)
		}
		if got.Name == "pattern" && CheckPattern(got.Pattern) != nil {
			t.Errorf("%s: the pattern %q cannot be written", c.cells, got.Pattern)
		}
	}
}
