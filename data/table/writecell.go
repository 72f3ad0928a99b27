package table

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"euryale/data"
)

// appendNumber appends a number as its column's format has it. Without a format it is the shortest decimal of a float32 equal to
// it, or else of the float64.
func appendNumber(dst []byte, v float64, f *data.Format) []byte {
	switch {
	case f == nil && float64(float32(v)) == v:
		return strconv.AppendFloat(dst, v, 'g', -1, 32)
	case f == nil:
		return strconv.AppendFloat(dst, v, 'g', -1, 64)
	case f.Decimals < 0:
		return appendShortest(dst, v)
	}
	dst = appendDecimal(dst, v, f.Decimals, f.Padded)
	if f.Zeros > 0 && v-v == 0 {
		if f.Decimals == 0 {
			dst = append(dst, '.')
		}
		for range f.Zeros {
			dst = append(dst, '0')
		}
	}
	return dst
}

// appendShortest appends the shortest decimal that parses back to v, with an exponent where Python's repr has one.
func appendShortest(dst []byte, v float64) []byte {
	format := byte('f')
	switch size := math.Abs(v); {
	case v == 0:
		v = 0 // of either sign
	case size < 1e-4 || size >= 1e16:
		format = 'e'
	}
	return strconv.AppendFloat(dst, v, format, -1, 64)
}

// powersOfTen are those that a float64 holds exactly.
var powersOfTen = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// appendDecimal appends what strconv writes in format 'f', without a minus sign before a zero, and unless padded without zeros
// after the last digit. A float64 that is nearest to a decimal of that many digits, as all rounded numbers are, is written as a
// whole number and a point.
func appendDecimal(dst []byte, v float64, decimals int, padded bool) []byte {
	if decimals < len(powersOfTen) {
		power := powersOfTen[decimals]
		scaled := math.RoundToEven(v * power)
		if math.Abs(scaled) < 1<<51 && scaled/power == v { // so scaled is the whole number, and no other is as near
			return appendScaled(dst, int64(scaled), int64(power), decimals, padded)
		}
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, v, 'f', decimals, 64)
	if decimals > 0 && !padded && v-v == 0 {
		dst = trimZeros(dst)
	}
	if dst[start] == '-' && isZero(dst[start+1:]) {
		dst = append(dst[:start], dst[start+1:]...)
	}
	return dst
}

// appendScaled appends n/power, power = 10^decimals.
func appendScaled(dst []byte, n, power int64, decimals int, padded bool) []byte {
	if n < 0 {
		dst, n = append(dst, '-'), -n
	}
	dst = strconv.AppendInt(dst, n/power, 10)
	rest := n % power
	if decimals == 0 || rest == 0 && !padded {
		return dst
	}
	dst = append(dst, '.')
	for power /= 10; power > 0; power /= 10 {
		dst = append(dst, byte('0'+rest/power))
		rest %= power
		if rest == 0 && !padded {
			break
		}
	}
	return dst
}

// trimZeros cuts the zeros at the end of a number with a point, and then the point.
func trimZeros(number []byte) []byte {
	for number[len(number)-1] == '0' {
		number = number[:len(number)-1]
	}
	if number[len(number)-1] == '.' {
		number = number[:len(number)-1]
	}
	return number
}

func isZero(digits []byte) bool {
	for _, c := range digits {
		if c != '0' && c != '.' {
			return false
		}
	}
	return true
}

// Years 1 to 9999, in seconds since 1970: those that layouts write with four digits.
const firstSecond, lastSecond = -62135596800, 253402300799

// appendTime appends a date or a time of day, v units from 1970 or from midnight. zone is that of the format's offset.
func appendTime(dst []byte, v float64, f *data.Format, zone *time.Location) ([]byte, error) {
	moment, err := timeOf(v, f.Unit)
	if err != nil {
		return dst, err
	}
	return moment.In(zone).AppendFormat(dst, f.Layout), nil
}

// zoneOf is the time zone of a format.
func zoneOf(f *data.Format) *time.Location {
	if f == nil || f.Offset == 0 {
		return time.UTC
	}
	return time.FixedZone("", f.Offset)
}

// timeOf is the time v units after 1970-01-01 00:00 UTC.
func timeOf(v float64, unit time.Duration) (time.Time, error) {
	seconds := v * unit.Seconds()
	if !(seconds >= firstSecond && seconds <= lastSecond) {
		return time.Time{}, fmt.Errorf("%v times %v after 1970 is outside the years 1 to 9999", v, unit)
	}
	n := int64(math.RoundToEven(v))
	if unit%time.Second == 0 {
		return time.Unix(n*int64(unit/time.Second), 0).UTC(), nil
	}
	perSecond := int64(time.Second / unit) // of 1 ms, 1 µs or 1 ns
	return time.Unix(n/perSecond, n%perSecond*int64(unit)).UTC(), nil
}
