package strictyaml

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/token"
)

// maxText bounds a text value, in bytes: the longest is the path of a file.
const maxText = 4096

// setScalar sets a value from the text of a plain scalar; the Go type, not YAML's guess, decides what
// the text means. YAML readers disagree on many spellings (1e-3 is text to one and a number to the other,
// 010 is eight or ten, yes is true or text), so only those are accepted that mean the same to all people:
//
//	whole number  -5, +5, 316000; no 0x10, 010, 1_000, 1e5 or 128.0
//	number        1, +1.5, .5e-2, 1e-3, 5E-3; no .inf, .nan, 0x1p-3, 01.5
//	true or false also as True, TRUE, False, FALSE; no yes, on, 1
//	text          anything
//
// The error describes what was expected; a wordError describes the text itself.
func setScalar(v reflect.Value, text string) error {
	if isText(v.Type()) {
		if len(text) > maxText || !utf8.ValidString(text) {
			return fmt.Errorf("expected text of at most %d bytes", maxText)
		}
		if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)); err != nil {
			return wordError{err}
		}
		return nil
	}
	digits := strings.TrimLeft(text, "+-")
	ambiguous := len(digits) > 1 && digits[0] == '0' && '0' <= digits[1] && digits[1] <= '9'
	switch v.Kind() {
	case reflect.String:
		if len(text) > maxText || !utf8.ValidString(text) {
			return fmt.Errorf("expected text of at most %d bytes", maxText)
		}
		v.SetString(text)
		return nil
	case reflect.Bool:
		switch text {
		case "true", "True", "TRUE":
			v.SetBool(true)
			return nil
		case "false", "False", "FALSE":
			v.SetBool(false)
			return nil
		}
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, v.Type().Bits())
		if errors.Is(err, strconv.ErrRange) {
			return fmt.Errorf("expected a whole number that fits into %d bits", v.Type().Bits())
		}
		if err == nil && !ambiguous {
			v.SetInt(n)
			return nil
		}
	case reflect.Uint64:
		n, err := strconv.ParseUint(strings.TrimPrefix(text, "+"), 10, 64)
		if errors.Is(err, strconv.ErrRange) {
			return errors.New("expected a whole number that fits into 64 bits")
		}
		if err == nil && !ambiguous {
			v.SetUint(n)
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
			v.SetFloat(x)
			return nil
		}
	}
	return errors.New("expected " + describe(v.Type()))
}

// wordError is what an encoding.TextUnmarshaler found wrong; it quotes the text itself, as choice.OneOf does.
type wordError struct{ error }

func isNumber(t reflect.Type) bool {
	return !isText(t) && (t.Kind() == reflect.Int || t.Kind() == reflect.Int64 || t.Kind() == reflect.Uint64 || t.Kind() == reflect.Float64)
}

// describe names what a value of a type has to be.
func describe(t reflect.Type) string {
	switch formOf(t) {
	case formUnion:
		return "the name of a kind or a mapping of keys"
	case formSection:
		return "a mapping of keys"
	case formList:
		return "a list of " + plural(t.Elem())
	case formMap:
		return "a mapping from names to mappings of keys"
	}
	switch {
	case isText(t) || t.Kind() == reflect.String:
		return "text"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Uint64:
		return "a whole number of at least 0"
	case t.Kind() == reflect.Float64:
		return "a number"
	}
	return "a whole number"
}

func plural(t reflect.Type) string {
	switch formOf(t) {
	case formUnion:
		return "kinds"
	case formSection:
		return "mappings of keys"
	case formList:
		return "lists of " + plural(t.Elem())
	}
	switch {
	case isText(t) || t.Kind() == reflect.String:
		return "texts"
	case t.Kind() == reflect.Bool:
		return "true and false"
	case t.Kind() == reflect.Uint64:
		return "whole numbers of at least 0"
	case t.Kind() == reflect.Float64:
		return "numbers"
	}
	return "whole numbers"
}

// formatScalar writes a value so that setScalar, and any other YAML reader, gives the same value back.
func formatScalar(v reflect.Value) string {
	switch {
	case isText(v.Type()):
		text, err := v.Addr().Interface().(encoding.TextMarshaler).MarshalText()
		if err != nil { // no text decodes to such a value; the nearest to the truth is to show it
			return quoted(fmt.Sprint(v.Interface()))
		}
		return quoted(string(text))
	case v.Kind() == reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case v.Kind() == reflect.String:
		return quoted(v.String())
	}
	return fmt.Sprint(v.Interface())
}

// quoted is text as YAML: plain if no reader, in block or flow form, can take it for anything else.
func quoted(text string) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	if token.IsNeedQuoted(text) || strings.Trim(text[:1], letters) != "" || strings.Trim(text, letters+"0123456789_+-./") != "" {
		return strconv.Quote(text)
	}
	return text
}
