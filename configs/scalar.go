package configs

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/token"
)

// maxText bounds a text value, in bytes: no name is that long, and messages quote it.
const maxText = 200

// setScalar sets a field from the text of a plain scalar; the field's type, not YAML's guess, decides what
// the text means. YAML readers disagree on many spellings (1e-3 is text to one and a number to the other,
// 010 is eight or ten, yes is true or text), so only those are accepted that mean the same to all people:
//
//	whole number  -5, +5, 316000; no 0x10, 010, 1_000, 1e5 or 128.0
//	number        1, +1.5, .5e-2, 1e-3, 5E-3; no .inf, .nan, 0x1p-3, 01.5
//	true or false also as True, TRUE, False, FALSE; no yes, on, 1
//	text          anything
//
// The error says what was expected.
func setScalar(field reflect.Value, text string) error {
	digits := strings.TrimLeft(text, "+-")
	ambiguous := len(digits) > 1 && digits[0] == '0' && '0' <= digits[1] && digits[1] <= '9'
	switch field.Kind() {
	case reflect.String:
		if len(text) > maxText || !utf8.ValidString(text) {
			return fmt.Errorf("expected text of at most %d bytes", maxText)
		}
		field.SetString(text)
		return nil
	case reflect.Bool:
		switch text {
		case "true", "True", "TRUE":
			field.SetBool(true)
			return nil
		case "false", "False", "FALSE":
			field.SetBool(false)
			return nil
		}
	case reflect.Int:
		n, err := strconv.ParseInt(text, 10, field.Type().Bits())
		if errors.Is(err, strconv.ErrRange) {
			return fmt.Errorf("expected a whole number that fits into %d bits", field.Type().Bits())
		}
		if err == nil && !ambiguous {
			field.SetInt(n)
			return nil
		}
	case reflect.Uint64:
		n, err := strconv.ParseUint(strings.TrimPrefix(text, "+"), 10, 64)
		if errors.Is(err, strconv.ErrRange) {
			return errors.New("expected a whole number that fits into 64 bits")
		}
		if err == nil && !ambiguous {
			field.SetUint(n)
			return nil
		}
	case reflect.Float64:
		if strings.Contains(text, ".inf") || strings.Contains(text, ".nan") {
			return errors.New("expected a finite number")
		}
		x, err := strconv.ParseFloat(text, 64)
		if errors.Is(err, strconv.ErrRange) {
			return errors.New("expected a finite number")
		}
		// The character set keeps out what Go reads besides decimal numbers: 0x1p-3, 1_000, infinity, NaN.
		if err == nil && !ambiguous && strings.Trim(text, "0123456789+-.eE") == "" {
			field.SetFloat(x)
			return nil
		}
	}
	return errors.New("expected " + describe(field))
}

// describe names the kind of value that a field takes.
func describe(field reflect.Value) string {
	switch field.Kind() {
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.Uint64:
		return "a whole number of at least 0"
	case reflect.Float64:
		return "a number"
	}
	return "a mapping of keys"
}

// formatScalar writes a field so that setScalar, and any other YAML reader, gives the same value back.
func formatScalar(field reflect.Value) string {
	switch field.Kind() {
	case reflect.Float64:
		return strconv.FormatFloat(field.Float(), 'g', -1, 64)
	case reflect.String:
		text := field.String()
		if token.IsNeedQuoted(text) || !('A' <= text[0] && text[0] <= 'Z' || 'a' <= text[0] && text[0] <= 'z') {
			return strconv.Quote(text)
		}
		return text
	}
	return fmt.Sprint(field.Interface())
}
