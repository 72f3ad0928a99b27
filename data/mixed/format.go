package mixed

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"euryale/data"
)

// parseNumber reads the text of a number or a date as a column's format has it.
func parseNumber(text string, f *data.Format, decimal string) (float64, error) {
	text = strings.TrimSpace(text)
	if f != nil && f.Layout != "" {
		t, err := time.Parse(f.Layout, text)
		if err != nil {
			return 0, fmt.Errorf("expected a date or a time like %q, got %q", f.Layout, text)
		}
		return unitsOf(t, f), nil
	}
	number := text
	if decimal != "" && decimal != "." {
		number = strings.Replace(number, decimal, ".", 1)
	}
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || !finite(v) {
		return 0, fmt.Errorf("expected a number, got %q", text)
	}
	return v, nil
}

// unitsOf is how many units of the format lie between 1970, or midnight, and t.
func unitsOf(t time.Time, f *data.Format) float64 {
	t = t.UTC()
	if !hasDate(f.Layout) {
		midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
		return float64(t.Sub(midnight) / f.Unit)
	}
	seconds, nanoseconds := float64(t.Unix()), float64(t.Nanosecond())
	return math.Floor(seconds*(float64(time.Second)/float64(f.Unit)) + nanoseconds/float64(f.Unit))
}

// hasDate reports whether times of different days look different in a layout.
func hasDate(layout string) bool {
	a := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	return a.Format(layout) != a.AddDate(3, 2, 2).Format(layout)
}

// unitsPerDay is how many units a day of a date with a time of day has; 0 for other columns.
func unitsPerDay(f *data.Format) float64 {
	const day = 24 * time.Hour
	if f == nil || f.Layout == "" || f.Unit >= day || day%f.Unit != 0 || !hasDate(f.Layout) {
		return 0
	}
	return float64(day / f.Unit)
}

// rounded is v as the format can write it.
func rounded(v float64, f *data.Format) float64 {
	switch {
	case f == nil || f.Layout == "" && f.Decimals < 0:
		return v
	case f.Layout != "" || f.Decimals == 0:
		return math.Round(v) + 0 // no negative zero
	case f.Decimals < len(powersOf10):
		// Where the product is an exact integer, the quotient is the double nearest to the decimal.
		if p := powersOf10[f.Decimals]; math.Abs(v)*p < 1<<53 {
			return math.Round(v*p)/p + 0
		}
	}
	near, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'f', f.Decimals, 64), 64)
	return near
}

// powersOf10 are those that a float64 holds exactly.
var powersOf10 = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
	1e20, 1e21, 1e22}

// step is the distance of two numbers that the format can write; 0: there is no least one.
func step(f *data.Format) float64 {
	switch {
	case f == nil || f.Layout == "" && f.Decimals < 0:
		return 0
	case f.Layout != "":
		return 1
	}
	return math.Pow(10, -float64(f.Decimals))
}

// upward is the least number that the format can write which is at least v, or above v if strict.
func upward(v float64, f *data.Format, strict bool) float64 {
	r := rounded(v, f)
	for range 2 {
		if r > v || r == v && !strict {
			return r
		}
		r = rounded(r+step(f), f)
	}
	if r > v {
		return r
	}
	return math.Nextafter(v, math.Inf(1))
}

// downward is upward to the other side.
func downward(v float64, f *data.Format, strict bool) float64 { return -upward(-v, f, strict) }

// timeOf is the time that a number of a format counts.
func timeOf(v float64, f *data.Format) time.Time {
	perSecond := float64(time.Second) / float64(f.Unit)
	seconds := math.Floor(v / perSecond)
	return time.Unix(int64(seconds), int64((v-seconds*perSecond)*float64(f.Unit))).UTC()
}
