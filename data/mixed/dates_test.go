package mixed

import (
	"math"
	"slices"
	"testing"
	"time"

	"euryale/data"
)

// Times of day are mostly in the afternoon, on any day: two numbers, so that neither hides the other.
func TestDatesWithTimesOfDay(t *testing.T) {
	r := newRand(13)
	const n, perDay = 3_000, 24 * 60
	moments := make([]float64, n)
	for i := range moments {
		moments[i] = float64((r.IntN(4_000)-2_000)*perDay + 15*60 + r.IntN(60))
	}
	source := realColumns(0, moments)
	source.schema.Columns[0].Format = &data.Format{Layout: "2006-01-02 15:04", Unit: time.Minute}
	for _, numbers := range []string{Quantile, Standard} {
		c := fitted(t, Settings{Numbers: numbers}, source)
		if c.layout.Numbers != 2 {
			t.Fatalf("layout %+v", c.layout)
		}
		if b := decoded(t, c, encoded(t, c, source.batch())); !slices.Equal(b.Real, moments) {
			t.Errorf("%s: dates do not come back", numbers)
		}
		for _, v := range samples(t, c, 2_000).Real {
			clock := math.Mod(math.Mod(v, perDay)+perDay, perDay)
			if v != math.Trunc(v) || numbers == Quantile && (clock < 15*60 || clock >= 16*60) {
				t.Fatalf("%s: decoded %v, with the minute %v of its day", numbers, v, clock)
			}
		}
	}
	x, values, err := fitted(t, Settings{}, source).EncodeCell(source.schema, 0, "1970-01-02 15:00")
	if err != nil || !slices.Equal(x, []int{0, 1}) || len(values) != 2 {
		t.Errorf("a known date: %v %v %v", x, values, err)
	}
}

// One of the two may be constant, and dates without a time, or times without a date, are one number.
func TestDatesOfOneNumber(t *testing.T) {
	for _, c := range []struct {
		layout string
		unit   time.Duration
		values []float64
	}{
		{"2006-01-02", 24 * time.Hour, []float64{-800, 0, 18_000}},
		{"15:04:05", time.Second, []float64{0, 3_601, 86_399}},
		{"2006-01-02T15:04", time.Hour, []float64{24, 27, 47}},  // one day
		{"2006-01-02T15:04", time.Hour, []float64{-18, 6, 246}}, // one hour
	} {
		source := realColumns(0, c.values)
		source.schema.Columns[0].Format = &data.Format{Layout: c.layout, Unit: c.unit}
		codec := fitted(t, Settings{}, source)
		if codec.layout.Numbers != 1 {
			t.Errorf("%s: layout %+v", c.layout, codec.layout)
		}
		if b := decoded(t, codec, encoded(t, codec, source.batch())); !slices.Equal(b.Real, c.values) {
			t.Errorf("%s: %v became %v", c.layout, c.values, b.Real)
		}
	}
}

func TestParseNumber(t *testing.T) {
	for _, c := range []struct {
		text, layout string
		unit         time.Duration
		want         float64
	}{
		{"1969-12-31", "2006-01-02", 24 * time.Hour, -1},
		{"1969-12-31 23:59:59.5", "2006-01-02 15:04:05.9", time.Millisecond, -500},
		{"2262-04-12 00:00:00", "2006-01-02 15:04:05", time.Second, 9223372800}, // beyond the range of a Duration
		{"2020-02-29T12:00:00+02:00", "2006-01-02T15:04:05Z07:00", time.Second, 1582970400},
		{"23:59", "15:04", time.Minute, 1439},
		{" -1.50 ", "", 0, -1.5},
	} {
		f := &data.Format{Decimals: 2}
		if c.layout != "" {
			f = &data.Format{Layout: c.layout, Unit: c.unit}
		}
		got, err := parseNumber(c.text, f, ".")
		if err != nil || got != c.want {
			t.Errorf("%s: %v %v, want %v", c.text, got, err, c.want)
		}
		if c.layout == "" || c.text[len(c.text)-3] == ':' && len(c.text) > 20 {
			continue
		}
		if back := timeOf(got, f).Format(c.layout); hasDate(c.layout) && back != c.text {
			t.Errorf("%s is shown as %s", c.text, back)
		}
	}
	for _, text := range []string{"", "x", "NaN", "inf", "1,5", "0x", "1e400"} {
		if v, err := parseNumber(text, nil, "."); err == nil {
			t.Errorf("%q is %v", text, v)
		}
	}
}

func TestRounded(t *testing.T) {
	for _, c := range []struct {
		v        float64
		decimals int
		want     float64
	}{
		{0.125, 2, 0.13}, {-0.001, 2, 0}, {1e300, 2, 1e300}, {123456789.123456789, 8, 123456789.12345679},
		{1.0 / 3, 30, 0.333333333333333314829616256247}, {0.1 + 0.2, 1, 0.3}, {5, -1, 5}, {-2.5, 0, -3},
	} {
		got := rounded(c.v, &data.Format{Decimals: c.decimals})
		if got != c.want || got == 0 && math.Signbit(got) {
			t.Errorf("%v with %d decimals is %v, want %v", c.v, c.decimals, got, c.want)
		}
	}
	two := &data.Format{Decimals: 2}
	for _, c := range []struct{ got, want float64 }{
		{upward(0.1, two, false), 0.1}, {upward(0.1, two, true), 0.11}, {upward(0.101, two, false), 0.11}, {upward(-0.001, two, true), 0},
		{downward(0.3, two, true), 0.29}, {downward(0.309, two, false), 0.3}, {upward(1, nil, true), math.Nextafter(1, 2)},
	} {
		if c.got != c.want {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
	}
}
