package checkpoint

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

func appendString(b []byte, s string) []byte {
	quoted, _ := json.Marshal(s) // a string always has a JSON form
	return append(b, quoted...)
}

func appendIntegers(b []byte, list ...int) []byte {
	b = append(b, '[')
	for i, n := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(n), 10)
	}
	return append(b, ']')
}

// validString refuses what JSON would silently replace.
func validString(s string) error {
	if !utf8.ValidString(s) {
		return errors.New("is not valid UTF-8")
	}
	return nil
}

// The header is read member by member, because json.Unmarshal into structs is too lenient: it accepts duplicate keys,
// keys in another case, and null for anything.

// member is one "key": value of a JSON object; value begins at byte at of the object's text.
type member struct {
	key   string
	value []byte
	at    int
}

// members splits the JSON object at the beginning of raw, which ends at byte end. Unlike json.Unmarshal it refuses
// duplicate keys.
func members(raw []byte) (list []member, end int, err error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if token, err := decoder.Token(); err != nil {
		return nil, 0, fmt.Errorf("invalid JSON: %w", err)
	} else if token != json.Delim('{') {
		return nil, 0, errors.New("expected a JSON object")
	}
	seen := map[string]bool{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, 0, fmt.Errorf("invalid JSON: %w", err)
		}
		key := fmt.Sprint(token) // the decoder lets only strings be keys
		if seen[key] {
			return nil, 0, fmt.Errorf("key %q appears twice", key)
		}
		seen[key] = true
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, 0, fmt.Errorf("key %q: invalid JSON: %w", key, err)
		}
		stop := int(decoder.InputOffset())
		at := stop - len(value)
		list = append(list, member{key, raw[at:stop], at})
	}
	if _, err := decoder.Token(); err != nil {
		return nil, 0, fmt.Errorf("invalid JSON: %w", err)
	}
	return list, int(decoder.InputOffset()), nil
}

func stringValue(raw []byte) (string, error) {
	var s string
	if raw[0] != '"' { // json.Unmarshal would take null
		return "", fmt.Errorf("expected a string, got %.40s", raw)
	}
	err := json.Unmarshal(raw, &s)
	return s, err
}

// integers returns a JSON array of nonnegative integers, and never nil without an error.
func integers(raw []byte) ([]int, error) {
	var list []json.RawMessage
	if raw[0] != '[' { // json.Unmarshal would take null
		return nil, fmt.Errorf("expected an array of integers, got %.40s", raw)
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, err
	}
	out := make([]int, len(list))
	for i, text := range list {
		n, err := strconv.ParseUint(string(text), 10, strconv.IntSize-1)
		if err != nil {
			return nil, fmt.Errorf("expected integers from 0 to %d, got %.40s", math.MaxInt, text)
		}
		out[i] = int(n)
	}
	return out, nil
}
