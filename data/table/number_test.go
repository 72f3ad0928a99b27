package table

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What is a number is what these expressions match, and its value is that of strconv.ParseFloat, to the last bit.
func TestScanNumber(t *testing.T) {
	is := regexp.MustCompile(`^[+-]?((0|[1-9][0-9]*)([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?$`)
	usual := regexp.MustCompile(`^-?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?$`)
	check := func(t interface{ Fatalf(string, ...any) }, text string) {
		d, ok := scanNumber([]byte(text), '.')
		if ok != is.MatchString(text) {
			t.Fatalf("%q is a number: %v", text, ok)
		}
		if _, comma := scanNumber([]byte(strings.ReplaceAll(text, ".", ",")), ','); comma != ok {
			t.Fatalf("%q with a comma is a number: %v", text, comma)
		}
		if !ok {
			return
		}
		want, _ := strconv.ParseFloat(text, 64)
		if got := d.value([]byte(text), '.'); got != want {
			t.Fatalf("%q: got %v, expected %v", text, got, want)
		}
		if whole := !strings.ContainsAny(text, ".eE"); d.whole != whole {
			t.Fatalf("%q is whole: %v", text, d.whole)
		}
		if d.usual != (usual.MatchString(text) && !(want == 0 && strings.HasPrefix(text, "-"))) && !(want == 0 && d.digits > 0) {
			t.Fatalf("%q is usual: %v", text, d.usual)
		}
		if d.simple() && d.decimals <= 6 && math.Abs(want) < 1e6 && math.Round(want*1e6) != float64(d.scaled(6)) {
			t.Fatalf("%q: %d millionths", text, d.scaled(6))
		}
	}
	for _, text := range []string{
		"", "-", ".", "-.", "e5", "1e", "1e+", "0", "-0", "00", "007", "0.50", "5.", ".5", "+5", "1.2.3", "1e5", "1E-05", "9007199254740993",
		"0x10", "1_0",
		"inf",
		"123456789012345678901234567890", "0.000000000000000000000000000001", "1e400", "4.9e-324", "١", "1 ", "0.1234567890123456789",
	} {
		check(t, text)
	}
	rapid.Check(t, func(t *rapid.T) {
		check(t, rapid.StringOf(rapid.SampledFrom([]rune("0123456789.-+eE"))).Draw(t, "text"))
	})
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64().Draw(t, "number")
		check(t, strconv.FormatFloat(v, rapid.SampledFrom([]byte{'g', 'f', 'e'}).Draw(t, "format"), rapid.IntRange(-1, 8).Draw(t, "digits"), 64))
	})
}

// A set of hashes counts what is different.
func TestHashes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOf(rapid.Uint64Range(1, 300)).Draw(t, "hashes")
		var h hashes
		seen := map[uint64]bool{}
		for _, v := range list {
			if h.add(v) == seen[v] {
				t.Fatalf("%d is new: %v", v, !seen[v])
			}
			seen[v] = true
		}
		if h.n != len(seen) {
			t.Fatalf("%d are different, expected %d", h.n, len(seen))
		}
	})
	if hashNumber(0) != hashNumber(math.Copysign(0, -1)) || hashNumber(1) == hashNumber(2) || hashOf([]byte("a")) == hashOf([]byte("b")) {
		t.Error("hashes of numbers or texts")
	}
}
