package strictyaml

import (
	"reflect"
	"slices"
	"strings"
)

// Key is one key that a configuration may have, of any kind that it may choose.
type Key struct {
	// Path is the keys from the root with points between. Below a list it goes on with the name of a kind, where the
	// elements are unions, or with N, and below a map with NAME.
	Path string
	// Kinds are the choices above that give the key its place, outermost first; none for a key that is always there.
	Kinds []Pick
	// Type is "section", "one of", or what a value has to be: "a number", "a list of numbers".
	Type string
	// Default is the value of the configuration that the keys were listed of, or what the kind starts with; "" for
	// sections.
	Default string
	// Names are the kinds that a union may choose among, and Summaries what they are.
	Names, Summaries []string
	// Struct and Field are where the key is declared, with its comment.
	Struct reflect.Type
	Field  string
}

// Pick is the choice of a kind at the path of a union.
type Pick struct{ Path, Kind string }

// Name is the last part of the path.
func (k Key) Name() string {
	_, name := split(k.Path)
	return name
}

// Keys lists every key of a configuration (a struct or a pointer to one) in the order of the fields, a section before
// its keys and a union before the keys of all its kinds. The path of a union whose keys stand in its parent ends in
// "name".
func Keys(v any) []Key {
	l := keyList{}
	l.members("", rootOf(v), nil)
	return l.keys
}

// keyList is a list of keys that is being made.
type keyList struct {
	keys  []Key
	types []reflect.Type // the kinds that the walk is in: one that may hold itself is listed once
}

func (l *keyList) members(path string, section reflect.Value, kinds []Pick) {
	for _, m := range membersOf(section) {
		l.member(join(path, m.name), m, kinds)
	}
}

func (l *keyList) member(path string, m member, kinds []Pick) {
	k := Key{Path: path, Kinds: kinds, Struct: m.owner, Field: m.field}
	v := m.value
	switch formOf(v.Type()) {
	case formScalar:
		k.Type, k.Default = describe(v.Type()), flow(v)
		l.keys = append(l.keys, k)
	case formSection:
		if m.name != "" {
			k.Type = "section"
			l.keys = append(l.keys, k)
		}
		l.members(path, v, kinds)
	case formUnion:
		u := unionOf(v)
		k.Type, k.Default = "one of", u.Name()
		k.choices(u)
		if m.name == "" {
			k.Path = join(path, nameKey)
		}
		l.keys = append(l.keys, k)
		l.union(path, "", v, kinds)
	case formList:
		k.Type, k.Default = describe(v.Type()), flow(v)
		l.list(path, k, v)
	case formMap:
		k.Type, k.Default = describe(v.Type()), flow(v)
		l.keys = append(l.keys, k)
		l.members(join(path, mapName), newItem(v.Type(), "").Field(1), kinds)
	}
}

func (l *keyList) list(path string, k Key, v reflect.Value) {
	element := reflect.New(v.Type().Elem()).Elem()
	if start, ok := startOf(v); ok {
		element.Set(start)
	}
	switch formOf(element.Type()) {
	case formUnion:
		k.choices(unionOf(element))
		l.keys = append(l.keys, k)
		l.union(path, "below", element, k.Kinds)
	case formSection:
		l.keys = append(l.keys, k)
		l.members(join(path, "N"), element, k.Kinds)
	default:
		l.keys = append(l.keys, k)
	}
}

// choices notes what a union may choose among.
func (k *Key) choices(u union) {
	k.Names = u.Names()
	for _, name := range k.Names {
		k.Summaries = append(k.Summaries, u.SummaryOf(name))
	}
}

// union lists the keys of all kinds: of the chosen one as they are, of the others with their defaults.
func (l *keyList) union(path, below string, v reflect.Value, kinds []Pick) {
	u := unionOf(v)
	for _, name := range u.Names() {
		kind := u.SectionOf(name)
		if below == "" && name == u.Name() {
			kind = u.Section()
		}
		section := sectionOf(kind)
		if !section.IsValid() || slices.Contains(l.types, section.Type()) {
			continue
		}
		at := path
		if below != "" {
			at = join(path, name)
		}
		l.types = append(l.types, section.Type())
		l.members(at, section, append(slices.Clip(kinds), Pick{path, name}))
		l.types = l.types[:len(l.types)-1]
	}
}

// kindsOf lists the kinds of a union that have a key.
func kindsOf(u union, key string) []string {
	var names []string
	for _, name := range u.Names() {
		if section := sectionOf(u.SectionOf(name)); section.IsValid() {
			if _, ok := findField(fieldsOf(section), key); ok {
				names = append(names, name)
			}
		}
	}
	return names
}

// and lists names in a sentence.
func and(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}
