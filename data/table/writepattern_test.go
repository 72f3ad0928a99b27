package table

import (
	"fmt"
	"regexp"
	"testing"

	"pgregory.net/rapid"
)

// Patterns write what package fmt writes.
func TestPatternsAreThoseOfFmt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[A-Z€-]{0,3}(%%)?%(0?[1-9][0-9]?)?[dxX](%%)?[ a-z]{0,3}`).Draw(t, "pattern")
		n := rapid.Int64().Draw(t, "n")
		p, err := parsePattern(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := string(p.append([]byte("x"), n)), "x"+fmt.Sprintf(text, n); got != want {
			t.Errorf("%q of %d: %q, want %q", text, n, got, want)
		}
	})
}

func TestWrongPatterns(t *testing.T) {
	for _, text := range []string{"", "D-", "%", "%%", "%s", "%d%d", "%-5d", "%5", "%1000d", "%d%", "%.3d", "%v"} {
		if err := CheckPattern(text); err == nil {
			t.Errorf("%q is taken for a pattern", text)
		}
	}
}

func FuzzPattern(f *testing.F) {
	f.Add("D-%06d")
	f.Add("%%%x")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePattern(text)
		if err != nil {
			return
		}
		if got, want := string(p.append(nil, 42)), fmt.Sprintf(text, 42); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	})
}

// A UUID is of version 4 and variant 1 (RFC 9562, 5.4), always the same for a row of a column, and that of no other.
func TestUUID(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for column := range 3 {
		for row := range 2000 {
			id := string(appendUUID(nil, column, row))
			if !form.MatchString(id) || seen[id] {
				t.Fatalf("column %d, row %d: %s, seen %v", column, row, id, seen[id])
			}
			seen[id] = true
			if again := string(appendUUID(nil, column, row)); again != id {
				t.Fatalf("%s and then %s", id, again)
			}
		}
	}
}
