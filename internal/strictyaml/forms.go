package strictyaml

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// form is how a Go type is written in YAML.
type form int

const (
	formScalar  form = iota // a plain value
	formSection             // a struct: a mapping of keys
	formUnion               // a choice.One: a mapping with the key "name", or a bare name
	formList                // a slice
	formMap                 // a choice.Map: a mapping from names to sections
)

// union is a choice.One of any kind. Its field Kind holds what Section returns.
type union interface {
	Name() string
	Names() []string
	SummaryOf(name string) string
	Choose(name string) error
	Section() any
	SectionOf(name string) any
	ScalarKey() string
}

// nameKey is the key of a union that picks its kind.
const nameKey = "name"

// formOf panics for a type that no YAML sets: that is a mistake in the program, which its first test finds.
func formOf(t reflect.Type) form {
	switch {
	case isText(t):
		return formScalar
	case isUnion(t):
		return formUnion
	case isMap(t):
		return formMap
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64, reflect.Uint64, reflect.Float64:
		return formScalar
	case reflect.Struct:
		return formSection
	case reflect.Slice:
		if formOf(t.Elem()) != formList || formOf(t.Elem().Elem()) == formScalar {
			return formList
		}
	}
	panic(fmt.Sprintf("strictyaml: no YAML sets a %v", t))
}

func isText(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) && p.Implements(reflect.TypeFor[encoding.TextMarshaler]())
}

// isUnion is false for a section that embeds a union and so has its methods.
func isUnion(t reflect.Type) bool {
	if t.Kind() != reflect.Struct || !reflect.PointerTo(t).Implements(reflect.TypeFor[union]()) {
		return false
	}
	for i := range t.NumField() {
		if f := t.Field(i); f.Anonymous && isUnion(f.Type) {
			return false
		}
	}
	return true
}

func unionOf(v reflect.Value) union { return v.Addr().Interface().(union) }

// setKind replaces the kind of a union, even by a fresh one of the same name.
func setKind(v reflect.Value, kind any) { v.FieldByName("Kind").Set(reflect.ValueOf(kind)) }

// sectionOf is the struct that a kind's keys are fields of, or the zero Value for a kind without keys.
func sectionOf(kind any) reflect.Value {
	v := reflect.ValueOf(kind)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return reflect.Value{}
	}
	return v.Elem()
}

// member is a field of a struct that YAML sees.
type member struct {
	name  string // its key; "" for a section or union whose keys are in the parent
	was   string // the key that it had before, which is still read; "" for none
	value reflect.Value
	owner reflect.Type
	field string
}

// membersOf lists the members of a struct in the order of its fields.
func membersOf(v reflect.Value) []member {
	var list []member
	for i := range v.NumField() {
		f := v.Type().Field(i)
		tag, tagged := f.Tag.Lookup("yaml")
		name, option, _ := strings.Cut(tag, ",")
		inline := option == "inline"
		switch {
		case name == "-" || !f.IsExported() && !(f.Anonymous && inline):
			continue
		case !tagged || inline != (name == "") || inline && formOf(f.Type) != formSection && formOf(f.Type) != formUnion:
			panic(fmt.Sprintf("strictyaml: %v.%s needs a yaml tag: a key, \",inline\" for a section or union, or \"-\"", v.Type(), f.Name))
		}
		list = append(list, member{name: name, was: f.Tag.Get("was"), value: v.Field(i), owner: v.Type(), field: f.Name})
	}
	return list
}

// field is a key within a section, a union or a list.
type field struct {
	name  string
	was   string        // an older name, which is read but never written
	value reflect.Value // what the key sets
	pick  bool          // the key "name" of a union, which is the value
}

// leaf reports whether the key has no keys below it.
func (f field) leaf() bool {
	if !f.value.IsValid() || f.pick {
		return f.pick
	}
	t := f.value.Type()
	if formOf(t) == formMap {
		return false
	}
	for t.Kind() == reflect.Slice && !isText(t) {
		t = t.Elem()
	}
	return formOf(t) == formScalar
}

// fieldsOf lists the keys that a section or union has now, those of inline parts among them.
func fieldsOf(v reflect.Value) []field {
	list := appendFields(nil, v)
	names := map[string]bool{"": true}
	for _, f := range list {
		if names[f.name] || f.was != "" && names[f.was] {
			panic(fmt.Sprintf("strictyaml: %v has two keys %q", v.Type(), f.name))
		}
		names[f.name], names[f.was] = true, true
	}
	return list
}

func appendFields(list []field, v reflect.Value) []field {
	if formOf(v.Type()) == formMap {
		return append(list, itemsOf(v)...)
	}
	if formOf(v.Type()) == formUnion {
		list = append(list, field{name: nameKey, value: v, pick: true})
		if v = sectionOf(unionOf(v).Section()); !v.IsValid() {
			return list
		}
	}
	for _, m := range membersOf(v) {
		if m.name == "" {
			list = appendFields(list, m.value)
		} else {
			list = append(list, field{name: m.name, was: m.was, value: m.value})
		}
	}
	return list
}

// findField finds a key by its name or by the one that it had before.
func findField(fields []field, name string) (field, bool) {
	i := slices.IndexFunc(fields, func(f field) bool { return name != "" && (f.name == name || f.was == name) })
	if i < 0 {
		return field{}, false
	}
	return fields[i], true
}

// pickOf is the union whose kind the key "name" of a section picks: the section itself or an inline part of it.
func pickOf(v reflect.Value) (reflect.Value, bool) {
	for _, f := range fieldsOf(v) {
		if f.pick {
			return f.value, true
		}
	}
	return reflect.Value{}, false
}

// own copies the kinds and lists of a configuration, so that another one that shared them does not change with it.
func own(v reflect.Value) {
	switch formOf(v.Type()) {
	case formUnion:
		if kind := sectionOf(unionOf(v).Section()); kind.IsValid() {
			fresh := reflect.New(kind.Type())
			fresh.Elem().Set(kind)
			own(fresh.Elem())
			setKind(v, fresh.Interface())
		}
	case formSection:
		for _, m := range membersOf(v) {
			own(m.value)
		}
	case formList:
		if v.IsNil() {
			return
		}
		fresh := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(fresh, v)
		for i := range fresh.Len() {
			own(fresh.Index(i))
		}
		v.Set(fresh)
	case formMap:
		if v.IsNil() {
			return
		}
		fresh := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(fresh, v)
		for i := range fresh.Len() {
			own(itemValue(fresh, i))
		}
		v.Set(fresh)
	}
}
