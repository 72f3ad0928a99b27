package table

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"euryale/data"
)

// Decimals are those of strconv's format 'f', but for zeros.
func TestDecimalsAreThoseOfStrconv(t *testing.T) {
	want := func(v float64, decimals int, padded bool) string {
		text := strconv.FormatFloat(v, 'f', decimals, 64)
		if !padded && strings.Contains(text, ".") {
			text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
		}
		if strings.Trim(text, "-0.") == "" {
			text = strings.TrimPrefix(text, "-")
		}
		return text
	}
	check := func(t interface{ Errorf(string, ...any) }, v float64, decimals int, padded bool) {
		if got := string(appendDecimal([]byte("x"), v, decimals, padded)); got != "x"+want(v, decimals, padded) {
			t.Errorf("%v with %d decimals, padded %v: %q, want %q", v, decimals, padded, got, want(v, decimals, padded))
		}
	}
	for _, v := range []float64{0, math.Copysign(0, -1), 0.5, 1.5, 0.125, 1.005, 2.675, -0.004, 1e15, 1 << 53, 1e22, 1e300, -1e-300,
		123456789.1,
		999999.995, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1), math.NaN(), 10, 100, 5.4} {
		for decimals := range 25 {
			check(t, v, decimals, true)
			check(t, v, decimals, false)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		decimals, padded := rapid.IntRange(0, 20).Draw(t, "decimals"), rapid.Bool().Draw(t, "padded")
		check(t, rapid.Float64().Draw(t, "any"), decimals, padded)
		check(t, rapid.Float64Range(-1e6, 1e6).Draw(t, "middling"), decimals, padded)
		n := rapid.Int64Range(-1<<52, 1<<52).Draw(t, "n")
		check(t, float64(n)/math.Pow10(decimals), decimals, padded)
	})
}

// A text with up to 15 significant digits comes back from the number that it is parsed as.
func TestDecimalTextsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		decimals := rapid.IntRange(0, 15).Draw(t, "decimals")
		n := rapid.Int64Range(-999_999_999_999_999, 999_999_999_999_999).Draw(t, "n")
		text := string(appendScaled(nil, n, int64(powersOfTen[decimals]), decimals, true))
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(appendDecimal(nil, v, decimals, true)); got != text {
			t.Errorf("%s comes back as %s", text, got)
		}
	})
}

// The exponents are those of Python 3.10: repr(1e-05), repr(0.0001), repr(1e15), repr(1e16), repr(1.5e300).
func TestShortest(t *testing.T) {
	for _, c := range []struct {
		v    float64
		want string
	}{
		{1e-5, "1e-05"}, {1e-4, "0.0001"}, {1e15, "1000000000000000"}, {1e16, "1e+16"}, {1.5e300, "1.5e+300"}, {0.1, "0.1"},
		{1.0 / 3, "0.3333333333333333"}, {math.Copysign(0, -1), "0"}, {-2.5, "-2.5"}, {math.NaN(), "NaN"},
	} {
		if got := string(appendShortest(nil, c.v)); got != c.want {
			t.Errorf("%v: %s, want %s", c.v, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64().Draw(t, "v")
		if back, err := strconv.ParseFloat(string(appendShortest(nil, v)), 64); err != nil || back != v {
			t.Errorf("%v comes back as %v, %v", v, back, err)
		}
	})
}

// Without a format, a float32 is written with the digits that it needs.
func TestNumberWithoutFormat(t *testing.T) {
	for v, want := range map[float64]string{float64(float32(0.1)): "0.1", 0.1: "0.1", 1e-9: "1e-09", 1.0 / 3: "0.3333333333333333"} {
		if got := string(appendNumber(nil, v, nil)); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}

func TestTimes(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		v      float64
		unit   time.Duration
		layout string
		want   string
		offset int
	}{
		{0, day, "2006-01-02", "1970-01-01", 0},
		{19723, day, "02.01.2006", "01.01.2024", 0},
		{-1, day, "2006-01-02", "1969-12-31", 0},
		{1700000000, time.Second, "2006-01-02 15:04:05", "2023-11-14 22:13:20", 0},
		{1700000000123, time.Millisecond, "2006-01-02T15:04:05.000Z07:00", "2023-11-14T22:13:20.123Z", 0},
		{-1, time.Millisecond, "2006-01-02T15:04:05.000", "1969-12-31T23:59:59.999", 0},
		{27000001, time.Minute, "Jan 2, 2006 3:04 PM", "May 3, 2021 12:01 AM", 0},
		{86399, time.Second, "15:04:05", "23:59:59", 0},
		{1, time.Nanosecond, "15:04:05.000000000", "00:00:00.000000001", 0},
		{0.4, day, "2006-01-02", "1970-01-01", 0},
		{1700000000, time.Second, "2006-01-02T15:04:05-07:00", "2023-11-14T23:43:20+01:30", 5400},
		{1700000000, time.Second, "2006-01-02T15:04:05Z07:00", "2023-11-14T17:13:20-05:00", -18000},
		{1700000000, time.Second, "2006-01-02 15:04:05 -0700", "2023-11-14 22:13:20 +0000", 0},
	} {
		got, err := timeText(c.v, data.Format{Layout: c.layout, Unit: c.unit, Offset: c.offset})
		if err != nil || string(got) != c.want {
			t.Errorf("%v × %v: %s, %v, want %s", c.v, c.unit, got, err, c.want)
		}
	}
	for _, v := range []float64{math.NaN(), math.Inf(1), 1e300, -1e9} {
		if got, err := timeText(v, data.Format{Layout: "2006-01-02", Unit: day}); err == nil {
			t.Errorf("%v days give %s", v, got)
		}
	}
}

func timeText(v float64, f data.Format) ([]byte, error) { return appendTime(nil, v, &f, zoneOf(&f)) }

func TestZerosAtTheEnd(t *testing.T) {
	for _, c := range []struct {
		v               float64
		decimals, zeros int
		want            string
	}{{5, 0, 1, "5.0"}, {-5.4, 1, 1, "-5.40"}, {0, 0, 2, "0.00"}, {math.NaN(), 0, 1, "NaN"}, {7, 0, 0, "7"}} {
		f := &data.Format{Decimals: c.decimals, Padded: true, Zeros: c.zeros}
		if got := string(appendNumber(nil, c.v, f)); got != c.want {
			t.Errorf("%v: %s, want %s", c.v, got, c.want)
		}
	}
}

func BenchmarkDecimal(b *testing.B) {
	var dst []byte
	for b.Loop() {
		dst = appendDecimal(dst[:0], 61.93, 2, false)
	}
}
