package strictyaml

import (
	"fmt"
	"reflect"
	"strings"
)

// Difference is a key in which two configurations differ, with both values as YAML writes them.
type Difference struct{ Path, Old, New string }

func (d Difference) String() string { return d.Path + ": " + d.Old + " -> " + d.New }

// Differences lists the keys in which b differs from a, two configurations of one type. Where the kind of a union
// differs, that is the only difference, at the union's path; where a list of unions holds other kinds, it is the names of
// both lists. A changed list of values is one difference, and so are lists of sections of different lengths.
func Differences(a, b any) []Difference {
	old, new := rootOf(a), rootOf(b)
	if old.Type() != new.Type() {
		panic(fmt.Sprintf("strictyaml: comparing %v with %v", old.Type(), new.Type()))
	}
	return compare(nil, "", old, new)
}

func compare(list []Difference, path string, a, b reflect.Value) []Difference {
	switch formOf(a.Type()) {
	case formUnion:
		return compareUnions(list, path, path, a, b)
	case formSection:
		return compareMembers(list, path, a, b)
	case formMap:
		return compareMaps(list, path, a, b)
	case formList:
		if !(field{value: a}).leaf() {
			return compareLists(list, path, a, b)
		}
	}
	return compareTexts(list, path, flow(a), flow(b))
}

func compareTexts(list []Difference, path, a, b string) []Difference {
	if a != b {
		list = append(list, Difference{path, a, b})
	}
	return list
}

func compareUnions(list []Difference, path, namePath string, a, b reflect.Value) []Difference {
	x, y := unionOf(a), unionOf(b)
	if x.Name() != y.Name() {
		return append(list, Difference{namePath, quoted(x.Name()), quoted(y.Name())})
	}
	if old, new := sectionOf(x.Section()), sectionOf(y.Section()); old.IsValid() && new.IsValid() {
		return compareMembers(list, path, old, new)
	}
	return list
}

func compareMembers(list []Difference, path string, a, b reflect.Value) []Difference {
	other := membersOf(b)
	for i, m := range membersOf(a) {
		if m.name == "" && formOf(m.value.Type()) == formUnion { // its keys are among those of its parent: the name is the one that differs
			list = compareUnions(list, path, join(path, nameKey), m.value, other[i].value)
		} else {
			list = compare(list, join(path, m.name), m.value, other[i].value)
		}
	}
	return list
}

func compareLists(list []Difference, path string, a, b reflect.Value) []Difference {
	if formOf(a.Type().Elem()) == formUnion {
		if old, new := kindNames(a), kindNames(b); old != new {
			return append(list, Difference{path, old, new})
		}
	} else if a.Len() != b.Len() {
		return compareTexts(list, path, flow(a), flow(b))
	}
	for i := range a.Len() {
		list = compare(list, join(path, elementName(a, i)), a.Index(i), b.Index(i))
	}
	return list
}

func kindNames(list reflect.Value) string {
	names := make([]string, list.Len())
	for i := range names {
		names[i] = quoted(unionOf(list.Index(i)).Name())
	}
	return "[" + strings.Join(names, ", ") + "]"
}
