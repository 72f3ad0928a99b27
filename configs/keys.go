package configs

import (
	"fmt"
	"math"
	"reflect"
	"strings"
)

// key is one yaml key of a configuration: a section (a struct) or a value.
type key struct {
	path  string // "train.batch"
	value reflect.Value
}

func (k key) section() bool { return k.value.Kind() == reflect.Struct }

// keysOf lists the keys of c in the order of the fields, a section before its keys. Setting a key's value
// sets the field of c.
func keysOf(c *Config) []key {
	return appendKeys(nil, "", reflect.ValueOf(c).Elem())
}

func appendKeys(keys []key, parent string, section reflect.Value) []key {
	for i := range section.NumField() {
		k := key{join(parent, tag(section.Type().Field(i))), section.Field(i)}
		keys = append(keys, k)
		if k.section() {
			keys = appendKeys(keys, k.path, k.value)
		}
	}
	return keys
}

func tag(field reflect.StructField) string { return field.Tag.Get("yaml") }

func join(parent, name string) string {
	if parent == "" || name == "" {
		return parent + name
	}
	return parent + "." + name
}

// split is the inverse of join.
func split(path string) (parent, name string) {
	i := strings.LastIndexByte(path, '.')
	return path[:max(i, 0)], path[i+1:]
}

func find(keys []key, path string) (key, bool) {
	for _, k := range keys {
		if k.path == path {
			return k, true
		}
	}
	return key{}, false
}

// override sets the key of "a.b=value" and returns it.
func override(keys []key, assignment string) (path string, err error) {
	path, text, ok := strings.Cut(assignment, "=")
	if !ok {
		return "", overrideError(assignment, "expected key=value")
	}
	k, ok := find(keys, path)
	if !ok {
		return "", overrideError(assignment, "unknown key "+quote(path)+hint(keys, path, ""))
	}
	if k.section() {
		return "", overrideError(assignment, path+" is a section; "+children(keys, path))
	}
	if err := setScalar(k.value, strings.TrimSpace(text)); err != nil {
		return "", overrideError(assignment, err.Error())
	}
	return path, nil
}

func overrideError(assignment, message string) error {
	return &Error{Where: "-set " + shown(assignment), Message: message}
}

// hint is the end of a message on an unknown key: the nearest key, or what the section has. A name within
// the section `from` is given without its section.
func hint(keys []key, path, from string) string {
	near := nearest(keys, path)
	if near == "" {
		parent, _ := split(path)
		if k, ok := find(keys, parent); !ok || !k.section() {
			parent = ""
		}
		return "; " + children(keys, parent)
	}
	if parent, name := split(near); parent == from {
		near = name
	}
	return fmt.Sprintf("; did you mean %q?", near)
}

func children(keys []key, section string) string {
	var names []string
	for _, k := range keys {
		if parent, name := split(k.path); parent == section {
			names = append(names, name)
		}
	}
	if section == "" {
		return "the keys are " + strings.Join(names, ", ")
	}
	return "its keys are " + strings.Join(names, ", ")
}

// nearest returns the key that a misspelt path is likely to mean, or "": one as deep that differs in at most
// about a third of its last part, or the only one of that name in another section.
func nearest(keys []key, path string) string {
	_, name := split(path)
	best, least := "", math.MaxInt
	for _, k := range keys {
		_, candidate := split(k.path)
		distance := editDistance(path, k.path)
		near := strings.Count(path, ".") == strings.Count(k.path, ".") && distance <= max(1, (len(candidate)+1)/3)
		if (near || name == candidate && unique(keys, name)) && distance < least {
			best, least = k.path, distance
		}
	}
	return best
}

func unique(keys []key, name string) bool {
	n := 0
	for _, k := range keys {
		if _, candidate := split(k.path); candidate == name {
			n++
		}
	}
	return n == 1
}

// editDistance counts the insertions, deletions, replacements and swaps of neighbours between two texts
// (the restricted Damerau-Levenshtein distance).
func editDistance(from, to string) int {
	a, b := []rune(from), []rune(to)
	if len(a) > maxText {
		return len(a) // far from every key, and not worth a long table
	}
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			replace := d[i-1][j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			d[i][j] = min(replace, d[i-1][j]+1, d[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}
